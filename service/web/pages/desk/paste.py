"""Splits what a clerk copies from a record, an e-mail, a portal or a roster into fields, which a person confirms.

A label says what stands behind it, by the names that columns of rosters have. What has no label is a date, an id, a
payer or a name by its form. What fits nowhere is given back, to be shown: nothing is dropped.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from service.batches.roster.cells import RELATIONSHIPS
from service.batches.roster.header_names import FULL_NAME, SUBSCRIBER_FULL_NAME, recognize
from service.batches.roster.row_reading import part_name
from service.web.pages.desk.paste_labels import (
    DATE_COLUMNS,
    ID_COLUMNS,
    NAME_COLUMNS,
    cut_labelled,
    label_before,
    split_by_labels,
)
from service.web.pages.visitor.inputs.dates import read_birth_date
from service.web.pages.visitor.inputs.member_ids import read_group_number

LONGEST_PASTE = 8_000

_LABEL = re.compile(r"(?:^|(?<=[\s,;|(]))([A-Za-z][A-Za-z'’#./() _-]{0,40}?)\s*[:=]\s*")
_PARTS = re.compile(r"[\t;|]|,(?!\s*(?:jr|sr|ii|iii|iv)\b)", re.IGNORECASE)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(
    rf"\b(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}[ -]{_MONTH}[ -]\d{{4}})\b",
    re.IGNORECASE,
)
_ID = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9 -]*\d{3})"
    r"(?:[A-Za-z]{0,4}[ -]?)?\d[A-Za-z0-9]*(?:[ -]\d[A-Za-z0-9]*)*(?![A-Za-z0-9])"
)
_VALUE = re.compile(rf"{_DATE.pattern}|{_ID.pattern}", re.IGNORECASE)
_PHONE = re.compile(
    r"(?:\b(?:phone|telephone|tel|cell|mobile|home|work|fax|e-?mail)\b[ .:#]*)?"
    r"(?:(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[ .-]\d{4}|\S+@\S+\.\S+)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W\d_][^\d@:]*")

FIELDS = (
    *("payer", "first_name", "last_name", "birth_date", "member_id", "group_number"),
    *("subscriber_first_name", "subscriber_last_name", "subscriber_birth_date", "relationship"),
    *("service_date", "reference"),
)
_NAMES = {FULL_NAME: "", SUBSCRIBER_FULL_NAME: "subscriber_"}


class SplitPaste(NamedTuple):
    """What was found: fields as texts, and the pieces that fit nowhere."""

    fields: dict[str, str]
    unplaced: tuple[str, ...]

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return "SplitPaste(…)"


def split_paste(text: str, find_payer: Callable[[str], bool], today: date) -> SplitPaste:
    """Return the fields of ``text``; ``find_payer`` says whether a text means a payer."""
    lines = [line.strip() for line in text[:LONGEST_PASTE].replace("\xa0", " ").splitlines() if line.strip()]
    labelled, loose = _read_table(lines) or _read_labels(lines)
    fields: dict[str, str] = {}
    unplaced: list[str] = []
    for column, value in labelled:
        if not _place(fields, column, value):
            unplaced.append(value)
    for line in loose:
        unplaced += _place_by_form(fields, line, find_payer)
    _write_dates(fields, today)
    return SplitPaste({name: fields[name] for name in FIELDS if fields.get(name)}, tuple(unplaced))


Labelled = list[tuple[str, str]]


def _read_table(lines: list[str]) -> tuple[Labelled, list[str]] | None:
    """Return the cells of the first row below a header; None when there is no header."""
    if len(lines) < 2:
        return None
    sign = max("\t,;|", key=lines[0].count)
    head, row = list(csv.reader(lines[:2], delimiter=sign, skipinitialspace=True))
    known = [recognize(cell) for cell in head]
    if len(head) < 2 or sum(one is not None for one in known) < 2 or ":" in lines[0]:
        return None
    cells = list(zip(known, row, strict=False))
    found = [(one.column, cell) for one, cell in cells if one is not None]
    return found, [cell for one, cell in cells if one is None and cell.strip()] + lines[2:]


def _read_labels(lines: list[str]) -> tuple[Labelled, list[str]]:
    """Return what stands behind a label, on its line or on the next one, and what has none."""
    found: Labelled = []
    loose: list[str] = []
    waiting: str | None = None
    for line in lines:
        pieces, rest = _pieces_of(line)
        alone = recognize(line.rstrip(" :"))
        if waiting is not None and not pieces and alone is None:
            found.append((waiting, line))
            waiting = None
        elif not pieces and alone is not None:
            waiting = alone.column
        else:
            waiting = pieces.pop()[0] if pieces and not pieces[-1][1] else None
            for column, value in pieces:
                name, behind = _cut_name(column, value)
                found += [(column, name)] if name else []
                rest = f"{rest}\t{behind}"
            loose += [rest] if rest.strip() else []
    return found, loose


def _cut_name(column: str, value: str) -> tuple[str, str]:
    """Return a labelled name, and what stands behind it: ``Ada Sample`` and ``DOB 4/12/1990``. Names hold no digit."""
    match = _VALUE.search(value) if column in NAME_COLUMNS else None
    if match is None:
        return value, ""
    label = label_before(value, match.start(), DATE_COLUMNS | ID_COLUMNS)
    ends = match.start() if label is None else label[1]
    return value[:ends].strip(" ,;|-"), value[ends:]


def _pieces_of(line: str) -> tuple[Labelled, str]:
    """Return the labelled values of a line, and what stands before the first label that is known."""
    marks = [(one, match) for match in _LABEL.finditer(line) if (one := _known_end(match[1])) is not None]
    tabbed = line.split("\t")
    if not marks and len(tabbed) == 2 and (one := recognize(tabbed[0])) is not None:
        return [(one.column, tabbed[1].strip())], ""
    if not marks:
        return [], line
    pieces = []
    for place, ((column, _), match) in enumerate(marks):
        ends = marks[place + 1][1].start(1) + marks[place + 1][0][1] if place + 1 < len(marks) else len(line)
        pieces.append((column, line[match.end() : ends].strip(" ,;|")))
    first = marks[0][1].start(1) + marks[0][0][1]
    return pieces, line[:first].strip(" ,;|-")


def _known_end(words: str) -> tuple[str, int] | None:
    """Return the column that the last words of a label mean, and where they begin: ``Ada Sample DOB`` ends in one."""
    for begin in (match.start() for match in re.finditer(r"\S+", words)):
        if (one := recognize(words[begin:])) is not None:
            return one.column, begin
    return None


def _place(fields: dict[str, str], column: str, value: str) -> bool:
    """Put a labelled value where it belongs; false when that is taken, or no field of the form."""
    if column in _NAMES:
        prefix = _NAMES[column]
        first, last = part_name(value) or part_name(value, "first_last") or _halve(value)
        return _put(fields, f"{prefix}first_name", first) and _put(fields, f"{prefix}last_name", last)
    if column == "relationship":
        value = RELATIONSHIPS.get(value.strip().lower(), "")
        return value == "self" or _put(fields, column, value)
    return column in FIELDS and _put(fields, column, value)


def _halve(name: str) -> tuple[str, str]:
    first, _, last = name.partition(" ")
    return first, last.strip()


def _put(fields: dict[str, str], name: str, value: str) -> bool:
    plain = value.strip(" ,;|\"'")
    if not plain or fields.get(name):
        return fields.get(name, "").upper() == plain.upper()
    fields[name] = plain
    return True


def _place_by_form(fields: dict[str, str], line: str, find_payer: Callable[[str], bool]) -> Iterator[str]:
    """Put what has no label where its form says; yields what fits nowhere."""
    yield from (one[0].strip() for one in _PHONE.finditer(line))
    rest = _PHONE.sub("\t", line)
    for pattern, name, columns in ((_DATE, "birth_date", DATE_COLUMNS), (_ID, "member_id", ID_COLUMNS)):
        rest, labelled = cut_labelled(rest, pattern, columns)
        yield from (whole for column, value, whole in labelled if not _place(fields, column, value))
        match = pattern.search(rest)
        if match is not None and not fields.get(name):
            fields[name] = match[0].strip(" -")
            rest = f"{rest[: match.start()]}\t{rest[match.end() :]}"
    words = []
    for part in filter(None, (part.strip(" -\"'") for part in _PARTS.split(rest))):
        for column, value in split_by_labels(part):
            if column == "payer" and find_payer(value) and _put(fields, "payer", value):
                continue
            if not fields.get("payer") and find_payer(part):
                fields["payer"] = part
                break
            if column is None:
                words += [value] if value else []
            elif column not in NAME_COLUMNS or not value or not _place(fields, column, value):
                yield part
                break
    yield from _place_names(fields, words, find_payer)


def _place_names(fields: dict[str, str], words: Iterable[str], find_payer: Callable[[str], bool]) -> Iterator[str]:
    """Take the first words for a name: ``Last, First`` where a comma parted them, else ``First Last``."""
    names = [one for one in words if _WORDS.fullmatch(one)]
    yield from (one for one in words if not _WORDS.fullmatch(one))
    if fields.get("first_name") or fields.get("last_name") or not names:
        yield from names
        return
    if len(names) > 1 and " " not in names[1].strip():
        found, left = part_name(f"{names[0]}, {names[1]}"), names[2:]
    else:
        whole, payer = _cut_payer(names[0], find_payer) if not fields.get("payer") else (names[0], "")
        found, left = part_name(whole, "first_last") or _halve(whole), names[1:]
        if payer:
            fields["payer"] = payer
    first, last = found or ("", names[0])
    _put(fields, "first_name", first)
    _put(fields, "last_name", last)
    yield from left


def _cut_payer(text: str, find_payer: Callable[[str], bool]) -> tuple[str, str]:
    """Return ``text`` without the name of a payer at its end, and that name."""
    words = text.split()
    for place in range(2, len(words)):
        if find_payer(" ".join(words[place:])):
            return " ".join(words[:place]), " ".join(words[place:])
    return text, ""


def _write_dates(fields: dict[str, str], today: date) -> None:
    """Write dates as the form does, where they can be read; and ids without what stands around them."""
    for name in ("birth_date", "subscriber_birth_date"):
        text = fields.get(name, "")
        found = read_birth_date(text, "", "", today=today)
        # A year of two digits stays as it was copied: the form asks which one is meant.
        if found.value is not None and (found.doubt is None or str(found.value.year) in text):
            fields[name] = f"{found.value:%m/%d/%Y}"
    for name in ("member_id", "group_number"):
        if fields.get(name):
            fields[name] = read_group_number(fields[name]).value or fields[name]
