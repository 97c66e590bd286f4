"""The coverage of the answer: the plan's name, type, group, dates and year, and who else pays.

Source: ``ANSWER.md`` [C5], [C11], [C12].
"""

from collections.abc import Sequence
from datetime import date, timedelta

from contracts import (
    Benefits,
    BenefitYear,
    BenefitYearKind,
    Coverage,
    CoverageStatus,
    Dated,
    OtherPayer,
    PayerOrder,
    Person,
    PlanType,
    Reference,
)
from payers.reading.coverage.administrators import Delegation
from payers.reading.coverage.dates import Dates, has_ended
from payers.reading.coverage.plans import Plan, PlanLine
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.numbers import new_year

_PLAN_TYPES = {
    "HM": PlanType.HMO,
    "PR": PlanType.PPO,
    "EP": PlanType.EPO,
    "PS": PlanType.POS,
    "POS": PlanType.POS,
    "IN": PlanType.INDEMNITY,
    "HN": PlanType.MEDICARE_ADVANTAGE,
    "MC": PlanType.MEDICAID,
    **dict.fromkeys(("MA", "MB", "MP", "CP"), PlanType.MEDICARE),
}
_ORDERS = {"PRP": PayerOrder.PRIMARY, "SEP": PayerOrder.SECONDARY, "TTP": PayerOrder.TERTIARY}
_YEAR_KINDS = {"23": BenefitYearKind.CALENDAR, "22": BenefitYearKind.PLAN, "25": BenefitYearKind.PLAN}
_NO_PAYERS = codes.PERSON_ROLES | codes.PROVIDER_ROLES | codes.PROVIDER_GROUP_ROLES
_A_YEAR = timedelta(days=366)


def _plan_first(lines: Sequence[PlanLine]) -> list[PlanLine]:
    return sorted(lines, key=lambda one: codes.PLAN_TYPE not in one.benefit.service_types)


def coverage(
    plan: Plan, status: CoverageStatus, totals: Sequence[Line], people: Sequence[Benefits], on: date, book: Book
) -> Coverage:
    """The coverage of the answer, each part with its evidence; ``totals``: every deductible and maximum in force."""
    evidence = [book.benefit(reply, benefit) for reply, benefit in plan.seen]
    if plan.words is not None:
        evidence.append(book.mark(*plan.words, "termination"))
    evidence += [
        book.mark(_reply_of(one, people), one.at, one.sent or one.value, "plan date") for one in plan.dates.sources
    ]
    # A plan's text that names a program is a label of its line and no name of the plan ([T18]).
    ordered = _plan_first(plan.lines)
    named = next((one for one in ordered if one.benefit.plan and not one.is_labelled), None)
    typed = next((kind for one in ordered if (kind := _PLAN_TYPES.get(one.benefit.insurance))), None)
    group = _group(people, plan.lines)
    if group is not None:
        evidence.append(book.mark(group[0], group[1].at, group[1].sent or group[1].value, "group"))
    return Coverage(
        status=status,
        plan_name=named.benefit.plan if named else None,
        plan_type=typed,
        group_number=group[1].value if group else None,
        group_name=(group[1].name or None) if group else None,
        begins_on=plan.dates.begins_on,
        ends_on=plan.dates.ends_on,
        benefit_year=_benefit_year(totals, plan.dates, on),
        evidence=tuple(dict.fromkeys(evidence)),
    )


def _reply_of(dated: Dated, people: Sequence[Benefits]) -> int:
    """The reply that a date was read from; replies number their own segments, so the same place may stand in two."""
    for number, said in enumerate(people):
        persons = [one for one in (said.patient, said.subscriber) if one is not None]
        if any(dated is one for person in persons for one in person.dates):
            return number
        if any(dated is one for line in said.lines for one in line.dates):
            return number
    return 0


def _group(people: Sequence[Benefits], lines: Sequence[PlanLine]) -> tuple[int, Reference] | None:
    """REF 6P, else 1L, of the member, of the subscriber, of the plan's line."""
    for kind in ("6P", "1L"):
        for number, said in enumerate(people):
            for person in (said.patient, said.subscriber):
                found = _reference(person, kind)
                if found is not None:
                    return number, found
        for one in lines:
            for reference in one.benefit.references:
                if reference.kind == kind and reference.value:
                    return one.reply, reference
    return None


def _reference(person: Person | None, kind: str) -> Reference | None:
    return next((one for one in person.references if one.kind == kind and one.value), None) if person else None


def _benefit_year(totals: Sequence[Line], dates: Dates, on: date) -> BenefitYear:
    """The year of the plan-level deductible; its reset is known for a calendar year, and for a dated plan year."""
    facts = {line.facts for line in totals}
    dated = [one.codes for one in facts if one.codes.period in _YEAR_KINDS and not one.names_program]
    of_plan = [one for one in dated if not one.service_types or codes.PLAN_TYPE in one.service_types]
    kinds = {_YEAR_KINDS[one.period] for one in of_plan or dated}
    if len(kinds) != 1:
        return BenefitYear()
    kind = kinds.pop()
    if kind is BenefitYearKind.CALENDAR:
        return BenefitYear(kind=kind, resets_on=new_year(on))
    begins, ends = dates.begins_on, dates.ends_on
    if begins is None or ends is None or ends - begins > _A_YEAR or not dates.holds(on):
        return BenefitYear(kind=kind)
    return BenefitYear(kind=kind, resets_on=ends + timedelta(days=1))


def other_payers(lines: Sequence[Line], delegation: Delegation, on: date, book: Book) -> tuple[OtherPayer, ...]:
    """Return who else pays: R, and primary, secondary and tertiary payers on any line ([C11]).

    One that ended before the day of service is left out, and so is one that runs the behavioral benefit.
    """
    found: dict[str, OtherPayer] = {}
    running = {one.name for one in delegation.administrators}
    for line in lines:
        if not line.benefit.entities or has_ended(line.benefit.dates, on):
            continue
        is_other = line.benefit.information == "R"
        for entity in line.benefit.entities:
            if not entity.name or entity.name in running or entity.role in _NO_PAYERS:
                continue
            if is_other or entity.role in _ORDERS:
                mark = book.mark(line.reply, entity.at, entity.text, "other payer")
                order = _ORDERS.get(entity.role, PayerOrder.UNKNOWN)
                found.setdefault(entity.name, OtherPayer(name=entity.name, order=order, evidence=(mark,)))
    return tuple(found.values())
