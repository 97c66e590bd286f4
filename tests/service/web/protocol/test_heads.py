"""What a connection promises: heads and trailers come in time and within bounds, or it is refused and closed."""

import asyncio

import pytest

from tests.service.web.protocol.serving import (
    CHUNKED,
    HEAD,
    SEEN,
    WHOLE,
    closed_while,
    said,
)

pytestmark = pytest.mark.loopback


async def test_a_head_that_never_ends_is_closed_without_an_answer(port: int) -> None:
    assert await said(port, HEAD) == b""


async def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    assert await said(port) == b""


@pytest.mark.parametrize("end", [b"", b"\r\n"])
async def test_a_head_that_is_too_long_is_refused_whole_or_not(port: int, end: bytes) -> None:
    answer = await said(port, HEAD + b"x-long: " + b"a" * 1_100 + b"\r\n" + end)

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_the_second_head_of_a_kept_connection_has_its_own_time(port: int) -> None:
    answer = await said(port, HEAD + b"content-length: 2\r\n\r\nhi", HEAD)

    assert answer.count(b"HTTP/1.1 200 ") == 1


async def test_no_header_comes_from_a_trailer(port: int) -> None:
    answer = await said(port, CHUNKED + b"authorization: Bearer x\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert [b"authorization" in headers for headers in SEEN] == [False]


@pytest.mark.parametrize(
    "trailers",
    [
        [b"a: b\r\n" * 50] * 200,
        [b"a: ", *[b"b" * 500] * 2_000],
        [*[b"a" * 500] * 2_000],
    ],
    ids=["many", "a long value", "a long name"],
)
async def test_endless_trailers_end_the_connection(port: int, trailers: list[bytes]) -> None:
    assert await closed_while(port, CHUNKED, trailers, 0)


async def test_headers_are_bounded_in_number(port: int) -> None:
    answer = await said(port, HEAD + b"a: b\r\n" * 30 + b"\r\n")

    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_empty_lines_keep_no_connection_open(port: int) -> None:
    assert await closed_while(port, b"", [b"\r\n"] * 50)


async def test_a_request_of_the_old_protocol_needs_no_host(port: int) -> None:
    assert (await said(port, b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_slow_heads_hold_up_nobody_else(port: int) -> None:
    slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(15)]
    for _, writer in slow:
        writer.write(HEAD)

    answers = [await said(port, WHOLE) for _ in range(10)]

    for _, writer in slow:
        writer.close()
        await writer.wait_closed()
    assert all(answer.startswith(b"HTTP/1.1 200 ") for answer in answers)
