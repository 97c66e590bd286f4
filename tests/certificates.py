"""An authority of a test's own, the certificates that it signs, and a server that shows one of them."""

import datetime as dt
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

CURRENT, EXPIRED, NOT_YET = range(-1, 1), range(-9, -1), range(1, 9)
"""Days from today on for which a certificate is valid."""


class Authority:
    """An authority of one test, and the certificates that it signs."""

    def __init__(self, folder: Path, name: str = "Authority of a Test") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._own = self._signed(self._name, self._key.public_key(), authority=True)
        self.bundle = folder / f"{name}.pem"
        self.bundle.write_bytes(self._own.public_bytes(serialization.Encoding.PEM))

    def _signed(
        self, name: x509.Name, key: Any, *, authority: bool, host: str | None = None, days: range = CURRENT
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=days.start))
            .not_valid_after(now + dt.timedelta(days=days.stop))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if host is not None:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return made.sign(self._key, hashes.SHA256())

    def certificate(self, host: str, password: str | None = None, *, days: range = CURRENT) -> tuple[Path, Path]:
        """The files of a certificate for ``host`` and of its key; it is valid for ``days`` from today on."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        signed = self._signed(name, key.public_key(), authority=False, host=host, days=days)
        kept, private = self._folder / f"{host}.crt", self._folder / f"{host}.key"
        closed: Any = serialization.NoEncryption()
        if password:
            closed = serialization.BestAvailableEncryption(password.encode())
        kept.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, closed))
        return kept, private


def server(
    authority: Authority, *, asks: bool = False, newest: bool = True, host: str = "localhost", days: range = CURRENT
) -> ssl.SSLContext:
    """The TLS of a payer called ``host``, which ``asks`` us for a certificate of the same authority."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(*authority.certificate(host, days=days))
    if not newest:
        found.maximum_version = ssl.TLSVersion.TLSv1_2
    if asks:
        found.verify_mode = ssl.CERT_REQUIRED
        found.load_verify_locations(authority.bundle)
    return found


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """A payer that shakes hands and says why it refuses to, as servers do, before it hangs up; its port."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                Thread(target=shake_hands, args=(listener.accept()[0],), daemon=True).start()

    def shake_hands(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as inner:
            with suppress(OSError):
                inner.do_handshake()
                inner.recv(1)
            os.set_blocking(inner.fileno(), True)
            with suppress(OSError):
                inner.shutdown(socket.SHUT_WR)
                while os.read(inner.fileno(), 65_536):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
