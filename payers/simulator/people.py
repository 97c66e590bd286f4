"""The imaginary people: at every payer one for each scenario, known by name.

Names and ids are made up, and the phones are of the range that is never assigned.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from payers.simulator.payers import BY_ID, PAYERS, SimulatedPayer
from payers.simulator.scenario import DELEGATED, Expected, Scenario
from payers.simulator.scenarios import BY_LAST_NAME, CROWD, SCENARIOS

_FIRST_NAMES = ("OTIS", "LULU", "ABEL", "NELL", "HUGO", "WREN", "BRAM", "TESS", "ODIN", "IVY")


class ImaginaryPerson(NamedTuple):
    """A member of a simulated payer. ``holder`` is the subscriber's first name when the member is a dependent.

    ``expected`` is the answer that the payer's own replies come to, and ``whole`` the answer after its administrator
    was asked too, where that can be.
    """

    payer: str
    scenario: str
    first_name: str
    last_name: str
    birth_date: str
    member_id: str
    holder: str | None
    expected: Expected
    whole: Expected


def _person(payer: SimulatedPayer, number: int, scenario: Scenario) -> ImaginaryPerson:
    first = _FIRST_NAMES[number % len(_FIRST_NAMES)]
    return ImaginaryPerson(
        payer=payer.id,
        scenario=scenario.name,
        first_name=first,
        last_name=scenario.last_name,
        birth_date=date(1990 if not scenario.dependent else 2008, 1 + number % 12, 12).isoformat(),
        member_id=payer.member_ids.format(number=100 + number),
        holder="PARENT" if scenario.dependent else None,
        expected=_expected_of(payer, scenario),
        whole=_whole(payer, scenario),
    )


def _expected_of(payer: SimulatedPayer, scenario: Scenario) -> Expected:
    """Return the answer of a scenario at one payer: who runs the benefit, and which types are answered, differ."""
    if scenario.carved_out:
        return payer.carved_out
    return DELEGATED if _is_elsewhere(payer, scenario) else scenario.expected


def _whole(payer: SimulatedPayer, scenario: Scenario) -> Expected:
    """Return the answer after the administrator was asked: its verdicts, beside the status of the payer's own plan."""
    if not _is_elsewhere(payer, scenario):
        return _expected_of(payer, scenario)
    return DELEGATED if scenario.rejected else scenario.expected._replace(status=DELEGATED.status)


def _is_elsewhere(payer: SimulatedPayer, scenario: Scenario) -> bool:
    """Whether another payer, the one that manages behavioral benefits, runs this member's."""
    return scenario.managed and not payer.manages


def people_of(payer: SimulatedPayer, scenarios: Iterable[Scenario]) -> list[ImaginaryPerson]:
    """Return the people of ``payer``, one for each of ``scenarios``."""
    numbers = {scenario.name: number for number, scenario in enumerate(SCENARIOS, start=1)}
    return [_person(payer, numbers[scenario.name], scenario) for scenario in scenarios]


PEOPLE = [person for payer in PAYERS for person in people_of(payer, SCENARIOS)]


def find(payer: SimulatedPayer, last_name: str) -> tuple[ImaginaryPerson, Scenario] | None:
    """Return the person of that name at ``payer``, and their scenario; None when nobody is called so."""
    scenario = BY_LAST_NAME.get(last_name.upper())
    if scenario is None:
        return None
    person = next((one for one in PEOPLE if (one.payer, one.scenario) == (payer.id, scenario.name)), None)
    return None if person is None else (person, scenario)


def elsewhere(person: ImaginaryPerson) -> ImaginaryPerson | None:
    """Return the same person at the payer that runs their behavioral benefit; None when nobody else does."""
    scenario = BY_LAST_NAME[person.last_name]
    if not _is_elsewhere(BY_ID[person.payer], scenario):
        return None
    return next(one for one in PEOPLE if one.scenario == scenario.name and BY_ID[one.payer].manages)


def is_crowd(last_name: str) -> bool:
    """Whether the last name is that of the crowd."""
    return last_name.upper().startswith(CROWD)
