"""The answer when no usable reply has come, and what an answer says of an error."""

from datetime import date, datetime

from contracts.answer import Answer
from contracts.errors import PayerError
from contracts.facts import PROGRAMS, Coverage, Problem, ProgramTerms, Timing
from contracts.vocabulary import CoverageStatus, MemberMatch, State


def answer_without_reply(
    *,
    payer: str | None,
    service_date: date,
    as_of: datetime,
    problems: tuple[Problem, ...],
    state: State = State.FINAL,
    status: CoverageStatus = CoverageStatus.COULD_NOT_CHECK,
    phone: str | None = None,
    timing: Timing | None = None,
) -> Answer:
    """Return an answer that says only why nothing is known yet. ``status`` is ``could_not_check`` or ``not_found``."""
    return Answer(
        state=state,
        payer=payer,
        service_date=service_date,
        as_of=as_of,
        member_match=MemberMatch.NOT_FOUND if status is CoverageStatus.NOT_FOUND else None,
        coverage=Coverage(status=status),
        programs=tuple(ProgramTerms(program=program, condition=condition) for program, condition in PROGRAMS),
        problems=problems,
        timing=timing,
        payer_phone=phone,
    )


def problem_of(error: PayerError) -> Problem:
    """Return what the answer says of an error."""
    return Problem(code=error.problem, responsible=error.responsible, fields=error.fields, retry_at=error.retry_at)
