"""What reading a body promises: bounded in time and in bytes, however it comes."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.types import Message

from contracts import Deadline
from service.web.body_route import MAX_BYTES, read_body
from service.web.problems import RequestRefused
from tests.service.web.conftest import ASKED, ServedApi

PATH = "/v1/verifications"


def trickling(*parts: bytes) -> Request:
    """A request whose body never ends."""
    waiting = iter(parts)

    async def receive() -> Message:
        part = next(waiting, None)
        if part is None:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": part, "more_body": True}

    headers = [(b"content-type", b"application/json")]
    return Request({"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b""}, receive)


async def test_a_body_that_trickles_is_refused_within_the_wait() -> None:
    with pytest.raises(RequestRefused) as caught:
        await read_body(trickling(b"{", b'"payer":'), Deadline(0.1))

    assert caught.value.status_code == 408


async def test_a_body_in_chunks_is_bounded_as_it_comes() -> None:
    parts = [b"x" * 1_000] * (MAX_BYTES // 1_000 + 1)

    with pytest.raises(RequestRefused) as caught:
        await read_body(trickling(*parts), Deadline(60))

    assert caught.value.status_code == 413


async def test_a_body_in_chunks_is_read_whole(api: ServedApi) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for place in range(0, len(whole), 7):
            yield whole[place : place + 7]

    whole = json.dumps(ASKED).encode()
    headers = {**api.staff, "Content-Type": "application/json"}

    response = await api.http.post(PATH, content=chunks(), headers=headers)

    assert response.status_code == 200


async def test_a_draining_service_says_so_before_it_reads_a_body(api: ServedApi) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    api.verifier.admission.drain(0.1)
    headers = {**api.staff, "Content-Type": "application/json"}

    response = await api.http.post(PATH, content=endless(), headers=headers)

    assert (response.status_code, response.json()["code"]) == (503, "draining")
