"""What a run brought becomes the record's answer: pending or final, upon what earlier runs knew. Pure functions."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from contracts import (
    Administrator,
    AdministratorOutcome,
    Answer,
    CoverageStatus,
    Exchange,
    FindingCode,
    Rule,
    Side,
    State,
    Timing,
)
from service.gateway import WAITING
from service.store import JobRow


def make_pending(answer: Answer, next_at: datetime, until: datetime) -> Answer:
    """The same answer, to which more may still come at ``next_at``, and again ``until`` its life ends."""
    problems = tuple(
        problem.model_copy(update={"retry_at": next_at}) if problem.code in WAITING else problem
        for problem in answer.problems
    )
    return answer.model_copy(update={"state": State.PENDING, "problems": problems, "asked_until": until})


def make_final(answer: Answer) -> Answer:
    """The same answer at the end of its life, to which nothing more will come."""
    problems = tuple(problem.model_copy(update={"retry_at": None}) for problem in answer.problems)
    administrators = tuple(_end_outcome(one, answer) for one in answer.administrators)
    return answer.model_copy(update={"state": State.FINAL, "problems": problems, "administrators": administrators})


def _end_outcome(one: Administrator, answer: Answer) -> Administrator:
    """Return an administrator at the end of the question's life: who was still being asked answered in part, or not."""
    if one.outcome is not AdministratorOutcome.PENDING:
        return one
    sides = [row.on(side) for row in answer.programs for side in Side]
    spoke = any(terms.administered_by == one.name and terms.rule is not Rule.DELEGATED for terms in sides)
    outcome = AdministratorOutcome.ANSWERED if spoke else AdministratorOutcome.UNREACHABLE
    return one.model_copy(update={"outcome": outcome})


def keep_what_was_known(earlier: Answer | None, later: Answer) -> Answer:
    """``later``; when it knows nothing and an earlier run knew something, that, with the problems of now."""
    if earlier is None or knows_nothing(earlier) or not knows_nothing(later):
        return later
    findings = tuple(dict.fromkeys((*earlier.findings, *later.findings)))
    return earlier.model_copy(update={"state": later.state, "problems": later.problems, "findings": findings})


def knows_nothing(answer: Answer | None) -> bool:
    """Whether no usable reply has come yet."""
    return answer is None or answer.coverage.status is CoverageStatus.COULD_NOT_CHECK


def has_unknown_rejection(answer: Answer) -> bool:
    """Whether the answer rests on a rejection (AAA03) that nobody knows."""
    return any(
        finding.code is FindingCode.UNKNOWN_CODE and (finding.detail or "").startswith("AAA03=")
        for finding in answer.findings
    )


def timing_of(job: JobRow, exchanges: Iterable[Exchange], now: datetime) -> Timing:
    """Where the time went so far: the exchanges of earlier runs, then those of this one, numbered through."""
    earlier = job.answer.timing.exchanges if job.answer and job.answer.timing else ()
    numbered = (
        exchange if exchange.attempt == number else exchange.model_copy(update={"attempt": number})
        for number, exchange in enumerate((*earlier, *exchanges), start=1)
    )
    spent = now - job.created_at
    return Timing(budget_ms=0, elapsed_ms=max(0, round(spent / timedelta(milliseconds=1))), exchanges=tuple(numbered))
