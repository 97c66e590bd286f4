"""Wherever a verification is broken off, nothing is half done: the audit least of all."""

from collections.abc import Callable
from typing import Any

from contracts import State
from service.security.access import Role
from service.store import AuditEntry, Store, StoreUnavailable
from service.store.engine import Session

from .conftest import STAFF, answer, answered, attempt, audit_of, changed, intent, refused, rows_of, standing, through

Opening = Callable[..., Any]
ENTRY = AuditEntry(STAFF.id, "staff", "verification.read")

STEPS = {
    "intend": lambda store, ids: store.intend(intent(idempotency_key="k", reference="R-1")),
    "open_attempt": lambda store, ids: attempt(store, ids["job"]),
    "close_attempt": lambda store, ids: answered(store, ids["attempt"]),
    "settle": lambda store, ids: store.settle(ids["job"], answer(), state=State.FINAL, next_at=None),
    "fetch": lambda store, ids: store.fetch(ids["verification"], STAFF),
}


class Failing:
    """A session of which one statement fails, once: when ``left`` of the plan comes to nought, or the next commit."""

    def __init__(self, session: Session, plan: dict[str, int]) -> None:
        self._session = session
        self._plan = plan
        self.failures = session.failures

    def _count(self) -> None:
        self._plan["left"] -= 1
        if self._plan["left"] == 0:
            raise self.failures[0]("imaginary")

    def all(self, statement: str, **values: Any) -> Any:
        self._count()
        return self._session.all(statement, **values)

    def one(self, statement: str, **values: Any) -> Any:
        self._count()
        return self._session.one(statement, **values)

    def run(self, statement: str, **values: Any) -> int:
        self._count()
        count = self._session.run(statement, **values)
        if statement == "COMMIT" and self._plan.pop("word lost", None):
            raise self.failures[0]("imaginary")
        return count

    def alive(self) -> bool:
        return self._session.alive()

    def close(self) -> None:
        self._session.close()


def empty(session: Session) -> None:
    for table in ("replies", "attempts", "idempotency", "verifications", "jobs", "audit"):
        session.run(f"DELETE FROM {table}")  # noqa: S608 - a name of ours


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
            ids.update(job=result.job_id, verification=result.verification_id)
        elif name == "open_attempt":
            ids["attempt"] = result[0]
    return {**ids, "refusals": str(refusals)}


async def test_whichever_statement_of_a_verification_fails_nothing_is_half_done_and_the_next_try_completes_it(
    store: Store,
) -> None:
    """Every n of one whole verification, the audit's own lines and the commits among them."""
    plan, failed, number = {"left": 0}, 0, 0
    await through(store, lambda session: Failing(session, plan))
    while plan["left"] <= 0:
        number += 1
        await store._writer.do(empty)
        plan["left"] = number

        ids = await verified(store)

        job = await store.job(ids["job"])
        assert job is not None
        assert (job.state, job.answer, job.attempts) == (State.FINAL, answer(), 1)
        assert await store.kept_reply(ids["attempt"]) == b"ISA*reply~"
        assert [line["action"] for line in await audit_of(store)] == [
            "verification.asked",
            "attempt.opened",
            "attempt.closed",
            "job.settled",
            "verification.shown",
        ]
        failed += int(ids["refusals"])

    # The last round had nothing left to fail; each one before it had one failure, and five commits were among them.
    assert failed == number - 1
    assert number > 20


async def test_a_commit_whose_word_is_lost_is_refused_and_the_same_key_finds_what_stands(store: Store) -> None:
    plan = {"left": 0, "word lost": 1}
    await through(store, lambda session: Failing(session, plan))

    await refused(store.intend(intent(idempotency_key="k")))
    again = await store.intend(intent(idempotency_key="k"))

    assert len(await rows_of(store, "verifications")) == 1
    assert [job.id for job in await store.pending_jobs()] == [again.job_id]


async def test_a_closing_whose_word_is_lost_stands_when_it_is_tried_again_and_for_nobody_else(store: Store) -> None:
    job_id = (await store.intend(intent())).job_id
    attempt_id, _ = await attempt(store, job_id)
    plan = {"left": 0, "word lost": 1}
    await through(store, lambda session: Failing(session, plan))
    await refused(answered(store, attempt_id))

    assert not await answered(store, attempt_id, b"another", b"another")
    assert await answered(store, attempt_id)
    assert not await answered(store, attempt_id)

    assert await store.kept_reply(attempt_id) == b"ISA*reply~"
    assert [line["action"] for line in await audit_of(store)].count("attempt.closed") == 1


async def test_without_its_line_in_the_audit_nothing_is_done(store: Store) -> None:
    job_id = (await store.intend(intent())).job_id
    attempt_id, _ = await attempt(store, job_id)
    verification_id = (await store.intend(intent("Other"))).verification_id
    before = await standing(store)
    await changed(store, "ALTER TABLE audit RENAME TO elsewhere")

    for operation in (
        store.intend(intent("Else")),
        attempt(store, job_id),
        answered(store, attempt_id),
        store.settle(job_id, answer(), state=State.FINAL, next_at=None),
        store.append_audit(ENTRY),
        store.create_key(Role.STAFF),
        store.fetch(verification_id, STAFF),
    ):
        await refused(operation)

    await changed(store, "ALTER TABLE elsewhere RENAME TO audit")
    assert await standing(store) == before
    assert await store.list_keys() == []


async def test_an_entry_of_the_audit_stands_when_its_writing_returns(store: Store) -> None:
    await store.append_audit(ENTRY)

    [line] = await audit_of(store)
    assert (line["actor"], line["role"], line["action"], line["payer"]) == (
        STAFF.id,
        "staff",
        "verification.read",
        None,
    )
