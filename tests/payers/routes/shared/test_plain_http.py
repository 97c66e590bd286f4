"""What is written and read without h11 is what h11 would have written and read, byte by byte."""

from random import Random
from typing import NamedTuple

import h11
import httpx
import pytest

from payers.routes.shared import plain_http

URL = "https://payer.example/core/mime?to=60054"
TIMES = 4_000


class Read(NamedTuple):
    """What a reader makes of a reply."""

    status: int
    fields: list[tuple[bytes, bytes]]
    body: bytes
    whole: bool


def written_by_h11(request: httpx.Request, content: bytes) -> tuple[h11.Connection, bytes]:
    parser = h11.Connection(h11.CLIENT)
    head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
    parts = [parser.send(head), parser.send(h11.Data(data=content)), parser.send(h11.EndOfMessage())]
    return parser, b"".join(part or b"" for part in parts)


def read_by_h11(came: bytes) -> Read | None:
    parser, _ = written_by_h11(httpx.Request("POST", URL, content=b"x"), b"x")
    parser.receive_data(came)
    parser.receive_data(b"")
    head, body = None, b""
    try:
        while not isinstance(event := parser.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError as error:
        if head is None or "closed connection" not in str(error):
            return None
    if head is None:
        return None
    return Read(head.status_code, head.headers.raw_items(), body, isinstance(event, h11.EndOfMessage))


def read_plainly(came: bytes) -> Read | None:
    head = plain_http.read_head(came)
    if head is None:
        return None
    body = came[head.size :][: head.length]
    return Read(head.status, head.fields, body, len(body) == head.length)


@pytest.mark.parametrize(
    ("method", "headers", "content"),
    [
        ("POST", {"Content-Type": "text/xml; charset=utf-8", "Connection": "close"}, b"<a/>"),
        ("POST", {"Authorization": "Bearer a.b-c_d==", "X-API-Key": "!~"}, b""),
        ("POST", {"X-Empty-After": "a  b"}, b"\r\n\r\n\x00\xff" * 9_000),
        ("GET", {"Accept": "*/*"}, b""),
    ],
)
def test_a_plain_request_is_written_as_h11_writes_it(method: str, headers: dict[str, str], content: bytes) -> None:
    request = httpx.Request(method, URL, headers=headers, content=content)

    assert plain_http.write_request(request, content) == written_by_h11(request, content)[1]


@pytest.mark.parametrize(
    ("method", "headers", "content"),
    [
        pytest.param("POST", {"X-Key": "a\r\nX-More: b"}, b"x", id="a line break in a value"),
        pytest.param("POST", {"X-Key: a\r\nX-More": "b"}, b"x", id="a line break in a name"),
        pytest.param("POST", {"X-Key: a": "b"}, b"x", id="a colon in a name"),
        pytest.param("POST", {"X-Key": " b"}, b"x", id="a space before a value"),
        pytest.param("POST", {"X-Key": ""}, b"x", id="no value"),
        pytest.param("POST", {"X-Key": "Se\xf1or"}, b"x", id="a letter beyond ASCII"),
        pytest.param("POST", {"Content-Length": "2"}, b"x", id="another length"),
        pytest.param("POST", {"Transfer-Encoding": "chunked"}, b"x", id="chunks"),
        pytest.param("POST", {"Expect": "100-continue"}, b"x", id="an expectation"),
        pytest.param("CONNECT", {}, b"", id="another method"),
    ],
)
def test_a_request_that_is_not_plain_is_left_to_h11(method: str, headers: dict[str, str], content: bytes) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    assert plain_http.write_request(httpx.Request(method, URL, headers=raw, content=content), content) is None


HEADS = (b"HTTP/1.1 200 OK", b"HTTP/1.1 200 ", b"HTTP/1.1 500 Not so: good", b"HTTP/1.1 204 No", b"HTTP/1.1 304 No")
ODD_HEADS = (
    *(b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK", b"HTTP/1.1 101 Up"),
    *(b"http/1.1 200 OK", b"HTTP/1.1 099 X", b"HTTP/1.1 2000 OK", b"HTTP/1.1 200 \xe9", b"HTTP/1.1  200 OK", b""),
)
FIELDS = (
    b"Content-Length: 5",
    b"content-length:5  ",
    b"Connection: close",
    b"X-A:",
    b"X-B: a: b  ",
    b"Set-Cookie: a=b",
)
ODD_FIELDS = (
    *(b"Content-Length: 9", b"Content-Length: 5, 5", b"Content-Length: +5", b"Content-Length:", b"Content-Length: 0x5"),
    *(b"Transfer-Encoding: chunked", b"transfer-encoding: gzip, chunked", b"Transfer-Encoding: identity", b" folded"),
    *(b"Upgrade: h2", b"X-A : b", b": x", b"X@: y", b"nonsense", b"X-T:\ta", b"X-D: \xe9", b"X-N: \x00", b"X-R: a\rb"),
)
BODIES = (
    b"hello",
    b"",
    b"hel",
    b"hello, world",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"helloHTTP/1.1 200 OK\r\n\r\n",
    b"\r\nhello",
)


def replies(dice: Random) -> list[bytes]:
    """Replies of every sort, most of them usual but for one thing."""

    def one() -> bytes:
        end = b"\n" if dice.random() < 0.05 else b"\r\n"
        fields = dice.sample(FIELDS, dice.randint(0, 3)) + dice.sample(ODD_FIELDS, dice.choice((0, 0, 1, 2)))
        dice.shuffle(fields)
        head = dice.choice(ODD_HEADS if dice.random() < 0.2 else HEADS)
        return end.join([head, *fields, b"", dice.choice(BODIES)])

    return [one() for _ in range(TIMES)]


def differences() -> list[bytes]:
    """The replies that are read plainly, and otherwise than h11 reads them."""
    plain = [(came, read) for came in replies(Random(7)) if (read := read_plainly(came)) is not None]
    assert len(plain) > TIMES // 20
    return [came for came, read in plain if read != read_by_h11(came)]


def test_a_reply_that_is_read_plainly_is_read_as_h11_reads_it() -> None:
    assert differences() == []


@pytest.mark.parametrize(
    ("name", "value"), [("_FRAMING", frozenset()), ("_WITHOUT_BODY", frozenset())], ids=["framing", "without a body"]
)
def test_a_reader_that_overlooks_what_h11_heeds_differs(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_http, name, value)

    assert differences()


def test_a_head_shows_nothing_of_what_it_holds() -> None:
    head = plain_http.read_head(b"HTTP/1.1 200 OK\r\nX-Name: OTIS\r\nContent-Length: 5\r\n\r\nhello")

    assert repr(head) == "PlainHead(status=200, length=5)"
