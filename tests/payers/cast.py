"""Asking the simulator's payers about its whole cast without a network: what it costs, and in how many steps."""

import asyncio
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
from payers.simulator.payers import BY_ID, TypesAnswered
from payers.simulator.people import ImaginaryPerson
from payers.simulator.replies import reply_to
from payers.x12 import read_270, read_interchange, write_270

NOW = datetime(2026, 11, 23, 15, 4, tzinfo=UTC)
PROVIDER = Provider(npi="1999999984", name="EXAMPLE RECOVERY CENTER")
NUMBERS = count(1)


class SimulatedGateway:
    """A gateway without a network that counts what is asked, and in how many steps one after the other."""

    def __init__(self, habit: TypesAnswered = TypesAnswered.EACH, cards: tuple[Card, ...] = ()) -> None:
        self.cards = cards
        self.asked: list[Inquiry] = []
        self.brought: list[Benefits] = []
        self.steps = 0
        self._habit = habit

    def idle_for(self) -> float:
        return 0.0

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        step = self.steps + 1
        self.asked.append(inquiry)
        # Whatever goes out side by side has gone out when this one comes back.
        await asyncio.sleep(0)
        self.steps = max(self.steps, step)
        entry = card.on("core_mime")
        assert entry is not None
        number = next(NUMBERS)
        numbers = AttemptNumbers(
            interchange=f"{number:09d}",
            group=str(number),
            trace=f"CAST{number}",
            originator="9SIMULATED",
            transaction=f"C{number}",
            envelope_id="f81d4fae-7dec-41d0-a765-000000000001",
        )
        named = inquiry.model_copy(update={"payer_id": entry.payer_id, "payer_name": entry.payer_name or card.name})
        raw = write_270(named, numbers, sender_id="CAST", receiver_id=entry.payer_id, at=NOW)
        payer = BY_ID[card.id]._replace(of_several=self._habit)
        reply = read_interchange(reply_to(read_270(raw), payer, NOW)).people[0]
        self.brought.append(reply._replace(asked=inquiry.service_types, route=entry.route))
        return self.brought[-1]


def adapter_of(payer: str) -> Any:
    """The adapter that is installed for ``payer``."""
    return next(iter(entry_points(group="benefit_verification.payers", name=payer))).load()


def question_about(person: ImaginaryPerson) -> Question:
    """The question about ``person``, a dependent under the holder's id."""
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


def is_answered(answer: Answer) -> bool:
    """Whether the payer told something of the member's plan."""
    return answer.coverage.status not in {CoverageStatus.NOT_FOUND, CoverageStatus.COULD_NOT_CHECK}
