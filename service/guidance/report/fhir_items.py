"""The items of a CoverageEligibilityResponse: programs with their terms, their limits, and the figures of the plan."""

from collections.abc import Iterator
from decimal import Decimal

from contracts import (
    PROGRAM_PROCEDURES,
    PROGRAM_SERVICE_TYPES,
    Accumulator,
    Accumulators,
    Authorization,
    Evidence,
    Limit,
    LimitPeriod,
    LimitUnit,
    ProgramTerms,
    Side,
    Terms,
    Verdict,
)
from contracts.report.figures import accumulator_words
from contracts.report.terms import verdict_words
from contracts.report.words import CONDITION, PER, SIDE, describe_limit
from service.guidance.report.fhir_codes import (
    HCPCS,
    SERVICE_TYPES,
    TERMINOLOGY,
    Resource,
    extension,
    make_concept,
    money,
    name_concept,
    present,
    text_of,
)
from service.guidance.report.values import VobReport

_NETWORK = {Side.IN_NETWORK: "in", Side.OUT_OF_NETWORK: "out"}
_EXCLUDED = {Verdict.COVERED: False, Verdict.NOT_COVERED: True}
_AUTHORIZATION = {Authorization.REQUIRED: True, Authorization.NOT_REQUIRED: False}
_TERM = {
    LimitPeriod.CALENDAR_YEAR: "annual",
    LimitPeriod.PLAN_YEAR: "annual",
    LimitPeriod.LIFETIME: "lifetime",
    LimitPeriod.DAY: "day",
}


def items_of(report: VobReport) -> Iterator[Resource]:
    """Yield every item. What the reply does not state is absent: FHIR has no other way to say that."""
    for row in report.answer.programs:
        for side in Side:
            yield _program(report, row, side)
            for limit in row.on(side).limits:
                yield _limit(report, row, side, limit)
    yield from _figures(report.answer.accumulators)


def services_of(report: VobReport) -> Iterator[Resource]:
    """Yield what was asked: each program for each condition, by the codes that name it."""
    for row in report.answer.programs:
        yield _service(row)


def _service(row: ProgramTerms) -> Resource:
    name = f"{row.program.value.upper()}, {CONDITION[row.condition.value]}"
    types = [
        one.code for one in PROGRAM_SERVICE_TYPES if one.program is row.program and row.condition in one.conditions
    ]
    procedures = [
        {"system": HCPCS, "code": one.code}
        for one in PROGRAM_PROCEDURES
        if one.program is row.program and row.condition in one.conditions
    ]
    return {
        "category": make_concept(SERVICE_TYPES, types[0], name) if types else name_concept(name),
        "productOrService": {"coding": procedures, "text": name},
    }


def _program(report: VobReport, row: ProgramTerms, side: Side) -> Resource:
    terms = row.on(side)
    return {
        **_service(row),
        **present(
            extension=[
                extension("verdict", valueCode=terms.verdict.value),
                extension("grade", valueCode=terms.grade.value),
                extension("authorization", valueCode=terms.authorization.value),
                *_lines(report, terms.evidence),
            ],
            name=f"{row.program.value.upper()}, {CONDITION[row.condition.value]}, {SIDE[side]}",
            description=text_of(verdict_words(report.answer, terms)),
            network=make_concept(f"{TERMINOLOGY}benefit-network", _NETWORK[side]),
            unit=make_concept(f"{TERMINOLOGY}benefit-unit", "individual"),
            excluded=_EXCLUDED.get(terms.verdict),
            authorizationRequired=_AUTHORIZATION.get(terms.authorization),
            benefit=list(_shares(terms)),
        ),
    }


def _lines(report: VobReport, marks: tuple[str, ...]) -> Iterator[Resource]:
    """Yield the lines of the reply that something rests on, as the payer sent them."""
    by_id: dict[str, Evidence] = {one.id: one for one in report.answer.evidence}
    for mark in marks:
        line = by_id.get(mark)
        if line is not None:
            yield extension("evidence", valueString=text_of(f"{mark} {line.text or line.description}"))


def _shares(terms: Terms) -> Iterator[Resource]:
    if terms.copay is not None:
        name = f"copay{PER[terms.copay.per.value]}"
        yield {"type": _benefit_type("copay", name), "allowedMoney": money(terms.copay.amount)}
    if terms.coinsurance is not None:
        percent = terms.coinsurance * 100
        known = {"allowedUnsignedInt": int(percent)} if percent == int(percent) else {"allowedString": f"{percent:f}"}
        yield {"type": _benefit_type("copay-percent", "coinsurance, the patient's share in percent"), **known}


def _benefit_type(code: str, text: str) -> Resource:
    return make_concept(f"{TERMINOLOGY}benefit-type", code, text)


def _limit(report: VobReport, row: ProgramTerms, side: Side, limit: Limit) -> Resource:
    term = _TERM.get(limit.period)
    words = describe_limit(limit)
    return {
        **_service(row),
        **present(
            extension=list(_lines(report, limit.evidence)),
            name=f"limit of {row.program.value.upper()}, {CONDITION[row.condition.value]}, {SIDE[side]}",
            description=text_of(words),
            network=make_concept(f"{TERMINOLOGY}benefit-network", _NETWORK[side]),
            term=make_concept(f"{TERMINOLOGY}benefit-term", term)
            if term
            else name_concept(limit.period.value.replace("_", " ")),
            benefit=[_limit_amounts(limit)],
        ),
    }


def _limit_amounts(limit: Limit) -> Resource:
    """Return how much is allowed, and how much of it is used where both its whole and its rest are stated."""
    code = "visit" if limit.unit is LimitUnit.VISITS else "benefit"
    used = None if limit.quantity is None or limit.remaining is None else limit.quantity - limit.remaining
    return {
        "type": _benefit_type(code, limit.unit.value),
        **_amount("allowed", limit.quantity, limit.unit),
        **(_amount("used", used, limit.unit) if used is not None and used >= 0 else {}),
    }


def _amount(name: str, value: Decimal | None, unit: LimitUnit) -> Resource:
    if value is None:
        return {}
    if unit is LimitUnit.DOLLARS:
        return {f"{name}Money": money(value)}
    return {f"{name}UnsignedInt": int(value)} if value == int(value) else {f"{name}String": f"{value:f}"}


def _figures(accumulators: Accumulators) -> Iterator[Resource]:
    for side in Side:
        part = accumulators.in_network if side is Side.IN_NETWORK else accumulators.out_of_network
        for unit, level in (("individual", part.individual), ("family", part.family)):
            for name, figure in (("deductible", level.deductible), ("out-of-pocket maximum", level.out_of_pocket)):
                if figure != Accumulator():
                    yield _figure(name, figure, unit, side)


def _figure(name: str, figure: Accumulator, unit: str, side: Side) -> Resource:
    kind = _benefit_type("deductible", name) if name == "deductible" else name_concept(name)
    allowed = {} if figure.total is None else {"allowedMoney": money(figure.total)}
    used = {} if figure.met is None else {"usedMoney": money(figure.met)}
    return {
        "category": make_concept(SERVICE_TYPES, "30", "plan"),
        "name": f"{unit} {name}, {SIDE[side]}",
        "description": text_of(accumulator_words(figure)),
        "network": make_concept(f"{TERMINOLOGY}benefit-network", _NETWORK[side]),
        "unit": make_concept(f"{TERMINOLOGY}benefit-unit", unit),
        "term": make_concept(f"{TERMINOLOGY}benefit-term", "annual"),
        "benefit": [{"type": kind, **allowed, **used}],
    }
