"""The parity signal: worse than each medical row of the same reply, in the same measure, or nothing is said."""

from decimal import Decimal
from typing import Any

import pytest

from contracts import (
    Answer,
    AnsweredBy,
    Copay,
    CopayPer,
    Evidence,
    Figure,
    Limit,
    LimitPeriod,
    LimitUnit,
    MedicalBenefit,
    Side,
    Verdict,
)
from service.guidance import parity
from service.guidance.parity import ParityFigure, ParitySignal, parity_signals_of, write_parity
from tests.service.guidance.cast import cast
from tests.service.guidance.staging import answer, limit, terms

IN, OUT = Side.IN_NETWORK, Side.OUT_OF_NETWORK


def visit(amount: str, types: tuple[str, ...] = ("98",), *, side: Side = IN, per: str = "visit") -> MedicalBenefit:
    copay = Copay(amount=Decimal(amount), per=CopayPer(per))
    return MedicalBenefit(service_types=types, side=side, copay=copay, evidence=("e2",))


def share(value: str, types: tuple[str, ...] = ("50",), **more: Any) -> MedicalBenefit:
    return MedicalBenefit(
        service_types=types,
        side=more.pop("side", IN),
        coinsurance=Decimal(value),
        evidence=more.pop("evidence", ("e2",)),
    )


def limited(quantity: int, unit: str = "visits", period: str = "calendar_year") -> MedicalBenefit:
    found = Limit(quantity=Decimal(quantity), unit=LimitUnit(unit), period=LimitPeriod(period))
    return MedicalBenefit(service_types=("33",), side=IN, limit=found, evidence=("e2",))


def beside(own: Answer, *rows: MedicalBenefit) -> Answer:
    return own.model_copy(update={"medical_benefits": rows})


def of_iop(given: Answer) -> list[ParitySignal]:
    found = parity_signals_of(given).signals
    return [one for one in found if (one.program.value, one.condition.value) == ("iop", "mental_health")]


def test_a_higher_copay_than_each_medical_row_is_a_signal_with_both_lines() -> None:
    [signal] = of_iop(beside(answer(terms(copay="60.00", per="visit")), visit("20.00"), visit("50.00", ("50",))))

    assert (signal.figure, signal.value, signal.side) == (ParityFigure.COPAY, "$60.00 per visit", IN)
    assert [(one.service_types, one.value) for one in signal.medical] == [
        (("98",), "$20.00 per visit"),
        (("50",), "$50.00 per visit"),
    ]
    assert (signal.evidence, signal.medical[0].evidence) == (("e1",), ("e2",))


def test_a_higher_share_is_a_signal() -> None:
    [signal] = of_iop(beside(answer(terms(coinsurance="0.40")), share("0.20")))

    assert (signal.figure, signal.value, signal.medical[0].value) == (ParityFigure.COINSURANCE, "40%", "20%")


def test_a_lower_limit_is_a_signal() -> None:
    own = terms(copay="0.00", limits=(limit(20, "visits"),))

    [signal] = [one for one in of_iop(beside(answer(own), limited(30))) if one.figure is ParityFigure.LIMIT]

    assert (signal.value, signal.evidence) == ("20 visits per calendar year", ("e2",))


SILENT: dict[str, tuple[Any, tuple[MedicalBenefit, ...]]] = {
    "no medical row": (terms(copay="60.00", per="visit"), ()),
    "no figure of its own": (terms(), (visit("20.00"),)),
    "one medical row is as high": (terms(copay="60.00", per="visit"), (visit("20.00"), visit("60.00"))),
    "one medical row is higher": (terms(coinsurance="0.40"), (share("0.20"), share("0.50", ("30",)))),
    "the same": (terms(coinsurance="0.20"), (share("0.20"),)),
    "another measure": (terms(copay="60.00", per="day"), (visit("20.00"),)),
    "a copay of unknown measure": (terms(copay="60.00", per="unknown"), (visit("20.00", per="unknown"),)),
    "a copay beside a share": (terms(copay="60.00", per="visit"), (share("0.20"),)),
    "the other side": (terms(coinsurance="0.40"), (share("0.20", side=OUT),)),
    "an inpatient row": (terms(coinsurance="0.40"), (share("0.20", ("48",)),)),
    "a borrowed figure": (terms(coinsurance="0.40", assumed=(Figure.COINSURANCE,)), (share("0.20"),)),
    "not covered": (terms(Verdict.NOT_COVERED, coinsurance="0.40"), (share("0.20"),)),
    "a higher limit": (terms(limits=(limit(40, "visits"),)), (limited(30),)),
    "a limit of another unit": (terms(limits=(limit(20, "days"),)), (limited(30),)),
    "a limit over another time": (terms(limits=(limit(20, "visits", "lifetime"),)), (limited(30),)),
    "what is left of a limit": (terms(limits=(limit(None, "visits", left=3),)), (limited(30),)),
}


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_said_where_nothing_can_be_compared_or_nothing_is_worse(name: str) -> None:
    own, rows = SILENT[name]

    assert of_iop(beside(answer(own), *rows)) == []


@pytest.mark.parametrize("name", ["one medical row is as high", "one medical row is higher", "the same"])
def test_a_signal_that_is_given_too_freely_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity._MedicalFigure, "is_worse_than", lambda *_: True)
    own, rows = SILENT[name]

    assert of_iop(beside(answer(own), *rows)) != []


def test_rows_of_another_payers_reply_are_not_compared() -> None:
    given = answer(terms(coinsurance="0.40"))
    other = Evidence(id="e9", answered_by=1, segment=9, text="EB*A*IND*50", description="imaginary")
    two = given.model_copy(
        update={
            "answered_by": (*given.answered_by, AnsweredBy(payer="other", trace="2")),
            "evidence": (*given.evidence, other),
        }
    )

    assert of_iop(beside(two, share("0.20", evidence=("e9",)))) == []
    assert of_iop(beside(two, share("0.20"))) != []


def test_it_is_worded_as_a_signal_and_never_as_a_finding() -> None:
    found = parity_signals_of(beside(answer(terms(coinsurance="0.40")), share("0.20")))
    page = " ".join(write_parity(found).split())

    assert "A signal to look into the plan, not a finding of law" in page
    assert "a patient's share of 40% is higher than in each of the medical rows of the same reply (20% for" in page
    assert "[e1] beside [e2]" in page
    for word in ("violat", "illegal", "unlawful", "discriminat", "noncompli"):
        assert word not in page.lower()


def test_a_page_without_a_signal_says_how_much_was_compared() -> None:
    page = write_parity(parity_signals_of(beside(answer(terms(coinsurance="0.20")), share("0.20"))))

    assert "No signal: 4 figures had medical rows beside them" in " ".join(page.split())


def test_every_signal_of_the_cast_rests_on_lines_of_both_sides() -> None:
    compared = 0
    for actor in cast():
        found = parity_signals_of(actor.answer)
        known = {one.id for one in actor.answer.evidence}
        compared += found.compared
        for one in found.signals:
            assert one.evidence
            assert known >= {*one.evidence, *(mark for row in one.medical for mark in row.evidence)}

    assert compared > 10
