"""Who asks what is recorded in one commit, and twins share one job."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from contracts import ExchangeOutcome, State
from service.security.access import Role
from service.security.encryption import Sealer
from service.store import IdempotencyConflict, Store, attempts, jobs
from service.store.intents import prepare
from tests.service.evidence import attempts_of, last_sent_at
from tests.service.kept import rows_of

from .conftest import BATCH, STAFF, VISITOR, Clock, answer, answered, attempt, audit_of, intent

DAY = 24 * 3600.0


async def test_a_question_gets_a_verification_of_its_callers_own_and_a_job(store: Store, clock: Clock) -> None:
    intended = await store.intend(intent(reference="R-1"))

    found = await store.fetch(intended.verification_id, STAFF)
    assert found is not None
    assert intended.created_job
    assert found.question == intent(reference="R-1").question
    assert (found.caller_id, found.role, found.reference) == (STAFF.id, Role.STAFF, "R-1")
    assert (found.job.state, found.job.answer, found.job.attempts) == (State.PENDING, None, 0)
    assert found.created_at == found.job.created_at == clock.now
    assert (found.job.life_ends_at - clock.now).total_seconds() == 900.0


async def test_a_verification_that_nobody_made_is_not_found(store: Store) -> None:
    assert await store.fetch("ver_nobody", STAFF) is None
    assert await store.job("job_nobody") is None
    assert await last_sent_at(store, "job_nobody") is None


async def test_twins_join_one_job_and_keep_their_own_references(store: Store) -> None:
    first = await store.intend(intent(reference="R-1"))
    twin = await store.intend(intent("imaginary", reference="R-2", caller=BATCH))

    found = await store.fetch(twin.verification_id, STAFF)
    assert found is not None
    assert (first.created_job, twin.created_job) == (True, False)
    assert first.job_id == twin.job_id
    assert first.verification_id != twin.verification_id
    assert (found.reference, found.caller_id) == ("R-2", BATCH.id)


@pytest.mark.parametrize("other", [{"last_name": "Else"}, {"payer": "other"}])
async def test_another_question_is_another_job(store: Store, other: dict[str, str]) -> None:
    first = await store.intend(intent())
    second = await store.intend(intent(**other))

    assert second.created_job
    assert first.job_id != second.job_id


async def test_fifty_twins_at_once_share_one_job(store: Store) -> None:
    made = await asyncio.gather(*(store.intend(intent()) for _ in range(50)))

    assert len({one.job_id for one in made}) == 1
    assert len({one.verification_id for one in made}) == 50
    assert [one.created_job for one in made].count(True) == 1


async def test_twins_of_two_processes_share_one_job(database: str, opened: Callable[..., Any]) -> None:
    serving = [{}, {}] if database.startswith("postgres") else [{}, {"serving": False}]
    stores = [await opened(**chosen) for chosen in serving]

    made = await asyncio.gather(*(each.intend(intent()) for each in stores * 10))

    assert len({one.job_id for one in made}) == 1
    assert [one.created_job for one in made].count(True) == 1


async def test_a_job_is_as_urgent_as_the_most_urgent_who_asked(store: Store) -> None:
    asked = [await store.intend(intent(caller=caller)) for caller in (BATCH, VISITOR, STAFF, BATCH)]

    assert [one.job.role for one in asked] == [Role.BATCH, Role.PUBLIC, Role.STAFF, Role.STAFF]


async def test_an_answer_is_served_again_only_while_it_is_fresh(store: Store, clock: Clock) -> None:
    first = await store.intend(intent())
    await store.settle(first.job_id, answer(), state=State.FINAL, next_at=None)
    clock.pass_by(59.0)

    never = await store.intend(intent("Unfresh"))
    await store.settle(never.job_id, answer(), state=State.FINAL, next_at=None)
    fresh = await store.intend(intent(fresh_seconds=60.0))
    clock.pass_by(1.0)
    stale = await store.intend(intent(fresh_seconds=60.0))
    unasked = await store.intend(intent("Unfresh"))

    assert (fresh.created_job, fresh.job_id, fresh.job.answer) == (False, first.job_id, answer())
    assert stale.created_job
    assert unasked.created_job


async def test_an_answer_with_a_problem_is_never_served_again(store: Store, troubled: Any) -> None:
    first = await store.intend(intent())
    await store.settle(first.job_id, troubled, state=State.FINAL, next_at=None)

    again = await store.intend(intent(fresh_seconds=DAY))

    assert again.created_job


async def test_the_same_key_and_request_get_the_same_verification(store: Store) -> None:
    first = await store.intend(intent(idempotency_key="k"))
    again = await store.intend(intent(idempotency_key="k"))

    assert again.verification_id == first.verification_id
    assert (again.created_job, again.job_id) == (False, first.job_id)


@pytest.mark.parametrize("other", [{"last_name": "Else"}, {"reference": "R-2"}])
async def test_the_same_key_with_another_request_is_refused_and_nothing_is_recorded(
    store: Store, other: dict[str, str]
) -> None:
    await store.intend(intent(idempotency_key="k"))
    before = await audit_of(store)

    with pytest.raises(IdempotencyConflict) as refused:
        await store.intend(intent(idempotency_key="k", **other))

    assert (refused.value.status, refused.value.code) == (422, "idempotency_conflict")
    assert await audit_of(store) == before
    assert len(await rows_of(store, "jobs")) == 1


async def test_two_requests_at_once_under_one_key_make_one_verification(store: Store) -> None:
    made = await asyncio.gather(*(store.intend(intent(idempotency_key="k")) for _ in range(20)))

    assert len({one.verification_id for one in made}) == 1
    assert [one.created_job for one in made].count(True) == 1


async def test_a_key_is_its_callers_own(store: Store) -> None:
    mine = await store.intend(intent(idempotency_key="k"))
    theirs = await store.intend(intent("Else", caller=BATCH, idempotency_key="k"))

    assert mine.verification_id != theirs.verification_id


async def test_a_key_is_forgotten_after_a_day(store: Store, clock: Clock) -> None:
    first = await store.intend(intent(idempotency_key="k"))
    clock.pass_by(DAY - 1)
    within = await store.intend(intent(idempotency_key="k"))
    clock.pass_by(1)
    after = await store.intend(intent("Else", idempotency_key="k"))

    assert within.verification_id == first.verification_id
    assert after.verification_id != first.verification_id


async def test_every_question_leaves_a_line_in_the_audit(store: Store) -> None:
    first = await store.intend(intent(idempotency_key="k"))
    twin = await store.intend(intent(caller=BATCH))
    await store.intend(intent(idempotency_key="k"))

    lines = [line for line in await audit_of(store) if line["action"] == "verification.asked"]
    assert [(line["actor"], line["role"], line["verification_id"], line["outcome"]) for line in lines] == [
        (STAFF.id, "staff", first.verification_id, "made"),
        (BATCH.id, "batch", twin.verification_id, "joined"),
        (STAFF.id, "staff", first.verification_id, "joined"),
    ]
    assert {line["job_id"] for line in lines} == {first.job_id}


async def test_nothing_of_a_member_shows_where_records_are_shown(store: Store) -> None:
    asked = intent("Zqcanary", reference="Zqcanary-7")
    intended = await store.intend(asked)
    await answered(store, (await attempt(store, intended.job_id))[0])
    found = await store.fetch(intended.verification_id, STAFF)

    sealer = Sealer({"k1": bytes(range(32))})
    sealer.adopt_index_key(bytes(32))
    held = (
        jobs.Settling(answer("Zqcanary"), b"Zqcanary", State.PENDING, None, 0),
        attempts.Closing("att", ExchangeOutcome.ANSWERED, True, 1, b"Zqcanary", None, False, True, None),
        prepare(sealer, asked, "proc", 0),
    )
    shown = repr((*held, asked, intended, found, store, await attempts_of(store, intended.job_id)))

    assert "canary" not in shown.lower()
    assert intended.job_id in shown
