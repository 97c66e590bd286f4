"""Reads a roster file into rows, one at a time: CSV and JSON lines whose columns have our own names.

Whatever reads other forms of rosters stands behind ``read_roster``, which is all that the rest of the package calls.
"""

import csv
import json
from codecs import getreader
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePath
from typing import BinaryIO

from service.batches.rows import COLUMNS, RefusedRow, Row, RowTerms, fault, row_of

MOST_ROWS = 100_000
"""Rows of the longest roster."""

LONGEST_LINE = 64 * 1024
"""Characters of the longest line of a roster."""


class RosterFormat(StrEnum):
    """The form of a roster file."""

    CSV = "csv"
    JSON_LINES = "jsonl"


class RosterRefused(Exception):
    """A file that is no roster, as a whole; ``code`` says why, in words of ours alone."""

    def __init__(self, code: str) -> None:
        """Take a code for callers."""
        super().__init__(code)
        self.code = code


def format_of(name: str, media_type: str = "") -> RosterFormat:
    """Return the form of the file ``name``, or of a body of ``media_type``; CSV when neither tells."""
    suffix = PurePath(name).suffix.lower()
    if suffix in {".jsonl", ".ndjson"} or media_type in {"application/jsonl", "application/x-ndjson"}:
        return RosterFormat.JSON_LINES
    return RosterFormat.CSV


def read_roster(stream: BinaryIO, form: RosterFormat, terms: RowTerms) -> Iterator[Row | RefusedRow]:
    """Yield each row of ``stream``, in order; the file is never held as a whole.

    Raises ``RosterRefused`` for what is no roster, or a longer one than ``MOST_ROWS``.
    """
    lines = getreader("utf-8-sig")(stream)
    rows = _read_json_lines(_bounded(lines), terms) if form is RosterFormat.JSON_LINES else _read_csv(lines, terms)
    try:
        for row in rows:
            if row.number > MOST_ROWS:
                raise RosterRefused("too_many_rows")
            yield row
    except UnicodeDecodeError:
        raise RosterRefused("not_utf8") from None


def _read_csv(lines: Iterator[str], terms: RowTerms) -> Iterator[Row | RefusedRow]:
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(_bounded(lines), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        unknown = [name for name in header if name not in COLUMNS]
        if unknown or "payer" not in header or len(set(header)) < len(header):
            raise RosterRefused("unknown_columns" if unknown else "no_header")
        number = 0
        for cells in reader:
            if not any(cells):
                continue
            number += 1
            if len(cells) != len(header):
                yield RefusedRow(number, (fault("row", "malformed"),))
            else:
                yield row_of(number, dict(zip(header, cells, strict=True)), terms)
    except csv.Error:
        raise RosterRefused("malformed_csv") from None


def _read_json_lines(lines: Iterator[str], terms: RowTerms) -> Iterator[Row | RefusedRow]:
    for number, line in enumerate((line for line in lines if not line.isspace()), start=1):
        cells = _cells_of(line)
        yield RefusedRow(number, (fault("row", "malformed"),)) if cells is None else row_of(number, cells, terms)


def _cells_of(line: str) -> dict[str, str] | None:
    """Return the texts of a JSON object; None for anything else, and for a value that is no text."""
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    given = {name: value for name, value in read.items() if value is not None}
    return given if all(isinstance(value, str) for value in given.values()) else None


def _bounded(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if len(line) > LONGEST_LINE:
            raise RosterRefused("line_too_long")
        yield line
