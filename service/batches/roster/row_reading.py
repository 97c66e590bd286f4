"""From the cells of a row to its question: texts in one form, whole names parted, the payer found."""

from collections.abc import Mapping
from functools import lru_cache

from service.batches.roster.cells import CellRefused, CellTerms, Value, is_suffix, read_cell
from service.batches.roster.dates import DateOrder
from service.batches.roster.header_names import FULL_NAME, SUBSCRIBER_FULL_NAME
from service.batches.roster.mapping import RosterMapping
from service.batches.rows import RefusedRow, RosterRow, RosterTerms, fault, row_of
from service.plugins.payer_search import PayerMatch, PayerSearch
from service.store.batch_values import RowFault


class RowReader:
    """Reads rows of one file, whose columns are known."""

    def __init__(self, terms: RosterTerms, mapping: RosterMapping, orders: Mapping[str, DateOrder]) -> None:
        """Take what the rows are read by; ``orders`` says how the numeric dates of each column are written."""
        self._terms = terms
        self._mapping = mapping
        self._cell_terms = CellTerms(terms.today, orders)
        self._payers = {text.strip().upper(): payer for text, payer in mapping.payers.items()}
        search = PayerSearch(terms.directory)
        self._find = lru_cache(maxsize=4096)(search.find)

    def read(self, number: int, cells: Mapping[str, Value], names: Mapping[str, str]) -> RosterRow | RefusedRow:
        """Return the row number ``number`` of the file, whose ``cells`` stand by column of ours."""
        texts: dict[str, str] = {}
        faults: list[RowFault] = []
        warnings: list[RowFault] = []
        for column, value in cells.items():
            try:
                read = read_cell(column, value, self._cell_terms)
            except CellRefused as refused:
                faults.append(fault(column, refused.code, names))
                continue
            texts[column] = read.text
            if read.warning is not None:
                warnings.append(fault(column, read.warning, names))
        faults += self._part_names(texts, names)
        faults += self._settle_payer(texts, names)
        _settle_holder(texts)
        return _merge(row_of(number, texts, self._terms, names), faults, tuple(warnings), texts.get("reference"))

    def _part_names(self, texts: dict[str, str], names: Mapping[str, str]) -> list[RowFault]:
        """Part whole names into first and last; what stands in columns of its own goes before."""
        faults = []
        for whole, prefix in ((FULL_NAME, ""), (SUBSCRIBER_FULL_NAME, "subscriber_")):
            text = texts.pop(whole, "")
            if not text:
                continue
            parted = part_name(text, self._mapping.names)
            if parted is None:
                faults.append(fault(whole, "name_not_parted", names))
                continue
            for part, value in zip(("first_name", "last_name"), parted, strict=True):
                if not texts.get(prefix + part):
                    texts[prefix + part] = value
        return faults

    def _settle_payer(self, texts: dict[str, str], names: Mapping[str, str]) -> list[RowFault]:
        text = texts.get("payer") or self._mapping.payer
        if not text:
            return []
        mapped = self._payers.get(text.upper())
        found = PayerMatch(mapped) if mapped is not None else self._find(text)
        if found.payer is not None:
            texts["payer"] = found.payer
            return []
        texts.pop("payer", None)
        if not found.candidates:
            return [fault("payer", "unknown", names)]
        uncertain = fault("payer", "uncertain", names)
        mend = f"write {' or '.join(found.candidates)} if that is meant, or say so in a mapping file"
        return [uncertain.model_copy(update={"mend": mend})]


def part_name(text: str, written: str | None = None) -> tuple[str, str] | None:
    """Return the first and the last name of ``LAST, FIRST M`` or ``LAST, FIRST, JR``; None for what is not sure.

    Without a comma ``written`` says what stands first, and only two words, an initial and a suffix aside, are sure.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) == 3 and is_suffix(parts[2]):
        parts = [f"{parts[0]} {parts[2]}", parts[1]]
    if len(parts) == 2 and not is_suffix(parts[1]):
        return _without_initial(parts[1]), parts[0]
    words = parts[0].split() if len(parts) == 1 else []
    if written is None or len(words) < 2:
        return None
    suffix = words.pop() if is_suffix(words[-1]) else ""
    words = [word for place, word in enumerate(words) if place == 0 or len(word.rstrip(".")) > 1]
    if len(words) != 2:
        return None
    first, last = words if written == "first_last" else reversed(words)
    return first, f"{last} {suffix}".strip()


def _without_initial(first: str) -> str:
    """``LULU A.`` is ``LULU``: the initial is a middle name's, and payers compare the first name alone."""
    words = first.split()
    return " ".join(words[:-1]) if len(words) > 1 and len(words[-1].rstrip(".")) == 1 else first


_OWN = ("first_name", "last_name", "birth_date", "member_id")
_HOLDER = tuple(f"subscriber_{own}" for own in _OWN)


def _settle_holder(texts: dict[str, str]) -> None:
    """A patient who holds the plan is no dependent, whatever else the row repeats about the subscriber."""
    if texts.get("relationship") == "self" or (not texts.get("relationship") and _is_same_person(texts)):
        texts.pop("relationship", None)
        if not texts.get("member_id"):
            texts["member_id"] = texts.get("subscriber_member_id", "")
        for column in _HOLDER:
            texts.pop(column, None)


def _is_same_person(texts: Mapping[str, str]) -> bool:
    holder = [texts.get(column, "").upper() for column in _HOLDER[:3]]
    return any(holder) and holder == [texts.get(own, "").upper() for own in _OWN[:3]]


_NAME_PARTS = tuple(
    prefix + part for prefix in ("", "subscriber_", "subscriber.") for part in ("first_name", "last_name")
)


def _merge(
    row: RosterRow | RefusedRow, faults: list[RowFault], warnings: tuple[RowFault, ...], reference: str | None
) -> RosterRow | RefusedRow:
    """``row`` with what was found in its cells before it was read; a column's first fault is the one that is told."""
    if isinstance(row, RosterRow) and not faults:
        return row._replace(warnings=(*row.warnings, *warnings)) if warnings else row
    found = {one.column: one for one in (row.faults if isinstance(row, RefusedRow) else ())}
    if any(one.code == "name_not_parted" for one in faults):
        # Its parts are missing for that reason alone.
        found = {column: one for column, one in found.items() if column not in _NAME_PARTS}
    found |= {one.column: one for one in faults}
    return RefusedRow(row.number, tuple(found.values()), reference or None)
