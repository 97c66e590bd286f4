"""What one exchange promises: a route may do anything, and what came back is recorded before it is read."""

import asyncio
import contextlib
import gc
import weakref
from datetime import date
from pathlib import Path

import pytest

from contracts import (
    AttemptNumbers,
    BirthDateDiffers,
    ExchangeOutcome,
    Inquiry,
    Member,
    PayerError,
    PayerSilent,
    ProblemCode,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    Responsible,
)
from service.gateway import GatewayPolicy, Guards
from service.gateway.exchange import Ended, Opened, exchange, loggable_detail
from service.store import Store
from service.store.attempts import NewAttempt
from tests.service.evidence import attempts_of, kept_reply
from tests.service.staging import INQUIRY, QUESTION, Act, ScriptedRoute, Time, card, job_of, reply, stored


class Stand:
    """A guards with one route that does one thing, and what was recorded of it."""

    def __init__(self, store: Store, time: Time, act: Act, *, cap: float = 60.0) -> None:
        self.store = store
        self.route = ScriptedRoute(act, cap=cap)
        self.card = card()
        self.guards = Guards(
            routes={"first": self.route}, cards=(self.card,), store=store, clocks=time.clocks(), policy=GatewayPolicy()
        )

    async def opened(self, inquiry: Inquiry = INQUIRY) -> Opened:
        job_id = await job_of(self.store, QUESTION.model_copy(update={"member": inquiry.member}))
        attempt_id, numbers = await self.store.open_attempt(NewAttempt(job_id, "acme", "first", ("30",)))
        named = inquiry.model_copy(update={"payer_id": "ACME"})
        return Opened(job_id, self.card, self.route, named, attempt_id, numbers)

    async def exchanged(self) -> tuple[Ended, ExchangeOutcome | None]:
        opened = await self.opened()
        ended = await exchange(self.guards, opened)
        (attempt,) = await attempts_of(self.store, opened.job_id)
        return ended, attempt.outcome


async def test_a_reply_is_kept_before_it_is_read(store: Store, time: Time) -> None:
    stand = Stand(store, time, None)
    opened = await stand.opened()

    ended = await exchange(stand.guards, opened)

    (attempt,) = await attempts_of(store, opened.job_id)
    assert ended.failure is None
    assert ended.benefits is not None
    assert (attempt.outcome, attempt.consumed) == (ExchangeOutcome.ANSWERED, True)
    assert await kept_reply(store, opened.attempt_id) == f"{opened.numbers.interchange}:ZZ900000001".encode()


class Strange(BaseException):
    """What nobody expects to be raised."""


async def of_another_time(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
    return reply(inquiry, numbers)._replace(people=("nobody",))


async def without_bytes(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
    return reply(inquiry, numbers)._replace(raw="text")


@pytest.mark.parametrize(
    "act",
    [
        KeyError("name"),
        RecursionError(),
        MemoryError(),
        Strange(),
        SystemExit(1),
        KeyboardInterrupt(),
        asyncio.CancelledError(),
        StopAsyncIteration(),
        7,
        "a reply",
        of_another_time,
        without_bytes,
    ],
    ids=lambda act: getattr(act, "__name__", repr(act)),
)
async def test_a_route_that_does_what_it_may_not_is_at_fault_and_so_are_we(store: Store, time: Time, act: Act) -> None:
    ended, recorded = await Stand(store, time, act).exchanged()

    assert ended.failure is not None
    assert (ended.failure.problem, ended.failure.responsible) == (ProblemCode.ADAPTER_FAULT, Responsible.SERVICE)
    assert ended.failure.detail.startswith("route_fault:")
    assert recorded is ExchangeOutcome.UNREADABLE


async def test_a_route_that_hangs_is_left_at_its_cap_as_sent_and_silent(store: Store, time: Time) -> None:
    async def hangs(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        return await asyncio.Event().wait()

    ended, recorded = await Stand(store, time, hangs, cap=-0.24).exchanged()

    assert ended.failure is not None
    assert (ended.failure.problem, ended.failure.sent) == (ProblemCode.PAYER_SILENT, True)
    assert recorded is ExchangeOutcome.SILENT


async def test_a_route_that_swallows_its_cancellation_is_left_behind_and_counted(store: Store, time: Time) -> None:
    enough = asyncio.Event()

    async def swallows(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        while not enough.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await enough.wait()
        return None

    stand = Stand(store, time, swallows, cap=-0.24)

    ended, _ = await stand.exchanged()

    assert (type(ended.failure), len(stand.guards.leaked)) == (PayerSilent, 1)
    enough.set()


async def test_another_members_reply_is_quarantined_and_read_by_nobody(store: Store, time: Time) -> None:
    async def swapped(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        theirs = inquiry.member.model_copy(update={"member_id": "ZZ900000002", "last_name": "Otherwise"})
        return reply(inquiry.model_copy(update={"member": theirs}), numbers)

    stand = Stand(store, time, swapped)
    opened = await stand.opened()

    ended = await exchange(stand.guards, opened)

    assert (ended.benefits, type(ended.failure)) == (None, ReplyMismatched)
    assert await kept_reply(store, opened.attempt_id) is None
    assert await kept_reply(store, opened.attempt_id, quarantined=True) is not None


async def test_a_reply_for_another_birth_date_is_quarantined_and_read_by_nobody(store: Store, time: Time) -> None:
    async def born_otherwise(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        theirs = inquiry.member.model_copy(update={"birth_date": date(1951, 2, 3)})
        return reply(inquiry.model_copy(update={"member": theirs}), numbers)

    stand = Stand(store, time, born_otherwise)
    opened = await stand.opened()

    ended = await exchange(stand.guards, opened)

    assert (ended.benefits, type(ended.failure), ended.outcome) == (None, BirthDateDiffers, ExchangeOutcome.REJECTED)
    assert await kept_reply(store, opened.attempt_id) is None
    assert await kept_reply(store, opened.attempt_id, quarantined=True) is not None


async def test_a_body_that_was_accepted_for_another_member_is_a_mismatch(store: Store, time: Time) -> None:
    async def same_bytes(inquiry: Inquiry, numbers: AttemptNumbers) -> Reply:
        return reply(inquiry, numbers)._replace(raw=b"the same")

    stand = Stand(store, time, same_bytes)
    other = INQUIRY.model_copy(update={"member": Member(**{**dict(INQUIRY.member), "member_id": "ZZ900000002"})})
    await exchange(stand.guards, await stand.opened())

    opened = await stand.opened(other)
    ended = await exchange(stand.guards, opened)

    (attempt,) = await attempts_of(store, opened.job_id)
    assert (ended.benefits, type(ended.failure)) == (None, ReplyMismatched)
    assert attempt.outcome is ExchangeOutcome.MISMATCHED
    assert await kept_reply(store, opened.attempt_id, quarantined=True) == b"the same"


async def test_a_second_reply_under_a_number_that_is_used_up_is_a_mismatch(store: Store, time: Time) -> None:
    stand = Stand(store, time, None)
    opened = await stand.opened()
    await exchange(stand.guards, opened)

    again = await exchange(stand.guards, opened)

    assert (again.benefits, type(again.failure)) == (None, ReplyMismatched)


async def test_a_reply_that_the_store_cannot_take_yet_is_held_and_kept_when_it_can(tmp_path: Path, time: Time) -> None:
    async with stored(tmp_path, time) as store:
        stand = Stand(store, time, None)
        opened = await stand.opened()

        async def back_after_three(seconds: float) -> None:
            time.naps.append(seconds)
            if len(time.naps) == 3:
                await store.start()

        stand.guards.clocks = stand.guards.clocks._replace(sleep=back_after_three)
        await store.stop()

        ended = await exchange(stand.guards, opened)

        (attempt,) = await attempts_of(store, opened.job_id)
        assert (ended.failure, attempt.outcome) == (None, ExchangeOutcome.ANSWERED)
        assert len(time.naps) == 3


async def test_a_reply_that_cannot_be_recorded_for_a_minute_is_given_up_and_counts_as_sent_and_silent(
    store: Store, time: Time
) -> None:
    stand = Stand(store, time, None)
    opened = await stand.opened()
    await store.stop()

    ended = await exchange(stand.guards, opened)

    assert 60.0 <= time.gone < 61.0
    assert ended.benefits is None
    assert ended.failure is not None
    assert (ended.failure.problem, ended.failure.responsible) == (ProblemCode.PAYER_SILENT, Responsible.SERVICE)


@pytest.mark.parametrize(
    ("detail", "logged"),
    [
        ("http_429", "http_429"),
        ("envelope:iea02,se01", "envelope:iea02,se01"),
        ("route_fault:KeyError", "route_fault:KeyError"),
        ("unwritable:subscriber.last_name", "unwritable:subscriber.last_name"),
        ("", None),
        ("no such member: Ima", "unfit"),
        ("testcase", "unfit"),
        ("not_found:zz900000001", "unfit"),
        ("born:1990-04-12", "unfit"),
    ],
)
def test_the_detail_of_an_error_is_logged_as_a_code_and_never_with_what_was_sent(
    detail: str, logged: str | None
) -> None:
    assert loggable_detail(PayerError(detail), INQUIRY) == logged


class Body:
    """What a route read, as its frames hold it."""


async def test_a_failure_leaves_nothing_of_the_body_behind(store: Store, time: Time) -> None:
    held: list[weakref.ref[Body]] = []

    async def refuses(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        body = Body()
        held.append(weakref.ref(body))
        try:
            int(inquiry.payer)
        except ValueError:
            raise ReplyUnreadable("not_json") from None

    gc.collect()
    gc.disable()
    try:
        ended, _ = await Stand(store, time, refuses).exchanged()
        await asyncio.sleep(0)
        left = [body() for body in held]
    finally:
        gc.enable()

    assert isinstance(ended.failure, ReplyUnreadable)
    assert left == [None]
