"""When an attempt sends nothing: an open breaker, a pause of the payer's, no place, or another's turn."""

import asyncio
from datetime import timedelta

import pytest

from contracts import (
    AttemptNumbers,
    Inquiry,
    MemberRejected,
    PayerBusy,
    PayerRefused,
    PayerSilent,
    ProblemCode,
    Rejection,
)
from service.gateway import GatewayPolicy
from service.gateway.breaker import BreakerState
from service.security.access import Role
from service.store import Store
from tests.service.gateway.asking import Stand
from tests.service.staging import INQUIRY, START, ScriptedRoute, Time, reply, until


async def test_eight_failures_open_the_breaker_and_then_nothing_is_sent(store: Store, time: Time) -> None:
    route = ScriptedRoute(PayerSilent("timeout"))
    stand = Stand(store, time, route)
    for _ in range(8):
        await stand.failure()

    failure = await stand.failure()

    assert (failure.problem, failure.sent, len(route.sent)) == (ProblemCode.PAYER_UNREACHABLE, False, 8)


async def test_an_open_breaker_leads_to_the_next_route_at_once(store: Store, time: Time) -> None:
    first, second = ScriptedRoute(PayerSilent("timeout"), name="first"), ScriptedRoute(name="second")
    stand = Stand(store, time, first, second)
    for _ in range(8):
        await stand.failure()

    benefits = await stand.ask()

    assert (benefits.route, time.naps) == ("second", [])


@pytest.mark.parametrize("failure", [MemberRejected("72"), PayerRefused("http_400"), KeyError("service")])
async def test_a_members_mistake_and_our_own_never_open_the_breaker(
    store: Store, time: Time, failure: Exception
) -> None:
    stand = Stand(store, time, ScriptedRoute(failure))

    for _ in range(20):
        await stand.failure()

    assert stand.guards.breaker("acme", "first").state is BreakerState.CLOSED


async def test_a_payer_that_answers_nothing_but_that_it_cannot_answer_opens_the_breaker(
    store: Store, time: Time
) -> None:
    async def busy(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        return reply(
            inquiry, numbers, lines=(), rejections=(Rejection(at=9, text="", loop="2100A", valid="Y", code="42"),)
        )

    stand = Stand(store, time, ScriptedRoute(busy))

    for _ in range(8):
        await stand.ask()

    assert stand.guards.breaker("acme", "first").state is BreakerState.OPEN


@pytest.mark.parametrize(("asked", "kept"), [(-5, 1), (0, 1), (30, 30), (10**9, 3600)])
async def test_what_the_payer_says_of_coming_back_holds_for_every_caller_within_a_second_and_an_hour(
    store: Store, time: Time, asked: int, kept: int
) -> None:
    busy = PayerBusy("http_429", retry_at=START + timedelta(seconds=asked))
    route = ScriptedRoute(busy, None)
    stand = Stand(store, time, route)
    first = await stand.failure()

    time.gone = kept - 0.01
    kept_away = await stand.failure(wait=0.0)
    time.gone = kept + 0.01
    await stand.ask()

    assert first.retry_at == kept_away.retry_at == START + timedelta(seconds=kept)
    assert (kept_away.problem, kept_away.sent) == (ProblemCode.PAYER_BUSY, False)
    assert len(route.sent) == 2


async def test_a_pause_without_a_zone_is_read_as_utc(store: Store, time: Time) -> None:
    naive = (START + timedelta(seconds=30)).replace(tzinfo=None)
    stand = Stand(store, time, ScriptedRoute(PayerBusy("http_429", retry_at=naive)))

    failure = await stand.failure()

    assert failure.retry_at == START + timedelta(seconds=30)


@pytest.mark.parametrize(("wait", "sent"), [(29.0, 1), (31.0, 2)])
async def test_a_pause_is_waited_out_only_when_it_takes_a_third_of_the_wait(
    store: Store, time: Time, wait: float, sent: int
) -> None:
    route = ScriptedRoute(PayerBusy("http_429", retry_at=START + timedelta(seconds=10)), None)
    stand = Stand(store, time, route)
    await stand.failure()

    await asyncio.gather(stand.ask(wait=wait), return_exceptions=True)

    assert len(route.sent) == sent


async def test_a_place_that_does_not_come_free_in_half_of_the_wait_holds_the_question_back(
    store: Store, time: Time
) -> None:
    stand = Stand(store, time, ScriptedRoute(), policy=GatewayPolicy(slots=1))

    async with stand.guards.bulkhead("acme").place(Role.STAFF, 0.0):
        failure = await stand.failure(wait=0.1)

    assert (failure.problem, failure.sent, failure.another_route) == (ProblemCode.PAYER_UNREACHABLE, False, False)
    assert stand.guards.bulkhead("acme").places_in_use == 0


async def test_a_payer_is_asked_at_the_pace_of_its_card_by_all_together(store: Store, time: Time) -> None:
    at: list[float] = []
    stand = Stand(store, time, ScriptedRoute())
    slow = stand.card.model_copy(update={"pace": 50.0})

    async def acquire() -> None:
        await stand.guards.pace(slow).acquire(Role.STAFF)
        at.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(acquire() for _ in range(10)))

    # A limiter in its usual form, fifty in a second, lets all ten through at once.
    assert max(at) - min(at) >= (10 - GatewayPolicy().burst - 1) / 50


@pytest.mark.parametrize(("limits", "expected"), [((None, 20.0), 20.0), ((None, None), 30.0), ((40.0, None), 30.0)])
async def test_a_payer_is_asked_at_the_pace_of_the_slowest_route_that_leads_to_it(
    store: Store, time: Time, limits: tuple[float | None, ...], expected: float
) -> None:
    stand = Stand(store, time, ScriptedRoute(name="first"), ScriptedRoute(name="second"))
    entries = tuple(
        entry.model_copy(update={"pace": limit}) for entry, limit in zip(stand.card.routes, limits, strict=True)
    )
    # A route that is not open bounds nothing.
    closed = entries[0].model_copy(update={"route": "closed", "pace": 1.0})
    card = stand.card.model_copy(update={"pace": 30.0, "routes": (*entries, closed)})

    assert stand.guards.pace(card).per_second == expected


async def test_the_inquiries_of_one_question_need_not_wait_for_each_other(store: Store, time: Time) -> None:
    stand = Stand(store, time, ScriptedRoute())
    # So slow that nothing comes free while the test runs.
    pace = stand.guards.pace(stand.card.model_copy(update={"pace": 0.001}))

    for _ in ("MH", "AI", "BB", "30"):
        await pace.acquire(Role.STAFF)


async def test_people_are_asked_for_before_batches_when_a_place_comes_free(store: Store, time: Time) -> None:
    stand = Stand(store, time, ScriptedRoute(), policy=GatewayPolicy(slots=1))
    order: list[Role] = []

    async def ask(role: Role) -> None:
        gateway = await stand.gateway(wait=0.0, role=role)
        await gateway.ask(stand.card, INQUIRY)
        order.append(role)

    async with asyncio.TaskGroup() as group, stand.guards.bulkhead("acme").place(Role.STAFF, 0.0):
        for waiting, role in enumerate((Role.BATCH, Role.PUBLIC, Role.STAFF), start=1):
            group.create_task(ask(role))
            await until(lambda waiting=waiting: len(stand.guards.bulkhead("acme")._waiting) == waiting)  # type: ignore[misc]

    assert order == [Role.STAFF, Role.PUBLIC, Role.BATCH]
