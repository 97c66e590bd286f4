"""Which payer somebody means by the words on a card or in a list: found when it is one alone, else asked.

People write ``AETNA PPO``, ``Cigna Healthcare (60054)`` or ``Flordia Blue``. What is one payer's name and words that
every insurer uses is that payer. A misspelt or a partial name is a candidate that somebody has to confirm, since names
of other companies lie near: ``United Concordia`` is a dental insurer, and ``Blue Cross`` thirty companies.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import NamedTuple

from contracts import Card
from service.plugins.loading import Directory

NEAR = 0.8
"""How much of a misspelt name must agree with a payer's for the payer to be asked about, 1 being all of it."""

MOST_CANDIDATES = 3

_GENERAL = frozenset(
    "INSURANCE INSURANCES COMPANY CO INC LLC CORP CORPORATION HEALTH HEALTHCARE CARE PLAN PLANS COMMERCIAL "
    "GROUP HMO PPO EPO POS HDHP HSA OPEN ACCESS OAP CHOICE PLUS FLORIDA FL US USA NATIONAL MEDICAL BENEFITS "
    "BEHAVIORAL PRIMARY EMPLOYER INDIVIDUAL FAMILY SELECT GOLD SILVER BRONZE PLATINUM LIFE ALL SERVICES".split()
)
"""Words that say which product of a payer it is, or nothing. ``MEDICARE`` and ``DENTAL`` are none of them."""

_SUFFIXES = frozenset("INSURANCE COMPANY CO INC LLC CORP CORPORATION".split())
"""Words at the end of a company's name that people leave out."""


class PayerMatch(NamedTuple):
    """The payer that is meant, None when that is uncertain, and those that may be meant, the nearest first, by ids."""

    payer: str | None
    candidates: tuple[str, ...] = ()


class PayerSearch:
    """Finds payers by what people write."""

    def __init__(self, directory: Directory) -> None:
        """Take the payers that there are."""
        self._directory = directory
        self._words = {card.id: frozenset(_names(card)) for card in directory.cards}
        self._run_by = {card.id: frozenset(_administrators(card)) for card in directory.cards}
        self._ids = MappingProxyType(_payer_ids(directory.cards))

    def find(self, text: str) -> PayerMatch:
        """Return which payer ``text`` means."""
        known = self._directory.resolve(text) or self._directory.resolve(" ".join(_split(text)))
        if known is not None:
            return PayerMatch(known)
        by_id = self._ids.get(text.strip().upper(), frozenset())
        if by_id:
            return PayerMatch(*_one_of(by_id))
        words = tuple(word for word in _split(text) if not word.isdigit())
        if not set(words) - _GENERAL:
            return PayerMatch(None)
        meant = {payer for payer, names in self._words.items() if any(_says_no_more(words, name) for name in names)}
        if meant:
            return PayerMatch(*_one_of(meant))
        # An administrator's name is on no payer's card alone: whose benefit it runs has to be confirmed.
        run = tuple(payer for payer, names in self._run_by.items() if any(_says_no_more(words, name) for name in names))
        return PayerMatch(None, run[:MOST_CANDIDATES] or self._near(words))

    def _near(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The payers that ``words`` may mean: part of a name, more than a name, or nearly one."""
        closeness = {payer: max(_closeness(words, name) for name in names) for payer, names in self._words.items()}
        near = [
            payer for payer in sorted(closeness, key=closeness.__getitem__, reverse=True) if closeness[payer] >= NEAR
        ]
        return tuple(near[:MOST_CANDIDATES])


def _one_of(payers: Iterable[str]) -> tuple[str | None, tuple[str, ...]]:
    found = tuple(sorted(payers))
    return (found[0], ()) if len(found) == 1 else (None, found)


def _names(card: Card) -> Iterable[tuple[str, ...]]:
    """The names of a payer as words, each with what stands at the end of a company's name and without."""
    spoken = (entry.payer_name for entry in card.routes if entry.payer_name)
    for name in (card.id, card.name, *card.legal_names, *card.aliases, *card.known_as, *spoken):
        words = _split(name)
        yield words
        while len(words) > 1 and words[-1] in _SUFFIXES:
            words = words[:-1]
        if set(words) - _GENERAL:
            yield words


def _administrators(card: Card) -> Iterable[tuple[str, ...]]:
    """The names, as words, of companies that may run this payer's behavioral benefit."""
    return (_split(name) for one in card.administrators for name in (one.name, *one.aliases))


def _payer_ids(cards: Iterable[Card]) -> Mapping[str, frozenset[str]]:
    """The numbers by which routes know payers, and which payers each is; some are two payers'."""
    ids: dict[str, frozenset[str]] = {}
    for card in cards:
        for number in (*(entry.payer_id for entry in card.routes), *card.reply_ids):
            ids[number.upper()] = ids.get(number.upper(), frozenset()) | {card.id}
    return ids


def _split(text: str) -> tuple[str, ...]:
    words = re.sub(r"[^A-Z0-9]+", " ", text.upper().replace("'", "")).split()
    return tuple(word for word in words if word not in {"OF", "AND", "THE"})


def _says_no_more(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether ``name`` stands in ``words``, and nothing beside it but words that every insurer uses."""
    length = len(name)
    return any(
        words[start : start + length] == name and _GENERAL.issuperset(words[:start] + words[start + length :])
        for start in range(len(words) - length + 1)
    )


def _closeness(words: tuple[str, ...], name: tuple[str, ...]) -> float:
    telling = set(words) - _GENERAL
    if telling <= set(name) or set(name) <= set(words):
        return 1.0
    return SequenceMatcher(None, " ".join(words), " ".join(name), autojunk=False).ratio()
