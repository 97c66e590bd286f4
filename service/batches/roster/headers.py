"""Which row of a table is its header, and which column of it is which of ours."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple

from service.batches.roster.cells import Value
from service.batches.roster.header_names import FULL_NAME, SUBSCRIBER_FULL_NAME, plain_header, recognize
from service.batches.roster.mapping import IGNORE, RosterMapping
from service.batches.roster.tables import MOST_COLUMNS, RawRow, RosterRefused, Table

HEADER_WITHIN = 40
"""Rows at the top of a table among which its header is looked for; titles and notes stand before it."""

_PERSONAL = frozenset({"first_name", "last_name", FULL_NAME, "birth_date", "member_id"})


class RosterHeader(NamedTuple):
    """The header of a table.

    ``row`` is its number, ``width`` the number of its cells. ``positions`` are the places of our columns, ``names``
    what the file calls them. ``ignored`` are the headers that mean none of them.
    """

    row: int
    width: int
    positions: Mapping[str, int]
    names: Mapping[str, str]
    ignored: tuple[str, ...]

    @property
    def worth(self) -> int:
        """How many of our columns it has, those of the patient counting twice."""
        return len(self.positions) + len(_PERSONAL & self.positions.keys())


def find_header(table: Table, mapping: RosterMapping) -> RosterHeader | None:
    """Return the header of ``table``: of its first rows the one that has most columns of ours, None when none has two.

    Raises ``RosterRefused`` when two columns of it mean the same.
    """
    rows = list(islice(table.rows(), HEADER_WITHIN))
    best = max(rows, key=lambda row: _count(row, mapping), default=None)
    if best is None or _count(best, mapping) < 2:
        return None
    return read_header(best, mapping)


def _count(row: RawRow, mapping: RosterMapping) -> int:
    columns = {found[0] for cell in row.cells or () if (found := _meaning(cell, mapping)) is not None}
    return len(columns - {IGNORE}) if columns & _PERSONAL else 0


def _meaning(cell: Value, mapping: RosterMapping) -> tuple[str, int] | None:
    """The column that a header means, and how sure that is; what a mapping says is the surest."""
    if not isinstance(cell, str) or not cell.strip():
        return None
    plain = plain_header(cell)
    for header, column in mapping.columns.items():
        if header.strip() == cell.strip() or plain_header(header) == plain:
            return column, -1
    found = recognize(cell)
    return None if found is None else (found.column, found.doubt)


def read_header(row: RawRow, mapping: RosterMapping) -> RosterHeader:
    """Return what the cells of ``row`` mean. Raises ``RosterRefused``."""
    cells = _without_empty_end(row.cells or ())
    if len(cells) > MOST_COLUMNS:
        raise RosterRefused("too_many_columns", f"row {row.number}")
    meant = {place: found for place, cell in enumerate(cells) if (found := _meaning(cell, mapping)) is not None}
    places = _choose(meant, cells)
    places = _settle_subscriber(places, meant)
    for whole, parts in ((FULL_NAME, "{}"), (SUBSCRIBER_FULL_NAME, "subscriber_{}")):
        if whole in places and {parts.format("first_name"), parts.format("last_name")} <= places.keys():
            del places[whole]
    used = set(places.values())
    return RosterHeader(
        row=row.number,
        width=len(cells),
        positions=places,
        names={column: str(cells[place]).strip() for column, place in places.items()},
        ignored=tuple(
            str(cell).strip() for place, cell in enumerate(cells) if place not in used and str(cell or "").strip()
        ),
    )


def _without_empty_end(cells: tuple[Value, ...]) -> tuple[Value, ...]:
    end = max((place for place, cell in enumerate(cells, start=1) if str(cell or "").strip()), default=0)
    return cells[:end]


def _choose(meant: Mapping[int, tuple[str, int]], cells: tuple[Value, ...]) -> dict[str, int]:
    """For each of our columns the place that means it most surely. Raises ``RosterRefused`` when two do."""
    wanted: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, (column, doubt) in meant.items():
        if column != IGNORE:
            wanted[column][doubt].append(place)
    chosen: dict[str, int] = {}
    for column, by_doubt in wanted.items():
        surest = by_doubt[min(by_doubt)]
        if len(surest) > 1:
            raise RosterRefused("two_columns_for_one", ", ".join(str(cells[place]).strip() for place in surest))
        chosen[column] = surest[0]
    return chosen


def _settle_subscriber(places: dict[str, int], meant: Mapping[int, tuple[str, int]]) -> dict[str, int]:
    """A column called *subscriber id* beside one for the member's own id is the subscriber's."""
    others = [
        place
        for place, (column, doubt) in meant.items()
        if column == "member_id" and doubt == 1 and place != places.get("member_id")
    ]
    if len(others) == 1 and "subscriber_member_id" not in places and _SUBSCRIBER & places.keys():
        return places | {"subscriber_member_id": others[0]}
    return places


_SUBSCRIBER = frozenset({"subscriber_first_name", "subscriber_last_name", SUBSCRIBER_FULL_NAME})
