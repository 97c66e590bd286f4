"""Availity at the HTTP edge, saying what a test tells it to say, on a clock that the polls alone turn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import respx

from contracts import (
    Inquiry,
    PayerError,
    Reply,
    RouteSettings,
)
from payers.conformance.inquiry import INQUIRY as THE_INQUIRY, NUMBERS
from payers.routes.availity_rest import AvailityRest

ORIGIN = "https://127.0.0.1:9443"
URL = f"{ORIGIN}/v1/coverages"
ID = "812345678901234567"
SETTINGS = RouteSettings(url=URL, token_url=f"{ORIGIN}/v1/token", client_id="imaginary", client_secret="imaginary")
DEMO = SETTINGS.model_copy(update={"scope": "healthcare-hipaa-transactions-demo"})
INQUIRY = THE_INQUIRY.model_copy(
    update={
        "payer": "aetna",
        "payer_name": "AETNA",
        "member": THE_INQUIRY.member.model_copy(update={"member_id": "W900000011"}),
        "service_types": ("MH",),
    }
)
LOCATION = {"location": f"/v1/coverages/{ID}"}

Said = httpx.Response | Exception


def coverage(status: str = "4", **more: object) -> dict[str, Any]:
    return {
        "id": ID,
        "controlNumber": "40012345",
        "statusCode": status,
        "createdDate": "2026-11-24T14:05:00.000+0000",
        "patient": {"lastName": "FICTIONAL", "firstName": "IMAGINETTA", "birthDate": "1990-04-12T05:00:00.000+0000"},
        "subscriber": {"memberId": "W900000011"},
        "payer": {"payerId": "60054", "name": "AETNA"},
        "plans": [{"statusCode": "1", "benefits": [{"type": "MH", "statusCode": "1"}]}],
        **more,
    }


def working(code: str = "0") -> dict[str, Any]:
    return {"id": ID, "status": "In Progress", "statusCode": code, "createdDate": "2026-11-24T14:05:00.000+0000"}


def set_of(*coverages: dict[str, Any], status: int = 200, **more: Any) -> httpx.Response:
    body = {"totalCount": len(coverages), "count": len(coverages), "offset": 0, "limit": 50, "coverages": coverages}
    return httpx.Response(status, json=body, **more)


def accepted(**more: Any) -> httpx.Response:
    return set_of(working(), status=202, headers=LOCATION, **more)


def done(**more: object) -> httpx.Response:
    return httpx.Response(200, json=coverage(**more))


class Edge:
    """Availity, saying what it is told to say, on a clock that the polls alone turn."""

    def __init__(self) -> None:
        self.posts: list[httpx.Request] = []
        self.polls: list[tuple[float, httpx.Request]] = []
        self.astray: list[httpx.Request] = []
        self.fetched = 0
        self.now = 0.0
        self.post: Callable[[], Said] = accepted
        self.get: Callable[[int], Said] = lambda _: done()

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def token(self, _: httpx.Request) -> httpx.Response:
        self.fetched += 1
        return httpx.Response(200, json={"access_token": f"token-{self.fetched}", "expires_in": 300})

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.posts.append(request)
            said = self.post()
        else:
            # As it came: a poll that is sent once more is the same object with another token.
            self.polls.append((self.now, httpx.Request(request.method, request.url, headers=request.headers)))
            said = self.get(len(self.polls))
        if isinstance(said, Exception):
            raise said
        return said

    def lost(self, request: httpx.Request) -> httpx.Response:
        self.astray.append(request)
        return httpx.Response(200, json=coverage())

    async def exchange(
        self, inquiry: Inquiry = INQUIRY, settings: RouteSettings = SETTINGS, seconds: float = 120.0
    ) -> Reply:
        route_name = AvailityRest(settings, sleep=self.sleep, clock=lambda: self.now)
        return await route_name.exchange(inquiry, NUMBERS, seconds=seconds)

    async def failure(self, settings: RouteSettings = SETTINGS, seconds: float = 120.0) -> PayerError:
        with pytest.raises(PayerError) as failure:
            await self.exchange(settings=settings, seconds=seconds)
        return failure.value


@contextmanager
def at_the_edge() -> Iterator[Edge]:
    found = Edge()
    with respx.mock(assert_all_called=False) as mocked:
        mocked.post(f"{ORIGIN}/v1/token").mock(side_effect=found.token)
        mocked.route(url__regex=rf"^{ORIGIN}/v1/coverages(/{ID})?$").mock(side_effect=found.answer)
        mocked.route().mock(side_effect=found.lost)
        yield found
