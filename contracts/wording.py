"""The answer in plain words, and the one thing to do next: pure functions that both wings need.

The words are templates filled from the answer's own fields, so no figure is said that has no evidence.
"""

import re
from decimal import Decimal
from typing import NamedTuple

from contracts.answer import Administrator, Coverage, NextStep, OpenQuestion, Problem, ProgramTerms, Summary, Terms
from contracts.vocabulary import (
    AdministratorOutcome,
    Authorization,
    Condition,
    CopayPer,
    CoverageStatus,
    NextStepCode,
    OpenQuestionCode,
    ProblemCode,
    Program,
    State,
    Verdict,
    Whose,
)


class _Both(NamedTuple):
    """The same words in English and in Spanish."""

    en: str
    es: str


_GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})


def format_money(amount: Decimal) -> str:
    """Write dollars in US form: ``$1,500.00``."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def format_phone(phone: str) -> str:
    """Write a US telephone number as ``(800) 555-0100``, and any other text as it came.

    Takes ten digits, a leading 1 beside them, the usual marks between them, and an extension (``X12``, ``EXT. 12``).
    """
    found = _US_PHONE.fullmatch(phone.strip())
    if found is None:
        return phone
    area, exchange, line, extension = found.groups()
    return f"({area}) {exchange}-{line}" + (f" ext. {extension}" if extension else "")


_US_PHONE = re.compile(
    r"(?:\+?1[\s.-]*)?\(?([0-9]{3})\)?[\s.-]*([0-9]{3})[\s.-]*([0-9]{4})(?:\s*(?:ext\.?|x)\s*([0-9]{1,6}))?",
    re.IGNORECASE,
)


_STATUS = {
    CoverageStatus.ACTIVE: _Both("The plan is active.", "El plan está activo."),
    CoverageStatus.INACTIVE: _Both(
        "The payer says that the plan is not active on this date.",
        "La aseguradora dice que el plan no está activo en esta fecha.",
    ),
    CoverageStatus.NOT_FOUND: _Both(
        "The payer did not find the member with these details.",
        "La aseguradora no encontró a la persona asegurada con estos datos.",
    ),
    CoverageStatus.UNCLEAR: _Both(
        "It is not clear from the reply whether the plan is active; the payer must be asked.",
        "La respuesta no deja claro si el plan está activo; hay que preguntar a la aseguradora.",
    ),
    CoverageStatus.COULD_NOT_CHECK: _Both(
        "Coverage could not be checked. That says nothing about what the plan covers.",
        "No se pudo verificar la cobertura. Eso no dice nada sobre lo que cubre el plan.",
    ),
}
_WAITING = _Both(
    "The payer has not answered yet; this record is completed when it does.",
    "La aseguradora aún no ha respondido; este registro se completará cuando responda.",
)
_PROGRAM = {
    Program.IOP: _Both("Intensive outpatient (IOP)", "Programa ambulatorio intensivo (IOP)"),
    Program.PHP: _Both("Partial hospitalization (PHP)", "Hospitalización parcial (PHP)"),
}
_CONDITION = {
    Condition.MENTAL_HEALTH: _Both("mental health", "salud mental"),
    Condition.SUBSTANCE_USE: _Both("substance use", "consumo de sustancias"),
}
_VERDICT = {
    Verdict.COVERED: _Both("covered in network", "cubierto dentro de la red"),
    Verdict.LIKELY: _Both(
        "likely covered in network, though the payer did not name it",
        "probablemente cubierto dentro de la red, aunque la aseguradora no lo nombró",
    ),
    Verdict.NOT_COVERED: _Both("not covered in network", "no cubierto dentro de la red"),
    Verdict.NOT_STATED: _Both("not stated by the payer", "la aseguradora no lo indica"),
    Verdict.DELEGATED: _Both("run by another company", "administrado por otra empresa"),
    Verdict.COULD_NOT_CHECK: _Both("could not be checked", "no se pudo verificar"),
}
_PER = {
    CopayPer.VISIT: _Both(" per visit", " por visita"),
    CopayPer.DAY: _Both(" per day", " por día"),
    CopayPer.ADMISSION: _Both(" per admission", " por ingreso"),
    CopayPer.HOUR: _Both(" per hour", " por hora"),
    CopayPer.WEEK: _Both(" per week", " por semana"),
    CopayPer.UNKNOWN: _Both("", ""),
}
_AUTHORIZATION = {
    Authorization.REQUIRED: _Both("prior authorization is required", "se requiere autorización previa"),
    Authorization.NOT_REQUIRED: _Both("no prior authorization is required", "no se requiere autorización previa"),
}


def summarise(
    coverage: Coverage,
    programs: tuple[ProgramTerms, ...],
    *,
    administrators: tuple[Administrator, ...] = (),
    problems: tuple[Problem, ...] = (),
    state: State = State.FINAL,
) -> Summary:
    """The answer in plain words, in network; it names no figure that has no evidence."""
    parts: list[_Both] = []
    if state is State.PENDING:
        parts.append(_WAITING)
    if not (state is State.PENDING and coverage.status is CoverageStatus.COULD_NOT_CHECK):
        parts.append(_STATUS[coverage.status])
    if coverage.status in {CoverageStatus.ACTIVE, CoverageStatus.UNCLEAR}:
        parts += [_said(row) for row in programs]
        parts += [_run_by(one) for one in administrators if one.outcome is not AdministratorOutcome.ANSWERED]
    if any(problem.whose is Whose.MEMBER for problem in problems):
        parts.append(_Both("Please check the member's details.", "Revise los datos de la persona asegurada."))
    return Summary(en=" ".join(part.en for part in parts), es=" ".join(part.es for part in parts))


def _said(row: ProgramTerms) -> _Both:
    program, condition, verdict = _PROGRAM[row.program], _CONDITION[row.condition], _VERDICT[row.in_network.verdict]
    more = _figures(row.in_network) if row.in_network.verdict in _GRANTED else []
    return _Both(
        f"{program.en} for {condition.en}: {'; '.join([verdict.en, *(part.en for part in more)])}.",
        f"{program.es} para {condition.es}: {'; '.join([verdict.es, *(part.es for part in more)])}.",
    )


def _figures(terms: Terms) -> list[_Both]:
    found: list[_Both] = []
    if terms.copay is not None:
        per = _PER[terms.copay.per]
        found.append(_Both(f"copay ${terms.copay.amount}{per.en}", f"copago de ${terms.copay.amount}{per.es}"))
    if terms.coinsurance is not None:
        share = _percent(terms.coinsurance)
        found.append(_Both(f"the patient pays {share} %", f"el paciente paga el {share} %"))
    if terms.authorization in _AUTHORIZATION:
        found.append(_AUTHORIZATION[terms.authorization])
    return found


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}"


def _run_by(one: Administrator) -> _Both:
    phone = f" ({one.phone})" if one.phone else ""
    return _Both(
        f"The behavioral benefit is run by {one.name}{phone}.",
        f"El beneficio de salud conductual lo administra {one.name}{phone}.",
    )


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
    """The one thing to do next, and the number to call for it."""
    if state is State.PENDING:
        return NextStep(code=NextStepCode.WAIT, text="Wait for the payer's reply; this record completes itself.")
    if any(problem.code is ProblemCode.MEMBER_REJECTED for problem in problems):
        theirs = (problem.fields for problem in problems if problem.code is ProblemCode.MEMBER_REJECTED)
        fields = ", ".join(dict.fromkeys(field for fields in theirs for field in fields))
        text = (
            f"Check these details and ask again: {fields}." if fields else "Check the member's details and ask again."
        )
        return NextStep(code=NextStepCode.CORRECT_DETAILS, text=text, phone=phone)
    if any(problem.code in _OURS for problem in problems):
        text = "The inquiry itself was refused or failed on our side; tell the operator of this service."
        return NextStep(code=NextStepCode.CONTACT_US, text=text, phone=phone)
    return _call(coverage, programs, administrators, open_questions, phone)


_OURS = frozenset({ProblemCode.SETUP_PROBLEM, ProblemCode.ADAPTER_FAULT})


def _call(
    coverage: Coverage,
    programs: tuple[ProgramTerms, ...],
    administrators: tuple[Administrator, ...],
    open_questions: tuple[OpenQuestion, ...],
    phone: str | None,
) -> NextStep:
    """Whom to call about what is open; nobody when nothing is."""
    if coverage.status is CoverageStatus.COULD_NOT_CHECK:
        return NextStep(code=NextStepCode.CALL_PAYER, text="Call the payer; it could not be asked here.", phone=phone)
    if coverage.status is CoverageStatus.INACTIVE:
        text = "Call the payer to confirm that the plan has ended, and ask the patient for a newer card."
        return NextStep(code=NextStepCode.CALL_PAYER, text=text, phone=phone)
    elsewhere = [row for row in programs if row.in_network.verdict is Verdict.DELEGATED]
    if elsewhere:
        named = elsewhere[0].in_network.administered_by
        who = next((one for one in administrators if one.name == named), None)
        name = who.name if who else "the company that runs the behavioral benefit"
        text = f"Call {name}: it runs the behavioral benefit."
        return NextStep(code=NextStepCode.CALL_ADMINISTRATOR, text=text, phone=(who.phone if who else None) or phone)
    pressing = [one for one in open_questions if one.code is not OpenQuestionCode.OTHER_COVERAGE]
    if pressing:
        return NextStep(code=NextStepCode.CALL_PAYER, text="Call the payer with the open questions.", phone=phone)
    if any(row.in_network.authorization is Authorization.REQUIRED for row in programs):
        text = "Call the payer for prior authorization before the first day."
        return NextStep(code=NextStepCode.CALL_PAYER, text=text, phone=phone)
    return NextStep(code=NextStepCode.NONE, text="Nothing is left to ask.", phone=phone)
