"""The sentences and phrases of a summary, in English and in Spanish.

A new sentence is a ``Both`` with its English and its Spanish; ``summary`` says when it is said. ``{ending}`` stands for
the gender of the program's name.
"""

from decimal import Decimal
from typing import NamedTuple

from contracts.vocabulary import (
    Authorization,
    Condition,
    CopayPer,
    CoverageStatus,
    Figure,
    LimitPeriod,
    LimitUnit,
    Program,
    Verdict,
)
from contracts.wording import Both, format_money, format_number

STATUS = {
    CoverageStatus.ACTIVE: Both("The plan is active.", "El plan está activo."),
    CoverageStatus.INACTIVE: Both(
        "The payer says that the plan is not active on this date.",
        "La aseguradora dice que el plan no está activo en esta fecha.",
    ),
    CoverageStatus.NOT_FOUND: Both(
        "The payer did not find the member with these details.",
        "La aseguradora no encontró a la persona asegurada con estos datos.",
    ),
    CoverageStatus.UNCLEAR: Both(
        "It is not clear from the reply whether the plan is active; the payer must be asked.",
        "La respuesta no deja claro si el plan está activo; hay que preguntar a la aseguradora.",
    ),
    CoverageStatus.COULD_NOT_CHECK: Both(
        "Coverage could not be checked. That says nothing about what the plan covers.",
        "No se pudo verificar la cobertura. Eso no dice nada sobre lo que cubre el plan.",
    ),
}


class ProgramName(NamedTuple):
    """A program's name, and the ending that Spanish words about it take."""

    name: Both
    ending: str


PROGRAM = {
    Program.IOP: ProgramName(Both("Intensive outpatient (IOP)", "Programa ambulatorio intensivo (IOP)"), "o"),
    Program.PHP: ProgramName(Both("Partial hospitalization (PHP)", "Hospitalización parcial (PHP)"), "a"),
}
CONDITION = {
    Condition.MENTAL_HEALTH: Both("mental health", "salud mental"),
    Condition.SUBSTANCE_USE: Both("substance use", "consumo de sustancias"),
}
VERDICT = {
    Verdict.COVERED: Both("covered in network", "cubiert{ending} dentro de la red"),
    Verdict.LIKELY: Both(
        "likely covered in network, though the payer did not name it",
        "probablemente cubiert{ending} dentro de la red, aunque la aseguradora no l{ending} nombró",
    ),
    Verdict.NOT_COVERED: Both("not covered in network", "no cubiert{ending} dentro de la red"),
    Verdict.NOT_STATED: Both("not stated by the payer", "la aseguradora no lo indica"),
    Verdict.DELEGATED: Both("run by another company", "administrad{ending} por otra empresa"),
    Verdict.COULD_NOT_CHECK: Both("could not be checked", "no se pudo verificar"),
}
LIKELY_IF_ACTIVE = Both(
    "named by the payer, and likely covered in network if the plan is active",
    "nombrad{ending} por la aseguradora y probablemente cubiert{ending} dentro de la red si el plan está activo",
)
LEFT_OPEN = Both(
    "not clear: the reply speaks of it, and contradicts itself or leaves it open",
    "no está claro: la respuesta habla de ello, y se contradice o lo deja abierto",
)
RUN_BY = Both("run by {name}", "administrad{ending} por {name}")
PER = {
    CopayPer.VISIT: Both(" per visit", " por visita"),
    CopayPer.DAY: Both(" per day", " por día"),
    CopayPer.ADMISSION: Both(" per admission", " por ingreso"),
    CopayPer.HOUR: Both(" per hour", " por hora"),
    CopayPer.WEEK: Both(" per week", " por semana"),
    CopayPer.UNKNOWN: Both("", ""),
}
AUTHORIZATION = {
    Authorization.REQUIRED: Both("prior authorization is required", "se requiere autorización previa"),
    Authorization.NOT_REQUIRED: Both("no prior authorization is required", "no se requiere autorización previa"),
    Authorization.UNKNOWN: Both(
        "whether prior authorization is required is {unknown}", "{unknown} si se requiere autorización previa"
    ),
}
COPAY = Both("copay {value}", "copago de {value}")
SHARE = Both("the patient pays {value}", "el paciente paga el {value}")
CASES = {
    Figure.COPAY: Both(
        "several copays are stated, depending on the case: {values}",
        "se indican varios copagos, según el caso: {values}",
    ),
    Figure.COINSURANCE: Both(
        "several shares of the patient are stated, depending on the case: {values}",
        "se indican varios porcentajes a cargo del paciente, según el caso: {values}",
    ),
    Figure.DEDUCTIBLE: Both(
        "In network, several amounts of the {level} deductible are stated: {values}.",
        "Dentro de la red se indican varios montos del deducible {level}: {values}.",
    ),
    Figure.OUT_OF_POCKET: Both(
        "In network, several amounts of the {level} out-of-pocket maximum are stated: {values}.",
        "Dentro de la red se indican varios montos del máximo de gastos de bolsillo {level}: {values}.",
    ),
}
"""Several values of a figure, none of which was chosen."""
ONE_CASE = {
    Figure.COPAY: Both(
        "a copay is stated for a particular case only: {values}",
        "se indica un copago solo para un caso particular: {values}",
    ),
    Figure.COINSURANCE: Both(
        "a share of the patient is stated for a particular case only: {values}",
        "se indica un porcentaje a cargo del paciente solo para un caso particular: {values}",
    ),
}
"""A figure that is not the program's own, since it is bound to a place, a visit or the like."""
BORROWED = Both(
    " (stated for a broader benefit, not for this program)",
    " (indicado para un beneficio más amplio, no para este programa)",
)
NO_LIMIT = Both("whether there is a limit is {unknown}", "{unknown} si hay un límite")
NO_COST = Both("what the patient pays is {unknown}", "{unknown} lo que paga el paciente")
NOT_STATED = Both("not stated", "no se indica")
NOT_KNOWN = Both("not known", "no se sabe")
"""What stands for ``{unknown}``: the payer was asked and does not say, or a part of the question was not answered."""
UNIT = {
    LimitUnit.DAYS: Both("days", "días"),
    LimitUnit.VISITS: Both("visits", "visitas"),
    LimitUnit.HOURS: Both("hours", "horas"),
    LimitUnit.SESSIONS: Both("sessions", "sesiones"),
    LimitUnit.UNITS: Both("units", "unidades"),
}
ONE_UNIT = {
    LimitUnit.DAYS: Both("day", "día"),
    LimitUnit.VISITS: Both("visit", "visita"),
    LimitUnit.HOURS: Both("hour", "hora"),
    LimitUnit.SESSIONS: Both("session", "sesión"),
    LimitUnit.UNITS: Both("unit", "unidad"),
}


def count_units(number: Decimal, unit: LimitUnit) -> Both:
    """Write so many of a limit's unit: ``1 visit``, ``30 days``, ``$1,500.00``."""
    if unit is LimitUnit.DOLLARS:
        return Both(format_money(number), format_money(number))
    named = ONE_UNIT[unit] if number == 1 else UNIT[unit]
    return Both(*(f"{format_number(number)} {name}" for name in named))


PERIOD = {
    LimitPeriod.CALENDAR_YEAR: Both(" per calendar year", " por año calendario"),
    LimitPeriod.PLAN_YEAR: Both(" per plan year", " por año del plan"),
    LimitPeriod.CONTRACT: Both(" per contract", " por contrato"),
    LimitPeriod.LIFETIME: Both(" in a lifetime", " de por vida"),
    LimitPeriod.ADMISSION: Both(" per admission", " por ingreso"),
    LimitPeriod.MONTH: Both(" per month", " por mes"),
    LimitPeriod.WEEK: Both(" per week", " por semana"),
    LimitPeriod.VISIT: Both(" per visit", " por visita"),
    LimitPeriod.DAY: Both(" per day", " por día"),
    LimitPeriod.UNKNOWN: Both("", ""),
}
LIMITED = Both("limited to {value}", "limitad{ending} a {value}")
LEFT = Both("{value} left", "quedan {value}")
ONE_LEFT = Both("{value} left", "queda {value}")
DEDUCTIBLE = Both("deductible", "deducible")
MAXIMUM = Both("out-of-pocket maximum", "máximo de gastos de bolsillo")
ADMINISTRATOR_ANSWERED = Both(
    "{name} runs the behavioral benefit and answered for it.",
    "{name} administra el beneficio de salud conductual y respondió por él.",
)
ADMINISTRATOR = Both(
    "The behavioral benefit is run by {name}.", "El beneficio de salud conductual lo administra {name}."
)
WITH_PHONE = Both("{name}, phone {phone},", "{name}, teléfono {phone},")
CHECK = Both("Please check the member's details.", "Revise los datos de la persona asegurada.")
CHECK_THESE = Both(
    "Please check the member's details: {fields}.", "Revise los datos de la persona asegurada: {fields}."
)
LEFT_UNKNOWN = Both(
    "What is left of the {name} in network is {unknown}.", "{unknown} cuánto queda del {name} dentro de la red."
)
TOTAL_ALONE = Both(
    "In network, the {level} {name} is {total}; what is left of it is {unknown}.",
    "Dentro de la red, el {name} {level} es de {total}; {unknown} cuánto queda.",
)
LEFT_ALONE = Both(
    "In network, {left} of the {level} {name} is left.", "Dentro de la red, quedan {left} del {name} {level}."
)
LEFT_OF_TOTAL = Both(
    "In network, {left} of the {level} {name} is left (of {total}).",
    "Dentro de la red, quedan {left} del {name} {level} (de {total}).",
)
INDIVIDUAL = Both("individual", "individual")
FAMILY = Both("family", "familiar")
