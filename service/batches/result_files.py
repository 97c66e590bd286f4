"""Results as files: CSV, JSON lines, and XLSX in which every cell is a text. No cell is a formula to any program."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import orjson

from service.batches.results import COLUMNS, Cell

LONGEST_CELL = 32_767
"""Characters of the longest cell of a workbook."""

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
"""A cell that begins with one of these is a formula to programs that open CSV. Source: OWASP ASVS 5.0, 1.2.10."""


class ResultFormat(StrEnum):
    """The form of a file of results."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"


def format_by_name(path: Path) -> ResultFormat:
    """Return the form of the file ``path`` by its ending. Raises ``ValueError`` for another ending."""
    return ResultFormat(path.suffix.lower().removeprefix("."))


def neutralize(cell: Cell) -> str:
    """Return a cell of a CSV file that no program takes for a formula: an apostrophe stands before such a sign."""
    text = cell or ""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


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


async def write_results(path: Path, rows: AsyncIterator[Mapping[str, Cell]]) -> int:
    """Write ``rows`` to ``path``, in the form of its ending; returns how many there were.

    The file is made with the mode of a secret: it holds members.
    """
    _make_private(path)
    count = 0
    if format_by_name(path) is ResultFormat.XLSX:
        return await _write_workbook(path, rows)
    write_row: Callable[[Mapping[str, Cell]], bytes] = json_line
    with path.open("wb") as file:
        if format_by_name(path) is ResultFormat.CSV:
            # Spreadsheet programs take a file for UTF-8 by this mark alone.
            file.write(b"\xef\xbb\xbf" + csv_lines(None).encode())
            write_row = _csv_row
        async for row in rows:
            file.write(write_row(row))
            count += 1
    return count


def _make_private(path: Path) -> None:
    path.touch(mode=0o600)


def _csv_row(row: Mapping[str, Cell]) -> bytes:
    return csv_lines([row]).encode()


async def _write_workbook(path: Path, rows: AsyncIterator[Mapping[str, Cell]]) -> int:
    from xlsxwriter import Workbook

    # Rows are written out as they come, beside the file itself, whose folder is as private as the results are.
    options = {"constant_memory": True, "tmpdir": str(path.parent.absolute())}
    count = 0
    with Workbook(str(path), options) as book:
        sheet = book.add_worksheet("Results")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(COLUMNS):
            sheet.write_string(0, place, name, bold)
        async for row in rows:
            count += 1
            for place, name in enumerate(COLUMNS):
                cell = row.get(name)
                if cell is not None:
                    # As a string a cell is no formula, no link and no number: zeros at the start stay.
                    sheet.write_string(count, place, cell[:LONGEST_CELL])
    return count
