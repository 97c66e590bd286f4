"""The imaginary people: at every payer one for each story, known by name.

Nobody here is real: names are made up, ids are of no card, phones are of the range that nobody has.
"""

from datetime import date
from typing import NamedTuple

from payers.simulator.payers import PAYERS, SimulatedPayer
from payers.simulator.stories import BY_LAST_NAME, CROWD, STORIES, Expected, Story

_FIRST_NAMES = ("OTIS", "LULU", "ABEL", "NELL", "HUGO", "WREN", "BRAM", "TESS", "ODIN", "IVY")


class ImaginaryPerson(NamedTuple):
    """A member of a simulated payer. ``holder`` is the subscriber's first name when the member is a dependent."""

    payer: str
    story: str
    first_name: str
    last_name: str
    birth_date: str
    member_id: str
    holder: str | None
    expected: Expected


def _person(payer: SimulatedPayer, number: int, story: Story) -> ImaginaryPerson:
    first = _FIRST_NAMES[number % len(_FIRST_NAMES)]
    return ImaginaryPerson(
        payer=payer.id,
        story=story.name,
        first_name=first,
        last_name=story.last_name,
        birth_date=date(1990 if not story.dependent else 2008, 1 + number % 12, 12).isoformat(),
        member_id=payer.member_ids.format(number=100 + number),
        holder="PARENT" if story.dependent else None,
        expected=_expected(payer, story),
    )


def _expected(payer: SimulatedPayer, story: Story) -> Expected:
    """The answer of a story at one payer: who runs the benefit, and which types are answered, differ."""
    if story.carved_out:
        return CARVED_OUT[payer.id]
    return story.expected


CARVED_OUT = {
    "aetna": Expected("active", "delegated", "delegated", "delegated", "delegated"),
    # Evernorth is Cigna's own arm: its line speaks.
    "cigna": Expected("active", "likely", "not_stated", "likely", "not_stated"),
    "florida_blue": Expected("active", "delegated", "delegated", "delegated", "delegated"),
    "optum": Expected("active", "delegated", "delegated", "delegated", "delegated"),
    "unitedhealthcare": Expected("active", "delegated", "not_stated", "delegated", "not_stated"),
}

PEOPLE = tuple(_person(payer, number, story) for payer in PAYERS for number, story in enumerate(STORIES, start=1))


def find(payer: SimulatedPayer, last_name: str) -> tuple[ImaginaryPerson, Story] | None:
    """The person of that name at ``payer``, and their story; None when nobody is called so."""
    story = BY_LAST_NAME.get(last_name.upper())
    if story is None:
        return None
    return next(person for person in PEOPLE if (person.payer, person.story) == (payer.id, story.name)), story


def is_crowd(last_name: str) -> bool:
    """Whether the name is one of the crowd's."""
    return last_name.upper().startswith(CROWD)
