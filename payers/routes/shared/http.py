"""The one place that builds HTTP clients.

Each request has a client and a connection of its own, closed after it: on kept connections a stale reply reached the
next member, and a shared pool breaks when calls are cancelled (``RELIABILITY.md`` D4, D5; 9.2). The TLS
context is made once. No redirects, no proxies from the environment, no compression, a bounded body, one deadline over
all of it. No exception holds a URL, a header or a byte of a body.
"""

import asyncio
import ssl
import sys
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any, NamedTuple, Self

import httpx

from contracts import PayerBusy, PayerError, PayerRefused, PayerSilent, PayerUnreachable, ReplyUnreadable, RouteSettings
from payers.routes.shared.failures import error_for, is_setup_fault, mark_unsent, proxy_error_for, retry_at
from payers.routes.shared.intake import Intake, Stream
from payers.routes.shared.lookup import Resolver, is_loopback, is_never_a_payer
from payers.routes.shared.trust import proxy_of, tls, trust_of

if find_spec("sniffio") is None:
    # httpcore looks for it whenever it takes a lock, and a search that fails is never remembered.
    sys.modules["sniffio"] = None  # type: ignore[assignment]

CONNECT_SECONDS = 5.0

REFUSAL_SECONDS = 1.0
"""How long a connection that is only tried waits for a server that refuses our certificate."""

_AGENT = "benefit-verification"
_CONNECTED = "connection.connect_tcp.complete"
_REQUEST_BEGINS = "http11.send_request_headers.started"
_TO_THE_PROXY = b"CONNECT"
"""A request to the proxy alone, which names the payer's address and nothing else."""

_READ_SHARE = 0.98
"""Share of the deadline after which a silent peer is a read timeout, before the deadline itself stops the call."""

Fields = Sequence[tuple[str, tuple[None, str | bytes]]]
"""The parts of a multipart form, in order: a name, no file name, a value."""


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


class _Connections:
    """The connections of one request, as httpx reports them: whether a byte may have gone out, and what to close.

    A call that ends during its TLS handshake leaves its socket open for ever (httpcore 1.0.9), so we close it.
    """

    def __init__(self) -> None:
        self.sent = False
        self.intake = Intake()
        self._streams: list[Stream] = []

    async def trace(self, event: str, details: Mapping[str, object]) -> None:
        """Note one event of httpx."""
        if event == _REQUEST_BEGINS and getattr(details.get("request"), "method", b"") != _TO_THE_PROXY:
            self.sent = True
        stream = details.get("return_value")
        self.intake.observe(event, stream)
        if event == _CONNECTED and isinstance(stream, Stream):
            self._streams.append(stream)

    async def close(self) -> None:
        """Close whatever is still open."""
        for stream in self._streams:
            await stream.aclose()


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
            host, port, secure = _host(self._proxy.url), self._proxy.url.port or 80, None
        else:
            host, port, secure = _host(url), _port(url), context if url.scheme == "https" else None
            host, *_ = await self._resolver.addresses(host, port)
        reader, writer = await asyncio.open_connection(
            host, port, ssl=secure, server_hostname=_host(url) if secure is not None else None
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
        fields: Fields | None = None,
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
        target = url or self.url
        if origin_of(target) != origin_of(self.url):
            raise mark_unsent(PayerRefused("elsewhere"))
        connections = _Connections()
        body: dict[str, Any] = {"files": fields, "content": content, "data": data, "auth": auth}
        failure: PayerError
        try:
            async with asyncio.timeout(seconds):
                return await self._reach(method, target, dict(headers or {}), body, connections, seconds)
        except TimeoutError:
            failure = PayerSilent("timeout") if connections.sent else PayerUnreachable("connect_timeout")
        except (httpx.HTTPError, ssl.SSLError) as error:
            # httpx does not wrap a TLS alert that comes in place of a reply.
            through_proxy = self._proxy is not None and not connections.sent
            failure = proxy_error_for(error) if through_proxy else error_for(error, sent=connections.sent)
        except UnicodeError:
            failure = mark_unsent(PayerRefused("illegal_header"))
        finally:
            await connections.close()
        # Raised here and not above: an httpx error holds the whole request and must not become the context of ours.
        raise failure

    async def _reach(
        self,
        method: str,
        url: httpx.URL,
        headers: dict[str, str],
        body: dict[str, Any],
        connections: _Connections,
        seconds: float,
    ) -> Received:
        """Try the host's addresses in turn until one can be connected to; the request is sent once.

        Through a proxy it is the proxy that looks the name up.
        """
        if self._proxy is not None:
            return await self._exchange(method, url, _host(url), headers, body, connections, seconds)
        *others, last = await self._resolver.addresses(_host(url), _port(url))
        for address in others:
            try:
                return await self._exchange(method, url, address, headers, body, connections, seconds)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if is_setup_fault(error):
                    raise
        return await self._exchange(method, url, last, headers, body, connections, seconds)

    async def _exchange(
        self,
        method: str,
        url: httpx.URL,
        address: str,
        headers: dict[str, str],
        body: dict[str, Any],
        connections: _Connections,
        seconds: float,
    ) -> Received:
        headers = headers | {
            "Host": url.netloc.decode("ascii"),
            "Connection": "close",
            "Accept-Encoding": "identity",
            "User-Agent": _AGENT,
        }
        timeout = httpx.Timeout(seconds * _READ_SHARE, connect=min(CONNECT_SECONDS, seconds))
        async with httpx.AsyncClient(
            verify=self._trust or tls(),
            trust_env=False,
            follow_redirects=False,
            timeout=timeout,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
            proxy=self._proxy,
        ) as client:
            request = client.build_request(
                method,
                url.copy_with(host=address),
                headers=headers,
                # Through a proxy the address keeps its own name, and the proxy has another one.
                extensions={"trace": connections.trace} | ({} if self._proxy else {"sni_hostname": _host(url)}),
                **{name: value for name, value in body.items() if value is not None and name != "auth"},
            )
            # Read first, a form goes out in one piece and not in a packet for each name and each value.
            await request.aread()
            async with aclosing(await client.send(request, auth=body["auth"], stream=True)) as reply:
                return Received(reply.status_code, dict(reply.headers), await _read_body(reply, connections.intake))


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").strip("[]")


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Return what two addresses share that lead to the same server: scheme, host and port."""
    return (url.scheme, url.host, _port(url))


async def _read_body(reply: httpx.Response, intake: Intake) -> bytes:
    """Return the body as sent. Raises ``ReplyUnreadable`` when it is compressed or too long."""
    if reply.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise ReplyUnreadable("compressed")
    return await intake.body(reply.aiter_raw())


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
