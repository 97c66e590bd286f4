"""The one place that builds HTTP clients, and tells what an HTTP failure means.

A fresh client and a fresh connection for each request, closed after it: on kept connections a stale reply reached the
next member, and a shared pool dies when calls are cancelled (``reliability.md`` D4, D5; ``stack.md`` 3.3). The TLS
context is made once. No redirects, no proxies from the environment, no compression, a bounded body, one deadline over
all of it. No exception holds a URL, a header or a byte of a body.
"""

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

import httpx

from contracts import PayerBusy, PayerRefused, PayerSilent, PayerUnreachable, ReplyUnreadable, Whose

MAX_BODY = 2_000_000
MAX_LOOKUPS = 8
CONNECT_SECONDS = 5.0
LONGEST_PAUSE = timedelta(hours=1)
"""How long a ``Retry-After`` may keep us away. Source: ``reliability.md`` section 4 C."""

_AGENT = "benefit-verification"
_REQUEST_BEGINS = "http11.send_request_headers.started"

Fields = Sequence[tuple[str, tuple[None, str | bytes]]]


class Received(NamedTuple):
    """What came back: the status, the headers in lower case, the body as sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        """Show no content."""
        return f"Received(status={self.status}, bytes={len(self.body)})"

    @property
    def media_type(self) -> str:
        """The media type in lower case, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def checked_url(url: str, setting: str = "URL") -> httpx.URL:
    """``url`` when a member's data may go there: https, or http on this machine.

    Raises ``ValueError``, naming ``setting``.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError(f"{setting}: not a URL") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError(f"{setting}: not an http URL")
    if parsed.scheme == "http" and not _is_loopback(parsed.host):
        raise ValueError(f"{setting}: https is required, except to loopback")
    if parsed.userinfo:
        raise ValueError(f"{setting}: credentials belong in their own settings")
    return parsed


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@cache
def tls() -> ssl.SSLContext:
    """The TLS context of all roads; making one costs tens of milliseconds."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Resolver:
    """Looks names up in threads of its own, a few at a time, so that a hung look-up starves no other road."""

    def __init__(self, limit: int = MAX_LOOKUPS) -> None:
        """Allow ``limit`` look-ups at once."""
        self._free = limit

    async def address(self, host: str, port: int) -> str:
        """An address of ``host``. Raises ``PayerUnreachable`` when there is none, or too many look-ups hang."""
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            pass
        if self._free <= 0:
            raise PayerUnreachable("lookups_hang")
        loop = asyncio.get_running_loop()
        found: asyncio.Future[str | None] = loop.create_future()
        self._free -= 1

        def settle(address: str | None) -> None:
            self._free += 1
            if not found.done():
                found.set_result(address)

        def look_up() -> None:
            try:
                addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                address = str(addresses[0][4][0])
            except (OSError, UnicodeError):
                address = None
            try:
                loop.call_soon_threadsafe(settle, address)
            except RuntimeError:
                return  # The loop ended while the name was looked up: nobody waits for it any more.

        # A daemon: a look-up that hangs must not keep the process from ending.
        threading.Thread(target=look_up, daemon=True, name="look-up").start()
        address = await found
        if address is None:
            raise PayerUnreachable("no_such_host")
        return address


class HttpRoom:
    """One road's way out."""

    def __init__(self, url: str, *, setting: str = "URL") -> None:
        """Check ``url``; nothing is opened. Raises ``ValueError``, naming ``setting``, when it is unsafe."""
        self.url = checked_url(url, setting)
        self._resolver = Resolver()

    async def send(
        self,
        method: str,
        *,
        seconds: float,
        url: httpx.URL | None = None,
        headers: Mapping[str, str] | None = None,
        fields: Fields | None = None,
        content: bytes | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Received:
        """One request and its reply, within ``seconds``; any status is a reply.

        Raises ``PayerUnreachable`` only when no byte of the request was sent, ``PayerSilent`` when no whole reply
        came, ``ReplyUnreadable`` for one that is no HTTP, is compressed, or is too long.
        """
        sent = threading.Event()

        async def trace(event: str, _: object) -> None:
            if event == _REQUEST_BEGINS:
                sent.set()

        body: dict[str, Any] = {"files": fields, "content": content, "data": data}
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(method, url or self.url, dict(headers or {}), body, trace, seconds)
        except TimeoutError:
            raise (PayerSilent("timeout") if sent.is_set() else PayerUnreachable("connect_timeout")) from None
        except httpx.HTTPError as error:
            raise _meaning(error, sent=sent.is_set()) from None

    async def _exchange(
        self,
        method: str,
        url: httpx.URL,
        headers: dict[str, str],
        body: dict[str, Any],
        trace: object,
        seconds: float,
    ) -> Received:
        port = url.port or (443 if url.scheme == "https" else 80)
        address = await self._resolver.address(url.host, port)
        headers |= {
            "Host": url.netloc.decode("ascii"),
            "Connection": "close",
            "Accept-Encoding": "identity",
            "User-Agent": _AGENT,
        }
        timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        async with (
            httpx.AsyncClient(
                verify=tls(),
                trust_env=False,
                follow_redirects=False,
                timeout=timeout,
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
            ) as client,
            client.stream(
                method,
                url.copy_with(host=address),
                headers=headers,
                extensions={"trace": trace, "sni_hostname": url.host},
                **{name: value for name, value in body.items() if value is not None},
            ) as reply,
        ):
            encoding = reply.headers.get("content-encoding", "identity").lower()
            if encoding not in {"", "identity"}:
                raise ReplyUnreadable("compressed")
            parts: list[bytes] = []
            length = 0
            async for part in reply.aiter_raw():
                length += len(part)
                if length > MAX_BODY:
                    raise ReplyUnreadable("too_long")
                parts.append(part)
            return Received(reply.status_code, dict(reply.headers), b"".join(parts))


def _meaning(error: httpx.HTTPError, *, sent: bool) -> Exception:
    """The leaf of the error tree for a failure of httpx; what is not certain to be unsent counts as sent."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout) and not sent:
        if _is_certificate(error):
            return PayerUnreachable("certificate", whose=Whose.OURS)
        return PayerUnreachable("connect_timeout" if isinstance(error, httpx.TimeoutException) else "connect")
    if isinstance(error, httpx.TimeoutException):
        return PayerSilent("timeout")
    if isinstance(error, httpx.NetworkError):
        return PayerSilent("reset")
    if isinstance(error, httpx.RemoteProtocolError):
        words = str(error)
        cut = "disconnected" in words or "closed connection" in words
        return PayerSilent("cut_off") if cut else ReplyUnreadable("no_http")
    return PayerSilent(type(error).__name__)


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def refuse_status(received: Received) -> None:
    """Raise what a status other than success means. Source: the answer's section 6, faults of a road."""
    status = received.status
    if status in {HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.CREATED}:
        return
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise PayerBusy(f"http_{status}", retry_at=retry_at(received.headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise PayerSilent(f"http_{status}")
    raise PayerRefused(f"http_{status}")


def retry_at(headers: Mapping[str, str]) -> datetime | None:
    """When ``Retry-After`` says to come back, at most an hour from now; None when it says nothing readable."""
    said = headers.get("retry-after", "").strip()
    now = datetime.now(UTC)
    if said.isdecimal() and len(said) < 10:
        return now + min(timedelta(seconds=int(said)), LONGEST_PAUSE)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at, now), now + LONGEST_PAUSE)
