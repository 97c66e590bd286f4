"""Jobs: what is final stays final, and a question is sent by one process at a time, never too soon."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contracts import ExchangeOutcome, State
from service.store import Store, StoreUnavailable
from service.store.attempts import Closing
from tests.service.evidence import attempts_of, last_sent_at
from tests.service.kept import change, rows_of

from .conftest import KEY, Clock, answer, attempt, audit_of, intent, refused

Opening = Callable[..., Any]
AFTER = 90.0


@pytest.fixture
async def job_id(store: Store) -> str:
    return (await store.intend(intent())).job_id


@pytest.fixture
async def other(database: str, opened: Opening, store: Store) -> Store:
    """A second process on the same database; on SQLite a guest beside the one that serves."""
    second: Store = await opened(serving=database.startswith("postgres"))
    return second


async def test_an_answer_is_kept_with_its_state(store: Store, job_id: str, clock: Clock) -> None:
    at = clock.now + timedelta(seconds=90)

    assert await store.settle(job_id, answer("first", State.PENDING), state=State.PENDING, next_at=at)
    pending = await store.job(job_id)
    assert await store.settle(job_id, answer("second"), state=State.FINAL, next_at=None)
    final = await store.job(job_id)

    assert pending is not None
    assert final is not None
    assert (pending.state, pending.answer, pending.next_step_at) == (
        State.PENDING,
        answer("first", State.PENDING),
        at,
    )
    assert (final.state, final.answer, final.next_step_at) == (State.FINAL, answer("second"), None)


async def test_the_replies_of_a_pending_job_are_kept_sealed_for_its_next_run_and_go_with_its_end(
    store: Store, job_id: str, clock: Clock
) -> None:
    replies, at = b'{"replies":["CANARY"]}', clock.now + timedelta(seconds=90)

    await store.settle(job_id, answer("first", State.PENDING), state=State.PENDING, next_at=at, replies=replies)
    pending = await store.job(job_id)
    (row,) = await rows_of(store, "jobs")
    await store.settle(job_id, answer("second"), state=State.FINAL, next_at=None, replies=replies)
    final = await store.job(job_id)

    assert pending is not None
    assert final is not None
    assert (pending.answer, pending.replies) == (answer("first", State.PENDING), replies)
    assert (final.answer, final.replies) == (answer("second"), None)
    assert b"CANARY" not in bytes(row["sealed_answer"])


@pytest.mark.parametrize("later", [State.PENDING, State.FINAL])
async def test_a_final_answer_never_goes_back(store: Store, job_id: str, later: State) -> None:
    await store.settle(job_id, answer("first"), state=State.FINAL, next_at=None)
    before = await audit_of(store)

    assert not await store.settle(job_id, answer("second", later), state=later, next_at=None)

    job = await store.job(job_id)
    assert job is not None
    assert (job.state, job.answer) == (State.FINAL, answer("first"))
    assert await audit_of(store) == before


async def test_of_many_final_answers_at_once_one_is_kept(store: Store, other: Store, job_id: str) -> None:
    kept = await asyncio.gather(
        *(
            each.settle(job_id, answer(f"{place}"), state=State.FINAL, next_at=None)
            for place, each in enumerate((store, other) * 5)
        )
    )

    job = await store.job(job_id)
    assert kept.count(True) == 1
    assert job is not None
    assert job.answer == answer(f"{kept.index(True)}")


async def test_settling_a_job_that_nobody_made_changes_nothing(store: Store) -> None:
    assert not await store.settle("job_nobody", answer(), state=State.FINAL, next_at=None)


async def test_every_settling_leaves_a_line_in_the_audit(store: Store, job_id: str) -> None:
    await store.settle(job_id, answer(state=State.PENDING), state=State.PENDING, next_at=None)
    await store.settle(job_id, answer(), state=State.FINAL, next_at=None)

    lines = [line for line in await audit_of(store) if line["action"] == "job.settled"]
    assert [(line["actor"], line["job_id"], line["outcome"]) for line in lines] == [
        ("system", job_id, "pending"),
        ("system", job_id, "final"),
    ]


async def test_a_question_that_was_sent_may_be_sent_again_after_ninety_seconds_and_by_one_alone(
    store: Store, other: Store, job_id: str, clock: Clock
) -> None:
    # The claim with which the question was made lapses before.
    clock.pass_by(5.0)
    attempt_id, _ = await attempt(store, job_id)
    await store.close_attempt(Closing(attempt_id, ExchangeOutcome.SILENT, sent=True, ms=1))
    await store.settle(job_id, answer(state=State.PENDING), state=State.PENDING, next_at=None)
    sent = clock.now
    clock.pass_by(AFTER - 0.001)
    too_soon = await store.claim_send(job_id, clock.now, AFTER)
    clock.pass_by(0.001)

    claims = await asyncio.gather(*(each.claim_send(job_id, clock.now, AFTER) for each in (store, other) * 5))

    assert await last_sent_at(store, job_id) == sent
    assert not too_soon
    assert claims.count(True) == 1


async def test_what_provably_was_not_sent_does_not_count(store: Store, job_id: str, clock: Clock) -> None:
    attempt_id, _ = await attempt(store, job_id)
    await store.close_attempt(Closing(attempt_id, ExchangeOutcome.UNREACHABLE, sent=False, ms=1))

    assert await last_sent_at(store, job_id) is None
    assert await store.claim_send(job_id, clock.now, AFTER)


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        (ExchangeOutcome.SILENT, True),
        (ExchangeOutcome.UNREADABLE, True),
        (ExchangeOutcome.MISMATCHED, True),
        (ExchangeOutcome.ANSWERED, False),
        (ExchangeOutcome.REJECTED, False),
    ],
)
async def test_an_earlier_job_of_the_same_question_counts_when_it_brought_no_verdict(
    store: Store, job_id: str, clock: Clock, outcome: ExchangeOutcome, counts: bool
) -> None:
    attempt_id, _ = await attempt(store, job_id)
    await store.close_attempt(Closing(attempt_id, outcome, sent=True, ms=1))
    await store.settle(job_id, answer(), state=State.FINAL, next_at=None)
    sent = clock.now
    clock.pass_by(10.0)

    twin = await store.intend(intent())
    clock.pass_by(AFTER - 10.001)

    assert twin.created_job
    assert twin.job.last_sent_at == (sent if counts else None)
    await change(store, "UPDATE jobs SET claimed_at = NULL WHERE id = :id", id=twin.job_id)
    assert await store.claim_send(twin.job_id, clock.now, AFTER) is not counts


async def test_a_claim_lapses_when_nothing_was_sent_under_it(store: Store, job_id: str, clock: Clock) -> None:
    clock.pass_by(AFTER)
    first = await store.claim_send(job_id, clock.now, AFTER)
    clock.pass_by(AFTER - 1)
    second = await store.claim_send(job_id, clock.now, AFTER)
    clock.pass_by(1)
    third = await store.claim_send(job_id, clock.now, AFTER)

    assert (first, second, third) == (True, False, True)


@pytest.mark.parametrize("state", [State.FINAL, None])
async def test_only_a_pending_job_can_be_claimed(store: Store, clock: Clock, job_id: str, state: State | None) -> None:
    await store.settle(job_id, answer(), state=State.FINAL, next_at=None)
    clock.pass_by(1000.0)

    assert not await store.claim_send(job_id if state else "job_nobody", clock.now, AFTER)


async def test_what_another_living_process_works_on_is_left_to_it_however_long_that_takes(
    store: Store, other: Store, job_id: str, clock: Clock
) -> None:
    await store.heartbeat()
    clock.pass_by(AFTER + 1)
    await store.heartbeat()

    claimed = await other.claim_send(job_id, clock.now, AFTER)
    postponed = await other.postpone(job_id, clock.now + timedelta(seconds=5))

    assert (claimed, postponed) == (False, False)


async def test_what_a_silent_process_worked_on_is_anybodys(
    store: Store, other: Store, job_id: str, clock: Clock
) -> None:
    await store.heartbeat()
    await attempt(store, job_id)
    clock.pass_by(AFTER + 1)
    await other.heartbeat()

    assert await other.silent_processes() == [store.process]
    assert await other.claim_send(job_id, clock.now, AFTER)
    assert [one.outcome for one in await attempts_of(other, job_id)] == [ExchangeOutcome.SILENT]


async def test_a_process_that_leaves_is_not_waited_for_and_is_removed_once(
    store: Store, other: Store, job_id: str, clock: Clock
) -> None:
    await store.heartbeat()
    await other.heartbeat()
    await store.leave()

    assert await other.silent_processes() == [store.process]
    assert [await other.remove_process(store.process) for _ in range(2)] == [True, False]
    assert await other.silent_processes() == []


async def test_a_process_whose_clock_was_wrong_when_it_died_is_found_by_its_silence(
    store: Store, other: Store, job_id: str, clock: Clock
) -> None:
    clock.now += timedelta(days=3)
    await store.heartbeat()
    clock.now -= timedelta(days=3)

    assert await other.silent_processes() == []
    clock.pass_by(AFTER)
    assert await other.silent_processes() == [store.process]
    assert [await other.remove_process(store.process) for _ in range(2)] == [True, False]
    assert await other.claim_send(job_id, clock.now, AFTER)


async def test_a_process_whose_clock_is_wrong_lives_as_long_as_its_heartbeats_change(
    store: Store, other: Store, clock: Clock
) -> None:
    for _ in range(4):
        clock.now += timedelta(days=3)
        await store.heartbeat()
        clock.now -= timedelta(days=3)
        assert await other.silent_processes() == []
        clock.pass_by(AFTER / 2)


async def test_a_send_or_a_claim_in_the_days_to_come_holds_nothing_up(store: Store, job_id: str, clock: Clock) -> None:
    clock.now += timedelta(days=3)
    await store.claim_send(job_id, clock.now, AFTER)
    await attempt(store, job_id)
    clock.now -= timedelta(days=3)

    assert await store.claim_send(job_id, clock.now, AFTER)
    assert not await store.claim_send(job_id, clock.now, AFTER)


async def test_a_living_process_is_not_removed(store: Store, other: Store) -> None:
    await store.heartbeat()

    assert not await other.remove_process(store.process)
    assert await other.silent_processes() == []


async def test_a_step_that_is_to_come_is_not_postponed(store: Store, job_id: str, clock: Clock) -> None:
    first, second = clock.now + timedelta(seconds=10), clock.now + timedelta(seconds=20)

    assert await store.postpone(job_id, first)
    assert not await store.postpone(job_id, second)
    clock.pass_by(10)
    assert await store.postpone(job_id, second)

    job = await store.job(job_id)
    assert job is not None
    assert job.next_step_at == second


async def test_a_step_is_committed_with_its_fact_or_not_at_all(store: Store, clock: Clock) -> None:
    fails = ["settle", "postpone"]

    def enqueue(connection: sa.Connection, *_: object) -> None:
        connection.execute(sa.text("INSERT INTO counters (name, value) VALUES (:name, 1)"), {"name": fails[-1]})
        if fails.pop() == "intend":
            raise StoreUnavailable("imaginary")

    made = await store.intend(intent(), then=enqueue)
    fails[:] = ["intend"]
    await refused(store.intend(intent("Other"), then=enqueue))
    later = clock.now + timedelta(seconds=90)
    fails[:] = ["settle"]
    await store.settle(made.job_id, answer(State.PENDING), state=State.PENDING, next_at=later, then=enqueue)

    counted = {row["name"] for row in await rows_of(store, "counters")}
    assert {"postpone", "settle"} <= counted
    assert "intend" not in counted
    assert len(await rows_of(store, "jobs")) == 1


async def test_what_an_earlier_version_left_pending_is_given_a_step_once(store: Store, clock: Clock) -> None:
    given: list[tuple[object, ...]] = []
    old = (await store.intend(intent("Old"))).job_id
    later = (await store.intend(intent("Later"))).job_id
    done = (await store.intend(intent("Done"))).job_id
    await store.settle(done, answer(), state=State.FINAL, next_at=None)
    at = clock.now + timedelta(seconds=100)
    assert await store.postpone(later, at)
    nothing = await store.give_steps(lambda _, job: given.append(job))
    await change(
        store, "INSERT INTO counters (name, value) VALUES ('steps_owed', 2) ON CONFLICT (name) DO UPDATE SET value = 2"
    )

    counts = [await store.give_steps(lambda _, job: given.append(job)) for _ in range(2)]

    assert (nothing, counts) == (0, [2, 0])
    assert sorted(given) == sorted([(old, "acme", "staff", None), (later, "acme", "staff", at)])


async def test_what_was_made_in_between_and_is_pending_without_a_step_is_given_one(store: Store, clock: Clock) -> None:
    given: list[str] = []
    since, a_second = clock.now, timedelta(seconds=1)
    made = [(await store.intend(intent(name))).job_id for name in ("Open", "Later", "Done")]
    await store.postpone(made[1], clock.now + timedelta(seconds=100))
    await store.settle(made[2], answer(), state=State.FINAL, next_at=None)
    clock.now += a_second
    await store.intend(intent("After"))

    count = await store.give_steps_between(since, clock.now, lambda _, job: given.append(job.job_id))
    before = await store.give_steps_between(since - a_second, since, lambda _, job: given.append(job.job_id))

    assert (count, before, given) == (1, 0, made[:1])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_file_that_one_process_serves_forgets_the_claims_of_the_one_before(
    opened: Opening, clock: Clock
) -> None:
    first = await opened()
    job_id = (await first.intend(intent())).job_id
    clock.pass_by(AFTER)
    await first.heartbeat()
    await first.stop()

    second = await opened(keys={"k1": KEY})

    assert await second.claim_send(job_id, clock.now, AFTER)
    assert [row["runner"] for row in await rows_of(second, "jobs")] == [second.process]
