"""Whoever writes the database gains nothing: a row that grants or links is ours, or it is refused and audited."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contracts import ExchangeOutcome, State
from service.errors import ServiceRefusal
from service.security.access import Caller, Role, StaffRole
from service.security.consent import Consent
from service.security.encryption import Sealer
from service.store import (
    HistoryRequest,
    Intent,
    SessionLimits,
    Store,
    StoreUnavailable,
    WorkChange,
    chain,
    row_digests,
    shredding,
    staff,
    visitor_drafts,
)
from service.store.attempts import Closing
from service.store.audit_marks import Mark, MarkKind, marks, put_marks
from service.store.batch_values import RECORD_BROKEN, ItemContent, NewItem
from service.store.batches import START, Taking
from service.store.key_ring import _place
from service.store.row_digests import COVERED, COVERED_WHERE_FILLED, UNCOVERED, RowForged
from service.store.tables import METADATA
from service.store.visitor_values import NotAsked, Submission
from tests.service.evidence import attempts_of, kept_reply
from tests.service.kept import change, rows_of

from .conftest import BATCH, KEY, STAFF, answer, answered, attempt, audit_of, intent, question

LIMITS = SessionLimits()
AGREED = Consent(version="2026-01", language="en", given_at=datetime(2026, 11, 23, tzinfo=UTC), text_sha256="ab" * 32)
Opening = Callable[..., Any]

NOT_COVERED = {
    "data_keys",
    "alembic_version",
    "sqlite_sequence",
    "counters",
    "key_ring",
    "processes",
    "audit",
    "used_sign_ins",
    "identity_tries",
}
"""Tables that grant nothing, or are sealed themselves; the audit is for reading alone, what was used refuses, and what
was counted too."""


async def taken_batch(store: Store, name: str, caller: Caller) -> str:
    """A batch of one row, which has become a verification."""
    batch_id = await store.create_batch(caller)
    await store.add_items(batch_id, [NewItem(1, ItemContent(question=question(name)))])
    await store.end_check(batch_id, b"{}")
    await store.change_batch(batch_id, START, caller)
    taken = await store.take_items(
        Taking(batch_id, "acme", 1, life_seconds=900.0, fresh_seconds=0.0, then=lambda *_: None)
    )
    assert len(taken) == 1
    return batch_id


class Kept:
    """Two verifications of two callers, all that belongs to them, and what reads each kind of row."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.plain = self.session = self.link = ""
        self.readers: Mapping[str, Callable[[], Awaitable[object]]] = {
            "api_keys": lambda: store.find_key(self.plain),
            "verifications": lambda: store.fetch(self.ids["verifications"], STAFF),
            "jobs": lambda: store.fetch(self.ids["verifications"], STAFF),
            "idempotency": lambda: store.intend(self.again),
            "attempts": self._attempts,
            "replies": lambda: kept_reply(store, self.ids["replies"]),
            "quarantine": lambda: kept_reply(store, self.ids["quarantine"], quarantined=True),
            "call_notes": lambda: store.call_notes_of(self.ids["verifications"]),
            "retries": lambda: store.history(HistoryRequest(self.ids["verifications"], 20), STAFF),
            "shredding": lambda: store._read(lambda connection: shredding.noted_keys(connection, store._sealer)),
            "batches": lambda: store.batch(self.ids["batches"], STAFF),
            "batch_items": self._items,
            "consents": lambda: store.consent_of(self.ids["verifications"]),
            "staff": lambda: store.find_session(self.session, LIMITS),
            "sessions": lambda: store.find_session(self.session, LIMITS),
            "sign_in_links": self._link,
            "emergencies": store.emergencies,
            "visitor_drafts": lambda: store.draft(self.draft),
            "visitor_requests": lambda: store.request_of("REFERENCE-First"),
            "work_marks": lambda: store.work_mark(self.ids["verifications"]),
            "audit_marks": self._mark,
        }
        self.draft = ""
        self.ids: dict[str, Any] = {}
        self.jobs: list[str] = []
        self.again: Intent = intent("First", BATCH, idempotency_key="First", reference="R-First")

    async def fill(self) -> None:
        await self._note_keys()
        await self._mark_lines()
        for name, caller in (("Second", STAFF), ("First", BATCH)):
            intended = await self.store.intend(
                intent(name, caller, idempotency_key=name, reference=f"R-{name}", consent=AGREED)
            )
            self.jobs.append(intended.job_id)
            reply, _ = await attempt(self.store, intended.job_id)
            await answered(self.store, reply, name.encode(), name.encode())
            strange, _ = await attempt(self.store, intended.job_id)
            await self.store.close_attempt(
                Closing(strange, ExchangeOutcome.MISMATCHED, sent=True, ms=3, raw=b"strange", quarantined=True)
            )
            await self.store.settle(intended.job_id, answer(name), state=State.FINAL, next_at=None)
            for seen in (0, 1):
                await self.store.add_call_note(intended.verification_id, b"{}", seen=seen, caller=caller)
            mending = await self.store.intend(intent(name, caller, retries=intended.verification_id))
            notes = await rows_of(self.store, "call_notes")
            batch_id = await taken_batch(self.store, name, caller)
            self.plain = await self.store.create_key(Role.BATCH, name, networks=("192.0.2.0/24",))
            person = await self.store.invite(name, frozenset({StaffRole.BILLING}))
            self.session = await self.store.sign_in_by_link(await self.store.make_link(person, 60), LIMITS) or ""
            self.link = await self.store.make_link(person, 60)
            caller_signed_in = await self.store.find_session(self.session, LIMITS)
            assert caller_signed_in is not None
            await self.store.break_glass(caller_signed_in, f"reason of {name}")
            [*_, emergency] = await rows_of(self.store, "emergencies ORDER BY started_at")
            self.draft = await self.store.start_draft(name.encode(), timedelta(minutes=30))
            submission = Submission(
                f"REFERENCE-{name}", name.encode(), self.store._tuning.clock(), not_asked=NotAsked.NOT_WANTED
            )
            submitted = await self.store.submit_request(submission)
            await self.store.change_work(WorkChange(intended.verification_id, "assigned", person), caller)
            self.ids = {
                "visitor_drafts": visitor_drafts.draft_id(self.store._sealer, self.draft),
                "visitor_requests": submitted.request_id,
                "work_marks": intended.verification_id,
                "staff": person,
                "sessions": self.session.split("_")[1],
                "sign_in_links": self.link.split("_")[1],
                "emergencies": emergency["id"],
                "verifications": intended.verification_id,
                "retries": mending.verification_id,
                "consents": intended.verification_id,
                "jobs": intended.job_id,
                "attempts": reply,
                "replies": reply,
                "quarantine": strange,
                "api_keys": self.plain.split("_")[1],
                "idempotency": BATCH.id,
                "shredding": "key-First",
                "audit_marks": 1,
                "batches": batch_id,
                "batch_items": batch_id,
                "call_notes": next(
                    one["id"]
                    for one in notes
                    if (one["verification_id"], one["number"]) == (intended.verification_id, 1)
                ),
            }

    async def _note_keys(self) -> None:
        """Two data keys that are to be deleted."""
        for key_id in ("key-First", "key-Second"):
            mac = row_digests.row_digest(self.store._sealer, "shredding", {"key_id": key_id})
            await change(self.store, "INSERT INTO shredding (key_id, mac) VALUES (:key, :mac)", key=key_id, mac=mac)

    async def _mark_lines(self) -> None:
        """The last line of each of two strands at a heartbeat."""
        found = [Mark(chain.first_of(strand) + 7, bytes((strand,)) * 32, 0, strand) for strand in (1, 2)]
        seen = MarkKind.SEEN
        await self.store._writer.do(lambda connection: put_marks(connection, self.store._sealer, seen, found))

    async def _mark(self) -> object:
        return (await self.store._read(lambda of: marks(of, self.store._sealer, MarkKind.SEEN))).get(1)

    async def _attempts(self) -> object:
        return [await attempts_of(self.store, job_id) for job_id in self.jobs]

    async def _link(self) -> object:
        """Whom the link lets in; it is not used up."""
        found: list[str | None] = []

        def use(connection: sa.Connection) -> None:
            with connection.begin_nested() as trying:
                found.append(staff.use_link(connection, self.store._sealer, self.link, self.store._now()))
                trying.rollback()

        await self.store.transact(use)
        return found[0]

    async def _items(self) -> object:
        """The rows of the batch; None when one of them is shown as broken, under its number alone."""
        items = await self.store.batch_items(self.ids["batches"])
        return None if any(item.reason == RECORD_BROKEN for item in items) else items

    async def refuses(self, table: str) -> bool:
        """Whether what reads such a row refuses it."""
        try:
            return await self.readers[table]() is None
        except ServiceRefusal:
            return True


async def kept(store: Store) -> Kept:
    made = Kept(store)
    await made.fill()
    return made


def flipped(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, int):
        return value + 1
    return (
        bytes((value[0] ^ 1,)) + value[1:]
        if isinstance(value, bytes)
        else value[:-1] + ("A" if value[-1:] != "A" else "B")
    )


ALLOWED = {"state": ("pending", "final"), "role": ("staff", "batch")}
"""Columns in which the database itself takes certain words alone."""


def others(column: str, row: Mapping[str, Any], other: Mapping[str, Any]) -> list[Any]:
    """What may stand in place of a column's value: something else, another row's, nothing, or something for nothing."""
    value = row[column]
    if column in ALLOWED:
        return [word for word in ALLOWED[column] if word != value]
    return [new for new in (flipped(value), other[column], None if value is not None else 1) if new != value]


def keys_of(table: str) -> list[str]:
    return [column.name for column in METADATA.tables[table].primary_key]


def where(table: str) -> str:
    return " AND ".join(f"{column} = :was_{column}" for column in keys_of(table))


async def test_a_row_that_was_changed_in_any_column_is_refused_and_audited(store: Store) -> None:
    here = await kept(store)
    tried = 0
    for table in COVERED:
        rows = await rows_of(store, table)
        key = keys_of(table)[0]
        [row] = [one for one in rows if one[key] == here.ids[table]]
        other = next(one for one in rows if one[key] != here.ids[table])
        assert not await here.refuses(table), table
        # A row under another name is not found by its own, and there is nothing to refuse: see the next tests.
        keys = keys_of(table)
        for column in {*COVERED[table], *COVERED_WHERE_FILLED.get(table, ()), "mac"} - set(keys):
            for value in others(column, row, other):
                was = {f"was_{name}": row[name] for name in keys}
                statement = f"UPDATE {table} SET {column} = :value WHERE {where(table)}"  # noqa: S608 - names of ours
                try:
                    await change(store, statement, value=value, **was)
                except StoreUnavailable:
                    continue
                tried += 1
                assert await here.refuses(table), f"{table}.{column}"
                assert await change(store, statement, value=row[column], **was) == 1
        assert not await here.refuses(table), table
    lines = [
        ":".join(line["outcome"].split(":")[:2]) for line in await audit_of(store) if line["action"] == "row.refused"
    ]
    assert tried > 60
    # Of a mark of the audit only its verification speaks: a heartbeat, which reads it, fails for nobody's sake.
    assert {f"row_forged:{table}" for table in COVERED if table != "audit_marks"} <= set(lines)


@pytest.mark.parametrize("value", ["?", b"\xff", 2**62, -(2**62)], ids=repr)
async def test_a_value_that_no_column_holds_is_refused_and_no_fault(store: Store, value: object) -> None:
    here = await kept(store)
    lists: tuple[Callable[[], Awaitable[object]], ...] = (
        store.list_keys,
        store.list_staff,
        lambda: store.list_batches(STAFF, 10),
        lambda: store.visitor_requests(STAFF),
    )
    tried = 0
    for table, columns in UNCOVERED.items():
        rows = await rows_of(store, table)
        for column in columns:
            try:
                await change(store, f"UPDATE {table} SET {column} = :value", value=value)  # noqa: S608 - ours
            except StoreUnavailable:
                continue
            tried += 1
            await here.refuses(table)
            for read in lists:
                await read()
            for row in rows:
                was = {f"was_{name}": row[name] for name in keys_of(table)}
                statement = f"UPDATE {table} SET {column} = :value WHERE {where(table)}"  # noqa: S608 - ours
                await change(store, statement, value=row[column], **was)
            assert not await here.refuses(table), f"{table}.{column}"
    assert tried > 5


def test_every_column_of_every_table_is_covered_or_said_not_to_be(migrated: str) -> None:
    inspector = sa.inspect(
        sa.create_engine(migrated.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    )
    tables = set(inspector.get_table_names()) - NOT_COVERED

    assert tables == set(COVERED)
    for table in tables:
        columns = {column["name"] for column in inspector.get_columns(table)}
        later = COVERED_WHERE_FILLED.get(table, ())
        assert columns == {*COVERED[table], *later, *UNCOVERED.get(table, ()), "mac"}, table


async def test_a_key_that_was_inserted_is_nobodys_and_audited(store: Store) -> None:
    statement = """INSERT INTO api_keys (id, digest, role, label, created_at, mac)
        VALUES ('feedfacecafe', :digest, 'staff', '', 1, :mac)"""
    theirs = await store.create_key(Role.BATCH)
    [row] = await rows_of(store, "api_keys")
    for mac in (None, b"", bytes(32), row["mac"]):
        await change(store, "DELETE FROM api_keys WHERE id = 'feedfacecafe'")
        await change(store, statement, digest=hashlib.sha256(b"secret").digest(), mac=mac)

        assert await store.find_key("bv_feedfacecafe_secret") is None

    assert await store.find_key(theirs) is not None
    assert not next(one for one in await store.list_keys() if one.id == "feedfacecafe").authentic
    [line] = [line for line in await audit_of(store) if line["action"] == "row.refused"]
    assert (line["actor"], line["outcome"]) == ("key:feedfacecafe", "row_forged:api_keys")


async def test_a_revocation_that_was_taken_back_lets_nobody_in(store: Store) -> None:
    plain = await store.create_key(Role.STAFF)
    await store.revoke_key(plain.split("_")[1])
    await change(store, "UPDATE api_keys SET revoked_at = NULL")

    assert await store.find_key(plain) is None
    assert not await store.any_keys()


async def test_a_key_under_another_name_lets_nobody_in(store: Store) -> None:
    plain = await store.create_key(Role.BATCH)
    await change(store, "UPDATE api_keys SET id = 'feedfacecafe'")

    assert await store.find_key(f"bv_feedfacecafe_{plain.split('_', 2)[2]}") is None


async def test_ending_a_forged_key_makes_it_no_better(store: Store) -> None:
    plain = await store.create_key(Role.BATCH)
    key_id = plain.split("_")[1]
    await change(store, "UPDATE api_keys SET role = 'staff'")
    assert await store.revoke_key(key_id)
    await change(store, "UPDATE api_keys SET revoked_at = NULL")

    assert await store.find_key(plain) is None


async def test_another_members_job_is_shown_to_nobody(store: Store) -> None:
    theirs = await store.intend(intent("Theirs", STAFF))
    own = await store.intend(intent("Own", BATCH))
    await change(
        store, "UPDATE verifications SET job_id = :job WHERE id = :id", job=theirs.job_id, id=own.verification_id
    )

    with pytest.raises(StoreUnavailable) as refused:
        await store.fetch(own.verification_id, BATCH)

    assert refused.value.detail == "seal:row_forged:verifications"
    assert not [line for line in await audit_of(store) if line["action"] == "verification.shown"]


async def test_a_question_never_joins_a_job_that_was_put_in_its_way(store: Store) -> None:
    theirs = await store.intend(intent("Theirs", STAFF))
    [row] = await rows_of(store, "jobs")
    await change(store, "UPDATE jobs SET twin_key = :key", key=bytes(32))
    own = await store.intend(intent("Own", BATCH))
    [mine] = [one for one in await rows_of(store, "jobs") if one["id"] == own.job_id]
    await change(store, "DELETE FROM verifications WHERE job_id = :id", id=own.job_id)
    await change(store, "DELETE FROM jobs WHERE id = :id", id=own.job_id)
    await change(store, "UPDATE jobs SET twin_key = :key WHERE id = :id", key=mine["twin_key"], id=row["id"])

    with pytest.raises(StoreUnavailable):
        await store.intend(intent("Own", BATCH))
    assert theirs.job_id == row["id"]


async def test_a_reader_makes_one_line_a_minute_of_a_row_that_is_not_ours(store: Store, clock: Any) -> None:
    own = await store.intend(intent())
    await change(store, "UPDATE verifications SET role = 'batch'")
    for seconds in (0, 1, 60):
        clock.pass_by(seconds)
        with pytest.raises(StoreUnavailable):
            await store.fetch(own.verification_id, STAFF)

    lines = [line for line in await audit_of(store) if line["action"] == "row.refused"]
    assert [line["verification_id"] for line in lines] == [own.verification_id] * 2


@pytest.fixture
async def before(database: str, opened: Opening) -> str:
    """The address of a database in which no row has a digest yet, with a verification in it, and a key."""
    store: Store = await opened()
    await store.intend(intent("Before", idempotency_key="k"))
    for table in COVERED:
        await change(store, f"UPDATE {table} SET mac = NULL")  # noqa: S608 - names of ours
    ring = Sealer({"k1": KEY})
    place = _place("k1")
    [row] = await rows_of(store, "key_ring")
    old = ring.seal(ring.open(row["sealed_index_key"], place)[:32], place)
    await change(store, "UPDATE key_ring SET sealed_index_key = :old", old=old)
    await store.stop()
    return database


async def test_a_database_of_before_gets_its_digests_once(before: str, opened: Opening) -> None:
    store: Store = await opened()
    again = await store.intend(intent("Before", idempotency_key="k"))
    assert await store.fetch(again.verification_id, STAFF) is not None
    await change(store, "UPDATE verifications SET caller_id = 'else', mac = NULL")
    await store.stop()

    second: Store = await opened()
    with pytest.raises(StoreUnavailable):
        await second.fetch(again.verification_id, STAFF)


async def test_more_rows_than_are_read_at_once_all_get_their_digests(
    before: str, opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_digests, "_CHUNK", 2)
    store: Store = await opened()
    for number in range(7):
        await store.intend(intent(f"N{number}", idempotency_key=f"k{number}"))
    for table in COVERED:
        await change(store, f"UPDATE {table} SET mac = NULL")  # noqa: S608 - names of ours

    await store._writer.do(lambda session: row_digests.authenticate(session, store._sealer))

    for table in COVERED:
        for row in await rows_of(store, table):
            row_digests.check(store._sealer, table, row)


def test_values_of_two_types_are_two() -> None:
    sealer = Sealer({"k1": KEY})
    sealer.adopt_index_key(KEY)
    row = dict.fromkeys(COVERED["replies"], None)
    seen = {
        row_digests.row_digest(sealer, "replies", {**row, "media_type": value})
        for value in (None, "-", b"-", "1", 1, b"1")
    }

    assert len(seen) == 6
    with pytest.raises(RowForged):
        row_digests.check(sealer, "replies", {**row, "mac": None})
