"""Whom a route speaks to: only the address that its name leads to, and only behind a certificate that it trusts."""

import asyncio
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contracts import PayerUnreachable, Responsible
from payers.routes.shared.http import HttpClient
from payers.routes.shared.lookup import Resolver

SECRET = b"W900000011"
Served = Callable[..., AbstractAsyncContextManager[Any]]
Writer = asyncio.StreamWriter
Reader = asyncio.StreamReader


def leads_to(*addresses: str) -> Callable[[str, int], Any]:
    def look_up(_: str, port: int) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return look_up


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1", "fe80::1%2"],
)
async def test_a_name_that_leads_inside_is_never_connected_to(address: str) -> None:
    client = HttpClient("https://payer.example/", resolver=Resolver(look_up=leads_to("93.184.215.14", address)))

    with pytest.raises(PayerUnreachable, match="address_refused") as failure:
        await client.send("POST", seconds=5, content=SECRET)

    assert (failure.value.responsible, failure.value.sent) == (Responsible.SERVICE, False)


async def test_localhost_that_leads_outside_is_never_connected_to() -> None:
    client = HttpClient("http://localhost:8/", resolver=Resolver(look_up=leads_to("93.184.215.14")))

    with pytest.raises(PayerUnreachable, match="address_refused"):
        await client.send("POST", seconds=5, content=SECRET)


async def test_a_name_that_nobody_has_was_not_sent() -> None:
    def nobody(_: str, __: int) -> list[Any]:
        raise socket.gaierror

    with pytest.raises(PayerUnreachable, match="no_such_host"):
        await HttpClient("https://payer.example/", resolver=Resolver(look_up=nobody)).send("POST", seconds=5)


async def test_hung_lookups_are_bounded_and_end_with_the_deadline() -> None:
    release = threading.Event()

    def hangs(_: str, __: int) -> list[Any]:
        release.wait(20)
        return []

    client = HttpClient("https://payer.example/", resolver=Resolver(limit=2, look_up=hangs))

    calls = await asyncio.gather(*(client.send("POST", seconds=0.1) for _ in range(3)), return_exceptions=True)
    release.set()

    assert all(isinstance(call, PayerUnreachable) and not call.sent for call in calls)
    assert sorted(str(call) for call in calls) == ["connect_timeout", "connect_timeout", "lookups_hang"]


@pytest.mark.loopback
async def test_the_next_address_of_a_host_is_tried_when_the_first_refuses(neighbour: Served) -> None:
    async with neighbour() as there:
        resolver = Resolver(look_up=leads_to("::1", "127.0.0.1"))
        received = await HttpClient(there.url(host="localhost"), resolver=resolver).send(
            "POST", seconds=5, content=SECRET
        )

    assert received.body == b"ok"
    assert f"Host: localhost:{there.port}".encode().lower() in there.heads[0].lower()


@pytest.mark.loopback
async def test_localhost_is_found_by_the_system(neighbour: Served) -> None:
    async with neighbour() as there:
        received = await HttpClient(there.url(host="localhost")).send("POST", seconds=5, content=SECRET)

    assert received.body == b"ok"


@pytest.mark.loopback
async def test_nobody_there_is_certainly_not_sent() -> None:
    with pytest.raises(PayerUnreachable, match="connect") as failure:
        await HttpClient("http://127.0.0.1:9/").send("POST", seconds=2, content=SECRET)

    assert (failure.value.responsible, failure.value.sent) == (Responsible.PAYER, False)


# --- TLS ---


def context(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate of its own for ``name``, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(path)
    return found, path


@pytest.mark.loopback
async def test_a_trusted_certificate_of_the_right_name_is_spoken_to(neighbour: Served, tmp_path: Path) -> None:
    server, path = context(tmp_path, "localhost")
    async with neighbour(tls=server) as there:
        client = HttpClient(
            there.url("https", "localhost"),
            resolver=Resolver(look_up=leads_to("127.0.0.1")),
            trust=ssl.create_default_context(cafile=str(path)),
        )
        received = await client.send("POST", seconds=5, content=SECRET)

    assert received.body == b"ok"


@pytest.mark.loopback
@pytest.mark.parametrize(("name", "trusted"), [("localhost", False), ("another.example", True)])
async def test_a_wrong_certificate_is_ours_to_mend_and_sees_nothing(
    neighbour: Served, tmp_path: Path, name: str, trusted: bool
) -> None:
    server, path = context(tmp_path, name)
    async with neighbour(tls=server) as there:
        client = HttpClient(
            there.url("https", "localhost"),
            resolver=Resolver(look_up=leads_to("127.0.0.1", "::1")),
            trust=ssl.create_default_context(cafile=str(path)) if trusted else None,
        )
        with pytest.raises(PayerUnreachable) as failure:
            await client.send("POST", seconds=5, content=SECRET)

    reason = "tls:other_name" if trusted else "tls:unknown_issuer"
    assert (failure.value.detail, failure.value.responsible, failure.value.sent) == (reason, Responsible.SERVICE, False)
    assert there.heads == []


PROTOCOL_VERSION_ALERT = bytes.fromhex("15 0301 0002 02 46")
"""A fatal alert, protocol_version: what a server of TLS 1.1 answers to us. Source: RFC 5246, sections 6.2.1 and 7.2."""


@pytest.mark.loopback
async def test_a_tls_of_another_time_is_ours_to_mend_and_sees_nothing() -> None:
    came = bytearray()

    async def old(reader: Reader, writer: Writer) -> None:
        came.extend(await reader.read(65_536))
        writer.write(PROTOCOL_VERSION_ALERT)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(old, "127.0.0.1", 0)
    async with server:
        client = HttpClient(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        with pytest.raises(PayerUnreachable, match="tls") as failure:
            await client.send("POST", seconds=5, content=SECRET)

    assert (failure.value.responsible, failure.value.sent) == (Responsible.SERVICE, False)
    assert SECRET not in came


@pytest.mark.loopback
async def test_a_handshake_that_never_ends_was_not_sent_and_is_hung_up() -> None:
    came = bytearray()
    left = asyncio.Event()

    async def mute(reader: Reader, writer: Writer) -> None:
        with suppress(OSError):
            while part := await reader.read(65_536):
                came.extend(part)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        left.set()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with server:
        client = HttpClient(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        with pytest.raises(PayerUnreachable, match="connect_timeout") as failure:
            await client.send("POST", seconds=0.3, content=SECRET)
        await left.wait()

    assert not failure.value.sent
    assert came
    assert SECRET not in came
