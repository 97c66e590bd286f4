"""Which plan carries the behavioral benefit on the day, and whether it is active. Source: the answer's section 3."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from contracts import Benefit, Benefits, CoverageStatus, FindingCode
from contracts.benefits import Place
from payers.reading import codes, words
from payers.reading.dates import Dates, Known, dates_of, death_of, malformed
from payers.reading.evidence import Book
from payers.reading.lines import Line

_MEDICAL = re.compile(r"\bmedical\b", re.IGNORECASE)
_DENTAL_OR_VISION = re.compile(r"\b(?:dental|vision|optical)\b", re.IGNORECASE)
_DRUGS = re.compile(r"\b(?:pharmacy|prescription|rx)\b", re.IGNORECASE)
# A medical product may carry its drug benefit in its name; a dental one is often a PPO of its own.
_NETWORK_PLAN = re.compile(r"\b(?:ppo|hmo|epo|pos|hdhp|hsa)\b", re.IGNORECASE)


def is_other_plan(benefit: Benefit) -> bool:
    """Whether a line belongs to a dental, vision or pharmacy plan, by all of its service types or by plan text."""
    types = frozenset(benefit.service_types)
    if types and types <= codes.OTHER_PLAN_TYPES:
        return True
    if not benefit.plan or _MEDICAL.search(benefit.plan):
        return False
    if _DENTAL_OR_VISION.search(benefit.plan):
        return True
    return _DRUGS.search(benefit.plan) is not None and _NETWORK_PLAN.search(benefit.plan) is None


class PlanLine(NamedTuple):
    """A status line of a medical plan, with its own dates."""

    reply: int
    benefit: Benefit
    dates: Dates

    @property
    def active(self) -> bool:
        """Whether it says that the plan is active."""
        return self.benefit.information in codes.ACTIVE

    @property
    def of_plan(self) -> bool:
        """Whether it speaks of the whole plan, not of its behavioral part alone."""
        return _on_plan(self.benefit)


class Plan(NamedTuple):
    """The status and what it rests on, before anything else of the reply makes it less certain.

    ``seen`` are the lines of the status, or what the reply holds in their place; ``told`` a message that counted.
    """

    status: CoverageStatus
    lines: tuple[PlanLine, ...] = ()
    dates: Dates = Dates()
    seen: tuple[tuple[int, Benefit], ...] = ()
    told: tuple[int, Place, str] | None = None


def plan_of(lines: Sequence[Line], people: Sequence[Benefits], on: date, book: Book) -> Plan:
    """The plan that holds ``on``. Every status but a plain active or inactive one leaves a finding."""
    whole = _whole(lines)
    _note_malformed(whole, people, book)
    medical = [PlanLine(reply, one, dates_of(one.dates)) for reply, one in whole if _is_status(one)]
    deciding = _deciding(medical, on)
    active, inactive = [one for one in deciding if one.active], [one for one in deciding if not one.active]
    _note_pending(deciding, book)
    level = _level_dates(people)
    if not deciding:
        book.find(FindingCode.NO_STATUS_LINE, None, _what_there_is(whole))
        return Plan(CoverageStatus.UNCLEAR, dates=level, seen=_instead(whole))
    dates = _deciding_dates(active or inactive, level).unless_dead(_death(people))
    seen = [(one.reply, one.benefit) for one in deciding]
    if not active:
        elsewhere = [(n, one) for n, one in whole if _is_active_elsewhere(one) and dates_of(one.dates).holds(on)]
        if elsewhere:
            book.find(FindingCode.CONTRADICTION, inactive[0].benefit.at, "EB01 inactive plan, active service")
            return Plan(CoverageStatus.UNCLEAR, tuple(deciding), dates, (*seen, *elsewhere))
        return Plan(CoverageStatus.INACTIVE, tuple(inactive), dates, tuple(seen))
    if inactive:
        book.find(FindingCode.CONTRADICTION, inactive[0].benefit.at, "EB01 active and inactive")
        return Plan(CoverageStatus.UNCLEAR, tuple(deciding), dates, tuple(seen))
    return _active_plan(Plan(CoverageStatus.ACTIVE, tuple(active), dates, tuple(seen)), whole, on, book)


def _active_plan(plan: Plan, whole: Sequence[tuple[int, Benefit]], on: date, book: Book) -> Plan:
    """``plan``, less certain where its dates do not hold ``on``, or where a message says that it was terminated."""
    if not plan.dates.holds(on):
        known = plan.dates.ends if plan.dates.ended(on) else plan.dates.begins
        book.find(FindingCode.PLAN_DATES, known.source.at if known else None, _outside(plan.dates, on))
        plan = plan._replace(status=CoverageStatus.UNCLEAR)
    for reply, one in whole:
        for said in one.messages:
            if words.is_terminated(said.text) and not is_other_plan(one) and dates_of(one.dates).holds(on):
                book.find(FindingCode.TERMINATED_MESSAGE, said.at, "MSG")
                return plan._replace(status=CoverageStatus.UNCLEAR, told=(reply, said.at, said.sent or said.text))
    return plan


def _outside(dates: Dates, on: date) -> str:
    return "ended" if dates.ended(on) else "not begun"


def in_force(lines: Sequence[Line], on: date) -> list[Line]:
    """``lines`` without those of another year's plan, where the plan that holds ``on`` is among them.

    Where none is, every line stays: the status is unclear then, and says so of all of them.
    """
    medical = [one for _, one in _whole(lines) if _is_status(one)]
    if not any(dates_of(one.dates).holds(on) for one in medical):
        return list(lines)
    return [line for line in lines if not line.benefit.dates or dates_of(line.benefit.dates).holds(on)]


def _whole(lines: Sequence[Line]) -> list[tuple[int, Benefit]]:
    """Every benefit once; without those that name a program to close it: they close that program alone."""
    return list(
        dict.fromkeys(
            (line.reply, line.benefit)
            for line in lines
            if not (line.mentions and line.benefit.information in codes.INACTIVE)
        )
    )


def _on_plan(benefit: Benefit) -> bool:
    """Whether a line is of the whole plan: on 30, or on no service type and no procedure."""
    if benefit.procedure:
        return False
    return not benefit.service_types or codes.PLAN_TYPE in benefit.service_types


def _is_status(benefit: Benefit) -> bool:
    """Whether a line gives the medical plan's status: 1 to 5 also on a behavioral type, 6 to 8 on 30 or on none.

    A procedure is no service of the plan's: one of a program shows the plan active, and none shows it inactive.
    """
    if is_other_plan(benefit):
        return False
    if benefit.information in codes.INACTIVE:
        return _on_plan(benefit)
    if benefit.information not in codes.ACTIVE:
        return False
    if benefit.procedure:
        return benefit.procedure in codes.CONDITIONS_OF_PROCEDURE
    return _on_plan(benefit) or bool(frozenset(benefit.service_types) & _CARRIES_BEHAVIORAL)


_CARRIES_BEHAVIORAL = frozenset(codes.CONDITION_OF_TYPE)


def _is_active_elsewhere(benefit: Benefit) -> bool:
    """Whether a line says active for another medical service: beside an inactive plan it contradicts."""
    return benefit.information in codes.ACTIVE and not is_other_plan(benefit) and not _is_status(benefit)


def _deciding(medical: Sequence[PlanLine], on: date) -> list[PlanLine]:
    """The lines of the plan that holds ``on``; where none does, all of them.

    A service without dates of its own is its plan's: it holds no day that the plan itself does not.
    """
    held = [one for one in medical if one.dates.holds(on)]
    over = [one for one in medical if one.of_plan and one.active and not one.dates.holds(on)]
    if over and not any(one.of_plan or one.dates.sources for one in held):
        return [*over, *held]
    return held or list(medical)


def _instead(whole: Sequence[tuple[int, Benefit]]) -> tuple[tuple[int, Benefit], ...]:
    """What a reply without a status line holds: active lines of other plans and services, else its first line."""
    active = tuple((reply, one) for reply, one in whole if one.information in codes.ACTIVE)
    return active or tuple(whole[:1])


def _what_there_is(whole: Sequence[tuple[int, Benefit]]) -> str:
    kinds = sorted({one.information for _, one in whole if one.information in codes.KNOWN_INFORMATION})
    return "EB01 " + " ".join(kinds) if kinds else "no EB"


def _note_pending(lines: Iterable[PlanLine], book: Book) -> None:
    for one in lines:
        if one.benefit.information in codes.PENDING:
            book.find(FindingCode.PENDING, one.benefit.at, f"EB01={one.benefit.information}")


def _note_malformed(whole: Sequence[tuple[int, Benefit]], people: Sequence[Benefits], book: Book) -> None:
    levels = [person.dates for said in people for person in (said.patient, said.subscriber) if person is not None]
    for dated in (*levels, *(one.dates for _, one in whole)):
        for one in malformed(dated):
            book.find(FindingCode.MALFORMED_VALUE, one.at, f"DTP{one.kind}")


def _level_dates(people: Sequence[Benefits]) -> Dates:
    """The dates of the member's own level, else of its subscriber's, whose death ends no dependent's plan."""
    for said in people:
        holder = said.subscriber if said.subscriber is not said.patient else None
        for person in (said.patient, holder):
            if person is not None:
                found = dates_of([one for one in person.dates if person is said.patient or one.kind != _DEATH])
                if found.sources:
                    return found
    return Dates()


_DEATH = "442"


def _death(people: Sequence[Benefits]) -> Known | None:
    found = [known for said in people if said.patient is not None and (known := death_of(said.patient.dates))]
    return min(found, default=None, key=lambda known: known.on)


def _deciding_dates(lines: Sequence[PlanLine], level: Dates) -> Dates:
    """The deciding line's own dates before its level's, begin and end each for itself."""
    plan, parts = [one for one in lines if one.of_plan], [one for one in lines if not one.of_plan]
    first, last = (plan, parts) if plan else (parts, [])
    dates = _first_known(first).else_by(level)
    return dates if dates.sources else _first_known(last)


def _first_known(lines: Iterable[PlanLine]) -> Dates:
    """The dates of the first line that has any; the order of lines changes nothing."""
    return min(
        (one.dates for one in lines if one.dates.sources),
        default=Dates(),
        key=lambda dates: (dates.begins_on or date.min, dates.ends_on or date.max),
    )
