"""What a gateway promises its adapter: a reply of its own, and another try or route only where nothing was sent."""

import asyncio
import gc
import weakref
from contextlib import suppress
from datetime import timedelta

import pytest

from contracts import (
    Answer,
    AttemptNumbers,
    Card,
    ExchangeOutcome,
    Gateway,
    Inquiry,
    MemberRejected,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    ProblemCode,
    Question,
    ReplyUnreadable,
    Responsible,
    answer_without_reply,
    problem_of,
)
from service.gateway import GatewayPolicy
from service.gateway.isolation import Leaked
from service.store import Store
from service.verification.adapter_call import call_adapter
from tests.service.gateway.asking import UNREACHABLE, Stand
from tests.service.staging import INQUIRY, QUESTION, START, ScriptedRoute, Time, reply


async def test_an_honest_reply_comes_back_with_its_route(store: Store, time: Time) -> None:
    stand = Stand(store, time, ScriptedRoute())

    benefits = await stand.ask()

    assert (benefits.route, benefits.asked) == ("first", ("30",))


async def test_the_payer_is_called_what_it_is_called_on_the_route(store: Store, time: Time) -> None:
    route = ScriptedRoute()

    await Stand(store, time, route).ask()

    assert (route.inquiries[0].payer_id, route.inquiries[0].payer_name) == ("ACME", "ACME HEALTH")


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


async def test_an_adapter_that_asks_without_end_is_stopped(store: Store, time: Time) -> None:
    stand = Stand(store, time, ScriptedRoute())
    gateway = await stand.gateway()

    for _ in range(24):
        await gateway.ask(stand.card, INQUIRY)

    with pytest.raises(PayerError) as caught:
        await gateway.ask(stand.card, INQUIRY)

    assert (caught.value.problem, len(gateway.exchanges)) == (ProblemCode.ADAPTER_FAULT, 24)


async def test_only_a_send_counts_as_one(store: Store, time: Time) -> None:
    stand = Stand(store, time, ScriptedRoute(UNREACHABLE, PayerSilent("reset")))
    gateway = await stand.gateway(wait=0.0)

    with pytest.raises(PayerUnreachable):
        await gateway.ask(stand.card, INQUIRY)
    unsent = gateway.last_sent_at
    with pytest.raises(PayerSilent):
        await gateway.ask(stand.card, INQUIRY)

    assert (unsent, gateway.last_sent_at) == (None, START)
    assert [one.outcome for one in gateway.exchanges] == [ExchangeOutcome.UNREACHABLE, ExchangeOutcome.SILENT]


async def test_a_store_that_takes_no_numbers_sends_nothing_and_blames_nobody_else(store: Store, time: Time) -> None:
    route = ScriptedRoute()
    stand = Stand(store, time, route)
    gateway = await stand.gateway()
    await store.stop()

    with pytest.raises(PayerError) as caught:
        await gateway.ask(stand.card, INQUIRY)

    failure = caught.value
    assert (failure.problem, failure.responsible, failure.sent) == (
        ProblemCode.PAYER_UNREACHABLE,
        Responsible.SERVICE,
        False,
    )
    assert route.sent == []


async def test_what_is_measured_are_answers_alone(store: Store, time: Time) -> None:
    async def slowly(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        time.gone += 2.0
        return reply(inquiry, numbers)

    stand = Stand(store, time, ScriptedRoute(PayerSilent("reset"), slowly))
    await stand.failure()
    before = stand.guards.measure("acme", "first").percentiles()

    await stand.ask()

    assert before == (None, None)
    assert stand.guards.measure("acme", "first").percentiles() == (2.0, 2.0)


class AsksTwice:
    """An adapter that asks twice, and lets a failure through that it kept, or none."""

    def __init__(self, of: Card, *, lets_through: bool) -> None:
        self.card = of
        self._lets_through = lets_through

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        kept: list[PayerError] = []
        for service_types in (("30",), ("MH",)):
            try:
                await gateway.ask(self.card, INQUIRY.model_copy(update={"service_types": service_types}))
            except PayerError as failure:
                problems = (problem_of(failure),)
                if self._lets_through:
                    kept.append(failure)
        if kept:
            raise kept[0]
        return answer_without_reply(
            payer=question.payer, service_date=question.service_date, as_of=START, problems=problems
        )


@pytest.mark.parametrize("kind", [PayerUnreachable, ReplyUnreadable, PayerRefused])
@pytest.mark.parametrize("lets_through", [True, False])
async def test_a_failure_keeps_nothing_that_its_gateway_brought(
    store: Store, time: Time, kind: type[PayerError], lets_through: bool
) -> None:
    async def fails(*_: object) -> object:
        raise kind("imaginary")

    stand = Stand(store, time, ScriptedRoute(None, fails))
    gateway = await stand.gateway()
    gone = weakref.ref(gateway)
    gc.collect()
    gc.disable()
    try:
        with suppress(PayerError):
            await call_adapter(AsksTwice(stand.card, lets_through=lets_through), QUESTION, gateway, Leaked())
        asked = len(stand.routes[0].sent)
        del gateway
        await asyncio.sleep(0)
        left = gone()
    finally:
        gc.enable()

    assert asked >= 2
    assert left is None
