"""The conformance suite of routes bites: a route that breaks a promise fails its test, and an honest one passes."""

import asyncio
import logging
import time
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from contracts import (
    AttemptNumbers,
    Echo,
    Inquiry,
    Member,
    PayerBusy,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    Person,
    Reply,
    RouteSettings,
)
from payers.conformance import RouteConformance
from payers.routes.core_mime import CoreMime
from payers.routes.shared.http import HttpClient, Received
from tests.payers.routes.core_mime.test_conformance import X12


class Honest(CoreMime):
    pass


class SendsAgain(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        try:
            return await super().exchange(inquiry, numbers, seconds=seconds)
        except PayerSilent:
            return await super().exchange(inquiry, numbers, seconds=seconds)


class TakesHalfForTheWhole(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        reply = await super().exchange(inquiry, numbers, seconds=seconds)
        return reply._replace(echo=reply.echo._replace(faults=()))


class SaysUnsentOfWhatWasSent(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        try:
            return await super().exchange(inquiry, numbers, seconds=seconds)
        except PayerSilent:
            raise PayerUnreachable from None


class WaitsForEver(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        del seconds
        async with asyncio.timeout(0.3):
            return await super().exchange(inquiry, numbers, seconds=60)


class SendsNothing(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        return await super().exchange(inquiry.model_copy(update={"member": Member()}), numbers, seconds=seconds)


class SendsAnEmptyBody(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        send = HttpClient.send

        async def send_empty(self: HttpClient, *given: Any, **named: Any) -> Received:
            return await send(self, *given, **{**named, "content": b"", "data": None})

        with patch.object(HttpClient, "send", send_empty):
            return await super().exchange(inquiry, numbers, seconds=seconds)


class UsesNumbersOfItsOwn(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        return await super().exchange(inquiry, OWN_NUMBERS, seconds=seconds)


class ForgetsTheEcho(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        reply = await super().exchange(inquiry, numbers, seconds=seconds)
        return reply._replace(echo=Echo(faults=reply.echo.faults))


class EchoesWhatWasSent(CoreMime):
    """Fills the echo with our own numbers, whatever came back."""

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        reply = await super().exchange(inquiry, numbers, seconds=seconds)
        people = tuple(said._replace(trace=numbers.trace, traces=()) for said in reply.people)
        return reply._replace(people=people, echo=reply.echo._replace(transaction=numbers.transaction))


class AnswersAboutTheOneWhoWasAskedAbout(CoreMime):
    """Puts the member of the inquiry in the place of whoever came back."""

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        reply = await super().exchange(inquiry, numbers, seconds=seconds)
        named = {"last_name": "FICTIONAL", "member_id": str(inquiry.member.member_id)}
        return reply._replace(
            people=tuple(
                said._replace(subscriber=said.subscriber and said.subscriber._replace(**named)) for said in reply.people
            )
        )


class AnswersAboutSomebodyElse(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        reply = await super().exchange(inquiry, numbers, seconds=seconds)
        other = Person(at=1, text="", role="IL", last_name="STRANGER", first_name="SOME", member_id="YY1")
        return reply._replace(people=tuple(said._replace(subscriber=other, patient=None) for said in reply.people))


class LogsTheMember(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        logging.getLogger("acme").info("asking about %s", inquiry.member.last_name)
        return await super().exchange(inquiry, numbers, seconds=seconds)


class PrintsTheMember(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        print(inquiry.member.member_id)
        return await super().exchange(inquiry, numbers, seconds=seconds)


class LeavesATaskRunning(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        self.kept = asyncio.ensure_future(asyncio.sleep(60))
        return await super().exchange(inquiry, numbers, seconds=seconds)


class BlocksTheLoop(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        time.sleep(0.4)  # noqa: ASYNC251 - the fault under test
        return await super().exchange(inquiry, numbers, seconds=seconds)


class SwallowsCancellation(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        try:
            return await super().exchange(inquiry, numbers, seconds=seconds)
        except asyncio.CancelledError:
            raise PayerSilent from None


class MayTakeNoTime(CoreMime):
    def __init__(self, settings: RouteSettings) -> None:
        super().__init__(settings)
        self.attempt_cap = 0.0


class OpensAnywhere(CoreMime):
    def __init__(self, settings: RouteSettings) -> None:
        safe = settings.url.startswith("https://127.0.0.1")
        super().__init__(settings if safe else settings.model_copy(update={"url": "https://127.0.0.1:9443/core/mime"}))


class KeepsNoBytes(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        reply = await super().exchange(inquiry, numbers, seconds=seconds)
        return reply._replace(raw=b"")


class ForgetsWhenToComeBack(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        try:
            return await super().exchange(inquiry, numbers, seconds=seconds)
        except PayerBusy:
            raise PayerBusy from None


class TakesARedirectForSilence(CoreMime):
    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        try:
            return await super().exchange(inquiry, numbers, seconds=seconds)
        except PayerRefused:
            raise PayerSilent from None


OWN_NUMBERS = AttemptNumbers(
    interchange="900000009",
    group="9",
    trace="OWN1",
    originator="9000000009",
    transaction="OWN1",
    envelope_id="00000000-0000-4000-8000-000000000000",
)
NUMBERED = "test_the_inquiry_names_the_member_and_goes_out_under_our_numbers"
ECHOED = "test_what_comes_back_of_our_numbers_is_in_the_reply"
ABOUT = "test_the_reply_is_about_whom_the_response_names"
SILENT = "test_it_tells_no_one_who_the_member_is"

MUTANTS = (
    (MayTakeNoTime, "test_it_has_a_name_and_a_cap"),
    (OpensAnywhere, "test_it_refuses_an_unsafe_address_by_its_setting"),
    (KeepsNoBytes, "test_a_good_exchange_brings_a_reply"),
    (ForgetsWhenToComeBack, "test_it_obeys_when_it_is_asked_to_come_later"),
    (TakesARedirectForSilence, "test_it_follows_no_redirect"),
    (SendsNothing, NUMBERED),
    (SendsAnEmptyBody, NUMBERED),
    (UsesNumbersOfItsOwn, NUMBERED),
    (ForgetsTheEcho, ECHOED),
    (EchoesWhatWasSent, ECHOED),
    (AnswersAboutTheOneWhoWasAskedAbout, ABOUT),
    (AnswersAboutSomebodyElse, ABOUT),
    (LogsTheMember, SILENT),
    (PrintsTheMember, SILENT),
    (LeavesATaskRunning, "test_it_leaves_nothing_running"),
    (BlocksTheLoop, "test_it_never_blocks_the_loop"),
    (SwallowsCancellation, "test_it_stops_when_it_is_cancelled"),
    (SendsAgain, "test_an_inquiry_is_sent_once_whatever_comes_back"),
    (TakesHalfForTheWhole, "test_a_reply_that_is_cut_off_is_never_taken_for_a_whole_one"),
    (SaysUnsentOfWhatWasSent, "test_every_fault_is_a_typed_error"),
    (WaitsForEver, "test_it_ends_within_its_seconds"),
)


def suite(route: type[CoreMime]) -> Any:
    class Suite(RouteConformance):
        open_route = staticmethod(route)
        settings = RouteSettings(url="https://127.0.0.1:9443/core/mime", username="u", password="p")

        def good(self) -> httpx.Response:
            return httpx.Response(200, content=X12, headers={"content-type": "application/edi-x12"})

    return Suite()


@pytest.mark.parametrize(("mutant", "promise"), MUTANTS, ids=[mutant.__name__ for mutant, _ in MUTANTS])
def test_a_broken_route_is_caught_by_the_promise_that_it_breaks(mutant: type[CoreMime], promise: str) -> None:
    with pytest.raises((AssertionError, TimeoutError)):
        getattr(suite(mutant), promise)()


@pytest.mark.parametrize("promise", [promise for _, promise in MUTANTS])
def test_an_honest_route_passes(promise: str) -> None:
    getattr(suite(Honest), promise)()


def test_every_promise_has_a_mutant() -> None:
    promises = {name for name in dir(RouteConformance) if name.startswith("test_")}

    assert promises == {promise for _, promise in MUTANTS}
