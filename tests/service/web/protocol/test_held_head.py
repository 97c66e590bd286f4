"""How the head of a response is written: with what follows it, and never later than the end of the connection."""

import asyncio
from typing import Any, cast

import pytest

from service.web.held_head import HeldHead
from tests.service.web.protocol.serving import WHOLE, Impatient, said


class Written:
    """A transport that notes what is written to it."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.calls.append(data)

    def close(self) -> None:
        self.calls.append(b"closed")


def head_held_before(written: Written) -> HeldHead:
    held = HeldHead(cast("asyncio.Transport", written))
    held.write(b"head")
    return held


def test_a_head_goes_out_with_the_first_part_of_its_body() -> None:
    written = Written()
    held = head_held_before(written)

    held.write(b"one")
    held.write(b"two")

    assert written.calls == [b"headone", b"two"]


def test_a_head_goes_out_with_an_empty_body() -> None:
    written = Written()

    head_held_before(written).write(b"")

    assert written.calls == [b"head"]


def test_a_head_without_a_body_goes_out_at_the_end() -> None:
    written = Written()

    head_held_before(written).close()

    assert written.calls == [b"head", b"closed"]


class Noting:
    """A transport that notes what is written to another one."""

    def __init__(self, transport: Any, written: list[bytes]) -> None:
        self._transport = transport
        self._written = written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._written.append(data)
        self._transport.write(data)


@pytest.mark.loopback
async def test_a_response_is_one_write(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    made = Impatient.connection_made

    def connection_made(protocol: Impatient, transport: Any) -> None:
        made(protocol, Noting(transport, written))

    monkeypatch.setattr(Impatient, "connection_made", connection_made)

    answer = await said(port, WHOLE)

    assert written == [answer]
