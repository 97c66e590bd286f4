"""The answer in plain words, and the one thing to do next: pure functions that both wings need."""

from contracts.answer import Administrator, Coverage, NextStep, OpenQuestion, Problem, ProgramTerms, Summary
from contracts.vocabulary import NextStepCode, State


def next_step(
    coverage: Coverage,
    programs: tuple[ProgramTerms, ...],
    *,
    administrators: tuple[Administrator, ...] = (),
    open_questions: tuple[OpenQuestion, ...] = (),
    problems: tuple[Problem, ...] = (),
    state: State = State.FINAL,
    phone: str | None = None,
) -> NextStep:
    """The one thing to do next."""
    return NextStep(code=NextStepCode.WAIT if state is State.PENDING else NextStepCode.CALL_PAYER, text="", phone=phone)


def summarise(
    coverage: Coverage,
    programs: tuple[ProgramTerms, ...],
    *,
    administrators: tuple[Administrator, ...] = (),
    problems: tuple[Problem, ...] = (),
    state: State = State.FINAL,
) -> Summary:
    """The answer in plain words; it names no figure that has no evidence."""
    return Summary(en="", es="")
