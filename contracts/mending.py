"""How the details of a member are mended when a payer calls them wrong, in English and in Spanish."""

from collections.abc import Iterator, Mapping

from contracts.facts import AnswerFacts
from contracts.reasons import named_fields, wrong_fields
from contracts.vocabulary import Responsible
from contracts.wording import Both

MEND: Mapping[str, Both] = {
    "member_id": Both(
        "Check the member ID: copy it from the card, with every letter and digit.",
        "Revise el número de asegurado: cópielo de la tarjeta, con todas sus letras y cifras.",
    ),
    "subscriber.member_id": Both(
        "Check the subscriber's member ID: copy it from the card of the main person on the plan.",
        "Revise el número de asegurado del titular: cópielo de la tarjeta del titular del plan.",
    ),
    "first_name": Both(
        "Check the first name: write it as it stands on the card, with no nickname.",
        "Revise el nombre: escríbalo como está en la tarjeta, sin apodos.",
    ),
    "last_name": Both(
        "Check the last name: write it as it stands on the card.",
        "Revise el apellido: escríbalo como está en la tarjeta.",
    ),
    "birth_date": Both(
        "Check the birth date: the month, the day and the year.",
        "Revise la fecha de nacimiento: el mes, el día y el año.",
    ),
    "group_number": Both(
        "Check the group number: copy it from the card, or leave it out.",
        "Revise el número de grupo: cópielo de la tarjeta o déjelo en blanco.",
    ),
    "service_date": Both(
        "Check the service date: ask about a day of this month.",
        "Revise la fecha del servicio: pregunte por un día de este mes.",
    ),
}
"""By field of the request: what to check, and how to write it."""

OTHER_FIELD = Both("Check this against the card: {field}.", "Compare esto con la tarjeta: {field}.")
ALL_DETAILS = Both(
    "Check each of the member's details against the card. Is the plan in the name of someone else? Then give that"
    " person's details too.",
    "Compare con la tarjeta cada dato de la persona asegurada. ¿El plan está a nombre de otra persona? Dé entonces"
    " también los datos de esa persona.",
)


def ways_to_mend(answer: AnswerFacts) -> Iterator[Both]:
    """Yield how each detail is mended that the payer calls wrong; one for all of them where it names none."""
    if not answer.problems:
        return
    fields = wrong_fields(answer)
    for field in fields:
        yield MEND[field] if field in MEND else OTHER_FIELD.fill(field=named_fields((field,)))
    if not fields and any(problem.responsible is Responsible.MEMBER for problem in answer.problems):
        yield ALL_DETAILS
