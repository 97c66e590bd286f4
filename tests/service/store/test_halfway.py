"""Wherever a verification is broken off, nothing is half done: the audit least of all."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from contracts import State
from service.security.access import Role
from service.store import AuditEntry, Store, StoreUnavailable, audit, postgres, sqlite, statements
from service.store.rows import FirstAttempt
from tests.service.evidence import kept_reply
from tests.service.kept import change, rows_of

from .conftest import STAFF, answer, answered, attempt, audit_of, intent, refused, standing

Opening = Callable[..., Any]
ENTRY = AuditEntry(STAFF.id, "staff", "verification.read")

FIRST = FirstAttempt("core_mime", ("30",))

STEPS = {
    "intend": lambda store, ids: store.intend(intent(idempotency_key="k", reference="R-1", first=FIRST)),
    "open_attempt": lambda store, ids: attempt(store, ids["job"]),
    "close_attempt": lambda store, ids: answered(store, ids["attempt"]),
    "settle": lambda store, ids: store.settle(
        ids["job"], answer(), state=State.FINAL, next_at=None, unused=ids["unused"]
    ),
    "fetch": lambda store, ids: store.fetch(ids["verification"], STAFF),
}


class Failures:
    """Lets one statement of a store's writer fail, or one commit: the one with which ``left`` comes to nought.

    ``word_lost`` lets the next commit stand and fail all the same.
    """

    def __init__(
        self, store: Store, monkeypatch: pytest.MonkeyPatch, *, left: int = 0, word_lost: bool = False
    ) -> None:
        self.left = left
        self.word_lost = word_lost
        self.engine = store._writer._lane.engine
        self.run_text = statements.run_text
        for module in (statements, sqlite, postgres):
            monkeypatch.setattr(module, "run_text", self._run_text)
        event.listen(self.engine, "commit", self._commit)

    def _run_text(self, connection: sa.Connection, *given: Any) -> Any:
        if connection.engine is self.engine:
            self._count()
        return self.run_text(connection, *given)

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise SQLAlchemyError("imaginary")

    def _commit(self, connection: sa.Connection) -> None:
        self._count()
        if self.word_lost:
            self.word_lost = False
            connection.connection.commit()
            raise SQLAlchemyError("imaginary")


def empty(connection: sa.Connection) -> None:
    for table in ("replies", "attempts", "idempotency", "verifications", "jobs", "audit"):
        connection.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608 - a name of ours


async def verified(store: Store) -> dict[str, str]:
    """One whole verification, each step of it repeated until the store takes it; counts what was refused."""
    ids: dict[str, str] = {}
    refusals = 0
    for name, step in STEPS.items():
        while True:
            before = await standing(store)
            try:
                result = await step(store, ids)
            except StoreUnavailable:
                refusals += 1
                assert await standing(store) == before, f"{name} was refused and left something"
                continue
            break
        if name == "intend":
            ids.update(job=result.job_id, verification=result.verification_id, unused=result.attempt[0])
        elif name == "open_attempt":
            ids["attempt"] = result[0]
    return {**ids, "refusals": str(refusals)}


async def test_whichever_statement_of_a_verification_fails_nothing_is_half_done_and_the_next_try_completes_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every n of one whole verification, the audit's own lines and the commits among them."""
    failures, failed, number = Failures(store, monkeypatch), 0, 0
    while failures.left <= 0:
        number += 1
        await store._writer.do(empty)
        failures.left = number

        ids = await verified(store)

        job = await store.job(ids["job"])
        assert job is not None
        assert (job.state, job.answer, job.attempts) == (State.FINAL, answer(), 2)
        assert await kept_reply(store, ids["attempt"]) == b"ISA*reply~"
        assert [line["action"] for line in await audit_of(store)] == [
            "verification.asked",
            "attempt.opened",
            "attempt.opened",
            "attempt.closed",
            "attempt.closed",
            "job.settled",
            "verification.shown",
        ]
        failed += int(ids["refusals"])

    # The last round had nothing left to fail; each one before it had one failure, and five commits were among them.
    assert failed == number - 1
    assert number > 20


async def test_each_statement_of_a_verification_is_compiled_once(store: Store) -> None:
    await verified(store)
    first = statements._compile.cache_info()
    await store._writer.do(empty)
    await verified(store)
    later = statements._compile.cache_info()

    assert later.misses == first.misses
    assert later.hits - first.hits > 15


async def test_a_commit_whose_word_is_lost_is_refused_and_the_same_key_finds_what_stands(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    Failures(store, monkeypatch, word_lost=True)

    await refused(store.intend(intent(idempotency_key="k")))
    again = await store.intend(intent(idempotency_key="k"))

    assert len(await rows_of(store, "verifications")) == 1
    assert [row["id"] for row in await rows_of(store, "jobs")] == [again.job_id]


async def test_a_closing_whose_word_is_lost_stands_when_it_is_tried_again_and_for_nobody_else(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = (await store.intend(intent())).job_id
    attempt_id, _ = await attempt(store, job_id)
    Failures(store, monkeypatch, word_lost=True)
    await refused(answered(store, attempt_id))

    assert not await answered(store, attempt_id, b"another", b"another")
    assert await answered(store, attempt_id)
    assert not await answered(store, attempt_id)

    assert await kept_reply(store, attempt_id) == b"ISA*reply~"
    assert [line["action"] for line in await audit_of(store)].count("attempt.closed") == 1


async def test_without_its_line_in_the_audit_nothing_is_done(store: Store) -> None:
    job_id = (await store.intend(intent())).job_id
    attempt_id, _ = await attempt(store, job_id)
    verification_id = (await store.intend(intent("Other"))).verification_id
    before = await standing(store)
    await change(store, "ALTER TABLE audit RENAME TO elsewhere")

    for operation in (
        store.intend(intent("Else")),
        attempt(store, job_id),
        answered(store, attempt_id),
        store.settle(job_id, answer(), state=State.FINAL, next_at=None),
        store.create_key(Role.STAFF),
        store.fetch(verification_id, STAFF),
    ):
        await refused(operation)

    await change(store, "ALTER TABLE elsewhere RENAME TO audit")
    assert await standing(store) == before
    assert await store.list_keys() == []


async def test_an_entry_of_the_audit_stands_when_its_writing_returns(store: Store) -> None:
    await store._write(lambda connection: audit.append(connection, store._sealer, ENTRY, 0))

    [line] = await audit_of(store)
    assert (line["actor"], line["role"], line["action"], line["payer"]) == (
        STAFF.id,
        "staff",
        "verification.read",
        None,
    )
