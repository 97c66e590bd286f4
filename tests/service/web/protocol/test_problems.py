"""What is no request of ours, and an application that fails, is answered with one problem, and every answer is safe."""

import pytest

from tests.service.web.protocol.serving import HEAD, SEEN, WHOLE, said

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: a\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n",
        HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n",
        HEAD + b"content-length: 2\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\nhi",
    ],
)
async def test_what_is_no_request_of_ours_is_a_problem(port: int, request_: bytes) -> None:
    answer = await said(port, request_)

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"content-type: application/problem+json\r\n" in answer
    assert answer.endswith(b'"status":400,"code":"bad_request","errors":[]}')
    assert SEEN == []


@pytest.mark.parametrize(("path", "status"), [("/fault", b"500"), ("/ended", b"503")])
async def test_an_application_that_fails_or_is_ended_is_a_problem(port: int, path: str, status: bytes) -> None:
    answer = await said(port, f"GET {path} HTTP/1.1\r\nhost: service\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"content-type: application/problem+json\r\n" in answer
    assert b"imaginary" not in answer


async def test_a_broken_chunk_ends_a_request_with_one_problem(port: int) -> None:
    answer = await said(port, HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n", b"nonsense\r\n")

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_what_a_response_says_itself_stands_in_place_of_what_all_say(port: int) -> None:
    page = await said(port, b"GET /page HTTP/1.1\r\nhost: service\r\nconnection: close\r\n\r\n")
    other = await said(port, WHOLE)

    assert [line for line in page.split(b"\r\n") if b"policy:" in line.lower()] == [
        b"referrer-policy: no-referrer",
        b"cross-origin-resource-policy: same-origin",
        b"cross-origin-opener-policy: same-origin",
        b"permissions-policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        b"content-security-policy: own",
    ]
    assert b"content-security-policy: default-src 'none'" in other
