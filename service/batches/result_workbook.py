"""Results as a workbook (XLSX) that is sent as it is made: no row of it is held in memory, or left on a disk.

XlsxWriter makes the workbook with its header. The rows are put into its one sheet as they come; every cell is a text.
"""

import io
import re
from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import NamedTuple
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from service.batches.results import COLUMNS, Cell

LONGEST_CELL = 32_767
"""Characters of the longest cell of a workbook."""

_SHEET = "xl/worksheets/sheet1.xml"
_ROWS_END = b"</sheetData>"
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
"""Characters that XML can't hold, and the sign that begins the code of one. Source: ECMA-376, part 1, 22.9.2.19."""


class WorkbookFrame(NamedTuple):
    """A workbook without its rows: its other files by name, and what stands before and after the rows in its sheet."""

    files: Mapping[str, bytes]
    before: bytes
    after: bytes


class SentBytes:
    """A file that can only be written: what was written since the last ``take``."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        """Keep ``data`` until it is taken."""
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Do nothing, as there is nothing behind this."""

    def take(self) -> bytes:
        """Return what was written, and forget it."""
        taken, self._written = bytes(self._written), bytearray()
        return taken


@cache
def _frame() -> WorkbookFrame:
    from xlsxwriter import Workbook

    raw = io.BytesIO()
    with Workbook(raw, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Results")
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(COLUMNS):
            sheet.write_string(0, place, name, bold)
    with ZipFile(raw) as parts:
        files = {name: parts.read(name) for name in parts.namelist()}
    before, _, after = files.pop(_SHEET).partition(_ROWS_END)
    return WorkbookFrame(files, re.sub(rb"<dimension [^>]*/>", b"", before), _ROWS_END + after)


@cache
def _column_names() -> tuple[str, ...]:
    from xlsxwriter.utility import xl_col_to_name

    return tuple(xl_col_to_name(place) for place in range(len(COLUMNS)))


async def workbook_chunks(rows: AsyncIterator[Mapping[str, Cell]]) -> AsyncIterator[bytes]:
    """Yield the bytes of a workbook of ``rows``, in their order."""
    frame, sent, number = _frame(), SentBytes(), 1
    with ZipFile(sent, "w", ZIP_DEFLATED) as book:  # type: ignore[call-overload]  # a file that only writes is enough
        for name, content in frame.files.items():
            book.writestr(name, content)
        with book.open(_SHEET, "w") as sheet:
            sheet.write(frame.before)
            async for row in rows:
                number += 1
                sheet.write(_row_of(number, row))
                if data := sent.take():
                    yield data
            sheet.write(frame.after)
    yield sent.take()


def _row_of(number: int, row: Mapping[str, Cell]) -> bytes:
    """A row of the sheet. As a text a cell is no formula, no link and no number: zeros at the start stay."""
    cells = [
        f'<c r="{place}{number}" t="inlineStr"><is><t xml:space="preserve">{_text_of(cell)}</t></is></c>'
        for place, name in zip(_column_names(), COLUMNS, strict=True)
        if (cell := row.get(name)) is not None
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'.encode()


def _text_of(cell: str) -> str:
    written = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", cell[:LONGEST_CELL])
    return escape(written)
