"""The first attempt of a new job is opened in the transaction of the intent, and counts as sent until it is closed."""

import pytest

from contracts import ExchangeOutcome, State
from service.store import Store
from service.store.rows import FirstAttempt, Intended
from tests.service.kept import rows_of

from .conftest import Clock, answer, answered, attempt, audit_of, intent

FIRST = FirstAttempt("core_mime", ("MH", "AI"))
AFTER = 90.0


async def begun(store: Store, name: str = "Imaginary") -> tuple[Intended, str]:
    """A new job with its first attempt, and the attempt's id."""
    intended = await store.intend(intent(name, first=FIRST))
    assert intended.attempt is not None
    return intended, intended.attempt[0]


async def test_a_new_job_has_its_first_attempt_with_numbers_of_its_own(store: Store) -> None:
    intended, attempt_id = await begun(store)
    _, numbers = intended.attempt or ("", None)
    _, later = await attempt(store, intended.job_id)

    (row,) = await rows_of(store, f"attempts WHERE id = '{attempt_id}'")
    assert numbers is not None
    assert (row["id"], row["route"], row["service_types"]) == (attempt_id, "core_mime", "MH AI")
    assert (row["interchange"], row["trace"]) == (numbers.interchange, numbers.trace)
    assert (row["sent"], row["closed_at"]) == (1, None)
    assert later.interchange != numbers.interchange
    assert [(line["action"], line["attempt_id"]) for line in await audit_of(store)][:2] == [
        ("verification.asked", None),
        ("attempt.opened", attempt_id),
    ]


async def test_a_question_that_joins_a_job_opens_no_attempt(store: Store) -> None:
    first, _ = await begun(store)

    twin = await store.intend(intent(first=FIRST))

    assert (twin.job_id, twin.created_job, twin.attempt) == (first.job_id, False, None)
    assert len(await rows_of(store, "attempts")) == 1


async def test_a_question_that_was_sent_before_opens_no_attempt_with_its_new_job(store: Store, clock: Clock) -> None:
    _, attempt_id = await begun(store)
    await store.settle((await rows_of(store, "jobs"))[0]["id"], answer(), state=State.FINAL, next_at=None)
    clock.pass_by(10.0)

    again = await store.intend(intent(first=FIRST))

    assert again.created_job
    assert (again.attempt, again.job.last_sent_at) == (None, clock.now.replace(second=0))
    assert [row["id"] for row in await rows_of(store, "attempts")] == [attempt_id]


async def test_where_a_process_died_before_it_sent_the_question_counts_as_sent(store: Store, clock: Clock) -> None:
    intended, _ = await begun(store)
    clock.pass_by(AFTER - 0.001)
    too_soon = await store.claim_send(intended.job_id, clock.now, AFTER)
    clock.pass_by(0.001)

    assert not too_soon
    assert await store.claim_send(intended.job_id, clock.now, AFTER)
    (row,) = await rows_of(store, "attempts")
    assert (row["outcome"], row["sent"]) == (ExchangeOutcome.SILENT.value, 1)


@pytest.mark.parametrize("state", State)
async def test_an_attempt_under_which_nothing_was_sent_is_closed_as_such_when_the_question_is_settled(
    store: Store, clock: Clock, state: State
) -> None:
    intended, unused = await begun(store)
    own, _ = await attempt(store, intended.job_id)
    await answered(store, own)

    assert await store.settle(intended.job_id, answer(state=state), state=state, next_at=None, unused=unused)

    rows = {row["id"]: (row["outcome"], row["sent"]) for row in await rows_of(store, "attempts")}
    assert rows == {unused: (ExchangeOutcome.UNREACHABLE.value, 0), own: (ExchangeOutcome.ANSWERED.value, 1)}
    closed = [line["attempt_id"] for line in await audit_of(store) if line["action"] == "attempt.closed"]
    assert closed == [own, unused]


async def test_a_run_that_sent_nothing_has_used_its_claim_all_the_same(store: Store, clock: Clock) -> None:
    intended, unused = await begun(store)
    await store.settle(intended.job_id, answer(state=State.PENDING), state=State.PENDING, next_at=None, unused=unused)
    clock.pass_by(AFTER - 0.001)
    too_soon = await store.claim_send(intended.job_id, clock.now, AFTER)
    clock.pass_by(0.001)

    assert not too_soon
    assert await store.claim_send(intended.job_id, clock.now, AFTER)
