"""What a gateway promises its adapter: a reply of its own, an end to its questions, and nothing kept of a failure."""

import asyncio
import gc
import weakref
from contextlib import suppress

import pytest

from contracts import (
    Answer,
    AttemptNumbers,
    Card,
    ExchangeOutcome,
    Gateway,
    Inquiry,
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
from service.gateway.isolation import Leaked
from service.store import Store
from service.verification.adapter_call import call_adapter
from tests.service.gateway.asking import UNREACHABLE, Stand
from tests.service.staging import INQUIRY, QUESTION, START, ScriptedRoute, Time, reply


async def test_an_honest_reply_comes_back_with_its_route(store: Store, time: Time) -> None:
    stand = Stand(store, time, ScriptedRoute())

    benefits = await stand.ask()

    assert (benefits.route, benefits.asked) == ("first", ("30",))


async def test_an_adapter_that_asks_without_end_is_stopped(store: Store, time: Time) -> None:
    stand = Stand(store, time, ScriptedRoute())
    gateway = await stand.gateway()

    for _ in range(24):
        await gateway.ask(stand.card, INQUIRY)

    with pytest.raises(PayerError) as caught:
        await gateway.ask(stand.card, INQUIRY)

    assert (caught.value.problem, len(gateway.exchanges.listed)) == (ProblemCode.ADAPTER_FAULT, 24)


async def test_only_a_send_counts_as_one(store: Store, time: Time) -> None:
    stand = Stand(store, time, ScriptedRoute(UNREACHABLE, PayerSilent("reset")))
    gateway = await stand.gateway(wait=0.0)

    with pytest.raises(PayerUnreachable):
        await gateway.ask(stand.card, INQUIRY)
    unsent = gateway.exchanges.last_sent_at
    with pytest.raises(PayerSilent):
        await gateway.ask(stand.card, INQUIRY)

    assert (unsent, gateway.exchanges.last_sent_at) == (None, START)
    assert [one.outcome for one in gateway.exchanges.listed] == [ExchangeOutcome.UNREACHABLE, ExchangeOutcome.SILENT]


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
