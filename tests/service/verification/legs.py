"""What the tests of the second leg stand on: two payers, one of which runs the other's behavioral benefit."""

from datetime import date
from typing import Any

from contracts import (
    BehavioralAdministrator,
    Benefits,
    Card,
    Inquiry,
    InquiryPlan,
    Member,
    PayerError,
    Provider,
    Question,
    RouteEntry,
)
from payers.x12 import read_interchange
from service.gateway.isolation import Leaked

HEAD = (
    "ISA*00*          *00*          *ZZ*60054          *ZZ*EXAMPLERECOVERY*261123*1015*^*00501*000000301*0*P*:",
    "GS*HB*60054*EXAMPLERECOVERY*20261123*1015*301*X*005010X279A1",
    "ST*271*0001*005010X279A1",
    "BHT*0022*11*TEST301*20261123*1015",
    "HL*1**20*1",
    "NM1*PR*2*{name}*****PI*{id}",
    "HL*2*1*21*1",
    "NM1*1P*2*EXAMPLE RECOVERY CENTER*****XX*1999999984",
    "HL*3*2*22*0",
    "TRN*2*{trace}*9TESTCASES",
    "NM1*IL*1*SPECIMEN*OTIS****MI*W900000011",
    "DMG*D8*19900412*F",
)


def said(payer: str, *lines: str) -> Benefits:
    """A reply of ``payer`` with the given lines."""
    head = [line.format(name=payer.upper(), id=payer.upper()[:5], trace=f"T{payer}") for line in HEAD]
    body = [*head, *lines]
    text = "~".join([*body, f"SE*{len(body) - 1}*0001", "GE*1*301", "IEA*1*000000301"]) + "~"
    return read_interchange(text.encode()).people[0]


def card(payer: str, *runs: str) -> Card:
    """A payer whose benefit may be run by ``runs``."""
    return Card(
        id=payer,
        name=payer.capitalize(),
        routes=(RouteEntry(route="core_mime", payer_id=payer.upper()[:5], source="test"),),
        administrators=tuple(BehavioralAdministrator(name=one, payer=one.lower(), source="test") for one in runs),
        plan=InquiryPlan(first=("30",), source="test"),
    )


MEDICAL, MANAGER = card("medical", "Optum"), card("optum")
DELEGATES = (
    "EB*1**30",
    "EB*U**MH^AI",
    "LS*2120",
    "NM1*VN*2*OPTUM*****MI*OTHER0001",
    "PER*IC**TE*8005550151",
    "LE*2120",
)
QUESTION = Question(
    payer="medical",
    member=Member(first_name="Otis", last_name="Specimen", birth_date=date(1990, 4, 12), member_id="W900000011"),
    provider=Provider(npi="1999999984", name="Example Recovery Center"),
    service_date=date(2026, 11, 23),
)


class Payers:
    """A gateway on which each payer has one thing to say, or an error to raise."""

    def __init__(self, *cards: Card, **script: Benefits | PayerError) -> None:
        self.cards, self._script = cards, script
        self.asked: list[Inquiry] = []
        self.brought: list[Benefits] = []

    def idle_for(self) -> float:
        return 0.0

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        self.asked.append(inquiry)
        thing = self._script[card.id]
        if isinstance(thing, PayerError):
            raise thing
        said = thing._replace(asked=inquiry.service_types)
        self.brought.append(said)
        return said


class OpenRoutes:
    """The guards as far as the second leg knows them: which payers have an open route."""

    def __init__(self, *reached: str) -> None:
        self.leaked = Leaked()
        self._reached = reached

    def order(self, card: Card) -> list[Any]:
        return [(card.routes[0], None)] if card.id in self._reached else []
