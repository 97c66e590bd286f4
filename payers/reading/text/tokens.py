"""Messages in normal form: one run of words, numbers, dates and marks. Source: ``ANSWER.md`` [T1], [T2], [T3].

The work is one pass over the characters; nothing is corrected, and what has no place in a message becomes a word that
no table holds.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum, auto
from typing import NamedTuple

FULL = 264
"""Characters of a MSG that is full: it goes on in the next one without a space between. Source: 005010X279A1, MSG01."""

MOST_CHARACTERS = 6_000
"""Characters of the messages of one line that are read; ten full MSG have 2,640. What lies beyond is not understood."""


class Sort(StrEnum):
    """What sort of token it is."""

    WORD = auto()
    NUMBER = auto()
    DATE = auto()
    MONEY = auto()
    PHONE = auto()
    ADDRESS = auto()
    STOP = auto()
    SEMICOLON = auto()
    COLON = auto()
    COMMA = auto()
    HYPHEN = auto()
    END = auto()


MARKS = frozenset({Sort.STOP, Sort.SEMICOLON, Sort.COLON, Sort.COMMA, Sort.HYPHEN})


class Token(NamedTuple):
    """One token: its normal form, its sort, and the index of the message in which it begins."""

    word: str
    sort: Sort
    message: int


_TOKEN = re.compile(
    r"""
      (?P<phone>(?<![\d])(?:1[-.\s])?(?:\(\d{3}\)\s?|\d{3}[-.\s])\d{3}[-.\s]\d{4}(?!\d)|(?<!\d)\d{10}(?!\d))
    | (?P<date>(?<!\d)(?:\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|\d{1,2}-\d{1,2}-\d{4}|\d{1,2}/(?:19|20)\d{2}
        |(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d))
    | (?P<money>\$\s?\d[\d,]*(?:\.\d+)?)
    | (?P<word>I{1,3}\.\d(?!\d)|[A-Z0-9]*[A-Z][A-Z0-9'`\u2019]*)
    | (?P<number>\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)
    | (?P<percent>%)
    | (?P<join>[&/])
    | (?P<hyphen>[-\u2010-\u2015]+)
    | (?P<mark>[.;:,()\[\]!?])
    | (?P<silent>[\s'"`*#_\u2018-\u201f]+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ADDRESS = re.compile(
    r"""
      (?:MAILTO:)?[A-Z0-9][A-Z0-9._+-]{0,63}@[A-Z0-9-]{1,63}(?:\.[A-Z0-9-]{1,63}){1,5}
    | (?:HTTPS?://|(?<![A-Z0-9.])WWW\.)[A-Z0-9-]{1,63}(?:\.[A-Z0-9-]{1,63}){0,5}(?:/[A-Z0-9_./?=&~-]*[A-Z0-9/])?
    | (?<![A-Z0-9.])[A-Z0-9][A-Z0-9-]{0,62}(?:\.[A-Z0-9-]{1,63}){0,5}?\.(?:COM|ORG|NET|GOV|EDU)(?![A-Z0-9-])
      (?:/[A-Z0-9_./?=&~-]*[A-Z0-9/])?
    """,
    re.VERBOSE,
)
"""Addresses of the web and of mail: each is one word."""
_SIGNS_OF_ADDRESS = ("@", "://", "WWW.", ".COM", ".ORG", ".NET", ".GOV", ".EDU")
"""A text without any of these holds no address."""

_SORT_OF_MARK = {
    ";": Sort.SEMICOLON,
    ":": Sort.COLON,
    ",": Sort.COMMA,
    "(": Sort.COMMA,
    ")": Sort.COMMA,
    "[": Sort.COMMA,
    "]": Sort.COMMA,
    "!": Sort.STOP,
    "?": Sort.STOP,
}
_ABBREVIATIONS = frozenset({"NO", "ST", "INC", "DR", "VS"})
"""Words after which a full stop ends no clause, as after a single letter."""

_APOSTROPHES = str.maketrans("", "", "'`\u2019")


def tokens_of(messages: Sequence[str]) -> list[Token]:
    """Return the tokens of the messages of one line, with an ``END`` after each that is not full."""
    found: list[Token] = []
    left = MOST_CHARACTERS
    pending, began = "", 0
    for number, message in enumerate(messages):
        if not pending:
            began = number
        pending += message
        if len(message) == FULL and number + 1 < len(messages):
            continue
        found += _scan(pending[:left].upper(), began)
        left -= min(left, len(pending))
        found.append(Token("", Sort.END, number))
        pending = ""
    return found


def is_cut(messages: Sequence[str]) -> bool:
    """Whether the messages have more characters than are read."""
    return sum(map(len, messages)) > MOST_CHARACTERS


def _scan(text: str, message: int) -> Iterator[Token]:
    if not any(sign in text for sign in _SIGNS_OF_ADDRESS):
        yield from _scan_words(text, message)
        return
    start = 0
    for match in _ADDRESS.finditer(text):
        yield from _scan_words(text[start : match.start()], message)
        yield Token(match.group(), Sort.ADDRESS, message)
        start = match.end()
    yield from _scan_words(text[start:], message)


def _scan_words(text: str, message: int) -> Iterator[Token]:
    last = ""
    for match in _TOKEN.finditer(text):
        group, word = match.lastgroup, match.group()
        if group == "silent":
            continue
        if group == "word":
            last = word.translate(_APOSTROPHES)
            yield Token(last, Sort.WORD, message)
        elif group == "hyphen":
            if not _inside_a_word(text, match.start(), match.end()):
                yield Token("-", Sort.HYPHEN, message)
        elif group == "mark":
            yield from _mark(word, message, _stop(text, match.end(), last))
        elif group == "join":
            yield Token("AND", Sort.WORD, message)
        elif group == "percent":
            yield Token("PERCENT", Sort.WORD, message)
        else:
            last = word
            yield Token(word, _SORTS.get(group or "", Sort.WORD), message)


def _mark(word: str, message: int, stop: Sort | None) -> Iterator[Token]:
    """What a mark is, a full stop as ``stop`` says.

    What is asked is not said: no table holds the question mark, so that its clause is not understood ([T7]).
    """
    if word == "?":
        yield Token(word, Sort.WORD, message)
    sort = _SORT_OF_MARK.get(word) or stop
    if sort is not None:
        yield Token(word, sort, message)


_SORTS = {"phone": Sort.PHONE, "date": Sort.DATE, "money": Sort.MONEY, "number": Sort.NUMBER}


def _inside_a_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return bool(before) and bool(after) and before.isalnum() and after.isalnum()


def _stop(text: str, end: int, last: str) -> Sort | None:
    """A full stop ends a clause before a space or at the end, but not after a letter or an abbreviation."""
    if text[end : end + 1].strip() or len(last) == 1 or last in _ABBREVIATIONS:
        return None
    return Sort.STOP


def day_of(word: str) -> date | None:
    """Return the day that a date token writes, months before days, or None when there is no such day."""
    digits = [int(part) for part in re.split(r"[/-]", word)]
    if len(digits) == 2:
        return None
    if len(digits) == 1:
        digits = [int(word[:4]), int(word[4:6]), int(word[6:])]
    year, month, day = digits if digits[0] > 31 else (digits[2], digits[0], digits[1])
    if year < 100:
        year += 2000
    try:
        return date(year, month, day)
    except ValueError:
        return None
