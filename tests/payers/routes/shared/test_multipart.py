"""What reading a multipart reply promises: one meaning or none, within limits, at a cost that follows the size."""

import base64
import quopri

import pytest

from contracts import ReplyUnreadable
from payers.routes.shared.http import Received
from payers.routes.shared.multipart import Part, parameters_of, parts_of

NAMED = 'Content-Disposition: form-data; name="Payload"'


def received(body: bytes, content_type: str = "multipart/form-data; boundary=B") -> Received:
    return Received(200, {"content-type": content_type}, body)


def form(*parts: tuple[str, bytes], end: str = "\r\n") -> bytes:
    written = b"".join(
        f"--B{end}{head}{end}{end}".replace("\r\n", end).encode("latin-1") + content + end.encode()
        for head, content in parts
    )
    return written + f"--B--{end}".encode()


def read(body: bytes, content_type: str = "multipart/form-data; boundary=B") -> list[Part]:
    return parts_of(received(body, content_type))


def named(parts: list[Part]) -> list[tuple[str, bytes]]:
    return [(parameters_of(part.headers["content-disposition"])["name"], part.content) for part in parts]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize(
    "content", [b"ISA*00~\r\nGS~\r\n", b"", b"\r\n", b"--Bx\r\n--", b"a --B\r\n", b"\x1c\x1d\xff\x00"]
)
def test_the_content_of_a_part_is_what_stands_between_its_delimiters(end: str, content: bytes) -> None:
    body = form((NAMED, content), ('Content-Disposition: form-data; name="B"', b"2"), end=end)

    assert named(read(body)) == [("Payload", content), ("B", b"2")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"words before\r\n" + form((NAMED, b"1")) + b"words after\r\n--B\r\n\r\nx", id="words around"),
        pytest.param(form((NAMED, b"1")).replace(b"--B\r", b"--B \t\r").replace(b"--B--", b"--B-- "), id="spaces"),
        pytest.param(form((NAMED, b"1")).removesuffix(b"\r\n"), id="no line end at the end"),
        pytest.param(f"--B\r\n{NAMED}\r\n\r\n1".encode(), id="no last delimiter"),
        pytest.param(form((NAMED.replace("; ", ";\r\n\t"), b"1")), id="a folded header"),
        pytest.param(form((f"Content-Type: text/plain\r\n{NAMED}", b"1")), id="another header before"),
    ],
)
def test_a_part_is_found_however_a_writer_may_set_it(body: bytes) -> None:
    assert named(read(body)) == [("Payload", b"1")]


def test_an_empty_part_may_lack_the_line_end_of_its_content() -> None:
    body = f'--B\r\n{NAMED}\r\n\r\n--B\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--B--'.encode()

    assert named(read(body)) == [("Payload", b""), ("x", b"1")]


def test_a_part_without_headers_has_no_name() -> None:
    assert read(b"--B\r\n\r\nwords\r\n--B--\r\n") == [Part({}, b"words")]


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        *[(encoding, b"ISA*\xe9=~") for encoding in ("7bit", "8bit", "Binary", "")],
        ("base64", base64.encodebytes(b"ISA*\xe9=~")),
        ("Quoted-Printable", quopri.encodestring(b"ISA*\xe9=~")),
    ],
)
def test_a_transfer_encoding_is_undone(encoding: str, written: bytes) -> None:
    head = f"{NAMED}\r\nContent-Transfer-Encoding: {encoding}"

    assert read(form((head, written)))[0].content.strip() == b"ISA*\xe9=~"


@pytest.mark.parametrize(
    ("head", "content", "detail"),
    [
        pytest.param(NAMED + "\r\n" + NAMED.replace("Payload", "x"), b"", "repeated_header", id="two dispositions"),
        pytest.param("no header at all", b"", "bad_header", id="no header"),
        pytest.param("X Y: z", b"", "bad_header", id="a space in a name"),
        pytest.param(NAMED + "\r\nX-Long: " + "y" * 1_000, b"", "long_header", id="long"),
        pytest.param(NAMED + "\r\nX: y" * 300, b"", "long_header", id="many"),
        pytest.param("Content-Type: Multipart/mixed; boundary=x", b"", "nested", id="parts in a part"),
        pytest.param("Content-Type: message/rfc822", b"", "nested", id="a message in a part"),
        pytest.param("Content-Transfer-Encoding: x-uuencode", b"", "transfer_encoding", id="an encoding of no use"),
        pytest.param("Content-Transfer-Encoding: base64", b"IS*", "transfer_encoding", id="broken base64"),
    ],
)
def test_a_part_of_two_meanings_or_none_is_unreadable(head: str, content: bytes, detail: str) -> None:
    with pytest.raises(ReplyUnreadable) as failure:
        read(form((head, content)))

    assert failure.value.detail == detail


def test_a_head_that_never_ends_is_unreadable() -> None:
    with pytest.raises(ReplyUnreadable, match="bad_header"):
        read(b"--B\r\n" + NAMED.encode() + b"\r\n--B--\r\n")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('a/b; boundary="x;y"; start="<r@p>"', {"boundary": "x;y", "start": "<r@p>"}),
        (r'form-data; filename="a\"; name=x"; NAME=Payload;', {"filename": 'a"; name=x', "name": "Payload"}),
        ("a/b;boundary = x ; flag", {"boundary": "x", "flag": ""}),
        ("a/b", {}),
    ],
)
def test_parameters_are_read_with_their_quotes(header: str, found: dict[str, str]) -> None:
    assert parameters_of(header) == found


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ('a/b; boundary="x', "bad_header"),
        ("a/b; name=x; Name=y", "repeated_parameter"),
        ("a/b; x=" + "y" * 1_000, "long_header"),
    ],
)
def test_parameters_of_two_meanings_are_unreadable(header: str, detail: str) -> None:
    with pytest.raises(ReplyUnreadable) as failure:
        parameters_of(header)

    assert failure.value.detail == detail


@pytest.mark.parametrize("sign", [b"\n", b"\r\n\r\n", b"-"])
def test_two_megabytes_of_line_ends_are_content(sign: bytes) -> None:
    content = sign * (1_900_000 // len(sign))

    assert read(form((NAMED, content)))[0].content == content


@pytest.mark.parametrize("sign", [b"--B", b"\r\n--B", b"\r\n--Bx\r\n"])
def test_very_many_delimiters_are_unreadable_whether_they_count_or_not(sign: bytes) -> None:
    with pytest.raises(ReplyUnreadable, match="too_many_parts"):
        read(form((NAMED, sign * 66)))


def test_a_part_shows_nothing_of_what_it_holds() -> None:
    assert repr(read(form((NAMED, b"OTIS")))[0]) == "Part(bytes=4)"
