"""The next step: the one thing to do, and the number to call for it. Source: ``ANSWER.md`` 6, [H5] and [H6]."""

from contracts import reasons
from contracts.facts import Administrator, AnswerFacts, NextStep, OpenQuestion, ProgramTerms
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
from contracts.wording import Both, join

_OURS = frozenset({ProblemCode.SETUP_PROBLEM, ProblemCode.ADAPTER_FAULT})

CHECK_THESE = Both("Check these details: {fields}.", "Revise estos datos: {fields}.")
CHECK_AND_ASK = Both(
    "Check these details and ask again: {fields}.", "Revise estos datos y vuelva a preguntar: {fields}."
)
CHECK_BIRTH_DATE = Both("Check the birth date and ask again.", "Revise la fecha de nacimiento y vuelva a preguntar.")
CHECK_MEMBER = Both(
    "Check the member's details and ask again.", "Revise los datos de la persona asegurada y vuelva a preguntar."
)
TELL_OPERATOR = Both("Tell the operator of this service.", "Avise al operador de este servicio.")
PLAN_HAS_ENDED = Both(
    "Call the payer to confirm that the plan has ended, and ask the patient for a newer card.",
    "Llame a la aseguradora para confirmar que el plan terminó, y pida al paciente una tarjeta más reciente.",
)
NOT_CHECKED = Both("Coverage could not be checked.", "No se pudo verificar la cobertura.")
ASK_WHO_RUNS_IT = Both(
    "Call the payer and ask who runs the behavioral benefit.",
    "Llame a la aseguradora y pregunte quién administra el beneficio de salud conductual.",
)
CALL_WHO_RUNS_IT = Both(
    "Call {name}: it runs the behavioral benefit.", "Llame a {name}: administra el beneficio de salud conductual."
)
PAYER_KNOWS_NUMBER = Both(
    "Its number was not given; the payer knows it.", "No se dio su número; la aseguradora lo conoce."
)
NO_NUMBER = Both("Its number was not given.", "No se dio su número.")
CALL = Both("Call {name}.", "Llame a {name}.")
CALL_WITH_QUESTIONS = Both(
    "Call {name} with the open questions.", "Llame a {name} con las preguntas que quedan abiertas."
)
CALL_FOR_AUTHORIZATION = Both(
    "Call {name} for prior authorization before the first day.",
    "Llame a {name} para pedir la autorización previa antes del primer día.",
)
THE_PAYER = Both("the payer", "la aseguradora")
NOTHING_LEFT = Both("Nothing is left to ask.", "No queda nada por preguntar.")


def next_step_of(answer: AnswerFacts) -> NextStep:
    """Return what to do next, from what ``answer`` states."""
    phone = answer.payer_phone
    if answer.state is State.PENDING:
        return _step(NextStepCode.WAIT, phone, *_wait(answer))
    elsewhere = next((row for row in answer.programs if row.in_network.rule is Rule.DELEGATED), None)
    codes = {problem.code for problem in answer.problems}
    # What an administrator refused is no fault of the details that the payer accepted.
    its_own = reasons.refusing_administrator(answer) is not None
    if ProblemCode.MEMBER_REJECTED in codes and not its_own:
        return _step(NextStepCode.CORRECT_DETAILS, phone, *_details(answer))
    if codes & _OURS and not its_own:
        return _step(NextStepCode.CONTACT_US, phone, *_why(answer), TELL_OPERATOR)
    if answer.coverage.status not in reasons.READ:
        return _step(NextStepCode.CALL_PAYER, phone, *_without_plan(answer))
    if elsewhere is not None:
        return _call_who_runs_it(answer, elsewhere)
    return _call_about_the_rest(answer)


def _step(code: NextStepCode, phone: str | None, *sentences: Both) -> NextStep:
    text = join(sentences, " ")
    return NextStep(code=code, text=text.en, text_es=text.es, phone=phone)


def _wait(answer: AnswerFacts) -> tuple[Both, ...]:
    fields = reasons.wrong_fields(answer)
    check = (CHECK_THESE.fill(fields=reasons.named_fields(fields)),) if fields else ()
    return (*check, reasons.waiting_text(answer))


def _why(answer: AnswerFacts) -> tuple[Both, ...]:
    why = reasons.reason(answer)
    return () if why is None else (why,)


def _details(answer: AnswerFacts) -> tuple[Both, ...]:
    if reasons.is_of_another_birth_date(answer):
        return (*_why(answer), CHECK_BIRTH_DATE)
    fields = reasons.wrong_fields(answer)
    return (CHECK_AND_ASK.fill(fields=reasons.named_fields(fields)) if fields else CHECK_MEMBER,)


def _without_plan(answer: AnswerFacts) -> tuple[Both, ...]:
    if answer.coverage.status is CoverageStatus.INACTIVE:
        return (PLAN_HAS_ENDED,)
    return (*(_why(answer) or (NOT_CHECKED,)), CALL.fill(name=THE_PAYER))


def _call_who_runs_it(answer: AnswerFacts, row: ProgramTerms) -> NextStep:
    named = row.in_network.administered_by
    who = next((one for one in answer.administrators if one.name == named), None)
    if who is None:
        return _step(NextStepCode.CALL_PAYER, answer.payer_phone, ASK_WHO_RUNS_IT)
    numberless = () if who.phone else (PAYER_KNOWS_NUMBER,)
    words = (*_why(answer), CALL_WHO_RUNS_IT.fill(name=who.name), *numberless)
    return _step(NextStepCode.CALL_ADMINISTRATOR, who.phone or answer.payer_phone, *words)


def _call_about_the_rest(answer: AnswerFacts) -> NextStep:
    """Whom to call about what is open; nobody when nothing is."""
    if reasons.waiting_problem(answer.problems) is not None:
        who = next((one for one in answer.administrators if one.outcome is AdministratorOutcome.ANSWERED), None)
        return _call(answer, who, CALL)
    pressing = [one for one in answer.open_questions if one.code is not OpenQuestionCode.OTHER_COVERAGE]
    if pressing:
        return _call(answer, _about_whom(answer, pressing), CALL_WITH_QUESTIONS)
    row = next((row for row in answer.programs if row.in_network.authorization is Authorization.REQUIRED), None)
    if row is not None:
        return _call(answer, _runs(answer, row), CALL_FOR_AUTHORIZATION)
    if answer.problems:
        return _call(answer, None, CALL)
    return _step(NextStepCode.NONE, answer.payer_phone, NOTHING_LEFT)


def _about_whom(answer: AnswerFacts, questions: list[OpenQuestion]) -> Administrator | None:
    """Return the administrator that answers for a program of a question; None when the payer answers for all."""
    if not answer.administrators:
        return None
    asked = {(question.program, question.condition) for question in questions}
    rows = [row for row in answer.programs if (row.program, row.condition) in asked]
    return next((who for row in rows if (who := _runs(answer, row)) is not None), None)


def _runs(answer: AnswerFacts, row: ProgramTerms) -> Administrator | None:
    named = row.in_network.administered_by
    return next((one for one in answer.administrators if one.name == named), None) if named else None


def _call(answer: AnswerFacts, who: Administrator | None, call: Both) -> NextStep:
    """Return the step to call somebody: why, whom, and that his number is not known."""
    if who is None:
        words = (*_why(answer), call.fill(name=THE_PAYER))
        return _step(NextStepCode.CALL_PAYER, answer.payer_phone, *words)
    words = (*_why(answer), call.fill(name=who.name), *(() if who.phone else (NO_NUMBER,)))
    return _step(NextStepCode.CALL_ADMINISTRATOR, who.phone, *words)
