"""Which insurance somebody has: the names to choose from, and what a name means that was typed."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from contracts import Card
from contracts.wording import Both
from service.plugins.loading import Directory
from service.plugins.payer_search import PayerMatch, PayerSearch
from service.web.pages.visitor.draft import NoPayer
from service.web.pages.visitor.texts import PAYER

MOST_CHOICES = 8
"""Payers that are shown to choose from; where more are installed, the others are found by typing."""

LONGEST_SEARCH = 80


class PayerChoice(NamedTuple):
    """One of the large choices: its value, its name, and what stands below it."""

    value: str
    label: Both | str
    more: Both | str = ""


WITHOUT_PAYER = (
    PayerChoice(NoPayer.UNLISTED, PAYER.unlisted, PAYER.unlisted_more),
    PayerChoice(NoPayer.NO_CARD, PAYER.no_card, PAYER.no_card_more),
    PayerChoice(NoPayer.UNINSURED, PAYER.uninsured, PAYER.uninsured_more),
)
"""Ways on for everybody else. They lead to the contact details, and a person calls."""


def payer_choices(directory: Directory, chosen: str | None = None) -> tuple[PayerChoice, ...]:
    """Return the payers to choose from, the one that is ``chosen`` among them."""
    cards = directory.cards[:MOST_CHOICES]
    if chosen is not None and chosen in directory and all(card.id != chosen for card in cards):
        cards = (directory.adapter(chosen).card, *cards)
    return choices_of(cards)


def choices_of(cards: Iterable[Card]) -> tuple[PayerChoice, ...]:
    """Return ``cards`` as choices, with the names that people use for them."""
    return tuple(PayerChoice(card.id, card.name, ", ".join(card.known_as)) for card in cards)


def find_payer(directory: Directory, typed: str) -> PayerMatch:
    """Return which payer ``typed`` means, or which it may mean: names, aliases, and those who run their benefits."""
    return _search(directory).find(typed[:LONGEST_SEARCH])


@lru_cache(maxsize=4)
def _search(directory: Directory) -> PayerSearch:
    return PayerSearch(directory)
