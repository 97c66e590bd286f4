"""The conformance suite of roads bites: a road that breaks a promise fails its test, and an honest one passes."""

import asyncio
from typing import Any

import httpx
import pytest

from contracts import AttemptNumbers, Inquiry, PayerSilent, PayerUnreachable, Reply, RoadSettings
from payers.conformance import RouteConformance
from payers.routes.core_mime import CoreMime
from tests.payers.routes.test_core_mime_conformance import X12


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


MUTANTS = (
    (SendsAgain, "test_an_inquiry_is_sent_once_whatever_comes_back"),
    (TakesHalfForTheWhole, "test_a_reply_that_is_cut_off_is_never_taken_for_a_whole_one"),
    (SaysUnsentOfWhatWasSent, "test_every_fault_is_a_typed_error"),
    (WaitsForEver, "test_it_ends_within_its_seconds"),
)


def suite(road: type[CoreMime]) -> Any:
    class Suite(RouteConformance):
        open_route = staticmethod(road)
        settings = RoadSettings(url="https://127.0.0.1:9443/core/mime", username="u", password="p")

        def good(self) -> httpx.Response:
            return httpx.Response(200, content=X12, headers={"content-type": "application/edi-x12"})

    return Suite()


@pytest.mark.parametrize(("mutant", "promise"), MUTANTS, ids=[mutant.__name__ for mutant, _ in MUTANTS])
def test_a_broken_road_is_caught_by_the_promise_that_it_breaks(mutant: type[CoreMime], promise: str) -> None:
    with pytest.raises((AssertionError, TimeoutError)):
        getattr(suite(mutant), promise)()


@pytest.mark.parametrize("promise", [promise for _, promise in MUTANTS])
def test_an_honest_road_passes(promise: str) -> None:
    getattr(suite(Honest), promise)()
