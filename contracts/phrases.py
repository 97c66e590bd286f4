"""The sentences and phrases of a summary, in English and in Spanish.

A new sentence is a ``Both`` with its English and its Spanish; ``summary`` says when it is said. Sentences are short and
their words common: a test holds every summary to the eighth grade of school.
"""

from decimal import Decimal
from typing import NamedTuple

from contracts.vocabulary import (
    Authorization,
    Condition,
    CopayPer,
    CostRule,
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
        "La aseguradora no encontró a esta persona con estos datos.",
    ),
    CoverageStatus.UNCLEAR: Both(
        "It is not clear from the reply if the plan is active. The payer must be asked.",
        "La respuesta no deja claro si el plan está activo. Hay que preguntar a la aseguradora.",
    ),
    CoverageStatus.COULD_NOT_CHECK: Both(
        "The plan could not be checked. That says nothing about what the plan covers.",
        "No se pudo verificar el plan. Eso no dice nada sobre lo que cubre el plan.",
    ),
}
ENDS = Both("The plan ends on {day}.", "El plan termina el {day}.")


class ProgramName(NamedTuple):
    """A program's name at its first mention, and at every later one."""

    first: Both
    later: Both


PROGRAM = {
    Program.IOP: ProgramName(
        Both("Intensive outpatient care (IOP)", "El programa ambulatorio intensivo (IOP)"), Both("IOP", "El IOP")
    ),
    Program.PHP: ProgramName(
        Both("Partial hospitalization (PHP)", "El programa de hospitalización parcial (PHP)"), Both("PHP", "El PHP")
    ),
}
CONDITION = {
    Condition.MENTAL_HEALTH: Both("mental health", "salud mental"),
    Condition.SUBSTANCE_USE: Both("substance use", "consumo de sustancias"),
}
TWO_CONDITIONS = Both("{one} and {other}", "{one} y {other}")
VERDICT = {
    Verdict.COVERED: Both(
        "{program} for {condition} is covered in network.", "{program} para {condition} está cubierto dentro de la red."
    ),
    Verdict.LIKELY: Both(
        "{program} for {condition} is likely covered in network. The payer did not name it.",
        "{program} para {condition} probablemente está cubierto dentro de la red. La aseguradora no lo nombró.",
    ),
    Verdict.NOT_COVERED: Both(
        "{program} for {condition} is not covered in network.",
        "{program} para {condition} no está cubierto dentro de la red.",
    ),
    Verdict.NOT_STATED: Both(
        "{program} for {condition}: {unknown} if it is covered.",
        "{program} para {condition}: {unknown} si está cubierto.",
    ),
    Verdict.DELEGATED: Both(
        "{program} for {condition}: it is run by {name}. They have not said yet what they cover.",
        "{program} para {condition}: lo administra {name}. Aún no se sabe qué cubre.",
    ),
    Verdict.COULD_NOT_CHECK: Both(
        "{program} for {condition} could not be checked.", "{program} para {condition} no se pudo verificar."
    ),
}
LIKELY_IF_ACTIVE = Both(
    "{program} for {condition} is likely covered in network if the plan is active. The payer named it.",
    "{program} para {condition} probablemente está cubierto dentro de la red si el plan está activo."
    " La aseguradora lo nombró.",
)
LEFT_OPEN = Both(
    "{program} for {condition}: it is not clear if it is covered. The reply leaves it open.",
    "{program} para {condition}: no está claro si está cubierto. La respuesta lo deja abierto.",
)
ANOTHER_COMPANY = Both("another company", "otra empresa")
UNKNOWN = Both("the payer does not say", "la aseguradora no dice")
NOT_KNOWN = Both("it is not known", "no se sabe")
"""What stands for ``{unknown}``: the payer was asked and does not say, or a part of the question was not answered."""
AUTHORIZATION = {
    Authorization.REQUIRED: Both(
        "The plan must approve it first (prior authorization).", "El plan debe aprobarlo antes (autorización previa)."
    ),
    Authorization.NOT_REQUIRED: Both(
        "The plan need not approve it first (no prior authorization).",
        "El plan no tiene que aprobarlo antes (sin autorización previa).",
    ),
    Authorization.UNKNOWN: Both(
        "{unknown} if the plan must approve it first (prior authorization).",
        "{unknown} si el plan debe aprobarlo antes (autorización previa).",
    ),
}
PER = {
    CopayPer.VISIT: Both(" per visit", " por visita"),
    CopayPer.DAY: Both(" per day", " por día"),
    CopayPer.ADMISSION: Both(" per admission", " por ingreso"),
    CopayPer.HOUR: Both(" per hour", " por hora"),
    CopayPer.WEEK: Both(" per week", " por semana"),
    CopayPer.UNKNOWN: Both("", ""),
}
COST = {
    Figure.COPAY: Both("The copay is {value}.", "El copago es de {value}."),
    Figure.COINSURANCE: Both("The patient pays {value} of the cost.", "El paciente paga el {value} del costo."),
}
SEVERAL = {
    Figure.COPAY: Both("There are several copays, by case: {values}.", "Hay varios copagos, según el caso: {values}."),
    Figure.COINSURANCE: Both(
        "The patient's share of the cost depends on the case: {values}.",
        "La parte del costo que paga el paciente depende del caso: {values}.",
    ),
}
"""Several values of a figure, none of which was chosen."""
ONE_CASE = {
    Figure.COPAY: Both(
        "A copay is stated for one case only: {values}.", "Se indica un copago solo para un caso: {values}."
    ),
    Figure.COINSURANCE: Both(
        "A share of the cost is stated for one case only: {values}.",
        "Se indica una parte del costo solo para un caso: {values}.",
    ),
}
"""A figure that is not the program's own, since it is bound to a place, a visit or the like."""
BORROWED = Both(
    "This figure is for a broader benefit, not for this program.",
    "Esta cifra es de un beneficio más amplio, no de este programa.",
)
COST_RULE = {
    CostRule.BOTH: Both("Both apply.", "Se aplican los dos."),
    CostRule.GREATER_OF: Both("The higher of the two applies.", "Se aplica el más alto de los dos."),
    CostRule.LESSER_OF: Both("The lower of the two applies.", "Se aplica el más bajo de los dos."),
}
DEDUCTIBLE_APPLIES = {
    True: Both("The deductible comes first.", "Primero se paga el deducible."),
    False: Both("The deductible does not apply.", "El deducible no se aplica."),
}
NO_LIMIT = Both("{unknown} if there is a limit.", "{unknown} si hay un límite.")
NO_COST = Both("{unknown} what the patient pays.", "{unknown} cuánto paga el paciente.")
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
LIMITED = Both("The limit is {value}.", "El límite es de {value}.")
LEFT = Both("{value} are left.", "Quedan {value}.")
ONE_LEFT = Both("{value} is left.", "Queda {value}.")
DOLLARS_LEFT = Both("{value} is left.", "Quedan {value}.")
PLAN_FIGURE = {
    Figure.DEDUCTIBLE: Both("deductible", "deducible"),
    Figure.OUT_OF_POCKET: Both("out-of-pocket maximum", "máximo de gastos de bolsillo"),
}
LEVEL_LEFT_UNKNOWN = Both(
    "{unknown} how much of the {name} is left in network.", "{unknown} cuánto queda del {name} dentro de la red."
)
TOTAL_ALONE = Both("In network, the {level} {name} is {total}.", "Dentro de la red, el {name} {level} es de {total}.")
LEFT_ALONE = Both(
    "In network, {left} of the {level} {name} is left.", "Dentro de la red, quedan {left} del {name} {level}."
)
LEFT_OF_TOTAL = Both(
    "In network, the {level} {name} is {total}. Of this, {left} is left.",
    "Dentro de la red, el {name} {level} es de {total}. De eso quedan {left}.",
)
SEVERAL_TOTALS = Both(
    "In network, the {level} {name} is stated more than once: {values}.",
    "Dentro de la red, el {name} {level} se indica más de una vez: {values}.",
)
INDIVIDUAL = Both("patient's own", "individual")
FAMILY = Both("family", "familiar")
ADMINISTRATOR_ANSWERED = Both(
    "{name} runs this benefit and answered for it.", "{name} administra este beneficio y respondió por él."
)
ADMINISTRATOR = Both("The behavioral benefit is run by {name}.", "El beneficio de salud mental lo administra {name}.")
PHONE = Both("The phone of {name} is {phone}.", "El teléfono de {name} es {phone}.")
COSTS_HIDDEN = Both("What the patient pays is not shown here.", "Aquí no se muestra cuánto paga el paciente.")
NO_PROMISE = Both("This is not a promise to pay.", "Esto no es una promesa de pago.")
"""Stands below every summary in which a benefit is said to be covered, or likely covered."""
