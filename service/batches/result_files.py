"""Results as files: CSV, JSON lines, and XLSX in which every cell is a text. No cell is a formula to any program."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import orjson

from service.batches.results import COLUMNS, Cell
from service.templating import show_controls

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
"""A cell that begins with one of these is a formula to programs that open CSV. Source: OWASP ASVS 5.0, 1.2.10."""


class ResultFormat(StrEnum):
    """The form of a file of results."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"


MEDIA_TYPES: Mapping[str, ResultFormat] = {
    "application/jsonl": ResultFormat.JSON_LINES,
    "text/csv": ResultFormat.CSV,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ResultFormat.XLSX,
}
"""The forms by their media types, the one that is sent where nobody asks for another first."""


def format_by_name(path: Path) -> ResultFormat:
    """Return the form of the file ``path`` by its ending. Raises ``ValueError`` for another ending."""
    return ResultFormat(path.suffix.lower().removeprefix("."))


def neutralize(cell: Cell) -> str:
    """Return a cell of a CSV file that no program takes for a formula: an apostrophe stands before such a sign.

    Its control characters are seen, so that they do nothing to a terminal either.
    """
    text = cell or ""
    return show_controls(f"'{text}" if text.startswith(_FORMULA_SIGNS) else text)


def csv_lines(rows: Iterable[Mapping[str, Cell]] | None) -> str:
    """Return ``rows`` as lines of CSV; the line of the header when there are none to write yet."""
    text = io.StringIO()
    writer = csv.writer(text)
    if rows is None:
        writer.writerow(COLUMNS)
    else:
        writer.writerows([neutralize(row.get(name)) for name in COLUMNS] for row in rows)
    return text.getvalue()


def json_line(row: Mapping[str, Cell]) -> bytes:
    """Return a row as a line of JSON."""
    return orjson.dumps(row) + b"\n"


async def result_chunks(form: ResultFormat, rows: AsyncIterator[Mapping[str, Cell]]) -> AsyncIterator[bytes]:
    """Yield the bytes of a file of ``rows``, as they come."""
    if form is ResultFormat.XLSX:
        # The writer of workbooks is loaded where one is wanted.
        from service.batches.result_workbook import workbook_chunks

        async for chunk in workbook_chunks(rows):
            yield chunk
        return
    if form is ResultFormat.CSV:
        yield csv_lines(None).encode()
    async for row in rows:
        yield csv_lines([row]).encode() if form is ResultFormat.CSV else json_line(row)


def _make_private(path: Path) -> None:
    path.touch(mode=0o600)


async def write_results(path: Path, rows: AsyncIterator[Mapping[str, Cell]]) -> int:
    """Write ``rows`` to ``path``, in the form of its ending; returns how many there were.

    The file is made with the mode of a secret: it holds members.
    """
    form, count = format_by_name(path), 0

    async def count_rows() -> AsyncIterator[Mapping[str, Cell]]:
        nonlocal count
        async for row in rows:
            count += 1
            yield row

    _make_private(path)
    with path.open("wb") as file:
        if form is ResultFormat.CSV:
            # Spreadsheet programs take a file for UTF-8 by this mark alone.
            file.write(b"\xef\xbb\xbf")
        async for chunk in result_chunks(form, count_rows()):
            file.write(chunk)
    return count
