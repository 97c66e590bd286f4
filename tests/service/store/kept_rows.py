"""A store with a row of each kind, of two verifications, and what reads each kind: for tests that change rows."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contracts import ExchangeOutcome, State
from service.errors import ServiceRefusal
from service.security.access import Caller, Role, StaffRole
from service.security.consent import Consent
from service.store import (
    HistoryRequest,
    Intent,
    SessionLimits,
    Store,
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
from service.store.tables import METADATA
from service.store.visitor_values import NotAsked, Submission
from tests.service.evidence import attempts_of, kept_reply
from tests.service.kept import change, rows_of

from .conftest import BATCH, STAFF, answer, answered, attempt, intent, question

LIMITS = SessionLimits()

AGREED = Consent(version="2026-01", language="en", given_at=datetime(2026, 11, 23, tzinfo=UTC), text_sha256="ab" * 32)


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


def keys_of(table: str) -> list[str]:
    return [column.name for column in METADATA.tables[table].primary_key]


def where(table: str) -> str:
    return " AND ".join(f"{column} = :was_{column}" for column in keys_of(table))
