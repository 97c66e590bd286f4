"""The plan that carries the behavioral benefit: its status, dates, name and group. Source: the answer's section 3."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from contracts import (
    Benefit,
    Benefits,
    BenefitYear,
    BenefitYearKind,
    Coverage,
    CoverageStatus,
    Dated,
    FindingCode,
    OtherPayer,
    PayerOrder,
    Person,
    PlanType,
    Reference,
)
from payers.reading import codes, words
from payers.reading.evidence import Book
from payers.reading.lines import Line
from payers.reading.numbers import day, span

_OTHER_PLAN = re.compile(r"\b(?:dental|vision|optical|pharmacy|prescription|rx)\b", re.IGNORECASE)
_PLAN_TYPES = {
    "HM": PlanType.HMO,
    "PR": PlanType.PPO,
    "EP": PlanType.EPO,
    "PS": PlanType.POS,
    "IN": PlanType.INDEMNITY,
    "HN": PlanType.MEDICARE_ADVANTAGE,
    "MC": PlanType.MEDICAID,
    **dict.fromkeys(("MA", "MB", "MP", "CP"), PlanType.MEDICARE),
}
_ORDERS = {"PRP": PayerOrder.PRIMARY, "SEP": PayerOrder.SECONDARY, "TTP": PayerOrder.TERTIARY}
_BEGINS = ("346", "356")
_ENDS = ("347", "349", "357", "341")
_RANGES = ("291", "307", "346", "356")
_DEATH = "442"
_YEAR_KINDS = {"23": BenefitYearKind.CALENDAR, "22": BenefitYearKind.PLAN, "25": BenefitYearKind.PLAN}


def is_other_plan(benefit: Benefit) -> bool:
    """Whether a line belongs to a dental, vision or pharmacy plan, by all of its service types or by plan text."""
    types = frozenset(benefit.service_types)
    return bool(types and types <= codes.OTHER_PLAN_TYPES) or _OTHER_PLAN.search(benefit.plan) is not None


class Dates(NamedTuple):
    """When a plan begins and ends, and the lines that say so."""

    begins_on: date | None = None
    ends_on: date | None = None
    sources: tuple[Dated, ...] = ()

    def holds(self, on: date) -> bool:
        """Whether ``on`` lies within; an end that is not known lies open."""
        return not self.ended(on) and not (self.begins_on is not None and self.begins_on > on)

    def ended(self, on: date) -> bool:
        """Whether the plan ended before ``on``."""
        return self.ends_on is not None and self.ends_on < on


def dates_of(dated: Iterable[Dated]) -> Dates:
    """Begin and end of a plan, by the order of qualifiers of the answer's section 3."""
    said = list(dated)
    begins = next((found for kind in _BEGINS if (found := _one(said, kind, 0))), None)
    ends = next((found for kind in _ENDS if (found := _one(said, kind, 1))), None)
    for kind in _RANGES:
        for one in said:
            if one.kind == kind and one.form == "RD8":
                first, last = span(one.value)
                begins = begins or ((first, one) if first else None)
                ends = ends or ((last, one) if last else None)
    died = _one(said, _DEATH, 0)
    if died is not None and (ends is None or died[0] < ends[0]):
        ends = died
    sources = tuple(dict.fromkeys(found[1] for found in (begins, ends) if found))
    return Dates(begins[0] if begins else None, ends[0] if ends else None, sources)


def _one(said: Sequence[Dated], kind: str, end: int) -> tuple[date, Dated] | None:
    for one in said:
        if one.kind == kind:
            found = span(one.value)[end] if one.form == "RD8" else day(one.value)
            if found is not None:
                return found, one
    return None


class _PlanLine(NamedTuple):
    """A status line of a medical plan, with its own dates."""

    reply: int
    benefit: Benefit
    dates: Dates

    @property
    def active(self) -> bool:
        return self.benefit.information in codes.ACTIVE


class Plan(NamedTuple):
    """The status and what it rests on, before anything else of the reply makes it less certain."""

    status: CoverageStatus
    lines: tuple[_PlanLine, ...] = ()
    dates: Dates = Dates()


def plan_of(lines: Sequence[Line], people: Sequence[Benefits], on: date, book: Book) -> Plan:
    """The plan that holds ``on``. Every status but a plain active or inactive one leaves a finding."""
    # A line that names a program closes that program alone, whatever type it stands on.
    whole = list(
        dict.fromkeys(
            (line.reply, line.benefit)
            for line in lines
            if not (line.mentions and line.benefit.information in codes.INACTIVE)
        )
    )
    medical = [_PlanLine(reply, one, dates_of(one.dates)) for reply, one in whole if _is_status(one)]
    held = [one for one in medical if one.dates.holds(on)]
    level = _level_dates(people)
    deciding = held or medical
    active = [one for one in deciding if one.active]
    inactive = [one for one in deciding if not one.active]
    _note_pending(deciding, book)
    if not deciding:
        book.find(FindingCode.NO_STATUS_LINE, None, _what_there_is(whole))
        return Plan(CoverageStatus.UNCLEAR, dates=level)
    dates = _deciding_dates(active or inactive, level)
    if not active and any(_is_active_elsewhere(one) for _, one in whole if dates_of(one.dates).holds(on)):
        book.find(FindingCode.CONTRADICTION, inactive[0].benefit.at, "EB01 inactive plan, active service")
        return Plan(CoverageStatus.UNCLEAR, tuple(deciding), dates)
    if active and inactive:
        book.find(FindingCode.CONTRADICTION, inactive[0].benefit.at, "EB01 active and inactive")
        return Plan(CoverageStatus.UNCLEAR, tuple(deciding), dates)
    if inactive:
        return Plan(CoverageStatus.INACTIVE, tuple(inactive), dates)
    status = CoverageStatus.ACTIVE
    if not dates.holds(on):
        at = dates.sources[-1].at if dates.sources else None
        book.find(FindingCode.PLAN_DATES, at, "ended" if dates.ended(on) else "not begun")
        status = CoverageStatus.UNCLEAR
    ended = next(
        (said for _, one in whole if not is_other_plan(one) for said in one.messages if words.is_terminated(said.text)),
        None,
    )
    if ended is not None:
        book.find(FindingCode.TERMINATED_MESSAGE, ended.at, "MSG")
        status = CoverageStatus.UNCLEAR
    return Plan(status, tuple(active), dates)


def _is_status(benefit: Benefit) -> bool:
    """Whether a line gives the medical plan's status: 1 to 5 also on a behavioral type, 6 to 8 on 30 or on none."""
    if is_other_plan(benefit) or benefit.procedure:
        return False
    types = frozenset(benefit.service_types)
    on_plan = not types or codes.PLAN_TYPE in types
    if benefit.information in codes.INACTIVE:
        return on_plan
    return benefit.information in codes.ACTIVE and (on_plan or bool(types & _CARRIES_BEHAVIORAL))


def _is_active_elsewhere(benefit: Benefit) -> bool:
    """Whether a line says active for another medical service: beside an inactive plan it contradicts."""
    return benefit.information in codes.ACTIVE and not is_other_plan(benefit) and not _is_status(benefit)


_CARRIES_BEHAVIORAL = frozenset(codes.CONDITION_OF_TYPE)


def _what_there_is(whole: Sequence[tuple[int, Benefit]]) -> str:
    kinds = sorted({one.information for _, one in whole if one.information in codes.KNOWN_INFORMATION})
    return "EB01 " + " ".join(kinds) if kinds else "no EB"


def _note_pending(lines: Iterable[_PlanLine], book: Book) -> None:
    for one in lines:
        if one.benefit.information in codes.PENDING:
            book.find(FindingCode.PENDING, one.benefit.at, f"EB01={one.benefit.information}")


def _level_dates(people: Sequence[Benefits]) -> Dates:
    for person in (one for said in people for one in (said.patient, said.subscriber)):
        if person is not None:
            found = dates_of(person.dates)
            if found.sources:
                return found
    return Dates()


def _deciding_dates(lines: Sequence[_PlanLine], level: Dates) -> Dates:
    """The deciding line's own dates before its level's, begin and end each for itself."""
    own = next((one.dates for one in _plan_first(lines) if one.dates.sources), Dates())
    begins, ends = own.begins_on or level.begins_on, own.ends_on or level.ends_on
    return Dates(begins, ends, tuple(dict.fromkeys((*own.sources, *level.sources))))


def _plan_first(lines: Sequence[_PlanLine]) -> list[_PlanLine]:
    return sorted(lines, key=lambda one: codes.PLAN_TYPE not in one.benefit.service_types)


def coverage(
    plan: Plan, status: CoverageStatus, lines: Sequence[Line], people: Sequence[Benefits], on: date, book: Book
) -> Coverage:
    """The coverage of the answer, each part with its evidence."""
    evidence = [book.line(one.reply, one.benefit) for one in plan.lines]
    evidence += [
        book.mark(_reply_of(one, people), one.at, one.sent or one.value, "plan date") for one in plan.dates.sources
    ]
    named = next((one for one in _plan_first(plan.lines) if one.benefit.plan), None)
    typed = next((kind for one in _plan_first(plan.lines) if (kind := _PLAN_TYPES.get(one.benefit.insurance))), None)
    group = _group(people, plan.lines)
    if group is not None:
        evidence.append(book.mark(group[0], group[1].at, group[1].sent or group[1].value, "group"))
    others, kept = _others(lines, book), ()
    return Coverage(
        status=status,
        plan_name=named.benefit.plan if named else None,
        plan_type=typed,
        group_number=group[1].value if group else None,
        group_name=(group[1].name or None) if group else None,
        begins_on=plan.dates.begins_on,
        ends_on=plan.dates.ends_on,
        benefit_year=_benefit_year(lines, plan.dates, on),
        other_payers=others or kept,
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


def _group(people: Sequence[Benefits], lines: Sequence[_PlanLine]) -> tuple[int, Reference] | None:
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


def _benefit_year(lines: Sequence[Line], dates: Dates, on: date) -> BenefitYear:
    """The year of the plan-level deductible; its reset is known for a calendar year, and for a dated plan year."""
    kinds = {
        _YEAR_KINDS[line.benefit.period]
        for line in lines
        if line.benefit.information in {"C", "G"}
        and line.benefit.period in _YEAR_KINDS
        and not line.mentions
        and not is_other_plan(line.benefit)
    }
    if len(kinds) != 1:
        return BenefitYear()
    kind = kinds.pop()
    if kind is BenefitYearKind.CALENDAR:
        return BenefitYear(kind=kind, resets_on=date(on.year + 1, 1, 1))
    within = dates.begins_on and dates.ends_on and dates.ends_on - dates.begins_on <= _A_YEAR and dates.holds(on)
    return BenefitYear(kind=kind, resets_on=dates.ends_on + timedelta(days=1) if within and dates.ends_on else None)


_A_YEAR = timedelta(days=366)


def _others(lines: Sequence[Line], book: Book) -> tuple[OtherPayer, ...]:
    found: dict[str, OtherPayer] = {}
    for line in lines:
        if line.benefit.information != "R":
            continue
        for entity in line.benefit.entities:
            if entity.name and entity.role not in codes.PERSON_ROLES | codes.PROVIDER_ROLES:
                mark = book.mark(line.reply, entity.at, entity.text, "other payer")
                order = _ORDERS.get(entity.role, PayerOrder.UNKNOWN)
                found.setdefault(entity.name, OtherPayer(name=entity.name, order=order, evidence=(mark,)))
    return tuple(found.values())
