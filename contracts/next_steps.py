"""The next step: the one thing to do, and the number to call for it. Source: ``ANSWER.md`` 6, [H5] and [H6]."""

from contracts.facts import Administrator, AnswerFacts, NextStep, OpenQuestion, ProgramTerms
from contracts.reasons import (
    READ,
    is_of_another_birth_date,
    named_fields,
    reason,
    refusing_administrator,
    waiting_problem,
    waiting_text,
    wrong_fields,
)
from contracts.vocabulary import (
    AdministratorOutcome,
    Authorization,
    CoverageStatus,
    NextStepCode,
    OpenQuestionCode,
    ProblemCode,
    Rule,
    State,
)

_OURS = frozenset({ProblemCode.SETUP_PROBLEM, ProblemCode.ADAPTER_FAULT})


def next_step_of(answer: AnswerFacts) -> NextStep:
    """Return what to do next, from what ``answer`` states."""
    phone = answer.payer_phone
    if answer.state is State.PENDING:
        return NextStep(code=NextStepCode.WAIT, text=_wait(answer), phone=phone)
    elsewhere = next((row for row in answer.programs if row.in_network.rule is Rule.DELEGATED), None)
    codes = {problem.code for problem in answer.problems}
    # What an administrator refused is no fault of the details that the payer accepted.
    its_own = refusing_administrator(answer) is not None
    if ProblemCode.MEMBER_REJECTED in codes and not its_own:
        return NextStep(code=NextStepCode.CORRECT_DETAILS, text=_details(answer), phone=phone)
    if codes & _OURS and not its_own:
        text = f"{_why(answer)}Tell the operator of this service."
        return NextStep(code=NextStepCode.CONTACT_US, text=text, phone=phone)
    if answer.coverage.status not in READ:
        return NextStep(code=NextStepCode.CALL_PAYER, text=_without_plan(answer), phone=phone)
    if elsewhere is not None:
        return _call_who_runs_it(answer, elsewhere)
    return _call_about_the_rest(answer)


def _wait(answer: AnswerFacts) -> str:
    fields = wrong_fields(answer)
    check = f"Check these details: {named_fields(fields).en}. " if fields else ""
    return check + waiting_text(answer).en


def _why(answer: AnswerFacts) -> str:
    why = reason(answer)
    return f"{why.en} " if why is not None else ""


def _details(answer: AnswerFacts) -> str:
    if is_of_another_birth_date(answer):
        return f"{_why(answer)}Check the birth date and ask again."
    fields = wrong_fields(answer)
    return (
        f"Check these details and ask again: {named_fields(fields).en}."
        if fields
        else ("Check the member's details and ask again.")
    )


def _without_plan(answer: AnswerFacts) -> str:
    if answer.coverage.status is CoverageStatus.INACTIVE:
        return "Call the payer to confirm that the plan has ended, and ask the patient for a newer card."
    return f"{_why(answer) or 'Coverage could not be checked. '}Call the payer."


def _call_who_runs_it(answer: AnswerFacts, row: ProgramTerms) -> NextStep:
    named = row.in_network.administered_by
    who = next((one for one in answer.administrators if one.name == named), None)
    if who is None:
        text = "Call the payer and ask who runs the behavioral benefit."
        return NextStep(code=NextStepCode.CALL_PAYER, text=text, phone=answer.payer_phone)
    text = f"{_why(answer)}Call {who.name}: it runs the behavioral benefit."
    if not who.phone:
        text += " Its number was not given; the payer knows it."
    return NextStep(code=NextStepCode.CALL_ADMINISTRATOR, text=text, phone=who.phone or answer.payer_phone)


def _call_about_the_rest(answer: AnswerFacts) -> NextStep:
    """Whom to call about what is open; nobody when nothing is."""
    if waiting_problem(answer.problems) is not None:
        who = next((one for one in answer.administrators if one.outcome is AdministratorOutcome.ANSWERED), None)
        return _call(answer, who, f"{_why(answer)}Call {{name}}.")
    pressing = [one for one in answer.open_questions if one.code is not OpenQuestionCode.OTHER_COVERAGE]
    if pressing:
        return _call(answer, _about_whom(answer, pressing), f"{_why(answer)}Call {{name}} with the open questions.")
    row = next((row for row in answer.programs if row.in_network.authorization is Authorization.REQUIRED), None)
    if row is not None:
        who = _runs(answer, row)
        return _call(answer, who, f"{_why(answer)}Call {{name}} for prior authorization before the first day.")
    if answer.problems:
        return _call(answer, None, f"{_why(answer)}Call {{name}}.")
    return NextStep(code=NextStepCode.NONE, text="Nothing is left to ask.", phone=answer.payer_phone)


def _about_whom(answer: AnswerFacts, questions: list[OpenQuestion]) -> Administrator | None:
    """Return the administrator that answers for a program of a question; None when the payer answers for all."""
    asked = {(question.program, question.condition) for question in questions}
    rows = [row for row in answer.programs if (row.program, row.condition) in asked]
    return next((who for row in rows if (who := _runs(answer, row)) is not None), None)


def _runs(answer: AnswerFacts, row: ProgramTerms) -> Administrator | None:
    named = row.in_network.administered_by
    return next((one for one in answer.administrators if one.name == named), None) if named else None


_NAME = "{name}"
"""Stands in a text for whom to call. It is replaced, not formatted: a reason names companies as payers write them."""


def _call(answer: AnswerFacts, who: Administrator | None, text: str) -> NextStep:
    if who is None:
        return NextStep(code=NextStepCode.CALL_PAYER, text=text.replace(_NAME, "the payer"), phone=answer.payer_phone)
    text = text.replace(_NAME, who.name) + ("" if who.phone else " Its number was not given.")
    return NextStep(code=NextStepCode.CALL_ADMINISTRATOR, text=text, phone=who.phone)
