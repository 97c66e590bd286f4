"""Rows that this process wrote are changed without being read, and only while they stand as they were written."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from contracts import State
from service.store import Store, attempts, own_rows, statements
from service.store.row_digests import COVERED
from service.store.rows import FirstAttempt, Intended
from service.store.tables import METADATA
from tests.service.kept import change, rows_of

from .conftest import STAFF, answer, answered, audit_of, intent, refused
from .test_row_digests import ALLOWED, flipped

FIRST = FirstAttempt("core_mime", ("30",))
ONLY_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


async def asked(store: Store, name: str = "Imaginary") -> tuple[Intended, str]:
    """A question with its first attempt, and the attempt's id."""
    intended = await store.intend(intent(name, first=FIRST))
    assert intended.attempt is not None
    return intended, intended.attempt[0]


async def settled(store: Store, job_id: str) -> bool:
    return await store.settle(job_id, answer(), state=State.FINAL, next_at=None)


SOME: Mapping[type, Any] = {str: "x", bytes: b"x", int: 1}


def changed(table: str, column: str, value: Any) -> Any:
    """Something else that the column takes."""
    if column in ALLOWED:
        return next(word for word in ALLOWED[column] if word != value)
    return SOME[METADATA.tables[table].c[column].type.python_type] if value is None else flipped(value)


async def refuses(store: Store, table: str, column: str) -> bool:
    """Whether a row of ``table`` that was changed in ``column`` since it was made is refused, and left as it is."""
    intended, attempt_id = await asked(store, f"Of{table}{column}".replace("_", ""))
    row_id = intended.job_id if table == "jobs" else attempt_id
    [row] = await rows_of(store, f"{table} WHERE id = '{row_id}'")
    forged = changed(table, column, row[column])
    statement = f"UPDATE {table} SET {column} = :value WHERE id = :id"  # noqa: S608 - names of ours
    assert await change(store, statement, value=forged, id=row_id) == 1
    changing = settled(store, row_id) if table == "jobs" else answered(store, row_id, digest=column.encode())
    detail = await refused(changing)
    [after] = await rows_of(store, f"{table} WHERE id = '{row_id}'")
    return detail == f"seal:row_forged:{table}" and dict(after) == {**row, column: forged}


async def test_a_row_that_was_changed_since_this_process_wrote_it_is_refused(store: Store) -> None:
    # The database itself refuses another state without an answer, and a job that is none; see the next test.
    for table, others in (("attempts", {"id", "job_id"}), ("jobs", {"id", "state"})):
        for column in [one for one in (*COVERED[table], "mac") if one not in others]:
            assert await refuses(store, table, column), f"{table}.{column}"
    lines = [line["outcome"] for line in await audit_of(store) if line["action"] == "row.refused"]
    assert set(lines) == {"row_forged:attempts", "row_forged:jobs"}


async def test_an_attempt_that_was_moved_to_another_question_is_refused(store: Store) -> None:
    theirs, _ = await asked(store, "Theirs")
    _, attempt_id = await asked(store, "Own")
    await change(store, "UPDATE attempts SET job_id = :job WHERE id = :id", job=theirs.job_id, id=attempt_id)

    assert await refused(answered(store, attempt_id)) == "seal:row_forged:attempts"
    assert await rows_of(store, "replies") == []


async def test_a_row_of_a_transaction_that_was_undone_is_no_row(store: Store) -> None:
    intended, _ = await asked(store)
    opened: list[str] = []

    def open_and_fail(connection: sa.Connection) -> None:
        new = attempts.NewAttempt(intended.job_id, "acme", "core_mime", ("30",))
        opened.append(attempts.open_attempt(connection, store._sealer, new, "9000000000", store._now())[0])
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(open_and_fail)

    assert not await answered(store, opened[0])
    assert await rows_of(store, "replies") == []


async def test_a_job_that_was_given_to_a_more_urgent_caller_meanwhile_is_settled_for_that_one(store: Store) -> None:
    intended, _ = await asked(store)
    await change(store, "UPDATE jobs SET role = 'batch'")

    assert await settled(store, intended.job_id)

    # A batch's answers leave no work for the staff.
    fetched = await store.fetch(intended.verification_id, STAFF)
    assert fetched is not None
    assert fetched.job.state is State.FINAL


@ONLY_SQLITE
async def test_what_this_process_wrote_is_changed_without_being_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    intended, attempt_id = await asked(store)
    run_text: Callable[..., Any] = statements.run_text
    run: list[str] = []

    def note(connection: sa.Connection, text: str, *given: Any) -> Any:
        if connection.engine is store._writer._lane.engine:
            run.append(text)
        return run_text(connection, text, *given)

    monkeypatch.setattr(statements, "run_text", note)
    assert await answered(store, attempt_id)
    assert await settled(store, intended.job_id)

    assert [text.split()[:2] for text in run if "FROM audit" not in text] == [
        ["UPDATE", "attempts"],
        ["UPDATE", "jobs"],
    ]


@ONLY_SQLITE
async def test_only_so_many_rows_are_remembered(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_rows, "MOST", 2)
    begun = [await asked(store, f"Number{number}") for number in range(4)]

    for intended, attempt_id in begun:
        assert await answered(store, attempt_id, digest=attempt_id.encode())
        assert await settled(store, intended.job_id)
