"""Which plan carries the behavioral benefit on the day, whether it is active, and which lines are its own.

Source: ``ANSWER.md`` [C1] to [C7], [S7].
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from contracts import Benefit, Benefits, CoverageStatus, Dated, FindingCode
from contracts.benefits import Place
from payers.reading.coverage.dates import (
    NO_DATES,
    Dates,
    Known,
    dates_of,
    days_of,
    death_of,
    find_malformed,
    line_holds,
    premium_paid_to,
)
from payers.reading.coverage.lines_by_plan import LinesByPlan
from payers.reading.coverage.other_plans import PART_A
from payers.reading.coverage.plan_facts import (
    CARRIES_BEHAVIORAL,
    is_of_other_plan,
    is_on_plan,
    may_be_status,
    words_of_status,
)
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.line import Line


class PlanLine(NamedTuple):
    """A status line of a plan that counts, with its own dates.

    ``is_of_plan``: it speaks of the whole plan, not of its behavioral part alone. ``is_labelled``: its plan's text
    names a program.
    """

    reply: int
    benefit: Benefit
    dates: Dates
    is_active: bool
    is_of_plan: bool
    is_labelled: bool


class Plan(NamedTuple):
    """The status and what it rests on, before anything else of the reply makes it less certain.

    ``seen``: the lines of the status, or what the reply holds in their place. ``words``: a message that counted.
    """

    status: CoverageStatus
    lines: tuple[PlanLine, ...] = ()
    dates: Dates = Dates()
    seen: tuple[tuple[int, Benefit], ...] = ()
    words: tuple[int, Place, str] | None = None


def _plan_line(line: Line, dates: Dates) -> PlanLine:
    benefit, statements = line.benefit, line.facts.statements
    is_labelled = bool(statements) and any(not one.messages for one in statements)
    return PlanLine(line.reply, benefit, dates, benefit.information in codes.ACTIVE, is_on_plan(benefit), is_labelled)


def plan_of(lines: LinesByPlan, people: Sequence[Benefits], book: Book) -> Plan:
    """Return the plan that holds the day. Every status but a plain active or inactive one leaves a finding."""
    on = lines.on
    _note_malformed(lines, people, book)
    medical = [
        _plan_line(one.line, _own_dates(one.line.benefit, lines.line_of(one.plan), on))
        for one in lines.status
        if not one.is_on_plan_aside
    ]
    deciding = _deciding(medical, on)
    active, inactive = [one for one in deciding if one.is_active], [one for one in deciding if not one.is_active]
    _note_pending(deciding, book)
    level = _level_dates(people, on)
    if not deciding:
        book.find(FindingCode.NO_STATUS_LINE, None, _what_there_is(lines.benefits))
        part_a = (
            _plan_line(line, dates_of(line.benefit.dates, on))._replace(is_labelled=False)
            for line, said, _ in lines.status
            if said.insurance == PART_A
        )
        return Plan(CoverageStatus.UNCLEAR, tuple(part_a), level, _instead(lines.benefits))
    dates = _deciding_dates(active or inactive, level).unless_dead(_death(people))
    seen = [(one.reply, one.benefit) for one in deciding]
    if not active:
        elsewhere = [
            (line.reply, line.benefit)
            for line in lines.benefits
            if _is_active_elsewhere(line) and dates_of(line.benefit.dates, on).holds(on)
        ]
        if elsewhere:
            book.find(FindingCode.CONTRADICTION, inactive[0].benefit.at, "EB01 inactive plan, active service")
            return Plan(CoverageStatus.UNCLEAR, tuple(deciding), dates, (*seen, *elsewhere))
        return Plan(CoverageStatus.INACTIVE, tuple(inactive), dates, tuple(seen))
    if inactive:
        book.find(FindingCode.CONTRADICTION, inactive[0].benefit.at, "EB01 active and inactive")
        return Plan(CoverageStatus.UNCLEAR, tuple(deciding), dates, tuple(seen))
    plan = Plan(CoverageStatus.ACTIVE, tuple(active), dates, tuple(seen))
    pending = [one for one in active if one.benefit.information in codes.PENDING]
    if len(pending) == len(active) or any(one.is_of_plan for one in pending):
        plan = plan._replace(status=CoverageStatus.UNCLEAR)
    return _check_words(_check_days(plan, people, on, book), lines, book)


def _own_dates(benefit: Benefit, plan: Line | None, on: date) -> Dates:
    """The dates of a line, else those of the active plan that it belongs to ([C6])."""
    if benefit.dates and (dates := dates_of(benefit.dates, on)).are_known:
        return dates
    if plan is None or plan.benefit.information not in codes.ACTIVE:
        return NO_DATES
    return dates_of(plan.benefit.dates, on)


def _check_days(plan: Plan, people: Sequence[Benefits], on: date, book: Book) -> Plan:
    """``plan``, unclear where its dates do not hold ``on``, or where the premium is paid to an earlier day ([C2]).

    A plan line's own begin (348) is no begin of the plan ([C5]), but a line that has not begun is not active yet.
    """
    of_plan = [one for one in plan.lines if one.benefit.dates and one.is_of_plan]
    if not plan.dates.holds(on):
        known = plan.dates.ends if plan.dates.is_over(on) else plan.dates.begins
        book.find(FindingCode.PLAN_DATES, known.source.at if known else None, _outside(plan.dates, on))
        plan = plan._replace(status=CoverageStatus.UNCLEAR)
    elif late := [one for one in of_plan if not line_holds(one.benefit.dates, on)]:
        book.find(FindingCode.PLAN_DATES, late[0].benefit.at, "not begun")
        plan = plan._replace(status=CoverageStatus.UNCLEAR)
    own = [one.benefit.dates for one in of_plan]
    levels = [person.dates for said in people for person in (said.patient, said.subscriber) if person is not None]
    paid = next((known for dated in (*own, *levels) if (known := premium_paid_to(dated))), None)
    if paid is not None and paid.on < on:
        book.find(FindingCode.PLAN_DATES, paid.source.at, "premium paid to")
        plan = plan._replace(
            status=CoverageStatus.UNCLEAR, words=(0, paid.source.at, paid.source.sent or paid.source.value)
        )
    return plan


def _check_words(plan: Plan, lines: LinesByPlan, book: Book) -> Plan:
    """``plan``, unclear where words of status say that coverage ended; with a later date they are its end ([C3])."""
    on = lines.on
    for line in lines.with_words_of_status:
        for clause, record in words_of_status(line.facts):
            benefit = line.benefit
            if not _may_tell_status(benefit) or is_of_other_plan(line) or not dates_of(benefit.dates, on).holds(on):
                break
            said = benefit.messages[clause.messages[0]]
            ends = record.attached.ends or record.attached.begins
            if ends is not None and ends >= on:
                known = Known(ends, Dated(said.at, "MSG", "", said.text, said.sent or said.text))
                plan = plan._replace(dates=plan.dates._replace(ends=plan.dates.ends or known))
                continue
            book.find(FindingCode.TERMINATED_MESSAGE, said.at, "MSG")
            return plan._replace(status=CoverageStatus.UNCLEAR, words=(line.reply, said.at, said.sent or said.text))
    return plan


def _may_tell_status(benefit: Benefit) -> bool:
    types = frozenset(benefit.service_types)
    return not types or codes.PLAN_TYPE in types or bool(types & CARRIES_BEHAVIORAL)


def _outside(dates: Dates, on: date) -> str:
    return "ended" if dates.is_over(on) else "not begun"


def _is_active_elsewhere(line: Line) -> bool:
    """Whether a line says active for another medical service or for Part A: beside an inactive plan it contradicts."""
    if line.benefit.information not in codes.ACTIVE or is_of_other_plan(line):
        return False
    return not may_be_status(line.benefit) or line.benefit.insurance == PART_A


def _deciding(medical: Sequence[PlanLine], on: date) -> list[PlanLine]:
    """The lines of the plan that holds ``on``; where none does, all of them ([C4]).

    A service without dates of its own is its plan's: it holds no day that the plan itself does not.
    """
    held = [one for one in medical if _holds(one, on)]
    if len(held) == len(medical):
        return held
    over = [one for one in medical if one.is_of_plan and one.is_active and not _holds(one, on)]
    if over and not any(one.is_of_plan or one.dates.are_known for one in held):
        return [*over, *held]
    return held or list(medical)


def _holds(one: PlanLine, on: date) -> bool:
    if one.dates is NO_DATES and not one.benefit.dates:
        return True
    return one.dates.holds(on) and line_holds(one.benefit.dates, on)


def _instead(lines: Sequence[Line]) -> tuple[tuple[int, Benefit], ...]:
    """What a reply without a status line holds: active lines of other plans and services, else its first line."""
    active = [line for line in lines if line.benefit.information in codes.ACTIVE]
    return tuple([(line.reply, line.benefit) for line in active or lines[:1]])


def _what_there_is(lines: Sequence[Line]) -> str:
    kinds = sorted({line.benefit.information for line in lines} & codes.KNOWN_INFORMATION)
    return "EB01 " + " ".join(kinds) if kinds else "no EB"


def _note_pending(lines: Iterable[PlanLine], book: Book) -> None:
    for one in lines:
        if one.benefit.information in codes.PENDING:
            book.find(FindingCode.PENDING, one.benefit.at, f"EB01={one.benefit.information}")


def _note_malformed(lines: LinesByPlan, people: Sequence[Benefits], book: Book) -> None:
    levels = [person.dates for said in people for person in (said.patient, said.subscriber) if person is not None]
    malformed = [dated for dated in levels if days_of(dated, lines.on).are_malformed]
    for dated in (*malformed, *(line.benefit.dates for line in lines.with_odd_dates)):
        for one in find_malformed(dated):
            book.find(FindingCode.MALFORMED_VALUE, one.at, f"DTP{one.kind}")


def _level_dates(people: Sequence[Benefits], on: date) -> Dates:
    """The dates of the member's own level, else of its subscriber's, whose death ends no dependent's plan."""
    for said in people:
        holder = said.subscriber if said.subscriber is not said.patient else None
        for person in (said.patient, holder):
            if person is not None:
                found = dates_of([one for one in person.dates if person is said.patient or one.kind != _DEATH], on)
                if found.are_known:
                    return found
    return Dates()


_DEATH = "442"


def _death(people: Sequence[Benefits]) -> Known | None:
    found = [known for said in people if said.patient is not None and (known := death_of(said.patient.dates))]
    return min(found, default=None, key=lambda known: known.on)


def _deciding_dates(lines: Sequence[PlanLine], level: Dates) -> Dates:
    """The deciding line's own dates before its level's, begin and end each for itself."""
    plan, parts = [one for one in lines if one.is_of_plan], [one for one in lines if not one.is_of_plan]
    first, last = (plan, parts) if plan else (parts, [])
    dates = _first_known(first).else_by(level)
    return dates if dates.are_known else _first_known(last)


def _first_known(lines: Iterable[PlanLine]) -> Dates:
    """The dates of the first line that has any; the order of lines changes nothing."""
    known = [one.dates for one in lines if one.dates.are_known]
    return min(known, default=NO_DATES, key=lambda dates: (dates.begins_on or date.min, dates.ends_on or date.max))
