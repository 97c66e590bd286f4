"""The audit is a chain: whatever is changed, removed, inserted or cut off is found, and the first broken line named."""

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from contracts import State
from service.security.access import Role
from service.security.encryption import Sealer
from service.security.signed_heads import HeadBroken, SignedHead, append_head, read_heads
from service.store import AuditEntry, Store, audit, audit_verification, chain, held_rows, key_ring
from service.store.audit_verification import AuditState, Broken, Damage, verify
from service.store.identifiers import stamp
from service.store.tables import AUDIT
from service.store.touches import Period, by_actor, of_member
from tests.service.kept import change, rows_of

from .conftest import BATCH, KEY, STAFF, Clock, answer, answered, attempt, audit_of, intent

Opening = Callable[..., Any]
ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MUTATIONS = 1_000
NO_PROGRESS: Callable[[int, int], None] = lambda *_: None  # noqa: E731 - one line says it


async def whole_question(store: Store, name: str = "Imaginary") -> Any:
    """A question that was asked, sent, answered and looked at."""
    asked = await store.intend(intent(name))
    attempt_id, _ = await attempt(store, asked.job_id)
    await answered(store, attempt_id, name.encode(), name.encode())
    await store.settle(asked.job_id, answer(), state=State.FINAL, next_at=None)
    await store.fetch(asked.verification_id, STAFF)
    return asked


async def checked(store: Store, heads: tuple[SignedHead, ...] = ()) -> AuditState:
    return await store.read_through(lambda connection: verify(connection, store._sealer, heads))


async def head_of(store: Store) -> SignedHead:
    ends = await store._read(chain.ends_of)
    return SignedHead(7, tuple(ends.values()))


async def test_what_happened_to_many_questions_at_once_is_a_whole_chain(store: Store) -> None:
    await asyncio.gather(*(whole_question(store, f"Imaginary{number}") for number in range(20)))

    state = await checked(store, (await head_of(store),))

    assert (state.lines, state.broken) == (100, ())


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_several_processes_extend_the_audit_at_once_and_none_waits_for_another(opened: Opening) -> None:
    stores = [await opened() for _ in range(3)]

    await asyncio.gather(*(whole_question(store, f"Imaginary{n}") for n in range(24) for store in [stores[n % 3]]))

    state = await checked(stores[0])
    assert (state.lines, state.broken) == (120, ())
    assert len(state.ends) > 3


async def test_a_strand_is_taken_up_where_its_last_process_left_it(opened: Opening) -> None:
    for number in range(3):
        store = await opened(serving=False)
        await whole_question(store, f"Imaginary{number}")
        await store.stop()

    state = await checked(await opened())

    assert (state.lines, state.broken) == (15, ())
    assert len(state.ends) <= 4


async def test_a_transaction_that_is_undone_leaves_the_chain_as_it_was(store: Store) -> None:
    entry = AuditEntry("somebody", "staff", "something.done")

    def fail_after_a_line(connection: Any) -> None:
        audit.append(connection, store._sealer, entry, 1)
        raise ValueError

    for _ in range(6):
        with pytest.raises(ValueError, match=r"^$"):
            await store._write(fail_after_a_line)
        await store.note(entry)

    state = await checked(store)
    assert (state.lines, state.broken) == (6, ())


async def test_the_lines_of_a_transaction_are_written_together_however_many(
    store: Store, held_inserts: list[str]
) -> None:
    def append_many(connection: Any) -> None:
        for number in range(2 * held_rows.MOST_AT_ONCE + 1):
            audit.append(connection, store._sealer, AuditEntry("somebody", "staff", "done", outcome=f"{number}"), 1)

    await store._write(append_many)

    state = await checked(store)
    assert (state.lines, state.broken) == (129, ())
    assert [line["outcome"] for line in await audit_of(store)] == [f"{number}" for number in range(129)]
    assert len(held_inserts) == 3


async def test_a_command_beside_the_service_extends_the_same_audit(opened: Opening) -> None:
    store = await opened()
    beside = await opened(serving=False)
    for _ in range(3):
        await store.create_key(Role.STAFF)
        await beside.create_key(Role.BATCH)

    state = await checked(store)

    assert (state.lines, state.broken) == (6, ())


def test_every_column_of_a_line_is_under_its_digest() -> None:
    columns = {column.name for column in AUDIT.columns}
    assert columns == {*chain.COLUMNS, "mac"}
    assert ("seq", "at", *AuditEntry._fields) == chain.COLUMNS


def test_the_canonical_bytes_are_as_documented() -> None:
    line = (3, 1_700_000_000_000_000, "a\u00e9", "staff", "key.created", None, None, None, None, "x", None, None)

    assert chain.canonical((*line, b"\x01\xff")) == (
        '[3,1700000000000000,"a\u00e9","staff","key.created",null,null,null,null,"x",null,null,"01ff"]'.encode()
    )
    assert chain.canonical((*line, None)) == chain.canonical(line) == chain.canonical(line[:10])


class Mutation(NamedTuple):
    """What was done to a line, and the lines that may be named for it."""

    kind: str
    statements: list[tuple[str, dict[str, Any]]]
    at: int


def mutation(rows: list[dict[str, Any]], dice: random.Random) -> Mutation:
    """A random change of one or two lines of the audit."""
    kind = dice.choice(("change", "remove", "swap", "insert", "move", "cut", "digest"))
    place = dice.randrange(len(rows) - 1)
    row, other = rows[place], rows[dice.randrange(place + 1, len(rows))]
    seq, columns = row["seq"], [name for name in chain.COLUMNS if name != "seq"]
    if kind == "change":
        column = dice.choice(columns)
        value, its = other[column], row[column]
        if value == its:
            value = "another" if AUDIT.c[column].type.python_type is str else 5
            value = b"other" if column == "member_key" else value
        setting = f"UPDATE audit SET {column} = :v WHERE seq = :s"  # noqa: S608 - ours
        return Mutation(kind, [(setting, {"v": value, "s": seq})], seq)
    if kind == "digest":
        return Mutation(kind, [("UPDATE audit SET mac = :v WHERE seq = :s", {"v": other["mac"], "s": seq})], seq)
    if kind == "remove":
        return Mutation(kind, [("DELETE FROM audit WHERE seq = :s", {"s": seq})], rows[place + 1]["seq"])
    if kind == "cut":
        return Mutation(kind, [("DELETE FROM audit WHERE seq > :s", {"s": seq})], seq + 1)
    if kind == "swap":
        moves = ((seq, -1), (other["seq"], seq), (-1, other["seq"]))
        return Mutation(kind, [("UPDATE audit SET seq = :t WHERE seq = :f", {"f": f, "t": t}) for f, t in moves], seq)
    if kind == "move":
        far = rows[-1]["seq"] + 1 + dice.randrange(5)
        return Mutation(
            kind, [("UPDATE audit SET seq = :t WHERE seq = :f", {"f": seq, "t": far})], rows[place + 1]["seq"]
        )
    copied = ", ".join(columns)
    statement = f"INSERT INTO audit (seq, {copied}, mac) SELECT :n, {copied}, mac FROM audit WHERE seq = :s"  # noqa: S608
    last = rows[-1]["seq"]
    return Mutation(kind, [(statement, {"n": last + 1, "s": seq})], last + 1)


async def missed(store: Store, tries: int, *, seed: int = 11) -> tuple[int, int]:
    """How many of so many random mutations are missed, and of how many another line is named than the first broken."""
    rows, head, dice = await audit_of(store), await head_of(store), random.Random(seed)
    unnoticed = misnamed = 0

    def attack(connection: Any) -> None:
        nonlocal unnoticed, misnamed
        for _ in range(tries):
            one = mutation(rows, dice)
            with connection.begin_nested() as saved:
                for statement, values in one.statements:
                    connection.exec_driver_sql(statement, values)
                found = verify(connection, store._sealer, (head,)).broken
                saved.rollback()
            unnoticed += not found
            misnamed += bool(found) and found[0].seq != one.at

    with store._write_by_itself("test") as connection:
        attack(connection)
    return unnoticed, misnamed


async def some_lines(store: Store) -> None:
    for number in range(8):
        await whole_question(store, f"Imaginary{number}")
    await store.create_key(Role.STAFF)


@ONLY_SQLITE
async def test_of_a_thousand_random_mutations_every_one_is_caught_and_its_first_line_named(store: Store) -> None:
    await some_lines(store)

    assert await missed(store, MUTATIONS) == (0, 0)


@ONLY_SQLITE
@pytest.mark.parametrize("mutant", ["no_member", "no_previous", "no_head"])
async def test_a_verifier_that_leaves_something_out_misses_mutations(
    store: Store, mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = chain.line_digest
    if mutant == "no_member":
        monkeypatch.setattr(chain, "canonical", lambda values, canonical=chain.canonical: canonical(values[:12]))
    elif mutant == "no_previous":
        monkeypatch.setattr(chain, "line_digest", lambda key, _, values: real(key, b"", values))
        monkeypatch.setattr(audit_verification, "line_digest", chain.line_digest)
    else:
        monkeypatch.setattr(audit_verification, "_named_lines", lambda *_: {})
    await some_lines(store)

    unnoticed, _ = await missed(store, 200)

    assert unnoticed > 0


async def test_what_is_missing_at_the_end_is_noticed_by_a_signed_head_alone(store: Store) -> None:
    await whole_question(store)
    head = await head_of(store)
    (seq, _), *_ = sorted(head.ends)
    await change(store, "DELETE FROM audit WHERE seq = :s", s=seq)

    assert (await checked(store)).broken == ()
    [broken] = (await checked(store, (head,))).broken
    assert broken == Broken(seq, Damage.CUT_OFF, head.at)


async def test_a_line_that_was_written_anew_with_the_key_contradicts_a_signed_head(store: Store) -> None:
    await whole_question(store)
    head = await head_of(store)
    seq, _ = head.ends[-1]
    [row] = [row for row in await audit_of(store) if row["seq"] == seq]
    before = [line["mac"] for line in await audit_of(store) if line["seq"] == seq - 1]
    forged = {**row, "actor": "somebody-else"}
    mac = chain.line_digest(store._sealer.audit_key, *(before or [b""]), tuple(forged[name] for name in chain.COLUMNS))
    await change(store, "UPDATE audit SET actor = 'somebody-else', mac = :m WHERE seq = :s", m=mac, s=seq)

    assert (await checked(store)).broken == ()
    assert (await checked(store, (head,))).broken == (Broken(seq, Damage.REWRITTEN, head.at),)


async def test_heads_are_signed_when_something_was_added_and_at_the_end(opened: Opening, tmp_path: Path) -> None:
    store = await opened(heads=tmp_path / "heads")
    await whole_question(store)
    for _ in range(3):
        await store.sign_head()
    await whole_question(store, "Other")
    await store.stop()

    store = await opened()
    found = list(read_heads(tmp_path / "heads", store._sealer))

    assert len(found) == 2
    assert (await store.verify_audit((tmp_path / "heads",), NO_PROGRESS)).broken == ()


@ONLY_SQLITE
@pytest.mark.parametrize("attack", ["change", "remove", "forge", "garble"])
async def test_a_file_of_heads_that_was_changed_is_refused_with_the_line(
    store: Store, tmp_path: Path, attack: str
) -> None:
    path = tmp_path / "heads"
    for at in range(4):
        append_head(path, store._sealer, SignedHead(at, ((at, bytes((at,)) * 32),)))
    assert [head.at for head in read_heads(path, store._sealer)] == [0, 1, 2, 3]
    lines = path.read_bytes().splitlines(keepends=True)
    if attack == "change":
        lines[1] = lines[1].replace(b'"at":1', b'"at":9')
    elif attack == "remove":
        del lines[1]
    elif attack == "garble":
        lines[1] = b"{}\n"
    else:
        other = Sealer({"k1": KEY})
        other.adopt_index_key(bytes(32))
        append_head(tmp_path / "forged", other, SignedHead(1, ((1, bytes(32)),)))
        lines[1] = (tmp_path / "forged").read_bytes()
    path.write_bytes(b"".join(lines))

    with pytest.raises(HeadBroken, match="line 2"):
        list(read_heads(path, store._sealer))


@ONLY_SQLITE
@pytest.mark.parametrize("trick", ["link", "second name", "pipe", "folder"])
def test_heads_are_written_into_no_other_file(store: Store, tmp_path: Path, trick: str) -> None:
    path, other = tmp_path / "heads", tmp_path / "other"
    other.write_bytes(b"somebody's")
    make = {
        "link": lambda: path.symlink_to(other),
        "second name": lambda: path.hardlink_to(other),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }
    make[trick]()

    with pytest.raises(OSError, match=r"."):
        append_head(path, store._sealer, SignedHead(1, ((1, bytes(32)),)))

    assert other.read_bytes() == b"somebody's"


async def test_lines_of_before_the_chain_are_linked_once_and_what_is_put_among_them_later_is_found(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of an earlier version: lines without digests, and a ring that says so."""
    monkeypatch.setattr(key_ring, "_FORMS", (b"", b"\x02", b"\x01"))
    earlier = await opened()
    await change(earlier, "INSERT INTO audit (seq, at, actor, role, action) VALUES (3, 1, 'a', 'staff', 'b.c')")
    await change(earlier, "INSERT INTO audit (seq, at, actor, role, action) VALUES (5, 1, 'a', 'staff', 'b.d')")
    await earlier.stop()
    monkeypatch.undo()

    store = await opened()
    await store.create_key(Role.STAFF)
    state = await checked(store)
    assert (state.lines, state.broken) == (4, ())
    assert [
        (line["action"], line["times"]) for line in await rows_of(store, "audit WHERE action = 'audit.linked'")
    ] == [("audit.linked", 2)]

    await change(store, "INSERT INTO audit (seq, at, actor, role, action) VALUES (4, 1, 'a', 'staff', 'b.c')")
    await store.stop()
    again = await opened()
    assert (await checked(again)).broken == (Broken(4, Damage.UNLINKED),)


async def test_who_touched_whom_is_found_by_actor_and_by_member(opened: Opening, clock: Clock) -> None:
    store = await opened()
    ada = await whole_question(store, "Ada")
    clock.pass_by(3600)
    again = await store.intend(intent("Ada", BATCH, reference="R"))
    other = await whole_question(store, "Bea")

    def looked(connection: Any) -> tuple[list[Any], list[Any], list[Any]]:
        late = Period(since=stamp(clock.now))
        members = of_member(connection, ada.verification_id, Period())
        assert members is not None
        assert of_member(connection, "ver_unknown", Period()) is None
        everybody = Period()
        return (
            list(by_actor(connection, STAFF.id, everybody)),
            list(by_actor(connection, STAFF.id, late)),
            list(members),
        )

    by_staff, lately, about_ada = await store.read_through(looked)

    assert {touch.verification_id for touch in by_staff} == {ada.verification_id, other.verification_id}
    assert {touch.verification_id for touch in lately} == {other.verification_id}
    assert {touch.job_id for touch in about_ada} == {ada.job_id, again.job_id}
    assert {touch.actor for touch in about_ada} == {STAFF.id, BATCH.id, "system"}
    assert len({touch.member for touch in by_staff}) == 2
    assert not {"Ada", "ADA"} & set(orjson.dumps(about_ada, default=str).decode().split('"'))


@pytest.mark.parametrize("damage", [b"garbage\n", b'{"at":1,"en', b"[]\n", b"\xff\n"], ids=repr)
async def test_a_damaged_file_of_heads_gets_heads_again_and_its_line_is_named(
    opened: Opening, tmp_path: Path, damage: bytes
) -> None:
    path = tmp_path / "heads"
    path.write_bytes(damage)
    store = await opened(heads=path)
    await store.sign_head()
    first, second = path.read_bytes().splitlines()

    assert first == damage.rstrip(b"\n")
    assert b"signature" in second
    with pytest.raises(HeadBroken, match="line 1 "):
        list(read_heads(path, store._sealer))
