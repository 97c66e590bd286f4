"""What an answer costs: inquiries that a payer or gateway charges for, over the simulator's whole cast."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from itertools import count
from typing import Any

from contracts import (
    Answer,
    AttemptNumbers,
    Benefits,
    Card,
    CoverageStatus,
    Inquiry,
    Member,
    Provider,
    Question,
    Relationship,
    Subscriber,
)
from payers.simulator.payers import BY_ID
from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.simulator.replies import reply_to
from payers.x12 import read_270, read_interchange, write_270
from service.gateway.isolation import Leaked
from service.plugins.loading import Directory
from service.verification.carve_out import with_administrators

NOW = datetime(2026, 11, 23, 15, 4, tzinfo=UTC)
PROVIDER = Provider(npi="1999999984", name="EXAMPLE RECOVERY CENTER")
DIRECTORY = Directory([entry.load() for entry in entry_points(group="benefit_verification.payers")])
NUMBERS = count(1)


class Counted:
    """A gateway without a network that counts what is asked; it also says which payers have a route."""

    def __init__(self) -> None:
        self.cards = DIRECTORY.cards
        self.leaked = Leaked()
        self.paid: list[Inquiry] = []
        self.brought: list[Benefits] = []

    def idle_for(self) -> float:
        return 0.0

    def order(self, card: Card) -> list[Any]:
        return [(card.on("core_mime"), None)]

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        self.paid.append(inquiry)
        entry = card.on("core_mime")
        assert entry is not None
        number = next(NUMBERS)
        numbers = AttemptNumbers(
            interchange=f"{number:09d}",
            group=str(number),
            trace=f"BENCH{number}",
            originator="9BENCHMARK",
            transaction=f"B{number}",
            envelope_id="f81d4fae-7dec-41d0-a765-000000000001",
        )
        named = inquiry.model_copy(update={"payer_id": entry.payer_id, "payer_name": entry.payer_name or card.name})
        raw = write_270(named, numbers, sender_id="BENCH", receiver_id=entry.payer_id, at=NOW)
        reply = read_interchange(reply_to(read_270(raw), BY_ID[card.id], NOW)).people[0]
        self.brought.append(reply._replace(asked=inquiry.service_types))
        return self.brought[-1]


def question_about(person: ImaginaryPerson) -> Question:
    born = date.fromisoformat(person.birth_date)
    member = Member(first_name=person.first_name, last_name=person.last_name, birth_date=born)
    holder = None
    if person.holder is None:
        member = member.model_copy(update={"member_id": person.member_id})
    else:
        holder = Subscriber(
            first_name=person.holder,
            last_name=person.last_name,
            birth_date=date(1970, 1, 2),
            member_id=person.member_id,
            relationship=Relationship.CHILD,
        )
    return Question(
        payer=person.payer, member=member, subscriber=holder, provider=PROVIDER, service_date=date(2026, 11, 23)
    )


async def asked(person: ImaginaryPerson) -> tuple[Answer, int]:
    gateway: Any = Counted()
    question = question_about(person)
    answer = await DIRECTORY.adapter(person.payer).verify(question, gateway)
    whole = await with_administrators(answer, question, gateway, (DIRECTORY, gateway), lambda _: None)
    return whole, len(gateway.paid)


def planned(payer: str) -> int:
    """How many inquiries it would be to ask for everything that the card knows of."""
    plan = DIRECTORY.adapter(payer).card.plan
    return len(plan.first) + len(plan.then)


def test_an_answer_costs_less_than_asking_for_everything(capsys: Any) -> None:
    costs = {person: asyncio.run(asked(person)) for person in PEOPLE}
    answered = {person: paid for person, (answer, paid) in costs.items() if _is_answered(answer)}

    paid, wanted = sum(answered.values()), sum(planned(person.payer) for person in answered)
    spread = Counter(answered.values())
    with capsys.disabled():
        print(
            f"paid inquiries for an answered question: {paid / len(answered):.2f} over {len(answered)} people", end=""
        )
        print(f" (all that is planned: {wanted / len(answered):.2f}; spread {dict(sorted(spread.items()))})")

    alone = {person: paid for person, paid in answered.items() if not costs[person][0].administrators}
    assert sum(alone.values()) < sum(planned(person.payer) for person in alone)
    assert max(paid for _, paid in costs.values()) <= 8


def _is_answered(answer: Answer) -> bool:
    return answer.coverage.status not in {CoverageStatus.NOT_FOUND, CoverageStatus.COULD_NOT_CHECK}
