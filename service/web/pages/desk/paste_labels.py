"""Labels without a sign behind them, in what a clerk copies: ``DOB 4/12/1990``, ``Patient Ada Sample``.

A word that is a label is never somebody's name, and what stands behind a label is not read as anything else.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from service.batches.roster.header_names import FULL_NAME, HEADER_NAMES, SUBSCRIBER_FULL_NAME, plain_header, recognize

NO_FIELD = ""
"""The column of a label for which the form has no field."""

DATE_COLUMNS = frozenset({"birth_date", "subscriber_birth_date", "service_date", NO_FIELD})
ID_COLUMNS = frozenset({"member_id", "subscriber_member_id", "group_number", "reference", NO_FIELD})
NAME_COLUMNS = frozenset(
    {FULL_NAME, SUBSCRIBER_FULL_NAME, "first_name", "last_name", "subscriber_first_name", "subscriber_last_name"}
)

_NO_FIELD = frozenset(
    map(
        plain_header,
        "EFFECTIVE, EFFECTIVE DATE, EFF, EFF DATE, START DATE, ISSUED, ISSUE DATE, EXPIRES, EXPIRATION DATE, END DATE, "
        "TERM DATE, TERMINATION DATE, ADMISSION DATE, ADMIT DATE, DATE, TODAY, SSN, SOCIAL SECURITY NUMBER, "
        "ZIP, ZIP CODE, AGE, SEX, GENDER, PHONE, TELEPHONE, CELL, MOBILE, FAX, EMAIL, E MAIL, ADDRESS, "
        "RX BIN, BIN, PCN, RX GROUP, RX GRP, NPI, TAX ID, COPAY, DEDUCTIBLE, NOTE, NOTES, STATUS".split(","),
    )
)
_OURS = {plain_header("ID"): "member_id", plain_header("BORN"): "birth_date"}
_MOST_WORDS = 5
_BEGINNINGS = frozenset(header.split()[0] for header in {*HEADER_NAMES, *_NO_FIELD, *_OURS} if header)
_LABEL_IN_ID = re.compile(r"[A-Za-z]{1,4}[ -]")
_BEHIND_LABEL = " :#=.-"


def column_of(label: str) -> str | None:
    """Return the column that ``label`` means; ``NO_FIELD`` for one of other things, None for what is no label."""
    plain = plain_header(label)
    if plain in _NO_FIELD:
        return NO_FIELD
    if plain in _OURS:
        return _OURS[plain]
    found = recognize(label)
    # A key of a table is a column of rosters; in what people write Key is somebody's name.
    return None if found is None or (found.column == "reference" and found.doubt) else found.column


def label_before(text: str, end: int, columns: frozenset[str]) -> tuple[str, int] | None:
    """Return the column of the longest label that ends right before ``end``, and where it begins."""
    chunk = text[:end].rstrip(_BEHIND_LABEL)
    begin = max(chunk.rfind(sign) for sign in "\t,;|") + 1
    for word in list(re.finditer(r"\S+", chunk[begin:]))[-_MOST_WORDS:]:
        column = column_of(chunk[begin + word.start() :]) if _may_begin(word[0]) else None
        if column in columns:
            return column, begin + word.start()
    return None


class LabelledValue(NamedTuple):
    """A value behind a label: the column that the label means, the value, and both as they were written."""

    column: str
    value: str
    whole: str


def cut_labelled(text: str, pattern: re.Pattern[str], columns: frozenset[str]) -> tuple[str, list[LabelledValue]]:
    """Return ``text`` without what ``pattern`` finds behind a label of ``columns``, and what that is."""
    found, place = list[LabelledValue](), 0
    while (match := pattern.search(text, place)) is not None:
        # ``MRN 12345`` looks like an id with letters in front.
        inside = _LABEL_IN_ID.match(match[0])
        begins = match.start() + (inside.end() if inside else 0)
        label = label_before(text, begins, columns) if inside else None
        if label is None:
            begins = match.start()
            label = label_before(text, begins, columns)
        place = match.end()
        if label is not None:
            column, first = label
            found.append(LabelledValue(column, text[begins:place], text[first:place]))
            text, place = f"{text[:first]}\t{text[place:]}", first + 1
    return text, found


def split_by_labels(words: str) -> Iterator[tuple[str | None, str]]:
    """Yield the words before the first label with None, and each label's column with the words behind it.

    A label of one word counts at the beginning, or where it is an abbreviation or of other things: everywhere else it
    may be part of a name.
    """
    tokens, column, behind, place = words.split(), None, list[str](), 0
    while place < len(tokens):
        length, found = _label_at(tokens, place)
        if found is None:
            behind.append(tokens[place])
            place += 1
            continue
        if place:
            yield column, " ".join(behind)
        column, behind = found, []
        place += length
    yield column, " ".join(behind)


def _label_at(tokens: list[str], place: int) -> tuple[int, str | None]:
    if not _may_begin(tokens[place]):
        return 1, None
    for length in range(min(_MOST_WORDS, len(tokens) - place), 0, -1):
        found = column_of(" ".join(tokens[place : place + length]))
        if found is None:
            continue
        word = tokens[place].upper()
        if length > 1 or place == 0 or found == NO_FIELD or plain_header(word) != word or plain_header(word) in _OURS:
            return length, found
    return 1, None


def _may_begin(word: str) -> bool:
    written = plain_header(word)
    return bool(written) and written.split()[0] in _BEGINNINGS
