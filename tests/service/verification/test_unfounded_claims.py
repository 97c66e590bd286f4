"""What an adapter claims without a line of a reply is refused, whatever it is; what ours claim never is."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from contracts import (
    Accumulator,
    AccumulatorLevel,
    Accumulators,
    AccumulatorSide,
    Administrator,
    Alternative,
    Answer,
    AnsweredBy,
    Authorization,
    Benefit,
    Benefits,
    Copay,
    Coverage,
    CoverageStatus,
    Evidence,
    Figure,
    Limit,
    LimitUnit,
    Member,
    Message,
    OtherPayer,
    PayerAdapter,
    Provider,
    Question,
    Verdict,
    VirtualDelivery,
    answer_without_reply,
    invented_line,
    unfounded_claim,
)
from payers.conformance import ScriptedGateway
from payers.x12 import read_interchange
from service.gateway.isolation import Leaked
from service.verification.adapter_call import AdapterFault, call_adapter

SAMPLES = sorted((Path(__file__).parents[2] / "payers" / "samples").glob("*/*.271"))
ADAPTERS: dict[str, PayerAdapter] = {
    entry.name: entry.load() for entry in entry_points(group="benefit_verification.payers")
}
QUESTION = Question(
    payer="acme", member=Member(), provider=Provider(npi="1999999984", name="X"), service_date=date(2026, 11, 23)
)
LINE = Evidence(id="e1", text="EB*1**MH", description="covered", segment=12)
EMPTY = answer_without_reply(
    payer="acme", service_date=QUESTION.service_date, as_of=datetime(2026, 11, 23, tzinfo=UTC), problems=()
)


def claiming(**terms: object) -> Answer:
    """An answer that claims something of the first program in network."""
    first, *rest = EMPTY.programs
    first = first.model_copy(update={"in_network": first.in_network.model_copy(update=terms)})
    return EMPTY.model_copy(update={"programs": (first, *rest)})


def owing(accumulator: Accumulator) -> Answer:
    side = AccumulatorSide(family=AccumulatorLevel(out_of_pocket=accumulator))
    return EMPTY.model_copy(update={"accumulators": Accumulators(out_of_network=side)})


def about(**coverage: Any) -> Answer:
    return EMPTY.model_copy(update={"coverage": Coverage(**{"status": CoverageStatus.COULD_NOT_CHECK, **coverage})})


UNFOUNDED = {
    "covered": claiming(verdict=Verdict.COVERED),
    "likely": claiming(verdict=Verdict.LIKELY),
    "not covered": claiming(verdict=Verdict.NOT_COVERED),
    "run by somebody else": claiming(verdict=Verdict.DELEGATED),
    "a copay": claiming(copay=Copay(amount=Decimal(25))),
    "a share": claiming(coinsurance=Decimal("0.2")),
    "a share of nothing": claiming(coinsurance=Decimal(0)),
    "that the deductible does not apply": claiming(deductible_applies=False),
    "authorization": claiming(authorization=Authorization.REQUIRED),
    "virtual": claiming(virtual=next(one for one in VirtualDelivery if one is not VirtualDelivery.NOT_STATED)),
    "a limit": claiming(limits=(Limit(unit=next(iter(LimitUnit)), quantity=Decimal(30)),)),
    "an alternative": claiming(alternatives=(Alternative(figure=next(iter(Figure)), value=Decimal(5)),)),
    "a mark that leads nowhere": claiming(verdict=Verdict.COVERED, evidence=("e9",)),
    "an active plan": about(status=CoverageStatus.ACTIVE),
    "an ended plan": about(status=CoverageStatus.INACTIVE),
    "a plan's name": about(plan_name="GOLD"),
    "another payer": about(other_payers=(OtherPayer(name="SOMEBODY"),)),
    "a deductible of nothing": owing(Accumulator(remaining=Decimal(0))),
    "an administrator": EMPTY.model_copy(update={"administrators": (Administrator(name="SOMEBODY"),)}),
    "a line of nobody's reply": EMPTY.model_copy(update={"evidence": (LINE,)}),
    "two lines of one name": EMPTY.model_copy(
        update={"evidence": (LINE, LINE), "answered_by": (AnsweredBy(payer="acme"),)}
    ),
    "a program twice": EMPTY.model_copy(update={"programs": (EMPTY.programs[0],) * 4}),
    "nothing in its place": EMPTY.model_copy(update={"programs": (None,) * 4}),
}


class Claims:
    """An adapter that says the same to everybody."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    async def verify(self, question: Question, gateway: object) -> Answer:
        return self.answer


class Gateway(ScriptedGateway):
    def __init__(self, *brought: Benefits) -> None:
        super().__init__()
        self.brought = [*brought]

    def idle_for(self) -> float:
        return 0.0


@pytest.mark.parametrize("answer", UNFOUNDED.values(), ids=UNFOUNDED)
async def test_a_claim_without_a_line_is_the_adapters_fault(answer: Answer) -> None:
    with pytest.raises(AdapterFault, match=r"unfounded|malformed"):
        await call_adapter(Claims(answer), QUESTION, Gateway(), Leaked())  # type: ignore[arg-type]  # it has no card


async def test_an_answer_of_which_no_text_can_be_made_is_the_adapters_fault() -> None:
    nonsense = EMPTY.model_copy(update={"problems": ("no problem",)})

    with pytest.raises(AdapterFault, match="malformed"):
        await call_adapter(Claims(nonsense), QUESTION, Gateway(), Leaked())  # type: ignore[arg-type]  # it has no card


BROUGHT = Benefits(
    trace="T1",
    lines=(Benefit(at=12, text="EB*1**MH", information="1", messages=(Message(at=13, text="IOP", sent="MSG*IOP"),)),),
)


def resting_on(line: Evidence, trace: str | None = "T1") -> Answer:
    """An answer to whose one claim ``line`` is the evidence."""
    return claiming(verdict=Verdict.COVERED, evidence=("e1",)).model_copy(
        update={"evidence": (line,), "answered_by": (AnsweredBy(payer="acme", trace=trace),)}
    )


@pytest.mark.parametrize("line", [LINE, LINE.model_copy(update={"segment": 13, "text": "MSG*IOP"})], ids=["EB", "MSG"])
async def test_a_claim_on_a_line_that_came_passes(line: Evidence) -> None:
    answer = resting_on(line)

    assert await call_adapter(Claims(answer), QUESTION, Gateway(BROUGHT), Leaked()) is answer  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("first", [True, False])
def test_lines_of_two_replies_of_one_trace_may_stand_at_one_place(first: bool) -> None:
    other = BROUGHT._replace(lines=(Benefit(at=12, text="EB*1**AI", information="1"),))

    assert invented_line(resting_on(LINE), (BROUGHT, other) if first else (other, BROUGHT)) is None


@pytest.mark.parametrize(
    ("changes", "trace"),
    [
        ({"text": "EB*1**BB"}, "T1"),
        ({"segment": 14}, "T1"),
        ({"segment": None, "path": "$.benefits[0]"}, "T1"),
        ({"segment": None}, "T1"),
        ({"text": None}, "T1"),
        ({}, "T2"),
        ({}, None),
    ],
    ids=["other words", "another place", "a path", "no place", "no words", "another reply's", "nobody's reply"],
)
async def test_a_claim_on_a_line_that_never_came_is_the_adapters_fault(
    changes: dict[str, Any], trace: str | None
) -> None:
    other = BROUGHT._replace(trace="T2", lines=())
    answer = resting_on(LINE.model_copy(update=changes), trace)

    with pytest.raises(AdapterFault, match=r"unfounded:evidence\.text"):
        await call_adapter(Claims(answer), QUESTION, Gateway(BROUGHT, other), Leaked())  # type: ignore[arg-type]  # as above


async def test_an_answer_that_claims_nothing_passes() -> None:
    assert await call_adapter(Claims(EMPTY), QUESTION, Gateway(), Leaked()) is EMPTY  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("path", SAMPLES, ids=[f"{path.parent.name}-{path.stem}" for path in SAMPLES])
def test_every_answer_of_our_payers_rests_on_lines(path: Path) -> None:
    adapter = ADAPTERS[path.parent.name]
    said = read_interchange(path.read_bytes()).people[-1]
    member = Member(first_name="A", last_name="B", birth_date=date(1990, 1, 1), member_id="ZZ9999999")
    question = QUESTION.model_copy(update={"payer": adapter.card.id, "member": member})

    answer = asyncio.run(adapter.verify(question, ScriptedGateway(said, cards=[one.card for one in ADAPTERS.values()])))

    assert unfounded_claim(answer) is None
    assert invented_line(answer, [said]) is None
