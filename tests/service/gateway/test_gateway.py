"""What the gateway of a job promises: which route, how often, and when not at all."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from contracts import (
    Answer,
    AttemptNumbers,
    Benefits,
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
    Rejection,
    ReplyUnreadable,
    Responsible,
    answer_without_reply,
    problem_of,
)
from contracts.card import Window
from service.gateway import GatewayPolicy, Guards, JobGateway
from service.gateway.breaker import BreakerState
from service.gateway.isolation import Leaked
from service.security.access import Role
from service.store import Store
from service.verification.adapter_call import call_adapter
from tests.service.staging import INQUIRY, QUESTION, START, ScriptedRoute, Time, card, job_of, reply, stored, until


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def store(tmp_path: Path, time: Time) -> AsyncIterator[Store]:
    async with stored(tmp_path, time) as found:
        yield found


class Stand:
    """A guards with its routes, and a gateway whose caller waits 20 seconds."""

    def __init__(self, store: Store, time: Time, *routes: ScriptedRoute, policy: GatewayPolicy | None = None) -> None:
        self.store = store
        self.time = time
        self.routes = routes
        self.card: Card = card(*(route.name for route in routes))
        self.guards = Guards(
            routes={route.name: route for route in routes},
            cards=(self.card,),
            store=store,
            policy=policy,
            clocks=time.clocks(),
        )

    async def gateway(self, *, wait: float = 20.0, role: Role = Role.STAFF) -> JobGateway:
        ends = self.time.gone + wait
        job_id = await job_of(self.store)
        return JobGateway(self.guards, job_id, role, left=lambda: max(0.0, ends - self.time.gone))

    async def ask(self, *, wait: float = 20.0) -> Benefits:
        return await (await self.gateway(wait=wait)).ask(self.card, INQUIRY)

    async def failure(self, *, wait: float = 20.0) -> PayerError:
        with pytest.raises(PayerError) as caught:
            await self.ask(wait=wait)
        return caught.value


UNREACHABLE = PayerUnreachable("connect")


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


async def test_an_announced_outage_is_told_with_its_end_and_nothing_is_sent(store: Store, time: Time) -> None:
    route = ScriptedRoute()
    stand = Stand(store, time, route)
    # START is a Monday, 10 in the morning in the East.
    stand.card = card(outages=(Window(weekday=0, begins="09:00", ends="11:00", source="test"),))

    failure = await stand.failure()

    assert (failure.retry_at, failure.sent) == (START + timedelta(hours=1), False)
    assert route.sent == []


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
