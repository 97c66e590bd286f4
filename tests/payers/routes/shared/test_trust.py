"""What a route's certificates and proxy promise: an authority of the test's own, a server that asks who we are."""

import asyncio
import datetime as dt
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from contracts import PayerError, PayerUnreachable, Responsible, RouteSettings
from payers.routes.shared.http import HttpClient
from payers.routes.shared.trust import tls

Served = Callable[..., AbstractAsyncContextManager[Any]]
SECRET = b"W900000011"
PASSWORD = "hush-hush"


class Authority:
    """An authority of one test, and the certificates that it signs."""

    def __init__(self, folder: Path, name: str = "Authority of a Test") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._own = self._signed(self._name, self._key.public_key(), authority=True)
        self.bundle = folder / f"{name}.pem"
        self.bundle.write_bytes(self._own.public_bytes(serialization.Encoding.PEM))

    def _signed(self, name: x509.Name, key: Any, *, authority: bool, host: str | None = None) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if host is not None:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return made.sign(self._key, hashes.SHA256())

    def certificate(self, host: str, password: str | None = None) -> tuple[Path, Path]:
        """The files of a certificate for ``host`` and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        signed = self._signed(name, key.public_key(), authority=False, host=host)
        kept, private = self._folder / f"{host}.crt", self._folder / f"{host}.key"
        closed: Any = serialization.NoEncryption()
        if password:
            closed = serialization.BestAvailableEncryption(password.encode())
        kept.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed))
        return kept, private


def server(authority: Authority, *, asks: bool = False, newest: bool = True) -> ssl.SSLContext:
    """The TLS of a payer called localhost, which ``asks`` us for a certificate of the same authority."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(*authority.certificate("localhost"))
    if not newest:
        found.maximum_version = ssl.TLSVersion.TLSv1_2
    if asks:
        found.verify_mode = ssl.CERT_REQUIRED
        found.load_verify_locations(authority.bundle)
    return found


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


@contextmanager
def asking_who_we_are(context: ssl.SSLContext) -> Iterator[int]:
    """A payer that misses our certificate and says so, as servers do, before it hangs up; its port."""

    def serve() -> None:
        connection, _ = listener.accept()
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as inner:
            with suppress(ssl.SSLError):
                inner.do_handshake()
            os.set_blocking(inner.fileno(), True)
            inner.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while os.read(inner.fileno(), 65_536):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.mark.loopback
@pytest.mark.parametrize("newest", [True, False], ids=["TLS 1.3", "TLS 1.2"])
async def test_a_payer_that_misses_our_certificate_is_a_fault_of_the_set_up(authority: Authority, newest: bool) -> None:
    context = server(authority, asks=True, newest=newest)
    with asking_who_we_are(context) as port, pytest.raises(PayerError) as failure:
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
