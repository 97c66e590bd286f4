"""Reads a roster file into rows, one at a time: the files that people have, told apart by their bytes.

``README.md`` of this folder says what is understood. A row that is not understood is refused with the column, a code
and how to mend it; a file that is no roster is refused as a whole, before any of its rows counts.
"""

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from service.batches.roster.cells import Value, is_empty
from service.batches.roster.dates import DateOrder, order_of
from service.batches.roster.header_names import names_days_in_spanish
from service.batches.roster.headers import RosterHeader, find_header, read_header
from service.batches.roster.mapping import NO_MAPPING, MappingWrong, RosterMapping, load_mapping
from service.batches.roster.row_reading import RowReader
from service.batches.roster.tables import RawRow, RosterFormat, RosterRefused, Table, format_of, json_rows, tables_of
from service.batches.rows import RefusedRow, RosterRow, RosterTerms, fault

__all__ = [
    "MOST_ROWS",
    "NO_MAPPING",
    "MappingWrong",
    "RosterFile",
    "RosterFormat",
    "RosterMapping",
    "RosterRefused",
    "format_of",
    "load_mapping",
    "read_roster",
]

MOST_ROWS = 100_000
"""Rows of the longest roster."""

_DATES = ("birth_date", "subscriber_birth_date", "service_date")


def read_roster(
    stream: BinaryIO, form: RosterFormat, terms: RosterTerms, mapping: RosterMapping = NO_MAPPING
) -> Iterator[RosterRow | RefusedRow]:
    """Yield each row of ``stream``, which can be sought, in order; the rows are never held as a whole.

    Raises ``RosterRefused`` for what is no roster, or a longer one than ``MOST_ROWS``.
    """
    yield from RosterFile(stream, form, mapping).rows(terms)


class RosterFile:
    """A roster file whose columns are known. ``header`` says which they are; None for JSON lines, which name each."""

    def __init__(self, stream: BinaryIO, form: RosterFormat, mapping: RosterMapping = NO_MAPPING) -> None:
        """Find the header of ``stream``, which can be sought. Raises ``RosterRefused``."""
        self._stream = stream
        self._mapping = mapping
        best = None if form is RosterFormat.JSON_LINES else _find_best(stream, mapping)
        self._table = best and best[0]
        self.header = best and best[1]

    def rows(self, terms: RosterTerms) -> Iterator[RosterRow | RefusedRow]:
        """Yield the rows by ``terms``. Raises ``RosterRefused`` for what only shows as they are read."""
        if self._table is None or self.header is None:
            read = self._json_lines(terms)
        else:
            read = self._table_rows(self._table, self.header, terms)
        for count, row in enumerate(read, start=1):
            if count > MOST_ROWS:
                raise RosterRefused("too_many_rows")
            yield row

    def _table_rows(self, table: Table, header: RosterHeader, terms: RosterTerms) -> Iterator[RosterRow | RefusedRow]:
        reader = RowReader(terms, self._mapping, _date_orders(table, header, self._mapping))
        for row in table.rows():
            if row.number <= header.row or _is_no_row(row, header):
                continue
            cells = _cells_by_column(row, header)
            if cells is None:
                yield RefusedRow(row.number, (fault("row", "malformed"),))
            else:
                yield reader.read(row.number, cells, header.names)

    def _json_lines(self, terms: RosterTerms) -> Iterator[RosterRow | RefusedRow]:
        reader = RowReader(terms, self._mapping, {})
        headers: dict[tuple[str, ...], RosterHeader] = {}
        for number, values in json_rows(self._stream):
            if values is None:
                yield RefusedRow(number, (fault("row", "malformed"),))
                continue
            names = tuple(values)
            if names not in headers:
                if len(headers) > _MOST_SHAPES:
                    headers.clear()
                headers[names] = read_header(RawRow(number, names), self._mapping)
            header, cells = headers[names], tuple(values.values())
            yield reader.read(number, {column: cells[at] for column, at in header.positions.items()}, header.names)


_MOST_SHAPES = 100
"""Sets of names of JSON objects whose meaning is remembered."""


def _find_best(stream: BinaryIO, mapping: RosterMapping) -> tuple[Table, RosterHeader]:
    """The table of ``stream`` that is a roster: a sheet, or its text parted by the sign that makes most sense."""
    tables = tables_of(stream)
    if mapping.sheet is not None:
        tables = [table for table in tables if table.name == mapping.sheet]
        if not tables:
            raise RosterRefused("no_such_sheet", mapping.sheet)
    found = [(table, header) for table in tables if (header := find_header(table, mapping)) is not None]
    if not found:
        raise RosterRefused("no_header")
    if len(found) > 1 and found[0][0].name:
        raise RosterRefused("several_sheets", ", ".join(table.name for table, _ in found))
    table, header = max(found, key=lambda one: one[1].worth)
    if "payer" not in header.positions and mapping.payer is None:
        raise RosterRefused("no_payer_column")
    return table, header


def _date_orders(table: Table, header: RosterHeader, mapping: RosterMapping) -> Mapping[str, DateOrder]:
    """How the numeric dates of each column are written, by all of them: one that shows the day first speaks for all."""
    columns = [column for column in _DATES if column in header.positions]
    if mapping.dates is not None:
        return dict.fromkeys(columns, mapping.dates)
    orders = {column: order_of(_texts(table, header, header.positions[column])) for column in columns}
    spanish = [column for column in columns if names_days_in_spanish(header.names[column])]
    return orders | dict.fromkeys(spanish, DateOrder.UNSURE)


def _texts(table: Table, header: RosterHeader, place: int) -> Iterator[str]:
    for row in table.rows():
        if row.number > header.row and row.cells is not None and place < len(row.cells):
            value = row.cells[place]
            if isinstance(value, str):
                yield value


def _is_no_row(row: RawRow, header: RosterHeader) -> bool:
    """An empty row, or the header once more, as printed lists have it on every page."""
    if row.cells is None:
        return False
    if all(is_empty(value) for value in row.cells):
        return True
    repeated = [row.cells[place] if place < len(row.cells) else None for place in header.positions.values()]
    return [str(value or "").strip() for value in repeated] == [header.names[column] for column in header.positions]


def _cells_by_column(row: RawRow, header: RosterHeader) -> Mapping[str, Value] | None:
    """The cells of ``row`` by column; None when it has more of them than the header, so that they may stand shifted."""
    if row.cells is None or any(not is_empty(value) for value in row.cells[header.width :]):
        return None
    return {column: row.cells[place] for column, place in header.positions.items() if place < len(row.cells)}
