"""What the tests of guidance stand on: answers whose every figure is chosen, and prices."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from contracts import (
    PROGRAMS,
    Accumulator,
    AccumulatorLevel,
    Accumulators,
    AccumulatorSide,
    Answer,
    AnsweredBy,
    BenefitYear,
    BenefitYearKind,
    Copay,
    CopayPer,
    Coverage,
    CoverageStatus,
    Evidence,
    Grade,
    Limit,
    LimitPeriod,
    LimitUnit,
    ProgramTerms,
    Rule,
    Terms,
    Verdict,
)
from service.guidance.cost_rows import DailyRate, Prices

ON = date(2026, 6, 1)
"""A Monday."""

NEW_YEAR = date(2027, 1, 1)
MARKS = ("e1",)


def terms(verdict: Verdict = Verdict.COVERED, *, copay: str | None = None, per: str = "day", **more: Any) -> Terms:
    known: dict[str, Any] = {"deductible_applies": False, "evidence": MARKS, **more}
    if copay is not None:
        known["copay"] = Copay(amount=Decimal(copay), per=CopayPer(per))
    if isinstance(known.get("coinsurance"), str):
        known["coinsurance"] = Decimal(known["coinsurance"])
    return Terms(verdict=verdict, grade=Grade.A, rule=Rule.PHRASE, **known)


def figure(left: str | None = None, total: str | None = None, **more: Any) -> Accumulator:
    amounts = {"remaining": left, "total": total}
    return Accumulator(
        **{name: Decimal(one) for name, one in amounts.items() if one is not None}, evidence=MARKS, **more
    )


def accumulators(
    deductible: Accumulator | None = None,
    maximum: Accumulator | None = None,
    family: Accumulator | None = None,
    family_maximum: Accumulator | None = None,
) -> AccumulatorSide:
    """A side; the individual deductible is met, and the maximum far away, where nothing is given."""
    own = AccumulatorLevel(
        deductible=deductible or figure("0.00", "0.00"), out_of_pocket=maximum or figure("100000.00", "100000.00")
    )
    shared = AccumulatorLevel(deductible=family or Accumulator(), out_of_pocket=family_maximum or Accumulator())
    return AccumulatorSide(individual=own, family=shared)


def limit(quantity: int | None, unit: str = "days", period: str = "calendar_year", left: int | None = None) -> Limit:
    return Limit(
        quantity=None if quantity is None else Decimal(quantity),
        unit=LimitUnit(unit),
        period=LimitPeriod(period),
        remaining=None if left is None else Decimal(left),
        evidence=("e2",),
    )


def answer(
    in_network: Terms, side: AccumulatorSide | None = None, *, out: Terms | None = None, **coverage: Any
) -> Answer:
    """An answer whose four rows read the same."""
    plan: dict[str, Any] = {
        "status": CoverageStatus.ACTIVE,
        "benefit_year": BenefitYear(kind=BenefitYearKind.CALENDAR, resets_on=NEW_YEAR),
        "evidence": MARKS,
        **coverage,
    }
    rows = {"in_network": in_network} if out is None else {"in_network": in_network, "out_of_network": out}
    figures = side or accumulators()
    return Answer(
        verification_id="ver_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        payer="acme",
        service_date=plan.pop("service_date", ON),
        as_of=datetime(2026, 6, 1, 15, tzinfo=UTC),
        coverage=Coverage(**plan),
        programs=tuple(ProgramTerms(program=one, condition=other, **rows) for one, other in PROGRAMS),
        accumulators=Accumulators(in_network=figures, out_of_network=figures),
        answered_by=(AnsweredBy(payer="acme", trace="1"),),
        evidence=tuple(
            Evidence(id=f"e{one}", segment=one, text=f"EB*1**30*{one}", description="imaginary") for one in (1, 2)
        ),
        payer_phone="8005550100",
    )


def prices(rate: str | None = None, charge: str | None = None) -> Prices:
    def of(amount: str | None) -> DailyRate | None:
        return None if amount is None else DailyRate(Decimal(amount), "contract 1")

    return Prices(rate=lambda _: of(rate), charge=lambda _: of(charge))
