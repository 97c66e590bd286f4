"""The answer when no usable reply has come, and any answer's texts said anew from what it holds."""

from datetime import date, datetime

from contracts.answer import PROGRAMS, Answer, Coverage, NextStep, Problem, ProgramTerms, Summary, Timing
from contracts.errors import PayerError
from contracts.next_steps import next_step
from contracts.summary import summarise
from contracts.vocabulary import CoverageStatus, MemberMatch, NextStepCode, State

UNSAID = NextStep(code=NextStepCode.NONE, text=""), Summary(en="", es="")
"""Next step and summary of an answer that ``restated`` has still to give its texts."""


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
    """An answer that says only why nothing is known yet. ``status`` is ``could_not_check`` or ``not_found``."""
    step, summary = UNSAID
    answer = Answer(
        state=state,
        payer=payer,
        service_date=service_date,
        as_of=as_of,
        member_match=MemberMatch.NOT_FOUND if status is CoverageStatus.NOT_FOUND else None,
        coverage=Coverage(status=status),
        programs=tuple(ProgramTerms(program=program, condition=condition) for program, condition in PROGRAMS),
        next_step=step,
        summary=summary,
        problems=problems,
        timing=timing,
        payer_phone=phone,
    )
    return restate(answer, state=state)


def problem_of(error: PayerError) -> Problem:
    """What the answer says of an error."""
    return Problem(code=error.problem, responsible=error.responsible, fields=error.fields, retry_at=error.retry_at)


def restate(
    answer: Answer,
    *,
    state: State,
    problems: tuple[Problem, ...] | None = None,
    until: datetime | None = None,
) -> Answer:
    """``answer`` in another state, with its next step and summary said anew from what it holds now.

    ``until`` is the end of a pending record's life, where it is known.
    """
    # An answer that was kept has lost the payer's number, except as that of its next step.
    calls_the_payer = answer.next_step.code is not NextStepCode.CALL_ADMINISTRATOR
    phone = answer.payer_phone or (answer.next_step.phone if calls_the_payer else None)
    told = {"state": state, "problems": answer.problems if problems is None else problems, "payer_phone": phone}
    answer = answer.model_copy(update=told)
    texts = {"next_step": next_step(answer, until=until), "summary": summarise(answer, until=until)}
    return answer.model_copy(update=texts)
