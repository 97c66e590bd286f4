"""Files as rows of cells: delimited text in any of the usual encodings, workbooks, and JSON lines.

Everything is bounded before it is held: the bytes of a file, what a workbook unpacks to, the cells of a row.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import PurePath
from typing import Any, BinaryIO, NamedTuple

from service.batches.roster.cells import Value

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a roster; 100,000 members with forty columns need less."""

LONGEST_LINE = 64 * 1024
"""Characters of a line of text; a longer one is no row."""

MOST_COLUMNS = 64
"""Cells of a row that are looked at."""

WORKBOOK = b"PK\x03\x04"
"""What a workbook begins with, which is packed as ZIP files are."""

SEPARATORS = ",;\t|"
_SAMPLE = 64 * 1024
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class RosterFormat(StrEnum):
    """The form of a roster file."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON_LINES = "jsonl"


class RosterRefused(Exception):
    """A file that is no roster, as a whole: a code, and the headers or the row that it is about."""

    def __init__(self, code: str, about: str = "") -> None:
        """Take a code for callers, and what it is about."""
        super().__init__(f"{code}: {about}" if about else code)
        self.code = code
        self.about = about


class RawRow(NamedTuple):
    """A row of a file.

    ``number`` counts from 1 as a spreadsheet does. ``cells`` is None when the row can't be parted.
    """

    number: int
    cells: tuple[Value, ...] | None


class Table(NamedTuple):
    """A table of a file, which can be read again from the start. ``name`` is the sheet's, empty for text."""

    name: str
    rows: Callable[[], Iterator[RawRow]]


def format_of(name: str, media_type: str = "", start: bytes = b"") -> RosterFormat:
    """Return the form of the file ``name``, of ``media_type``, that begins with ``start``.

    Its bytes go before its name.
    """
    suffix = PurePath(name).suffix.lower()
    if start.startswith(WORKBOOK) or (not start and suffix in {".xlsx", ".xlsm"}):
        return RosterFormat.XLSX
    if suffix in {".jsonl", ".ndjson"} or media_type in {"application/jsonl", "application/x-ndjson"}:
        return RosterFormat.JSON_LINES
    if re.match(rb'(\xef\xbb\xbf)?\s*\{\s*"', start):
        return RosterFormat.JSON_LINES
    return RosterFormat.CSV


def tables_of(stream: BinaryIO) -> list[Table]:
    """Return the tables that ``stream``, which can be sought, may hold: its sheets, or its text parted in several ways.

    Raises ``RosterRefused``.
    """
    start = _read_start(stream)
    if start.startswith(WORKBOOK):
        # The reader of workbooks is loaded where one comes.
        from service.batches.roster.workbook import sheets_of

        return [Table(sheet.name, _number_rows(sheet.rows)) for sheet in sheets_of(stream, RosterRefused)]
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise RosterRefused("old_or_locked_workbook")
    if start.startswith((b"%PDF", b"\x1f\x8b", b"Rar!", b"7z")):
        raise RosterRefused("not_a_table")
    lines = _lines_of(stream, start)
    used = [sign for sign in SEPARATORS if sign in _first_lines(lines)] or [","]
    return [Table("", _part_text(lines, sign)) for sign in used]


def json_rows(stream: BinaryIO) -> Iterator[tuple[int, dict[str, Value] | None]]:
    """Yield each line of JSON lines: its number from 1, and the object in it, its members made one level of names.

    None stands for what is no such object.
    """
    lines = _lines_of(stream, _read_start(stream))
    for number, line in enumerate(lines(), start=1):
        if line.strip():
            yield number, _object_of(line)


def _read_start(stream: BinaryIO) -> bytes:
    size = stream.seek(0, io.SEEK_END)
    if size > LARGEST_FILE:
        raise RosterRefused("file_too_large")
    stream.seek(0)
    start = stream.read(_SAMPLE)
    stream.seek(0)
    if not start.strip():
        raise RosterRefused("empty_file")
    return start


def _number_rows(rows: Callable[[], Iterator[Sequence[Value]]]) -> Callable[[], Iterator[RawRow]]:
    def number_them() -> Iterator[RawRow]:
        for number, cells in enumerate(rows(), start=1):
            yield RawRow(number, tuple(cells))

    return number_them


def _lines_of(stream: BinaryIO, start: bytes) -> Callable[[], Iterator[str]]:
    """The lines of a text, by its bytes: UTF-16 and UTF-8 are told apart by their marks, and without any by themselves.

    A line that is not UTF-8 is taken for Windows-1252, each line for itself: files are joined from several.
    """
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if start.startswith(mark)), None)
    if encoding is None and start[:2000].count(0) > len(start[:2000]) // 4:
        encoding = "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    if encoding is not None and encoding.startswith("utf-16"):
        return lambda: _decode(stream, encoding)
    by_return = b"\r" in start and b"\n" not in start
    return lambda: _decode_by_line(stream, _split_at_returns if by_return else _split_at_line_feeds)


def _decode(stream: BinaryIO, encoding: str) -> Iterator[str]:
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, newline="")
    try:
        while line := text.readline(LONGEST_LINE + 1):
            yield _check_length(line.removeprefix("\ufeff"))
    except UnicodeError:
        raise RosterRefused("not_text") from None
    finally:
        text.detach()


def _decode_by_line(stream: BinaryIO, lines: Callable[[BinaryIO], Iterator[bytes]]) -> Iterator[str]:
    stream.seek(0)
    mark = b"\xef\xbb\xbf"
    for line in lines(stream):
        raw, mark = line.removeprefix(mark), b""
        try:
            yield _check_length(raw.decode())
        except UnicodeDecodeError:
            yield _check_length(raw.decode("cp1252", errors="replace"))


def _split_at_line_feeds(stream: BinaryIO) -> Iterator[bytes]:
    while raw := stream.readline(4 * LONGEST_LINE + 1):
        yield from raw.splitlines(keepends=True)


def _split_at_returns(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of old programs, which end with a carriage return alone."""
    rest = b""
    while chunk := stream.read(LONGEST_LINE):
        *whole, rest = (rest + chunk).split(b"\r")
        yield from (line + b"\n" for line in whole)
        if len(rest) > 4 * LONGEST_LINE:
            raise RosterRefused("line_too_long")
    if rest:
        yield rest


def _check_length(line: str) -> str:
    if len(line) > LONGEST_LINE:
        raise RosterRefused("line_too_long")
    return line


def _first_lines(lines: Callable[[], Iterator[str]]) -> str:
    read = lines()
    return "".join(line for line, _ in zip(read, range(40), strict=False))


def _part_text(lines: Callable[[], Iterator[str]], separator: str) -> Callable[[], Iterator[RawRow]]:
    def rows() -> Iterator[RawRow]:
        csv.field_size_limit(LONGEST_LINE)
        reader = csv.reader(lines(), delimiter=separator, strict=True, skipinitialspace=True)
        number = 0
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "unexpected end" in str(error) or "field limit" in str(error):
                    # A quotation mark that is never closed has taken in all rows after it.
                    raise RosterRefused("quote_not_closed", f"row {number}") from None
                yield RawRow(number, None)
            else:
                yield RawRow(number, tuple(cells))

    return rows


def _object_of(line: str) -> dict[str, Value] | None:
    try:
        read = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    flat = list(_flatten(read))
    values = dict(flat)
    return (
        None if len(values) < len(flat) or any(isinstance(value, dict | list) for value in values.values()) else values
    )


def _flatten(read: dict[str, Any]) -> Iterator[tuple[str, Value]]:
    """The members of an object that is written as the body of a verification is, or on one level."""
    for name, value in read.items():
        if name == "conditions" and isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield name, " ".join(value)
        elif name == "member" and isinstance(value, dict):
            yield from value.items()
        elif name == "subscriber" and isinstance(value, dict):
            for part, inner in value.items():
                yield part if part == "relationship" else f"subscriber_{part}", inner
        else:
            yield name, value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a name stands twice")
    return read
