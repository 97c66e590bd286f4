"""The answer about everybody whom the simulator knows, read from the 271 that their payer writes."""

from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import entry_points
from typing import NamedTuple

from contracts import Answer, Card, Member, Provider, Question
from payers.reading import conclude
from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.simulator.sample_replies import printed_271
from payers.x12 import read_interchange

ADAPTERS = {entry.name: entry.load() for entry in entry_points(group="benefit_verification.payers")}
ON = date(2026, 11, 23)


class Actor(NamedTuple):
    """A person of the simulator with the answer about them."""

    person: ImaginaryPerson
    answer: Answer
    question: Question
    card: Card

    def __repr__(self) -> str:
        return f"{self.person.payer}-{self.person.scenario}"


@cache
def cast() -> tuple[Actor, ...]:
    """Everybody, payer by payer."""
    return tuple(_actor(person) for person in PEOPLE)


def _actor(person: ImaginaryPerson) -> Actor:
    adapter = ADAPTERS[person.payer]
    answer = conclude(
        tuple(read_interchange(printed_271(person)).people),
        card=adapter.card,
        dialect=adapter.dialect,
        service_date=ON,
        as_of=datetime(2026, 11, 23, 15, tzinfo=UTC),
        cards=tuple(one.card for one in ADAPTERS.values()),
    )
    member = Member(
        first_name=person.first_name,
        last_name=person.last_name,
        birth_date=date(1990, 2, 12),
        member_id=person.member_id,
    )
    provider = Provider(npi="1999999984", name="IMAGINARY RECOVERY CENTER", tax_id="900000001")
    question = Question(payer=person.payer, member=member, provider=provider, service_date=ON)
    return Actor(person, answer, question, adapter.card)
