"""What stands between a service and its payer in a test: it keeps every head, and puts words into replies."""

from collections.abc import Mapping
from contextlib import suppress
from socket import create_connection, create_server, socket
from threading import Thread

ECHO = {
    b"CROWDECHOA": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
    b"CROWDECHOB": b"HTTP/1.1 500 Broken\r\nContent-Type: text/plain\r\n",
    b"CROWDECHOC": b"HTTP/1.1 302 Found\r\nContent-Type: text/plain\r\nLocation: /",
}
"""By the beginning of a last name: a reply that says all that was asked, as something that is no reply."""


class Relay:
    """A listener that hands each connection on to ``port``, and keeps the heads of its requests.

    ``words`` are replaced in replies, each by others of the same length.
    """

    def __init__(self, port: int, words: Mapping[bytes, bytes]) -> None:
        """Listen; ``port`` is that of this object."""
        self._to, self._words = port, words
        self._listener = create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.heads: list[bytes] = []
        self.replaced = 0
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                wire, _ = self._listener.accept()
                Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket) -> None:
        wire.settimeout(20)
        with suppress(OSError), wire:
            head, body = _read_request(wire)
            self.heads.append(head)
            echo = next((begins for mark, begins in ECHO.items() if mark in body), None)
            if echo is not None:
                end = body[:200].hex().encode() + b"\r\n" if echo.endswith(b"/") else b""
                wire.sendall(echo + end + b"Content-Length: %d\r\n\r\n" % len(body) + body)
                return
            with create_connection(("127.0.0.1", self._to), timeout=20) as payer:
                payer.sendall(head + body)
                wire.sendall(self._reword(b"".join(iter(lambda: payer.recv(65_536), b""))))

    def _reword(self, reply: bytes) -> bytes:
        for before, after in self._words.items():
            self.replaced += reply.count(before)
            reply = reply.replace(before, after)
        return reply


def _read_request(wire: socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += wire.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    length = next(int(value) for name, _, value in lines if name == b"content-length")
    while len(body) < length:
        body += wire.recv(65_536)
    return head + b"\r\n\r\n", body
