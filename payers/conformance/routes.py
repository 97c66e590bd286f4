"""What every route must do, whoever wrote it: one exchange, typed errors, and no doubt about what was sent."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

import httpx

from contracts import (
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    Reply,
    ReplyUnreadable,
    Route,
    RouteFactory,
    RouteSettings,
)
from payers.conformance import inquiry
from payers.conformance.watching import assert_loop_turns, listening, watch

ELSEWHERE = "https://127.0.0.2:9/elsewhere"
LONGEST = 2_000_000


class RouteConformance:
    """Inherit it and give ``open_route``, ``settings`` and ``good``; respx answers the HTTP requests.

    ``settings`` point at https addresses of loopback; ``good`` makes the last response of a successful exchange, and
    ``before`` those that come ahead of it (a token, an acceptance), each by the path that it answers.
    """

    open_route: ClassVar[RouteFactory]
    settings: ClassVar[RouteSettings]

    def good(self) -> httpx.Response:
        """Return the response that carries a reply about the member of ``INQUIRY``."""
        raise NotImplementedError

    def before(self, request: httpx.Request) -> httpx.Response | None:
        """Return what an earlier request of the exchange gets; None for the one that carries the reply."""
        del request
        return None

    def test_it_has_a_name_and_a_cap(self) -> None:
        route = self._open()

        assert route.name
        assert 0 < route.attempt_cap <= 120

    def test_it_refuses_an_unsafe_address_by_its_setting(self) -> None:
        for url in ("http://payer.example/x", "ftp://127.0.0.1/x", "nonsense"):
            refusal = _refusal(type(self).open_route, self.settings.model_copy(update={"url": url}))
            assert refusal is not None, "an unsafe address was taken"
            assert str(refusal).startswith("URL")

    def test_a_good_exchange_brings_a_reply(self) -> None:
        reply, requests = self._exchange(self.good)

        assert isinstance(reply, Reply)
        assert reply.people
        assert reply.raw
        for request in requests:
            assert request.headers["connection"] == "close"
            assert request.headers["accept-encoding"] == "identity"
            self._nothing_of_the_member(str(request.url))

    def test_every_fault_is_a_typed_error(self) -> None:
        for respond, leaf, sent in FAULTS:
            failure, _ = self._exchange(respond)
            assert isinstance(failure, leaf), f"{respond()!r} became {failure!r}"
            assert failure.sent is sent
            self._nothing_of_the_member(f"{failure!r} {failure}")

    def test_an_inquiry_is_sent_once_whatever_comes_back(self) -> None:
        for respond in (self.good, *(respond for respond, _, _ in FAULTS)):
            _, requests = self._exchange(respond)
            sent = [request for request in requests if request.method == "POST" and self.before(request) is None]
            assert len(sent) <= 1, f"sent {len(sent)} times"

    def test_a_reply_that_is_cut_off_is_never_taken_for_a_whole_one(self) -> None:
        whole = self.good()
        headers = {"content-type": whole.headers.get("content-type", "")}
        for tenths in range(1, 10):
            cut = httpx.Response(200, content=whole.content[: len(whole.content) * tenths // 10], headers=headers)
            came, _ = self._exchange(partial(_same, cut))
            assert isinstance(came, ReplyUnreadable) or (isinstance(came, Reply) and came.echo.faults)

    def test_it_obeys_when_it_is_asked_to_come_later(self) -> None:
        failure, _ = self._exchange(lambda: httpx.Response(503, headers={"retry-after": "60"}))

        assert isinstance(failure, PayerBusy)
        assert failure.retry_at is not None
        assert 0 < (failure.retry_at - datetime.now(UTC)).total_seconds() <= 60

    def test_it_follows_no_redirect(self) -> None:
        failure, requests = self._exchange(lambda: httpx.Response(308, headers={"location": ELSEWHERE}))

        assert isinstance(failure, PayerRefused)
        assert not [request for request in requests if str(request.url) == ELSEWHERE]

    def test_it_ends_within_its_seconds(self) -> None:
        failure, _ = self._exchange(self.good, delay=30.0, seconds=0.05)

        assert isinstance(failure, PayerSilent | PayerUnreachable)

    def test_the_inquiry_names_the_member_and_goes_out_under_our_numbers(self) -> None:
        reply, requests = self._exchange(self.good)
        sent = " ".join(inquiry.sent_text(request) for request in requests if self.before(request) is None)

        assert isinstance(reply, Reply)
        for value in ("zz9999999", "fictional", "imaginetta"):
            assert value in sent, "an inquiry that lacks a detail of the member is another inquiry"
        assert any(form in sent for form in inquiry.BIRTH_DATES), "the birth date is not asked with"
        if reply.traced or inquiry.numbers_in(inquiry.body_of(self.good())):
            assert inquiry.numbers_in(sent), "the inquiry goes out under numbers that are not ours"

    def test_what_comes_back_of_our_numbers_is_in_the_reply(self) -> None:
        whole = self.good()
        reply, _ = self._exchange(self.good)
        body = inquiry.body_of(whole)

        assert isinstance(reply, Reply)
        assert not reply.traced or inquiry.NUMBERS.trace in body, "it says that our trace comes back, and none does"
        for number in inquiry.numbers_in(body):
            for place in inquiry.places_of(number, body):
                strange = body[:place] + inquiry.another_number(number) + body[place + len(number) :]
                came, _ = self._exchange(partial(_same, inquiry.with_body(whole, strange)))
                differs = isinstance(came, PayerError) or inquiry.numbers_of(came) != inquiry.numbers_of(reply)
                assert differs, f"a strange {inquiry.kind_of(number)} leaves no mark in the reply"

    def test_the_reply_is_about_whom_the_response_names(self) -> None:
        whole = self.good()
        reply, _ = self._exchange(self.good)
        body = inquiry.body_of(whole)
        other = re.sub(
            "fictional", "Strangers", re.sub("zz9999999", "YY1111111", body, flags=re.IGNORECASE), flags=re.IGNORECASE
        )
        came, _ = self._exchange(partial(_same, inquiry.with_body(whole, other)))

        assert isinstance(reply, Reply)
        assert "fictional" in inquiry.people_of(reply)
        assert other != body
        assert not isinstance(came, Reply) or "fictional" not in inquiry.people_of(came), (
            "another member's reply became ours"
        )
        assert not isinstance(came, Reply) or "strangers" in inquiry.people_of(came)

    def test_it_tells_no_one_who_the_member_is(self) -> None:
        logged: list[str] = []
        with listening(logged):
            for response in (self.good, *(response for response, _, _ in FAULTS)):
                came, _ = self._exchange(response)
                logged += [repr(came), str(came) if isinstance(came, PayerError) else ""]
        self._nothing_of_the_member(" ".join(logged))

    def test_it_leaves_nothing_running(self) -> None:
        for response in (self.good, *(response for response, _, _ in FAULTS)):
            assert not asyncio.run(watch(self._run(response, []))).left, "a task is left running"
        late = self._run(self.good, [], delay=30.0, seconds=0.05)
        assert not asyncio.run(watch(late)).left, "a task is left running"

    def test_it_stops_when_it_is_cancelled(self) -> None:
        async def ends_when_cancelled() -> bool:
            task = asyncio.ensure_future(self._run(self.good, [], delay=30.0, seconds=60.0))
            await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.wait({task}, timeout=1)
            return task.cancelled()

        assert asyncio.run(ends_when_cancelled()), "it swallows cancellation"

    def test_it_never_blocks_the_loop(self) -> None:
        assert_loop_turns(lambda: self._run(self.good, []))

    def _open(self) -> Route:
        route = type(self).open_route(self.settings)
        assert isinstance(route, Route)
        return route

    def _nothing_of_the_member(self, words: str) -> None:
        for secret in ("imaginetta", "fictional", "1990", "zz9999999"):
            assert secret not in words.lower()

    def _exchange(
        self, respond: Callable[[], httpx.Response | Exception], *, delay: float = 0.0, seconds: float = 5.0
    ) -> tuple[Reply | PayerError, list[httpx.Request]]:
        """Return the result of one exchange with a handler at the HTTP edge, and every request that was made."""
        requests: list[httpx.Request] = []
        return asyncio.run(self._run(respond, requests, delay=delay, seconds=seconds)), requests

    async def _run(
        self,
        respond: Callable[[], httpx.Response | Exception],
        requests: list[httpx.Request],
        *,
        delay: float = 0.0,
        seconds: float = 5.0,
    ) -> Reply | PayerError:
        import respx  # A development dependency: the suite is shipped, and used in tests only.

        from payers.conformance.http_edge import EdgeMocker

        async def handle(request: httpx.Request) -> httpx.Response:
            requests.append(request)
            early = self.before(request)
            if early is not None:
                return early
            if delay:
                await asyncio.sleep(delay)
            response = respond()
            if isinstance(response, Exception):
                raise response
            return response

        with respx.mock(using=EdgeMocker.name, assert_all_called=False) as edge:
            edge.route().mock(side_effect=handle)
            try:
                return await self._open().exchange(inquiry.INQUIRY, inquiry.NUMBERS, seconds=seconds)
            except PayerError as error:
                return error


def _same(response: httpx.Response) -> httpx.Response:
    return response


def _refusal(open_route: RouteFactory, settings: RouteSettings) -> ValueError | None:
    try:
        open_route(settings)
    except ValueError as refusal:
        return refusal
    return None


def _answers(status: int, content: bytes = b"", **headers: str) -> httpx.Response:
    return httpx.Response(status, content=content, headers=headers)


FAULTS: tuple[tuple[Callable[[], httpx.Response | Exception], type[PayerError], bool], ...] = (
    (lambda: httpx.ConnectError("refused"), PayerUnreachable, False),
    (lambda: httpx.ConnectTimeout("slow"), PayerUnreachable, False),
    (lambda: httpx.ReadTimeout("slow"), PayerSilent, True),
    (lambda: httpx.ReadError("reset"), PayerSilent, True),
    (lambda: httpx.WriteError("reset"), PayerSilent, True),
    (lambda: httpx.RemoteProtocolError("Server disconnected without sending a response."), PayerSilent, True),
    (lambda: httpx.RemoteProtocolError("illegal status line"), ReplyUnreadable, True),
    (lambda: _answers(429), PayerBusy, True),
    (lambda: _answers(500), PayerSilent, True),
    (lambda: _answers(502), PayerSilent, True),
    (lambda: _answers(504), PayerSilent, True),
    (lambda: _answers(400), PayerRefused, True),
    (lambda: _answers(403), PayerRefused, True),
    (lambda: _answers(200, b"<html>Member not found</html>", **{"content-type": "text/html"}), ReplyUnreadable, True),
    (lambda: _answers(200), ReplyUnreadable, True),
    (lambda: _answers(200, b"x" * (LONGEST + 1)), ReplyUnreadable, True),
    (lambda: _answers(200, b"\x1f\x8b", **{"content-encoding": "gzip"}), ReplyUnreadable, True),
)
"""What may come back in place of a reply, what it must become, and whether the inquiry counts as sent."""
