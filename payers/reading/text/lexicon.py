"""The vocabulary as an index, and the terms that it finds: the longest entry at each place. Source: [T2], [T7]."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from contracts import Phrase, Program
from payers.reading.text.tokens import MARKS, Sort, Token, tokens_of
from payers.reading.text.vocabulary import TABLES, Entry, Kind

_ANY_NUMBER = "#"
_ANY_ADDRESS = "@"
_CAUTIONS = frozenset({Kind.NEGATIVE, Kind.LIMITING})
_CODE_LENGTHS = range(2, 12)


class Term(NamedTuple):
    """One entry of the vocabulary as it stands in a text, or a number, a mark, or a word that no table holds.

    ``words``: normal form. ``kinds``: what it may name; empty when the word is unknown. ``values``: what an entry means
    beyond its kind. ``sort``: that of its first token. ``message``: index of the message in which it begins.
    ``after_end``: whether a message ends right before it.
    """

    words: str
    kinds: frozenset[Kind]
    sort: Sort
    message: int
    after_end: bool = False
    values: tuple[tuple[Kind, str], ...] = ()
    caution: bool = False

    def value(self, kind: Kind) -> str:
        """Return what the entry of ``kind`` means; empty when it means nothing beyond its kind."""
        return next((value for one, value in self.values if one is kind), "") if self.values else ""

    @property
    def is_mark(self) -> bool:
        """Whether it is a mark between words."""
        return self.sort in MARKS

    @property
    def is_known(self) -> bool:
        """Whether it belongs to the vocabulary, or is a number, date, amount, telephone number, address or code."""
        return bool(self.kinds) or self.sort is not Sort.WORD or is_code(self.words)


def is_code(word: str) -> bool:
    """Whether ``word`` is a code: letters and digits in one."""
    return len(word) in _CODE_LENGTHS and any(map(str.isdigit, word)) and word.isalnum()


class _Node:
    """A step of the index: where the next word leads. ``lengths``: those of its stems."""

    __slots__ = ("entries", "exact", "lengths", "stems")

    def __init__(self) -> None:
        self.exact: dict[str, _Node] = {}
        self.stems: dict[str, _Node] = {}
        self.lengths: tuple[int, ...] = ()
        self.entries: list[tuple[Kind, str]] = []

    def steps(self, token: Token) -> list["_Node"]:
        """Return where a word or number leads."""
        word = token.word
        exact = self.exact.get(word)
        found = [] if exact is None else [exact]
        for length in self.lengths:
            stem = self.stems.get(word[:length])
            if stem is not None and length <= len(word):
                found.append(stem)
        if token.sort is Sort.NUMBER and exact is None and _ANY_NUMBER in self.exact:
            found.append(self.exact[_ANY_NUMBER])
        if token.sort is Sort.ADDRESS and _ANY_ADDRESS in self.exact:
            found.append(self.exact[_ANY_ADDRESS])
        return found


class Lexicon:
    """Every entry that holds for one payer. Made by ``lexicon_of``."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Index ``entries``."""
        self._root = _Node()
        for entry in entries:
            for alternative in entry.words.split("|"):
                self._add(alternative.split(), entry.kind, entry.value)

    def _add(self, words: Sequence[str], kind: Kind, value: str) -> None:
        node = self._root
        for word in words:
            if word.endswith("*"):
                node.lengths = tuple(sorted({*node.lengths, len(word) - 1}))
                node = node.stems.setdefault(word[:-1], _Node())
            else:
                node = node.exact.setdefault(word, _Node())
        node.entries.append((kind, value))

    def terms(self, tokens: Sequence[Token]) -> list[Term]:
        """Return the terms of ``tokens``; ends of messages are kept only where they stand between two terms."""
        found: list[Term] = []
        place, after_end = 0, False
        while place < len(tokens):
            token = tokens[place]
            if token.sort is Sort.END:
                place, after_end = place + 1, bool(found)
                continue
            if token.sort in MARKS:
                found.append(Term(token.word, _NO_KINDS, token.sort, token.message, after_end))
                place, after_end = place + 1, False
                continue
            end, entries = self._longest(tokens, place)
            found.append(self._term(tokens[place:end], entries, after_end=after_end))
            place, after_end = end, False
        return found

    def _term(self, tokens: Sequence[Token], entries: Sequence[tuple[Kind, str]], *, after_end: bool) -> Term:
        first = tokens[0]
        if not entries:
            return Term(first.word, _NO_KINDS, first.sort, first.message, after_end)
        kinds = frozenset([kind for kind, _ in entries])
        is_caution = not kinds.isdisjoint(_CAUTIONS)
        words = first.word
        if len(tokens) > 1:
            words = " ".join([one.word for one in tokens if one.sort is not Sort.END])
            is_caution = is_caution or any(map(self._has_caution, tokens))
        return Term(
            words,
            kinds - _CAUTIONS,
            first.sort,
            first.message,
            after_end,
            tuple([one for one in entries if one[1]]),
            is_caution,
        )

    def _has_caution(self, token: Token) -> bool:
        """Whether a word by itself is negative or limiting (table W9)."""
        return token.sort not in MARKS and any(
            kind in _CAUTIONS for node in self._root.steps(token) for kind, _ in node.entries
        )

    def _longest(self, tokens: Sequence[Token], place: int) -> tuple[int, list[tuple[Kind, str]]]:
        """The end of the longest entry that begins at ``place``, and all entries of that length."""
        best, entries = place + 1, []  # type: int, list[tuple[Kind, str]]
        nodes, at = [self._root], place
        while nodes and at < len(tokens):
            token = tokens[at]
            at += 1
            if token.sort is Sort.END:
                continue
            if token.sort in MARKS:
                break
            nodes = nodes[0].steps(token) if len(nodes) == 1 else [one for node in nodes for one in node.steps(token)]
            here = [entry for node in nodes for entry in node.entries]
            if here:
                best, entries = at, here
        return best, entries


_NO_KINDS: frozenset[Kind] = frozenset()
_WRITTEN = frozenset({Sort.WORD, Sort.NUMBER, Sort.ADDRESS})


@lru_cache(maxsize=64)
def lexicon_of(phrases: tuple[Phrase, ...], names: tuple[str, ...], notices: tuple[str, ...] = ()) -> Lexicon:
    """Return the shared vocabulary with a payer's own ``phrases`` for the programs, and ``names`` of companies.

    ``notices``: messages of its system that say nothing of a benefit.
    """
    kinds = {
        (Program.IOP, False): Kind.IOP,
        (Program.IOP, True): Kind.IOP_ABBREVIATION,
        (Program.PHP, False): Kind.PHP,
        (Program.PHP, True): Kind.PHP_ABBREVIATION,
    }
    own = [Entry(kinds[one.program, one.bare], normal_form(one.words), "") for one in phrases]
    own += [Entry(Kind.DISCLAIMER, normal_form(words), "") for words in notices]
    companies = [Entry(Kind.NAME, normal_form(name), "", name) for name in dict.fromkeys(names) if normal_form(name)]
    return Lexicon([entry for table in TABLES for entry in table] + own + companies)


@lru_cache(maxsize=1024)
def normal_form(words: str) -> str:
    """Return ``words`` as a text has them: upper case, hyphens as spaces, without marks. Source: [T2]."""
    return " ".join(token.word for token in tokens_of([words]) if token.sort in _WRITTEN)
