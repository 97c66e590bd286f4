"""What a route's certificates and proxy promise: an authority of the test's own, a server that asks who we are."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contracts import PayerError, PayerUnreachable, Responsible, RouteSettings
from payers.routes.shared.http import HttpClient
from payers.routes.shared.trust import tls
from tests.certificates import CURRENT, EXPIRED, NOT_YET, Authority, server, tls_server

Served = Callable[..., AbstractAsyncContextManager[Any]]
SECRET = b"W900000011"
PASSWORD = "hush-hush"


def settings(url: str, **more: object) -> RouteSettings:
    return RouteSettings.model_validate({"url": url, **{name: str(value) for name, value in more.items()}})


async def sent(given: RouteSettings) -> bytes:
    return (await HttpClient.from_settings(given).send("POST", seconds=5, content=SECRET)).body


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.loopback
async def test_a_payer_of_the_bundles_authority_is_trusted(neighbour: Served, authority: Authority) -> None:
    async with neighbour(tls=server(authority)) as there:
        url = there.url("https", "localhost")

        assert await sent(settings(url, ca_bundle=authority.bundle)) == b"ok"
        with pytest.raises(PayerUnreachable, match="tls:unknown_issuer"):
            await sent(settings(url))


@pytest.mark.loopback
async def test_a_bundle_replaces_what_the_system_trusts(
    neighbour: Served, authority: Authority, tmp_path: Path
) -> None:
    another = Authority(tmp_path, "Another Authority")
    async with neighbour(tls=server(authority)) as there:
        with pytest.raises(PayerUnreachable) as failure:
            await sent(settings(there.url("https", "localhost"), ca_bundle=another.bundle))

    assert (failure.value.detail, failure.value.responsible) == ("tls:unknown_issuer", Responsible.SERVICE)
    assert there.heads == []


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("host", "days", "detail"),
    [
        ("localhost", EXPIRED, "tls:expired"),
        ("localhost", NOT_YET, "tls:not_yet_valid"),
        ("other.example", CURRENT, "tls:other_name"),
    ],
)
async def test_a_certificate_of_another_time_or_name_ends_an_inquiry_before_it_is_sent(
    neighbour: Served, authority: Authority, host: str, days: range, detail: str
) -> None:
    async with neighbour(tls=server(authority, host=host, days=days)) as there:
        with pytest.raises(PayerUnreachable) as failure:
            await sent(settings(there.url("https", "localhost"), ca_bundle=authority.bundle))

    assert (failure.value.detail, failure.value.responsible) == (detail, Responsible.SERVICE)
    assert not failure.value.sent
    assert there.heads == []


@pytest.mark.loopback
@pytest.mark.parametrize("password", [None, PASSWORD])
async def test_a_payer_that_asks_who_we_are_is_shown_the_certificate(
    neighbour: Served, authority: Authority, password: str | None
) -> None:
    certificate, key = authority.certificate("us.example", password)
    shown = {"client_certificate": certificate, "client_key": key}
    if password:
        shown["client_key_password"] = password  # type: ignore[assignment]  # one of several texts
    async with neighbour(tls=server(authority, asks=True)) as there:
        given = settings(there.url("https", "localhost"), ca_bundle=authority.bundle, **shown)

        assert await sent(given) == b"ok"


@pytest.mark.loopback
@pytest.mark.parametrize("newest", [True, False], ids=["TLS 1.3", "TLS 1.2"])
async def test_a_payer_that_misses_our_certificate_is_a_fault_of_the_set_up(authority: Authority, newest: bool) -> None:
    context = server(authority, asks=True, newest=newest)
    with tls_server(context) as port, pytest.raises(PayerError) as failure:
        await sent(settings(f"https://localhost:{port}/", ca_bundle=authority.bundle))

    assert failure.value.responsible is Responsible.SERVICE
    assert failure.value.detail in {"tls:client_certificate", "tls:handshake_refused"}
    # In TLS 1.3 the refusal comes after our request may have left; nothing tells us that it was not read.
    assert failure.value.sent is newest


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"ca_bundle": "no-such-file"}, "CA_BUNDLE"),
        ({"ca_bundle": "{key}"}, "CA_BUNDLE"),
        ({"client_certificate": "no-such-file"}, "CLIENT_CERTIFICATE"),
        ({"client_certificate": "{certificate}"}, "CLIENT_CERTIFICATE"),
        ({"client_certificate": "{certificate}", "client_key": "{other}"}, "CLIENT_CERTIFICATE"),
        ({"client_certificate": "{certificate}", "client_key": "{key}"}, "CLIENT_CERTIFICATE"),
        (
            {"client_certificate": "{certificate}", "client_key": "{key}", "client_key_password": "another"},
            "CLIENT_CERTIFICATE",
        ),
        ({"client_key": "{key}"}, "CLIENT_CERTIFICATE"),
        ({"proxy": "hush"}, "PROXY"),
        ({"proxy": "http://user:hush@[bad/"}, "PROXY"),
        ({"proxy": "http://user:hush@proxy.example:bad"}, "PROXY"),
        ({"proxy": "socks5://hush.example"}, "PROXY"),
        ({"proxy": "http://proxy.example:3128", "url": "http://127.0.0.1:9/x"}, "PROXY"),
    ],
)
def test_a_file_or_an_address_that_is_none_is_named_and_never_shown(
    authority: Authority, given: dict[str, str], named: str
) -> None:
    certificate, key = authority.certificate("us.example", PASSWORD)
    _, other = authority.certificate("other.example")
    files = {"certificate": certificate, "key": key, "other": other}
    found = {name: value.format(**files) for name, value in given.items()}

    with pytest.raises(ValueError, match=rf"^{named}: ") as wrong:
        HttpClient.from_settings(RouteSettings.model_validate({"url": "https://payer.example/x"} | found))

    assert not [hidden for hidden in ("hush", PASSWORD, str(authority.bundle.parent)) if hidden in str(wrong.value)]


# --- through a proxy ---


class Proxy(NamedTuple):
    """A proxy of one test: its port, and what each connection asked of it."""

    port: int
    heads: list[bytes]

    def url(self, user: str = "") -> str:
        return f"http://{user}127.0.0.1:{self.port}"


@asynccontextmanager
async def proxying(leads_to: int, refuses: bytes = b"") -> AsyncIterator[Proxy]:
    """A proxy that connects whoever comes to a port of this machine, or refuses."""
    heads: list[bytes] = []
    open_ends: list[asyncio.StreamWriter] = []
    calls: set[asyncio.Task[None]] = set()

    async def pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while part := await reader.read(65_536):
                writer.write(part)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ends.append(writer)
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        if refuses:
            writer.write(b"HTTP/1.1 " + refuses + b"\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", leads_to)
        open_ends.append(there_writer)
        await asyncio.gather(pumped(reader, there_writer), pumped(there_reader, writer))

    listening = await asyncio.start_server(lambda *ends: calls.add(asyncio.ensure_future(serve(*ends))), "127.0.0.1", 0)
    async with listening:
        yield Proxy(listening.sockets[0].getsockname()[1], heads)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        for end in open_ends:
            end.close()
            with suppress(OSError):
                await end.wait_closed()


@pytest.mark.loopback
async def test_a_proxy_is_told_where_to_lead_and_nothing_of_the_member(
    neighbour: Served, authority: Authority, tmp_path: Path
) -> None:
    tunnelled = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tunnelled.load_cert_chain(*authority.certificate("payer.example"))
    async with neighbour(tls=tunnelled) as there, proxying(there.port) as proxy:
        given = settings("https://payer.example/core", ca_bundle=authority.bundle, proxy=proxy.url("imaginary:secret@"))

        # Nobody here knows the name: it is the proxy that leads there, and TLS that proves who answers.
        assert await sent(given) == b"ok"

    (head,) = proxy.heads
    assert head.startswith(b"CONNECT payer.example:443 HTTP/1.1\r\n")
    assert b"proxy-authorization: basic " in head.lower()
    assert SECRET not in head
    assert len(there.heads) == 1
    assert b"proxy-authorization" not in there.heads[0].lower()


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("refuses", "responsible"),
    [(b"407 Proxy Authentication Required", Responsible.SERVICE), (b"502 Bad Gateway", Responsible.PAYER)],
)
async def test_a_proxy_that_refuses_means_that_nothing_was_sent(refuses: bytes, responsible: Responsible) -> None:
    async with proxying(9, refuses) as proxy:
        with pytest.raises(PayerUnreachable) as failure:
            await sent(settings("https://payer.example/core", proxy=proxy.url()))

    assert (failure.value.detail, failure.value.responsible) == (f"proxy:http_{refuses[:3].decode()}", responsible)
    assert not failure.value.sent


@pytest.mark.loopback
async def test_another_payer_behind_the_proxy_is_told_nothing(neighbour: Served, authority: Authority) -> None:
    async with neighbour(tls=server(authority)) as there, proxying(there.port) as proxy:
        with pytest.raises(PayerUnreachable, match="tls:other_name") as failure:
            await sent(settings("https://payer.example/x", ca_bundle=authority.bundle, proxy=proxy.url()))

    assert not failure.value.sent
    assert there.heads == []


def test_no_tls_keys_are_written_down_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))

    assert tls.__wrapped__().keylog_filename is None
    assert not (tmp_path / "keys").exists()
