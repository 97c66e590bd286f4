"""The answer when no usable reply has come: every verdict ``could_not_check``, never an adverse word."""

from datetime import date, datetime

from contracts.answer import PROGRAMS, Answer, Coverage, Problem, ProgramTerms, Timing
from contracts.errors import PayerError
from contracts.vocabulary import CoverageStatus, MemberMatch, State
from contracts.wording import next_step, summarise


def unanswered(
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
    """An answer that says only why nothing is known yet. ``status`` is ``could_not_check`` or ``not_found``."""
    coverage = Coverage(status=status)
    programs = tuple(ProgramTerms(program=program, condition=condition) for program, condition in PROGRAMS)
    return Answer(
        state=state,
        payer=payer,
        service_date=service_date,
        as_of=as_of,
        member_match=MemberMatch.NOT_FOUND if status is CoverageStatus.NOT_FOUND else None,
        coverage=coverage,
        programs=programs,
        next_step=next_step(coverage, programs, problems=problems, state=state, phone=phone),
        summary=summarise(coverage, programs, problems=problems, state=state),
        problems=problems,
        timing=timing,
    )


def problem_of(error: PayerError) -> Problem:
    """What the answer says of an error."""
    return Problem(code=error.problem, whose=error.whose, fields=error.fields, retry_at=error.retry_at)


def restated(answer: Answer, *, state: State, problems: tuple[Problem, ...] | None = None) -> Answer:
    """``answer`` in another state, with its next step and summary said anew from what it holds now."""
    problems = answer.problems if problems is None else problems
    step = next_step(
        answer.coverage,
        answer.programs,
        administrators=answer.administrators,
        open_questions=answer.open_questions,
        problems=problems,
        state=state,
        phone=answer.next_step.phone,
    )
    summary = summarise(
        answer.coverage, answer.programs, administrators=answer.administrators, problems=problems, state=state
    )
    return answer.model_copy(update={"state": state, "problems": problems, "next_step": step, "summary": summary})
