"""Points 34, 35 and 52 to 61 of a verification of benefits: our contract, the call itself, and what we decide."""

from collections.abc import Iterator
from datetime import date, timedelta

from contracts import PROGRAMS, Answer, Delivery
from contracts.report.words import CONDITION, format_day
from contracts.wording import format_money
from service.guidance.cost_values import EpisodeCost, PhaseCost
from service.guidance.network_values import NetworkStanding
from service.guidance.program_plan import PlanPhase
from service.guidance.vob_entries import RecordSource, by_us, entry, name_of
from service.guidance.vob_points import AnswerKind
from service.guidance.vob_values import VobEntry, VobStatement


def contract_entries(known: RecordSource) -> Iterator[VobEntry]:
    """Yield the points about contract, call and decision; those of a contract only where we are not known to be in."""
    is_out = known.is_out
    yield entry(
        34, ask="On which basis does the plan pay out of network, such as a share of Medicare?" if is_out else None
    )
    yield entry(35, ask="Is payment out of network made to the provider or to the patient?" if is_out else None)
    stands = [
        by_us(one.standing.value.replace("_", " "), f"{one.text} {one.source or ''}".strip())
        for one in known.network
        if one.standing is not NetworkStanding.NOT_KNOWN
    ]
    yield entry(52, *dict.fromkeys(stands))
    yield entry(53, *_rates(known))
    yield entry(54, ask="Is a single-case agreement or a network gap exception possible?" if is_out else None)
    yield entry(55, ask="Within which time are claims filed, and where do claims and appeals go?" if is_out else None)
    yield entry(17, ask="Which disclaimer holds for this quote?")
    yield entry(56, ask="What are your name and the reference number of this call?")
    yield entry(57, ask="Which codes and service types did you quote?")
    yield entry(58)
    yield entry(59, *(_estimate(one) for one in known.estimates))
    yield entry(60)
    again = verify_again_by(known.answer)
    yield entry(61, by_us(again.isoformat(), format_day(again)), kind=AnswerKind.DAY)


def verify_again_by(answer: Answer) -> date:
    """Return the day by which to verify again: coverage changes with months, figures with benefit years."""
    coverage, on = answer.coverage, answer.service_date
    is_last = (on.year, on.month) == (date.max.year, date.max.month)
    next_month = date.max if is_last else (on.replace(day=1) + timedelta(days=32)).replace(day=1)
    ends = [day for day in (coverage.ends_on, coverage.benefit_year.resets_on) if day is not None and day > on]
    return min([next_month, *ends])


_DELIVERIES = {Delivery.EITHER: (Delivery.IN_PERSON, Delivery.VIRTUAL)}
_HOW = {Delivery.IN_PERSON: "in person", Delivery.VIRTUAL: "by telehealth", Delivery.EITHER: ""}


def _rates(known: RecordSource) -> Iterator[VobStatement | None]:
    """Yield what a day of each program costs by the contract that holds; nothing where no contract does."""
    wanted = known.question.delivery
    for program, condition in PROGRAMS:
        for delivery in _DELIVERIES.get(wanted, (wanted,)):
            phase = PlanPhase(program=program, condition=condition, delivery=delivery, days_per_week=1, weeks=1)
            rate = known.prices.rate(phase)
            if rate is not None:
                about = f"{name_of(program, condition)} {_HOW[delivery]}".strip()
                yield by_us(str(rate.per_day), f"{about}: {format_money(rate.per_day)} a day ({rate.source})")


def _estimate(cost: EpisodeCost) -> VobStatement | None:
    """Return what a stay may cost the patient, with the plan that it was estimated for."""
    least, most = cost.patient_pays.at_least, cost.patient_pays.at_most
    amount = f"{format_money(least)} or more, no end is known" if most is None else format_money(least)
    if most is not None and most != least:
        amount = f"{format_money(least)} to {format_money(most)}"
    stay = ", then ".join(_describe_phase(one) for one in cost.phases)
    condition = CONDITION[cost.phases[0].condition.value]
    text = f"{amount}, for {stay}, {condition}, from {format_day(cost.starts_on)}; an estimate, no promise"
    return by_us(str(least) if most == least else f"{least}-{'' if most is None else most}", text)


def _describe_phase(phase: PhaseCost) -> str:
    return f"{phase.days} days of {phase.program.value.upper()} {_HOW[phase.delivery]}".strip()
