"""F14: a member's details go to the payer and nowhere else, whatever a reply, a setting or the environment says.

Tripwires are listeners of the test that keep every byte they are sent. None may hold anything of a member.
"""

import asyncio
import datetime as dt
import ssl
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from socket import SHUT_RDWR, create_server, socket
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from contracts import PayerUnreachable, Responsible
from payers.routes.shared.lookup import Resolver
from tests.faults.deployment import WIDE_OPEN, Deployment, bare
from tests.faults.driver import ask, control, drive, request
from tests.faults.people import crowd
from tests.faults.routes import PAYER_OF_ROUTE, groups, settings_of

pytestmark = pytest.mark.counts

FOLLOWING = "tests.faults.changes:following"
MEMBERS = b"CROWD"
"""In every name of the crowd, whatever the form it is sent in."""

NUMBERS = count(1)

Deployments = Callable[..., Deployment]


class Tripwire:
    """Listens, keeps what it is sent, and answers as it is told; over TLS with ``context``."""

    def __init__(self, context: ssl.SSLContext | None = None, reply: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
        self._listener = create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.context = context
        self.reply = reply
        self.mute = False
        self.held: list[bytes] = []
        self.connections = 0
        self._thread = Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                wire, _ = self._listener.accept()
                self.connections += 1
                Thread(target=self._held, args=(wire,), daemon=True).start()

    def _held(self, wire: socket) -> None:
        wire.settimeout(3)
        with suppress(OSError), wire:
            if self.mute:
                wire.recv(65536)
                wire.recv(65536)
            elif self.context is None:
                self._take(wire)
            else:
                with self.context.wrap_socket(wire, server_side=True) as inner:
                    self._take(inner)

    def _take(self, wire: socket) -> None:
        self.held.append(wire.recv(65536))
        with suppress(TimeoutError):
            wire.settimeout(0.3)
            self.held.append(wire.recv(65536))
        wire.sendall(self.reply)

    @property
    def told(self) -> int:
        """Bytes of requests that hold something of a member."""
        return sum(len(part) for part in self.held if MEMBERS in part)

    def close(self) -> None:
        self._listener.shutdown(SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@contextmanager
def tripwire(**how: Any) -> Iterator[Tripwire]:
    """A tripwire that is gone afterwards."""
    wire = Tripwire(**how)
    try:
        yield wire
    finally:
        wire.close()


def ask_all(deployment: Deployment, routes: list[str], fault: str = "", wait: int = 5) -> list[Any]:
    """One question over each route, and the answers."""

    async def one(route: str) -> Any:
        # Somebody new each time: the same question would join an earlier one that is pending.
        return (await ask(deployment, crowd(next(NUMBERS), PAYER_OF_ROUTE[route], fault), wait=wait)).json

    return asyncio.run(drive(routes, one, len(routes)))


def codes(answers: list[Any]) -> set[tuple[str, str]]:
    return {(answer["state"], problem["code"]) for answer in answers for problem in answer["problems"]}


@pytest.mark.timeout(300)
def test_no_redirect_and_no_proxy_leads_a_member_elsewhere(deployments: Deployments, figure: Any) -> None:
    routes = groups()[0]
    with tripwire() as elsewhere, tripwire() as proxy, tripwire() as mutants:
        names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        proxies = dict.fromkeys(names, f"http://127.0.0.1:{proxy.port}")
        kinds = [301, 302, 303, 307, 308]
        deployment = deployments(changes=[WIDE_OPEN], settings=settings_of(routes, cap="4"), **proxies)
        seen: set[tuple[str, str]] = set()
        for status in kinds:
            asyncio.run(control(deployment, "redirect", status, f"http://127.0.0.1:{elsewhere.port}/"))
            seen |= codes(ask_all(deployment, routes))
        asyncio.run(control(deployment, None))
        right = ask_all(deployment, routes)
        mutant = deployments(changes=[WIDE_OPEN, FOLLOWING], settings=settings_of(routes, cap="4"))
        asyncio.run(control(mutant, "redirect", 308, f"http://127.0.0.1:{mutants.port}/"))
        ask_all(mutant, routes)

    figure(
        "F14",
        value=elsewhere.told + proxy.told,
        n=len(kinds) * len(routes),
        mutant_value=mutants.told,
        connections=elsewhere.connections + proxy.connections,
        routes=routes,
    )
    assert elsewhere.connections == proxy.connections == 0
    assert seen == {("final", "setup_problem")}
    assert {answer["coverage"]["status"] for answer in right} == {"active"}
    assert mutants.told > 0


def certificate(home: Path, name: str, *, host: str = "127.0.0.1", days: int = 1) -> ssl.SSLContext:
    """A server's context with a certificate that it signed itself, kept as ``name``.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (home / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (home / f"{name}.key").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / f"{name}.pem", home / f"{name}.key")
    return context


@pytest.mark.timeout(300)
def test_no_byte_of_a_member_goes_to_whom_tls_does_not_vouch_for(
    deployments: Deployments, figure: Any, tmp_path: Path
) -> None:
    made = {
        "right": certificate(tmp_path, "right"),
        "expired": certificate(tmp_path, "expired", days=-1),
        "wrong_host": certificate(tmp_path, "wrong_host", host="127.0.0.9"),
        "unknown": certificate(tmp_path, "unknown"),
        "old": certificate(tmp_path, "old"),
    }
    with warnings.catch_warnings():
        # That nobody should speak it any more is the point.
        warnings.simplefilter("ignore", DeprecationWarning)
        made["old"].minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        made["old"].maximum_version = ssl.TLSVersion.TLSv1_1
        made["old"].set_ciphers("ALL:@SECLEVEL=0")
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(b"".join((tmp_path / f"{name}.pem").read_bytes() for name in made if name != "unknown"))
    with tripwire(context=made["right"]) as wire:
        deployment = deployments(
            changes=[WIDE_OPEN],
            BENEFITS_ROUTES__CORE_MIME__URL=f"https://127.0.0.1:{wire.port}/core/mime",
            SSL_CERT_FILE=str(trusted),
        )
        found: dict[str, set[tuple[str, str]]] = {}
        for name in ("expired", "wrong_host", "unknown", "old"):
            wire.context = made[name]
            found[name] = codes(ask_all(deployment, ["core_mime"]))
        wire.context = None
        found["plain"] = codes(ask_all(deployment, ["core_mime"]))
        wire.mute = True
        found["mute"] = codes(ask_all(deployment, ["core_mime"], wait=8))
        told, connections = wire.told, wire.connections
        wire.mute, wire.context = False, made["right"]
        ask_all(deployment, ["core_mime"])

    figure("F14-tls", value=told, n=connections, mutant_value=wire.told)
    assert told == 0
    setup, unreached = {("final", "setup_problem")}, {("pending", "payer_unreachable")}
    assert found == {
        **dict.fromkeys(("expired", "wrong_host", "unknown", "old"), setup),
        **dict.fromkeys(("plain", "mute"), unreached),
    }
    assert wire.told > 0


UNSAFE = """
http://10.0.0.1/ http://192.168.1.1/ http://172.16.0.1/ http://169.254.169.254/latest/meta-data http://0.0.0.0/
https://169.254.169.254/ https://0.0.0.0/ https://[::]/ https://[fe80::1]/ https://224.0.0.1/ http://example.com/
http://2130706433:8/ http://0x7f000001/ http://017700000001/ http://127.1.evil.example/ http://localhost.example/
http://[::ffff:10.0.0.1]/ http://[::ffff:169.254.169.254]/ https://[::ffff:169.254.169.254]/ http://127.0.0.1.nip.example/
https://user:secret@payer.example/ https://user@payer.example/ http://127.0.0.1@evil.example/ https://@evil.example:x/
file:///etc/passwd ftp://payer.example/ gopher://127.0.0.1/ javascript:alert(1) data:text/plain,hello unix:///var/run/x
https:/payer.example https:///core //payer.example/core payer.example/core https:// http:// ws://127.0.0.1/ HTTP://EXAMPLE.COM/
https://payer.example:99999/ https://payer.example:-1/ https://payer.example\\@evil.example/
http://%31%32%37.0.0.1/ http://127.0.0.1%2f@evil.example/ http://127%2e0%2e0%2e1/ http://①②⑦.⓪.⓪.①/
http://[fe80::1%25eth0]/ http://[::127.0.0.1]/ http://[64:ff9b::7f00:1]/ http://[2002:7f00:1::]/ http://0177.0.0.1/
http://127.0.0.1:80:80/ http://127.0.0.1\t.evil.example/ https://[not-an-address]/ https://payer.example\r\nHost:evil/
http://evil.example#@127.0.0.1/ http://evil.example?@127.0.0.1/ http://evil.example;127.0.0.1/ http://[::]:80/
""".split("\n")


@pytest.mark.timeout(120)
def test_no_address_of_a_route_that_is_unsafe_is_ever_opened(figure: Any, tmp_path: Path) -> None:
    corpus = [address for line in UNSAFE for address in line.split(" ") if address]

    def let_through(*mutant: str) -> list[str]:
        command = [sys.executable, "-m", "tests.faults.opening", *mutant, *corpus]
        done = subprocess.run(
            command, cwd=tmp_path, env=bare(), capture_output=True, text=True, check=True, timeout=100
        )
        return done.stdout.split()

    opened, without_check = let_through(), let_through("--mutant")

    figure("F14-addresses", value=len(opened), n=len(corpus), mutant_value=len(without_check))
    assert len(corpus) >= 55
    assert opened == []
    assert len(without_check) > 5


REBOUND = (
    *("10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.0.1", "172.31.255.255", "100.64.0.1", "0.0.0.0"),
    *("::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "198.18.0.1", "240.0.0.1"),
)


def test_no_name_leads_into_our_own_network() -> None:
    async def refused(address: str) -> bool:
        def look_up(host: str, port: int) -> Any:
            # A good address beside the bad one, as a name has that is rebound.
            return [(0, 0, 0, "", ("93.184.215.14", port)), (0, 0, 0, "", (address, port))]

        try:
            await Resolver(look_up=look_up).addresses("payer.example", 443)
        except PayerUnreachable as error:
            return error.responsible is Responsible.SERVICE
        return False

    assert [address for address in REBOUND if not asyncio.run(refused(address))] == []


def test_a_listener_notices_what_it_is_sent() -> None:
    with tripwire() as wire:
        asyncio.run(request(f"http://127.0.0.1:{wire.port}", "POST", "/", {}, b"<name>CROWD000001</name>"))

    assert wire.told > 0
