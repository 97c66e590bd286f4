"""The one place from which payers are sent HTTP requests.

Each request has a connection of its own, closed after it: on kept connections a stale reply reached the
next member, and a shared pool breaks when calls are cancelled (``RELIABILITY.md`` D4, D5; 9.2). Requests, replies and
their signing are httpx's; an ``httpx.AsyncClient`` around them would add redirects and cookies, which we must not
have, and cost a third of the exchange. The TLS context is made once. No redirects, no proxies from the environment, no
compression, a bounded body, one deadline over all of it. No exception holds a URL, a header or a byte of a body.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import aclosing, suppress
from http import HTTPStatus
from typing import NamedTuple, Self, cast

import httpx

from contracts import PayerBusy, PayerError, PayerRefused, PayerSilent, PayerUnreachable, ReplyUnreadable, RouteSettings
from payers.routes.shared.failures import error_for, mark_unsent, proxy_error_for, retry_at
from payers.routes.shared.intake import Intake
from payers.routes.shared.lookup import Resolver, is_loopback, is_never_a_payer
from payers.routes.shared.transport import FreshConnections, host_of, port_of
from payers.routes.shared.trust import proxy_of, tls, trust_of

REFUSAL_SECONDS = 1.0
"""How long a connection that is only tried waits for a server that refuses our certificate."""

_HEADERS = {"Connection": "close", "Accept-Encoding": "identity", "User-Agent": "benefit-verification"}


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


def parse_safe_url(url: str, setting: str = "URL") -> httpx.URL:
    """Return ``url``, parsed, when a member's data may go there: https, or http on this machine.

    Raises ``ValueError``, naming ``setting``.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError(f"{setting}: not a URL") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError(f"{setting}: not an http URL")
    if parsed.scheme == "http" and not is_loopback(parsed.host):
        raise ValueError(f"{setting}: https is required, except to loopback")
    if is_never_a_payer(parsed.host):
        raise ValueError(f"{setting}: an address that no payer has")
    if parsed.userinfo:
        raise ValueError(f"{setting}: credentials belong in their own settings")
    return parsed


class HttpClient:
    """Sends the requests of one route to one address, each on a connection of its own."""

    def __init__(
        self,
        url: str,
        *,
        setting: str = "URL",
        resolver: Resolver | None = None,
        trust: ssl.SSLContext | None = None,
        proxy: httpx.Proxy | None = None,
    ) -> None:
        """Check ``url``; nothing is opened. Raises ``ValueError``, naming ``setting``, when it is unsafe."""
        self.url = parse_safe_url(url, setting)
        self._resolver = resolver or Resolver()
        self._trust = trust
        self._proxy = proxy

    @classmethod
    def from_settings(cls, settings: RouteSettings, setting: str = "URL") -> Self:
        """Return a client for the address under ``setting``, with the certificates and the proxy of the route.

        Raises ``ValueError``, naming the setting, when one is unsafe or can't be used.
        """
        url = settings.url if setting == "URL" else getattr(settings, setting.lower())
        parse_safe_url(url or "", setting)
        return cls(url or "", setting=setting, trust=trust_of(settings), proxy=proxy_of(settings))

    async def connect(self) -> None:
        """Look the host up, connect, check its certificate, let it check ours, and disconnect: nothing is sent.

        Through a proxy only the proxy is tried: the address behind it can't be reached without a request. Raises
        ``PayerUnreachable`` for a name that has no address or an inner one, and ``OSError`` and ``ssl.SSLError``.
        """
        url, context = self.url, self._trust or tls()
        if self._proxy is not None:
            host, port, secure = host_of(self._proxy.url), self._proxy.url.port or 80, None
        else:
            host, port, secure = host_of(url), port_of(url), context if url.scheme == "https" else None
            host, *_ = await self._resolver.addresses(host, port)
        reader, writer = await asyncio.open_connection(
            host, port, ssl=secure, server_hostname=host_of(url) if secure is not None else None
        )
        try:
            if secure is not None:
                # In TLS 1.3 a server refuses our certificate, or its absence, after the handshake has ended for us.
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), REFUSAL_SECONDS)
        finally:
            writer.transport.abort()

    async def send(
        self,
        method: str,
        *,
        seconds: float,
        url: httpx.URL | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, str | list[str]] | None = None,
        auth: httpx.Auth | None = None,
    ) -> Received:
        """Send one request and return its reply, within ``seconds``; any status is a reply.

        ``url`` is another one of the same origin, for polls; ``auth`` signs the request, and may send it once more
        when it is refused.

        Raises ``PayerUnreachable`` only when no byte of the request was sent, ``PayerSilent`` when no whole reply came,
        ``ReplyUnreadable`` for one that is no HTTP, is compressed, is too long or in too many pieces, ``PayerRefused``
        for a request that cannot be made or leads elsewhere, and what ``auth`` raises.
        """
        if url is not None and origin_of(url) != origin_of(self.url):
            raise mark_unsent(PayerRefused("elsewhere"))
        transport = FreshConnections(self._resolver, self._trust or tls(), self._proxy)
        failure: PayerError
        try:
            async with asyncio.timeout(seconds):
                request = _request(method, url or self.url, headers or {}, content, data)
                return await _exchange(transport, request, auth)
        except TimeoutError:
            failure = PayerSilent("timeout") if transport.has_sent else PayerUnreachable("connect_timeout")
        except httpx.HTTPError as error:
            through_proxy = self._proxy is not None and not transport.has_sent
            failure = proxy_error_for(error) if through_proxy else error_for(error, sent=transport.has_sent)
        except UnicodeError:
            failure = mark_unsent(PayerRefused("illegal_header"))
        # Raised here and not above: an httpx error holds the whole request and must not become the context of ours.
        raise failure


def _request(
    method: str,
    url: httpx.URL,
    headers: Mapping[str, str],
    content: bytes | None,
    data: Mapping[str, str | list[str]] | None,
) -> httpx.Request:
    whole = {"Host": url.netloc.decode("ascii"), "Accept": "*/*", **headers, **_HEADERS}
    if content is None:
        return httpx.Request(method, url, headers=whole, data=data)
    # Of a content httpx would read the type, look for a boundary in it, and write all headers anew.
    whole["Content-Length"] = str(len(content))
    request = httpx.Request(method, url, headers=whole, stream=httpx.ByteStream(content))
    request.read()
    return request


async def _exchange(transport: FreshConnections, request: httpx.Request, auth: httpx.Auth | None) -> Received:
    try:
        reply = await _send_signed(transport, request, auth)
        return Received(reply.status_code, dict(reply.headers.items()), await _read_body(reply, transport.intake))
    finally:
        await transport.aclose()


async def _send_signed(transport: FreshConnections, request: httpx.Request, auth: httpx.Auth | None) -> httpx.Response:
    """Send ``request`` as often as ``auth`` wants, signed by it; returns the last reply, whose body is to be read."""
    if auth is None:
        return await transport.handle_async_request(request)
    async with aclosing(auth.async_auth_flow(request)) as flow:
        signed = await anext(flow)
        while True:
            reply = await transport.handle_async_request(signed)
            try:
                signed = await flow.asend(reply)
            except StopAsyncIteration:
                return reply


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Return what two addresses share that lead to the same server: scheme, host and port."""
    return (url.scheme, url.host, port_of(url))


async def _read_body(reply: httpx.Response, intake: Intake) -> bytes:
    """Return the body as sent. Raises ``ReplyUnreadable`` when it is compressed or too long."""
    if reply.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise ReplyUnreadable("compressed")
    # The stream itself, whose pieces ``aiter_raw`` would gather once more.
    return await intake.body(cast("httpx.AsyncByteStream", reply.stream))


def refuse_status(received: Received) -> None:
    """Raise what a status other than success means. Source: ``ANSWER.md`` 6, faults of a route."""
    status = received.status
    if status // 100 == 2:
        return
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise PayerBusy(f"http_{status}", retry_at=retry_at(received.headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise PayerSilent(f"http_{status}")
    raise PayerRefused(f"http_{status}")
