"""The imaginary people: at every payer one for each story, known by name.

Nobody here is real: names are made up, ids are of no card, phones are of the range that nobody has.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from payers.simulator.payers import BY_ID, PAYERS, SimulatedPayer
from payers.simulator.stories import BY_LAST_NAME, CROWD, STORIES
from payers.simulator.story import Expected, Story

_FIRST_NAMES = ("OTIS", "LULU", "ABEL", "NELL", "HUGO", "WREN", "BRAM", "TESS", "ODIN", "IVY")


class ImaginaryPerson(NamedTuple):
    """A member of a simulated payer. ``holder`` is the subscriber's first name when the member is a dependent.

    ``expected`` is the answer that the payer's own replies come to, and ``whole`` the answer after its administrator
    was asked too, where that can be.
    """

    payer: str
    story: str
    first_name: str
    last_name: str
    birth_date: str
    member_id: str
    holder: str | None
    expected: Expected
    whole: Expected


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
        expected=_expected_of(payer, story),
        whole=_whole(payer, story),
    )


def _expected_of(payer: SimulatedPayer, story: Story) -> Expected:
    """The answer of a story at one payer: who runs the benefit, and which types are answered, differ."""
    if story.carved_out:
        return CARVED_OUT.get(payer.id, _DELEGATED)
    return _DELEGATED if _is_elsewhere(payer, story) else story.expected


def _whole(payer: SimulatedPayer, story: Story) -> Expected:
    """The answer after the administrator was asked: its verdicts, beside the status of the payer's own plan."""
    if not _is_elsewhere(payer, story):
        return _expected_of(payer, story)
    return _DELEGATED if story.rejected else story.expected._replace(status=_DELEGATED.status)


def _is_elsewhere(payer: SimulatedPayer, story: Story) -> bool:
    """Whether the behavioral benefit of this member of ``payer`` is run by the payer that manages them."""
    return story.managed and not payer.manages


_DELEGATED = Expected("active", "delegated", "delegated", "delegated", "delegated")


CARVED_OUT = {
    "aetna": _DELEGATED,
    # Evernorth is Cigna's own arm: its line speaks.
    "cigna": Expected("active", "likely", "not_stated", "likely", "not_stated"),
    "florida_blue": _DELEGATED,
    "optum": _DELEGATED,
    "unitedhealthcare": Expected("active", "delegated", "not_stated", "delegated", "not_stated"),
}


def people_of(payer: SimulatedPayer, stories: Iterable[Story]) -> list[ImaginaryPerson]:
    """The people of ``payer``, one for each of ``stories``."""
    numbers = {story.name: number for number, story in enumerate(STORIES, start=1)}
    return [_person(payer, numbers[story.name], story) for story in stories]


PEOPLE = [person for payer in PAYERS for person in people_of(payer, STORIES)]


def find(payer: SimulatedPayer, last_name: str) -> tuple[ImaginaryPerson, Story] | None:
    """The person of that name at ``payer``, and their story; None when nobody is called so."""
    story = BY_LAST_NAME.get(last_name.upper())
    if story is None:
        return None
    person = next((one for one in PEOPLE if (one.payer, one.story) == (payer.id, story.name)), None)
    return None if person is None else (person, story)


def elsewhere(person: ImaginaryPerson) -> ImaginaryPerson | None:
    """The same person at the payer that runs their behavioral benefit; None when nobody else does."""
    story = BY_LAST_NAME[person.last_name]
    if not _is_elsewhere(BY_ID[person.payer], story):
        return None
    return next(one for one in PEOPLE if one.story == story.name and BY_ID[one.payer].manages)


def is_crowd(last_name: str) -> bool:
    """Whether the name is one of the crowd's."""
    return last_name.upper().startswith(CROWD)
