"""Writes the head of a response together with the first part of its body: one call of the kernel, and one packet."""

import asyncio


class HeldHead:
    """The transport of one response from its head on: what is written first goes out with what is written next."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        """Hold nothing yet."""
        self._transport = transport
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Hold the head; write all that comes after it, the first part behind the head."""
        if self._head is None:
            self._head = data
        elif self._head:
            self._transport.write(self._head + data)
            self._head = b""
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Write a head that no body followed, and close."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""
        self._transport.close()
