"""Schedules: at the times of a cron, the members who are due become a batch, which begins at once.

A run has a caller of its own, ``schedule:<name>@<time>``, so that it makes one batch however often it is begun. A
process that was killed while it made one leaves a batch that is not ready, which is cancelled and made anew.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from croniter import croniter

from contracts import Frozen, Question
from contracts.wording import EASTERN
from service.batches.batches import Batches
from service.batches.preflight import inquiries_of
from service.batches.rows import RosterRow
from service.guidance.calls import note_of
from service.plugins.loading import Directory
from service.security.access import Caller, Role
from service.settings.schedules import DueRule, ScheduleSettings
from service.store import Store
from service.store.batch_values import BatchState
from service.store.followed import FollowedMember

DAYS_SHOWN = 14
MEMBERS_AT_ONCE = 200
VERIFY_AGAIN_ENTRY = "p61"
"""The entry of the record that says by when to verify again. Source: ``INTAKE.md`` 2, point 61."""


class DueMember(NamedTuple):
    """A member who is due, and by which rule."""

    member: FollowedMember
    rule: DueRule


class PlannedRun(Frozen):
    """A run to come: how many members are due by what is known now, and how many inquiries that costs at least."""

    schedule: str
    at: datetime
    members: int
    inquiries: int
    by_rule: Mapping[str, int]


def times_of(cron: str, begin: datetime, days: int = DAYS_SHOWN) -> list[datetime]:
    """Return the times of ``cron`` from ``begin`` on, for so many days, in US Eastern."""
    begin = begin.astimezone(EASTERN)
    times, end = croniter(cron, begin), begin + timedelta(days=days)
    found: list[datetime] = []
    while (at := times.get_next(datetime)) < end:
        found.append(at)
    return found


def due_rule(schedule: ScheduleSettings, member: FollowedMember, on: date) -> DueRule | None:
    """Return the first rule of ``schedule`` by which ``member`` is due on the day ``on``; None when none does."""
    if member.question.purpose not in schedule.purposes:
        return None
    if schedule.payers and member.question.payer not in schedule.payers:
        return None
    return next((rule for rule in schedule.due if _is_due(rule, schedule.days, member, on)), None)


def _is_due(rule: DueRule, days: int, member: FollowedMember, on: date) -> bool:
    """Whether the day has come, and the member was not asked about since."""
    asked_on = member.asked_at.astimezone(EASTERN).date()
    if rule is DueRule.ALL:
        return asked_on < on
    if rule is DueRule.MONTH_END:
        next_month = (on.replace(day=28) + timedelta(days=4)).replace(day=1)
        return _has_come(next_month - timedelta(days=1), days, asked_on, on)
    if rule is DueRule.VERIFY_AGAIN_BY:
        return any(_has_come(day, days, asked_on, on) for day in _days_of_notes(member))
    if member.answer is None:
        return False
    coverage = member.answer.coverage
    if rule is DueRule.COVERAGE_END:
        return _has_come(coverage.ends_on, days, asked_on, on)
    resets_on = coverage.benefit_year.resets_on
    return resets_on is not None and asked_on < resets_on <= on


def _has_come(end: date | None, days: int, asked_on: date, on: date) -> bool:
    return end is not None and asked_on < end - timedelta(days=days) <= on <= end


def _days_of_notes(member: FollowedMember) -> list[date]:
    found = []
    for kept in member.notes:
        for said in note_of(*kept).answers:
            if said.entry == VERIFY_AGAIN_ENTRY:
                try:
                    found.append(date.fromisoformat(said.value))
                except ValueError:
                    continue
    return found


async def due_members(store: Store, schedule: ScheduleSettings, on: date) -> AsyncIterator[DueMember]:
    """Yield the members who are due on the day ``on``, a page at a time. Raises ``ServiceRefusal``."""
    after: bytes | None = b""
    while after is not None:
        members, after = await store.followed_members(after, MEMBERS_AT_ONCE)
        for member in members:
            rule = due_rule(schedule, member, on)
            if rule is not None:
                yield DueMember(member, rule)


async def planned_runs(
    store: Store, schedules: Iterable[ScheduleSettings], directory: Directory, begin: datetime
) -> list[PlannedRun]:
    """Return the runs of the next ``DAYS_SHOWN`` days in order, by what is known at ``begin``.

    A member who is due at two runs is counted at both: by then it may have been asked about. Raises ``ServiceRefusal``.
    """
    runs = []
    for schedule in schedules:
        for at in times_of(schedule.cron, begin):
            rules, inquiries = Counter[str](), 0
            async for due in due_members(store, schedule, at.date()):
                rules[due.rule.value] += 1
                if due.member.question.payer in directory:
                    inquiries += inquiries_of(directory.adapter(due.member.question.payer).card)[0]
            known = {"members": rules.total(), "inquiries": inquiries, "by_rule": dict(rules)}
            runs.append(PlannedRun.model_validate({"schedule": schedule.name, "at": at, **known}))
    return sorted(runs, key=lambda run: (run.at, run.schedule))


async def run_schedule(batches: Batches, store: Store, schedule: ScheduleSettings, at: datetime) -> str | None:
    """Make the batch of the run at ``at`` and start it; returns its id, None when nobody is due.

    Raises ``ServiceRefusal``.
    """
    caller = Caller(id=f"schedule:{schedule.name}@{at.isoformat()}", role=Role.BATCH)
    for known in (await batches.list_batches(caller)).batches:
        if known.state is BatchState.READY:
            await batches.change(known.id, "start", caller)
        if known.state not in {BatchState.CHECKING, BatchState.CANCELLED}:
            return known.id
        if known.state is BatchState.CHECKING:
            await batches.change(known.id, "cancel", caller)
    on = at.astimezone(EASTERN).date()
    rows = [
        RosterRow(number, _again(due.member.question, on))
        for number, due in enumerate([one async for one in due_members(store, schedule, on)], start=1)
    ]
    if not rows:
        return None
    view = await batches.check_rows(iter(rows), caller)
    await batches.change(view.id, "start", caller)
    return view.id


def _again(question: Question, on: date) -> Question:
    return question.model_copy(update={"service_date": on})
