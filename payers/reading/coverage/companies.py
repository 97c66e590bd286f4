"""Companies that run behavioral benefits, and their arms that never do, as data. Source: ``ANSWER.md`` [D3].

The longest name that matches decides. Cards add names of their own.
"""

from collections.abc import Iterator
from enum import IntEnum

from contracts import Card
from payers.reading.memory import remember
from payers.reading.text import normal_form


class Column(IntEnum):
    """What a company's name says of behavioral health."""

    BY_NAME = 1
    """Behavioral by its name alone."""
    BESIDE_WORDS = 2
    """Behavioral on a behavioral service type, or beside behavioral words."""
    NEVER = 3
    """An arm or a company that never runs a behavioral benefit."""


COMPANIES = {
    Column.BY_NAME: (
        "Optum Behavioral",
        "Optum Behavioral Health",
        "Optum Behavioral Solutions",
        "OptumHealth Behavioral",
        "OptumHealth Behavioral Solutions",
        "United Behavioral Health",
        "US Behavioral Health Plan",
        "UBH",
        "Evernorth Behavioral",
        "Evernorth Behavioral Health",
        "Cigna Behavioral",
        "Cigna Behavioral Health",
        "Magellan Behavioral",
        "Magellan Behavioral Health",
        "Carelon Behavioral",
        "Carelon Behavioral Health",
        "Beacon Health Options",
        "Lucet",
        "New Directions",
        "New Directions Behavioral Health",
        "ValueOptions",
        "Value Options",
        "CompPsych",
        "Cenpatico",
        "Lyra",
        "Lyra Health",
        "MHN",
        "Managed Health Network",
    ),
    Column.BESIDE_WORDS: (
        "Optum",
        "OptumHealth",
        "Evernorth",
        "Magellan",
        "Magellan Health",
        "Magellan Healthcare",
        "Carelon",
        "Beacon",
    ),
    Column.NEVER: (
        "Optum Rx",
        "OptumRx",
        "Optum Vision",
        "Optum Physical Health",
        "Optum Care",
        "Optum Care Network",
        "OptumCare",
        "OptumCare Network",
        "Optum Bank",
        "Optum Financial",
        "Optum Serve",
        "Magellan Rx",
        "MagellanRx",
        "Magellan Healthcare NIA",
        "NIA",
        "NIA Magellan",
        "National Imaging Associates",
        "Carelon Medical Benefits Management",
        "Carelon Rx",
        "CarelonRx",
        "AIM",
        "AIM Specialty Health",
        "Evernorth Care",
        "Evernorth Home",
        "Express Scripts",
        "CVS Caremark",
        "Beacon Health System",
        "eviCore",
        "eviCore Healthcare",
        "American Specialty Health",
    ),
}

_BEHAVIORAL_WORDS = (
    "BEHAVIORAL",
    "BEHAVIOURAL",
    "MENTAL HEALTH",
    "PSYCHIATRIC",
    "SUBSTANCE",
    "SUBSTANCE USE",
    "SUBSTANCE ABUSE",
    "CHEMICAL DEPENDENCY",
)


def company_names(card: Card) -> tuple[str, ...]:
    """Return every listed name, and those that ``card`` adds."""
    return (*_NAMES, *_of_card(card))


def _of_card(card: Card) -> tuple[str, ...]:
    return tuple(name for one in card.administrators for name in (one.name, *one.aliases))


def column_of(name: str, card: Card) -> Column | None:
    """Return the column of the longest listed name in ``name``; None when none stands there as whole words."""
    found = _find_listed(name)
    if found is not None:
        return found
    return Column.BESIDE_WORDS if any(has_words(known, name) for known in _of_card(card)) else None


_NAMES = tuple(name for names in COMPANIES.values() for name in names)
_LISTED = {normal_form(name): (len(name), column) for column, names in COMPANIES.items() for name in names}
_BEHAVIORAL = frozenset(_BEHAVIORAL_WORDS)
_MOST_WORDS = max(len(words.split()) for words in (*_LISTED, *_BEHAVIORAL))


@remember(1024)
def _find_listed(name: str) -> Column | None:
    """The column of the longest name of the list in ``name``."""
    return max((_LISTED[run] for run in _runs_of_words(name) if run in _LISTED), default=(0, None))[1]


def _runs_of_words(name: str) -> Iterator[str]:
    """Every run of words of ``name`` that is as short as something listed, in normal form."""
    words = normal_form(name).split()
    for start in range(len(words)):
        for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1):
            yield " ".join(words[start:end])


@remember(1024)
def has_behavioral_word(name: str) -> bool:
    """Whether a name says by itself that it is of behavioral health."""
    return any(run in _BEHAVIORAL for run in _runs_of_words(name))


@remember(4096)
def has_words(words: str, text: str) -> bool:
    """Whether ``words`` stand in ``text`` as whole words, case and hyphens aside."""
    return f" {normal_form(words)} " in f" {normal_form(text)} "
