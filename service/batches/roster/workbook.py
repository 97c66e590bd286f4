"""Workbooks (XLSX): unpacked within bounds, then read by calamine, which leaves a number a number and a text a text."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from service.batches.roster.cells import Value

MOST_UNPACKED = 512 * 1024 * 1024
"""Bytes that a workbook may unpack to."""

MOST_PARTS = 1000
"""Files inside a workbook."""

_CHUNK = 1024 * 1024


class Sheet(NamedTuple):
    """A sheet that people see, which can be read again from the start."""

    name: str
    rows: Callable[[], Iterator[Sequence[Value]]]


def sheets_of(stream: BinaryIO, refusal: Callable[[str], Exception]) -> list[Sheet]:
    """Return the visible sheets of the workbook in ``stream``. Raises what ``refusal`` makes of a code."""
    stream.seek(0)
    try:
        if not _unpacks_within_bounds(stream):
            raise refusal("workbook_too_large")
        stream.seek(0)
        book = CalamineWorkbook.from_filelike(stream)
    except PasswordError:
        raise refusal("old_or_locked_workbook") from None
    except (CalamineError, zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, ValueError, KeyError):
        raise refusal("broken_workbook") from None
    return [
        Sheet(sheet.name, _rows_of(book, sheet.name, refusal))
        for sheet in book.sheets_metadata
        if sheet.typ is SheetTypeEnum.WorkSheet and sheet.visible is SheetVisibleEnum.Visible
    ]


def _rows_of(
    book: CalamineWorkbook, name: str, refusal: Callable[[str], Exception]
) -> Callable[[], Iterator[Sequence[Value]]]:
    def rows() -> Iterator[Sequence[Value]]:
        try:
            yield from book.get_sheet_by_name(name).iter_rows()
        except CalamineError:
            raise refusal("broken_workbook") from None

    return rows


def _unpacks_within_bounds(stream: BinaryIO) -> bool:
    """Unpack all of it, keeping nothing: what a part says of its own size need not be true."""
    unpacked = 0
    with zipfile.ZipFile(stream) as parts:
        listed = parts.infolist()
        if len(listed) > MOST_PARTS:
            return False
        for part in listed:
            for size in _unpacked_sizes(stream, parts, part):
                unpacked += size
                if unpacked > MOST_UNPACKED:
                    return False
    return True


def _unpacked_sizes(stream: BinaryIO, parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[int]:
    if part.compress_type == zipfile.ZIP_STORED:
        yield part.compress_size
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile
    with parts.open(part):
        # Opening it checks its own header, whose length tells where its bytes begin.
        stream.seek(part.header_offset)
        header = stream.read(30)
    stream.seek(
        part.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    )
    packed, inflate = io.BytesIO(stream.read(part.compress_size)), zlib.decompressobj(-zlib.MAX_WBITS)
    while data := inflate.unconsumed_tail or packed.read(_CHUNK):
        yield len(inflate.decompress(data, _CHUNK))
