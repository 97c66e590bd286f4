"""What a change between two answers is: its kind, how much it matters, who acts on it and by when."""

from datetime import date, timedelta
from enum import StrEnum

from contracts import Answer, Condition, Frozen, Program, Side


class ChangeCode(StrEnum):
    """What changed, in order of harm."""

    COVERAGE_LOST = "coverage_lost"
    MEMBER_NOT_FOUND = "member_not_found"
    EXHAUSTED = "exhausted"
    AUTHORIZATION_CHANGED = "authorization_changed"
    AUTHORIZATION_MAY_END = "authorization_may_end"
    ADMINISTRATOR_CHANGED = "administrator_changed"
    ENDS_SOON = "ends_soon"
    PLAN_CHANGED = "plan_changed"
    GROUP_CHANGED = "group_changed"
    CARD_NUMBER_CHANGED = "card_number_changed"
    NEARLY_EXHAUSTED = "nearly_exhausted"
    LIMIT_NEW = "limit_new"
    ACCUMULATOR_BACKWARDS = "accumulator_backwards"
    COVERAGE_UNCLEAR = "coverage_unclear"
    DEDUCTIBLE_RESET = "deductible_reset"
    DEDUCTIBLE_MET = "deductible_met"
    OUT_OF_POCKET_RESET = "out_of_pocket_reset"
    OUT_OF_POCKET_MET = "out_of_pocket_met"
    COVERAGE_REGAINED = "coverage_regained"


class Severity(StrEnum):
    """How much a change matters: before the next day of care, within the week, or good to know."""

    URGENT = "urgent"
    SOON = "soon"
    NOTE = "note"


class Actor(StrEnum):
    """Who acts on a change."""

    INTAKE = "intake"
    BILLING = "billing"


class Change(Frozen):
    """One thing that is not as it was.

    ``program``, ``condition`` and ``side`` are null where it is about the plan. ``before`` and ``after`` are words or
    figures of the two answers, null where one of them has none. ``by`` is the day until which somebody should act.
    ``evidence`` are lines of the later answer.
    """

    code: ChangeCode
    severity: Severity
    actor: Actor
    by: date | None = None
    program: Program | None = None
    condition: Condition | None = None
    side: Side | None = None
    before: str | None = None
    after: str | None = None
    text: str
    evidence: tuple[str, ...] = ()


_DAYS = {Severity.URGENT: 0, Severity.SOON: 7}
"""Days from the service date until which somebody should act."""


def change_in(answer: Answer, code: ChangeCode, severity: Severity, actor: Actor, text: str, **more: object) -> Change:
    """Return the change that the later ``answer`` shows; ``more`` are fields of it."""
    by = answer.service_date + timedelta(days=_DAYS[severity]) if severity in _DAYS else None
    known = {"code": code, "severity": severity, "actor": actor, "by": by, "text": text}
    return Change.model_validate(known | more)
