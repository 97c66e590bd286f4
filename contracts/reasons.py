"""Why an answer is missing or incomplete, in words that are true of each problem code. Source: ``ANSWER.md`` [H6]."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from contracts.facts import Administrator, AnswerFacts, Problem
from contracts.vocabulary import AdministratorOutcome, CoverageStatus, ProblemCode
from contracts.wording import Both, format_time, join

READ = frozenset({CoverageStatus.ACTIVE, CoverageStatus.UNCLEAR})
"""Statuses of a plan whose benefits were read."""

ANSWERED = READ | {CoverageStatus.INACTIVE, CoverageStatus.NOT_FOUND}
"""Statuses of an answer in which the payer has said something already."""

REASON: Mapping[ProblemCode, Both] = {
    ProblemCode.PAYER_UNREACHABLE: Both(
        "The payer's system cannot be reached.", "No se puede contactar el sistema de la aseguradora."
    ),
    ProblemCode.PAYER_SILENT: Both("The payer has not answered yet.", "La aseguradora aún no ha respondido."),
    ProblemCode.PAYER_BUSY: Both(
        "The payer answered that it cannot look this up now.",
        "La aseguradora respondió que no puede consultarlo en este momento.",
    ),
    ProblemCode.REPLY_UNREADABLE: Both(
        "The payer answered, but the answer cannot be read.",
        "La aseguradora respondió, pero la respuesta no se puede leer.",
    ),
    ProblemCode.REPLY_MISMATCHED: Both(
        "The payer answered, but not about this member as given.",
        "La aseguradora respondió, pero no sobre esta persona con los datos indicados.",
    ),
    ProblemCode.MEMBER_REJECTED: Both(
        "The payer did not accept the member's details.",
        "La aseguradora no aceptó los datos de esta persona.",
    ),
    ProblemCode.PAYER_DECLINED: Both(
        "The payer declines to answer this question.", "La aseguradora no responde a esta pregunta."
    ),
    ProblemCode.SETUP_PROBLEM: Both(
        "The question was refused because of how this service or the provider is set up.",
        "La pregunta fue rechazada por un ajuste de este servicio o del proveedor.",
    ),
    ProblemCode.ADAPTER_FAULT: Both(
        "This service failed while it handled the question.", "Este servicio falló al procesar la pregunta."
    ),
}
"""The first sentence of each code's text, when the payer has answered nothing else."""

OTHER_BIRTH_DATE = Both(
    "The payer answered for another birth date.", "La aseguradora respondió para otra fecha de nacimiento."
)
REASON_IN_PART: Mapping[ProblemCode, Both] = {
    ProblemCode.PAYER_UNREACHABLE: Both(
        "The payer answered in part; for the rest its system cannot be reached.",
        "La aseguradora respondió en parte; para el resto no se puede contactar su sistema.",
    ),
    ProblemCode.PAYER_SILENT: Both(
        "The payer answered in part; the rest has not been answered yet.",
        "La aseguradora respondió en parte; el resto aún no ha sido respondido.",
    ),
    ProblemCode.PAYER_BUSY: Both(
        "The payer answered in part; the rest it cannot look up now.",
        "La aseguradora respondió en parte; el resto no lo puede consultar en este momento.",
    ),
    ProblemCode.REPLY_UNREADABLE: Both(
        "The payer answered in part; the answer to the rest cannot be read.",
        "La aseguradora respondió en parte; la respuesta al resto no se puede leer.",
    ),
    ProblemCode.REPLY_MISMATCHED: Both(
        "The payer answered in part; the answer to the rest is not about this member as given.",
        "La aseguradora respondió en parte; la respuesta al resto no es sobre esta persona con los datos indicados.",
    ),
    ProblemCode.MEMBER_REJECTED: Both(
        "The payer answered, and called details of the member wrong.",
        "La aseguradora respondió, e indicó que hay datos incorrectos de la persona asegurada.",
    ),
    ProblemCode.PAYER_DECLINED: Both(
        "The payer answered in part; it declines to answer the rest.",
        "La aseguradora respondió en parte; no responde al resto.",
    ),
    ProblemCode.SETUP_PROBLEM: Both(
        "The payer answered in part; the rest was refused because of how this service or the provider is set up.",
        "La aseguradora respondió en parte; el resto fue rechazado por un ajuste de este servicio o del proveedor.",
    ),
    ProblemCode.ADAPTER_FAULT: Both(
        "The payer answered; this service failed at a part of the question.",
        "La aseguradora respondió; este servicio falló en una parte de la pregunta.",
    ),
}
"""The same, when the payer has answered a part of the question."""

SENT = Both(
    "The question was sent. The answer has not arrived yet.", "La pregunta fue enviada. La respuesta aún no ha llegado."
)
MORE_TO_COME = Both(
    "The payer answered in part. The rest has not arrived yet.",
    "La aseguradora respondió en parte. El resto aún no ha llegado.",
)
IS_ASKED = Both(
    "The payer answered. {name} runs this benefit and is being asked.",
    "La aseguradora respondió. {name} administra este beneficio y se le está preguntando.",
)
ADMINISTRATOR_REASON = {
    AdministratorOutcome.UNREACHABLE: Both(
        "{name} gave no usable answer here.", "{name} no dio aquí una respuesta utilizable."
    ),
    AdministratorOutcome.REJECTED: Both(
        "{name} did not accept the question as it was asked.", "{name} no aceptó la pregunta tal como se le hizo."
    ),
}
"""Why the company that runs the behavioral benefit has not answered for it."""

PART_IS_MISSING = Both("A part of the question was not answered.", "Una parte de la pregunta quedó sin respuesta.")
_AGAIN = Both("We ask again at {time}.", "Volvemos a preguntar a {time}.")
_TRY_UNTIL = Both("We try again until {time}.", "Lo volvemos a intentar hasta {time}.")
_SET_ASIDE = Both(
    "The answer was set aside. Check the details; we ask again at {time}.",
    "La respuesta se apartó. Revise los datos; volvemos a preguntar a {time}.",
)

_TELLING_FIRST = (
    ProblemCode.REPLY_MISMATCHED,
    ProblemCode.REPLY_UNREADABLE,
    ProblemCode.PAYER_BUSY,
    ProblemCode.PAYER_SILENT,
    ProblemCode.PAYER_UNREACHABLE,
)
"""Codes that waiting may mend; where there are several the first one tells, since the payer has answered something."""


def waiting_problem(problems: Sequence[Problem]) -> Problem | None:
    """Return the problem that says best why more may still come; None when none does."""
    return next((one for code in _TELLING_FIRST for one in problems if one.code is code), None)


def refusing_administrator(answer: AnswerFacts) -> Administrator | None:
    """Return the administrator that refused or was silent, if an answer with a plan has problems because of it."""
    if answer.coverage.status not in READ or not answer.problems:
        return None
    return next((one for one in answer.administrators if one.outcome in ADMINISTRATOR_REASON), None)


def reason(answer: AnswerFacts) -> Both | None:
    """Return the one sentence that says why the answer is missing or incomplete; None when it is neither.

    No sentence says that the payer has not answered when it has.
    """
    if not answer.problems:
        return None
    who = refusing_administrator(answer)
    if who is not None:
        return ADMINISTRATOR_REASON[who.outcome].fill(name=who.name)
    problem = waiting_problem(answer.problems) or answer.problems[0]
    if problem.code in _TELLING_FIRST and answer.coverage.status in ANSWERED:
        # Whose reply is missing is certain only where nobody else was asked.
        return PART_IS_MISSING if _others_asked(answer) else REASON_IN_PART[problem.code]
    if answer.coverage.status in READ:
        return REASON_IN_PART[problem.code]
    return OTHER_BIRTH_DATE if is_of_another_birth_date(answer) else REASON[problem.code]


def waiting_text(answer: AnswerFacts) -> Both:
    """Return what a pending answer waits for, and when the payer is asked again."""
    waiting = waiting_problem(answer.problems)
    asked = next((one for one in answer.administrators if one.outcome is AdministratorOutcome.PENDING), None)
    again = _again(waiting, answer.asked_until) if waiting is not None else None
    if asked is not None:
        first = IS_ASKED.fill(name=asked.name)
        return join([first, *([again] if again and waiting and waiting.retry_at else [])], " ")
    why = reason(answer) if waiting is not None else None
    if why is None:
        return MORE_TO_COME if answer.coverage.status in ANSWERED else SENT
    return join([why, *([again] if again else [])], " ")


def _again(waiting: Problem, until: datetime | None) -> Both | None:
    if waiting.code is ProblemCode.PAYER_UNREACHABLE and until is not None:
        return _TRY_UNTIL.fill(time=format_time(until))
    if waiting.retry_at is None:
        return None
    sentence = _SET_ASIDE if waiting.code is ProblemCode.REPLY_MISMATCHED else _AGAIN
    return sentence.fill(time=format_time(waiting.retry_at))


def is_of_another_birth_date(answer: AnswerFacts) -> bool:
    """Return whether the reply was set aside because its birth date alone differs from the one given [H3]."""
    rejected = [one for one in answer.problems if one.code is ProblemCode.MEMBER_REJECTED]
    alone = bool(rejected) and all(one.fields == ("birth_date",) for one in rejected)
    return alone and answer.coverage.status is CoverageStatus.COULD_NOT_CHECK


def wrong_fields(answer: AnswerFacts) -> tuple[str, ...]:
    """Return the fields of the request that the payer calls wrong, each once."""
    rejected = (one for one in answer.problems if one.code is ProblemCode.MEMBER_REJECTED)
    return tuple(dict.fromkeys(field for one in rejected for field in one.fields))


FIELD: Mapping[str, Both] = {
    "member_id": Both("member ID", "número de asegurado"),
    "first_name": Both("first name", "nombre"),
    "last_name": Both("last name", "apellido"),
    "birth_date": Both("birth date", "fecha de nacimiento"),
    "group_number": Both("group number", "número de grupo"),
    "service_date": Both("service date", "fecha del servicio"),
    "relationship": Both("relationship", "parentesco"),
}
_OF_SUBSCRIBER = Both("subscriber's {field}", "{field} del titular")
_SUBSCRIBER = "subscriber."


def named_fields(fields: Sequence[str]) -> Both:
    """Return names of the request's fields in words."""
    return join(map(_name_of_field, fields), ", ")


def _name_of_field(field: str) -> Both:
    own = field.removeprefix(_SUBSCRIBER)
    name = FIELD.get(own, Both(own.replace("_", " "), own.replace("_", " ")))
    return name if own == field else _OF_SUBSCRIBER.fill(field=name)


def _others_asked(answer: AnswerFacts) -> bool:
    asked = {AdministratorOutcome.ANSWERED, AdministratorOutcome.PENDING}
    return any(one.outcome in asked for one in answer.administrators)
