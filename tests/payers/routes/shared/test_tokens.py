"""Tokens: one for everybody, fetched once, renewed in time, and never a word of the secret."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import respx

from contracts import PayerError, PayerRefused, PayerSilent, PayerUnreachable, Responsible, RouteSettings
from payers.routes.shared.http import HttpClient, Received
from payers.routes.shared.tokens import Tokens

TOKEN_URL = "https://127.0.0.1:9443/token"
URL = "https://127.0.0.1:9443/inquiry"
SETTINGS = RouteSettings(url=URL, token_url=TOKEN_URL, client_id="imaginary-client", client_secret="imaginary-secret")


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Edge:
    """The token endpoint and the payer, as a test wants them, and what came to each."""

    def __init__(self) -> None:
        self.fetched: list[httpx.Request] = []
        self.asked: list[httpx.Request] = []
        self.life: object = 300
        self.token: Callable[[int], httpx.Response | Exception] = self.granted
        self.payer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, content=b"ok")
        self.slow = 0.0

    def granted(self, number: int) -> httpx.Response:
        return httpx.Response(200, json={"access_token": f"token-{number}", "expires_in": self.life})

    async def grant(self, request: httpx.Request) -> httpx.Response:
        self.fetched.append(request)
        if self.slow:
            await asyncio.sleep(self.slow)
        response = self.token(len(self.fetched))
        if isinstance(response, Exception):
            raise response
        return response

    def answer(self, request: httpx.Request) -> httpx.Response:
        # As it came: a request that is sent once more is the same object with another token.
        self.asked.append(httpx.Request(request.method, request.url, headers=request.headers, content=request.content))
        return self.payer(request)

    @property
    def tokens(self) -> list[str]:
        return [request.headers["authorization"] for request in self.asked]


@pytest.fixture
def edge() -> Iterator[Edge]:
    found = Edge()
    with respx.mock(assert_all_called=False) as mocked:
        mocked.post(TOKEN_URL).mock(side_effect=found.grant)
        mocked.route(url=URL).mock(side_effect=found.answer)
        yield found


async def ask(tokens: Tokens, seconds: float = 5.0) -> Received:
    return await HttpClient(URL).send("POST", seconds=seconds, content=b"inquiry", auth=tokens)


async def failure_of(tokens: Tokens) -> PayerError:
    with pytest.raises(PayerError) as failure:
        await ask(tokens)
    return failure.value


async def test_a_token_is_asked_for_with_the_clients_credentials_and_the_scope(edge: Edge) -> None:
    await ask(Tokens(SETTINGS.model_copy(update={"scope": "one two"})))

    form = httpx.QueryParams(edge.fetched[0].content.decode())
    assert dict(form) == {
        "grant_type": "client_credentials",
        "client_id": "imaginary-client",
        "client_secret": "imaginary-secret",
        "scope": "one two",
    }
    assert edge.fetched[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert edge.tokens == ["Bearer token-1"]


@pytest.mark.parametrize(("default", "scope"), [("usual", "usual"), (None, None)])
async def test_a_route_may_have_a_usual_scope(edge: Edge, default: str | None, scope: str | None) -> None:
    await ask(Tokens(SETTINGS, default_scope=default))

    assert httpx.QueryParams(edge.fetched[0].content.decode()).get("scope") == scope


@pytest.mark.parametrize("name", ["token_url", "client_id", "client_secret"])
def test_what_is_missing_is_named_by_its_setting(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name.upper()}: missing"):
        Tokens(SETTINGS.model_copy(update={name: None}))


def test_an_unsafe_address_is_named_by_its_setting() -> None:
    with pytest.raises(ValueError, match=r"^TOKEN_URL: https is required"):
        Tokens(SETTINGS.model_copy(update={"token_url": "http://payer.example/token"}))


async def test_a_token_serves_until_four_fifths_of_its_life_are_over(edge: Edge) -> None:
    clock = Clock()
    tokens = Tokens(SETTINGS, clock=clock)

    await ask(tokens)
    clock.now += 239
    await ask(tokens)
    clock.now += 2
    await ask(tokens)

    assert edge.tokens == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize(("life", "lasts"), [(5, 3.9), ("300", 239), (3600, 2879)])
async def test_the_life_is_the_endpoints_own(edge: Edge, life: object, lasts: float) -> None:
    edge.life, clock = life, Clock()
    tokens = Tokens(SETTINGS, clock=clock)

    await ask(tokens)
    clock.now += lasts
    await ask(tokens)

    assert len(edge.fetched) == 1


async def test_a_life_that_is_not_said_is_the_shortest_usual_one(edge: Edge) -> None:
    edge.token, clock = lambda number: httpx.Response(200, json={"access_token": f"token-{number}"}), Clock()
    tokens = Tokens(SETTINGS, clock=clock)

    await ask(tokens)
    clock.now += 241
    await ask(tokens)

    assert len(edge.fetched) == 2


async def test_two_hundred_who_come_at_once_share_one_token(edge: Edge) -> None:
    edge.slow = 0.05
    tokens = Tokens(SETTINGS)

    await asyncio.gather(*(ask(tokens) for _ in range(200)))

    assert len(edge.fetched) == 1
    assert set(edge.tokens) == {"Bearer token-1"}


async def test_who_leaves_early_takes_the_token_from_nobody(edge: Edge) -> None:
    edge.slow = 0.05
    tokens = Tokens(SETTINGS)
    first = asyncio.create_task(ask(tokens))
    second = asyncio.create_task(ask(tokens))
    await asyncio.sleep(0.01)

    first.cancel()

    assert (await second).body == b"ok"
    assert len(edge.fetched) == 1


async def test_a_token_that_comes_too_late_for_one_deadline_serves_the_next(edge: Edge) -> None:
    edge.slow = 0.1
    tokens = Tokens(SETTINGS)

    with pytest.raises(PayerUnreachable) as failure:
        await ask(tokens, seconds=0.02)
    await ask(tokens)

    assert not failure.value.sent
    assert (len(edge.fetched), len(edge.asked)) == (1, 1)


# --- Refused at the payer ---


def only(*good: str) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        fine = request.headers["authorization"] in {f"Bearer {token}" for token in good}
        return httpx.Response(200, content=b"ok") if fine else httpx.Response(401, content=b"expired")

    return answer


async def test_a_refused_token_is_renewed_once_and_the_request_repeated_once(edge: Edge) -> None:
    edge.payer = only("token-2")

    received = await ask(Tokens(SETTINGS))

    assert received.body == b"ok"
    assert edge.tokens == ["Bearer token-1", "Bearer token-2"]
    assert [request.content for request in edge.asked] == [b"inquiry", b"inquiry"]


async def test_a_request_that_is_refused_twice_is_repeated_no_more(edge: Edge) -> None:
    edge.payer = only()

    assert (await ask(Tokens(SETTINGS))).status == 401
    assert (len(edge.fetched), len(edge.asked)) == (2, 2)


async def test_all_whose_token_expired_share_its_successor(edge: Edge) -> None:
    edge.slow = 0.02
    tokens = Tokens(SETTINGS)
    await ask(tokens)
    edge.payer = only("token-2")

    await asyncio.gather(*(ask(tokens) for _ in range(20)))

    assert len(edge.fetched) == 2


class Endless(httpx.AsyncByteStream):
    """A body without an end; it counts what was taken of it."""

    def __init__(self) -> None:
        self.taken = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.taken < 1000:
            self.taken += 1
            yield b"\x1f\x8b\x08\x00" + b"x" * 65536
        raise AssertionError("the refusal was read whole")

    async def aclose(self) -> None:
        self.closed = True


async def test_a_refusal_is_neither_read_nor_unpacked(edge: Edge) -> None:
    endless = Endless()

    def refuse_first(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == "Bearer token-1":
            return httpx.Response(401, stream=endless, headers={"content-encoding": "gzip"})
        return httpx.Response(200, content=b"ok")

    edge.payer = refuse_first

    assert (await ask(Tokens(SETTINGS))).body == b"ok"
    assert (endless.taken, endless.closed) == (0, True)


@pytest.mark.parametrize(
    ("second", "leaf"),
    [
        (lambda: httpx.ConnectError("refused"), PayerSilent),
        (lambda: httpx.Response(503), PayerSilent),
        (lambda: httpx.Response(401), PayerRefused),
    ],
)
async def test_when_no_fresh_token_can_be_had_the_inquiry_did_leave(
    edge: Edge, second: Callable[[], Any], leaf: type[PayerError]
) -> None:
    edge.payer = only()
    edge.token = lambda number: edge.granted(number) if number == 1 else second()

    failure = await failure_of(Tokens(SETTINGS))

    assert type(failure) is leaf
    assert (failure.sent, failure.another_route) == (True, False)


# --- Refused at the token endpoint ---


@pytest.mark.parametrize("status", [301, 308, 400, 401, 403, 404, 405, 415])
async def test_a_secret_a_scope_or_an_address_at_fault_is_ours(edge: Edge, status: int) -> None:
    edge.token = lambda _: httpx.Response(status, json={"error": "invalid_client"})

    failure = await failure_of(Tokens(SETTINGS))

    assert isinstance(failure, PayerUnreachable)
    assert (failure.responsible, failure.sent, failure.problem) == (Responsible.SERVICE, False, "setup_problem")
    assert not edge.asked


async def test_a_refused_secret_is_left_alone_for_half_a_minute(edge: Edge) -> None:
    clock = Clock()
    edge.token = lambda _: httpx.Response(401)
    tokens = Tokens(SETTINGS, clock=clock)

    for seconds in (0, 10, 19):
        clock.now += seconds
        assert (await failure_of(tokens)).responsible is Responsible.SERVICE
    assert len(edge.fetched) == 1
    clock.now += 2
    edge.token = edge.granted
    assert (await ask(tokens)).body == b"ok"


FAULTS: tuple[Callable[[], Any], ...] = (
    lambda: httpx.ConnectError("refused"),
    lambda: httpx.ReadTimeout("slow"),
    lambda: httpx.RemoteProtocolError("illegal status line"),
    lambda: httpx.Response(500),
    lambda: httpx.Response(503, headers={"retry-after": "60"}),
    lambda: httpx.Response(429),
    lambda: httpx.Response(200),
    lambda: httpx.Response(200, content=b"<html>"),
    lambda: httpx.Response(200, json=[]),
    lambda: httpx.Response(200, json={"access_token": ""}),
    lambda: httpx.Response(200, json={"access_token": "two\nlines"}),
    lambda: httpx.Response(200, json={"access_token": "t", "expires_in": 0}),
    lambda: httpx.Response(200, json={"access_token": "t", "expires_in": "soon"}),
    lambda: httpx.Response(200, content=b"x" * 2_000_001),
    lambda: httpx.Response(200, content=b"\x1f\x8b", headers={"content-encoding": "gzip"}),
)


@pytest.mark.parametrize("said", FAULTS)
async def test_without_a_token_nothing_is_sent_and_the_next_one_may_try(edge: Edge, said: Callable[[], Any]) -> None:
    edge.token = lambda number: said() if number == 1 else edge.granted(number)
    tokens = Tokens(SETTINGS)

    failure = await failure_of(tokens)

    assert isinstance(failure, PayerUnreachable)
    assert (failure.responsible, failure.sent) == (Responsible.PAYER, False)
    assert not edge.asked
    assert (await ask(tokens)).body == b"ok"


async def test_all_who_wait_for_a_token_that_does_not_come_are_told(edge: Edge) -> None:
    edge.slow, edge.token = 0.02, lambda _: httpx.Response(503)
    tokens = Tokens(SETTINGS)

    failures = await asyncio.gather(*(failure_of(tokens) for _ in range(10)))

    assert {str(failure) for failure in failures} == {"token:http_503"}
    assert len(edge.fetched) == 1


async def test_neither_secret_nor_token_is_ever_said(edge: Edge, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    edge.payer = only()
    edge.token = lambda number: edge.granted(number) if number < 3 else httpx.Response(401, content=b"imaginary-secret")
    tokens = Tokens(SETTINGS)
    await ask(tokens)
    failure = await failure_of(tokens)

    said = f"{failure!r} {failure} {tokens!r} {caplog.text}"
    assert "imaginary-secret" not in said
    assert "token-1" not in said
