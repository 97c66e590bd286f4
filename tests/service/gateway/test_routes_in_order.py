"""What is promised of routes and tries: another one only where nothing was sent, and never more than are due."""

from datetime import timedelta

import pytest

from contracts import (
    MemberRejected,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    ProblemCode,
    ReplyUnreadable,
    Responsible,
)
from contracts.card import Window
from service.gateway import GatewayPolicy
from service.store import Store
from tests.service.gateway.asking import UNREACHABLE, Stand
from tests.service.staging import INQUIRY, START, ScriptedRoute, Time, card


async def test_the_payer_is_called_what_it_is_called_on_the_route(store: Store, time: Time) -> None:
    route = ScriptedRoute()

    await Stand(store, time, route).ask()

    assert (route.inquiries[0].payer_id, route.inquiries[0].payer_name) == ("ACME", "ACME HEALTH")


async def test_an_announced_outage_is_told_with_its_end_and_nothing_is_sent(store: Store, time: Time) -> None:
    route = ScriptedRoute()
    stand = Stand(store, time, route)
    # START is a Monday, 10 in the morning in the East.
    stand.card = card(outages=(Window(weekday=0, begins="09:00", ends="11:00", source="test"),))

    failure = await stand.failure()

    assert (failure.retry_at, failure.sent) == (START + timedelta(hours=1), False)
    assert route.sent == []


async def test_what_was_not_sent_is_tried_twice_more_with_fresh_numbers_and_a_nap(store: Store, time: Time) -> None:
    route = ScriptedRoute(UNREACHABLE, UNREACHABLE, None)

    await Stand(store, time, route).ask()

    assert len({numbers.interchange for numbers in route.sent}) == len({numbers.trace for numbers in route.sent}) == 3
    assert len(time.naps) == 2
    assert all(0.05 <= nap <= 0.3 for nap in time.naps)


async def test_three_tries_are_all(store: Store, time: Time) -> None:
    route = ScriptedRoute(UNREACHABLE)

    failure = await Stand(store, time, route).failure()

    assert (failure.problem, len(route.sent)) == (ProblemCode.PAYER_UNREACHABLE, 3)


@pytest.mark.parametrize(("wait", "tries"), [(0.0, 1), (2.0, 1), (3.0, 1), (3.2, 2), (20.0, 3)])
async def test_a_further_try_needs_the_payers_usual_seconds_and_the_reserve(
    store: Store, time: Time, wait: float, tries: int
) -> None:
    route = ScriptedRoute(UNREACHABLE)

    await Stand(store, time, route).failure(wait=wait)

    assert len(route.sent) == tries


@pytest.mark.parametrize(
    "failure",
    [
        PayerSilent("timeout"),
        ReplyUnreadable("html"),
        PayerBusy("http_429", retry_at=START + timedelta(seconds=1)),
        PayerBusy("http_503"),
        MemberRejected("72"),
        PayerRefused("http_401"),
        PayerUnreachable("tls", responsible=Responsible.SERVICE),
        KeyError("service"),
    ],
)
async def test_nothing_else_is_sent_again_within_the_wait(store: Store, time: Time, failure: Exception) -> None:
    route = ScriptedRoute(failure)

    await Stand(store, time, route).failure()

    assert len(route.sent) == 1


async def test_without_a_token_of_the_retry_budget_there_is_no_further_try(store: Store, time: Time) -> None:
    route = ScriptedRoute(UNREACHABLE)
    stand = Stand(store, time, route, policy=GatewayPolicy(retry_floor_per_minute=0))

    await stand.failure()

    assert len(route.sent) == 1


@pytest.mark.parametrize(
    ("budget", "least", "most"),
    [({}, 81, 80 * 1.10 + 6), ({"retry_share": 9.0, "retry_floor_per_minute": 999}, 240, 240)],
)
async def test_when_everything_fails_the_payer_sees_a_tenth_more_than_was_asked_and_the_floor(
    store: Store, time: Time, budget: dict[str, float], least: int, most: float
) -> None:
    route = ScriptedRoute(UNREACHABLE)
    policy = GatewayPolicy(breaker_least_calls=10_000, asks=10_000, burst=10**6).model_copy(update=budget)
    stand = Stand(store, time, route, policy=policy)
    gateway = await stand.gateway(wait=1e9)

    for _ in range(80):
        with pytest.raises(PayerUnreachable):
            await gateway.ask(stand.card, INQUIRY)

    assert least <= len(route.sent) <= most


async def test_another_route_is_taken_when_nothing_was_sent(store: Store, time: Time) -> None:
    first, second = ScriptedRoute(UNREACHABLE, name="first"), ScriptedRoute(name="second")

    benefits = await Stand(store, time, first, second).ask()

    assert benefits.route == "second"


@pytest.mark.parametrize("failure", [PayerSilent("reset"), PayerBusy("http_503"), PayerRefused("http_400")])
async def test_no_other_route_is_taken_once_it_was_sent(store: Store, time: Time, failure: PayerError) -> None:
    first, second = ScriptedRoute(failure, name="first"), ScriptedRoute(name="second")

    await Stand(store, time, first, second).failure()

    assert second.sent == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_route_that_may_come_back_keeps_the_question_pending_beside_one_that_is_set_up_wrongly(
    store: Store, time: Time, order: tuple[int, int]
) -> None:
    failures = [UNREACHABLE, PayerUnreachable("tls", responsible=Responsible.SERVICE)]
    routes = [ScriptedRoute(failures[place], name=name) for place, name in zip(order, ("first", "second"), strict=True)]

    failure = await Stand(store, time, *routes).failure()

    assert failure.problem is ProblemCode.PAYER_UNREACHABLE


async def test_a_payer_without_a_route_is_a_set_up_of_ours(store: Store, time: Time) -> None:
    failure = await Stand(store, time).failure()

    assert (failure.problem, failure.responsible) == (ProblemCode.SETUP_PROBLEM, Responsible.SERVICE)
