"""The projection of an answer: what of it a role may see, derived from the marks in the types of its fields.

Source: ``ANSWER.md`` 5.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, NamedTuple, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contracts import (
    Answer,
    EvidenceOf,
    ForEveryCaller,
    PatientPays,
    PayerWords,
    SentOfMember,
    marks_of,
    replace_marked,
    types_of,
)
from service.security.access import Caller, Position, Role, StaffRole

HiddenMark = PayerWords | SentOfMember | PatientPays

HIDDEN: Mapping[Position, frozenset[type[HiddenMark]]] = {
    Role.STAFF: frozenset(),
    Role.BATCH: frozenset({PayerWords, SentOfMember}),
    # A line of evidence in the payer's words may hold a figure.
    StaffRole.INTAKE: frozenset({PayerWords, PatientPays}),
    StaffRole.BILLING: frozenset(),
    StaffRole.SUPERVISOR: frozenset(),
    StaffRole.PRIVACY_OFFICER: frozenset(),
    StaffRole.BREAK_GLASS: frozenset(),
}
"""The marks whose fields a role may not see. A role that does not stand here sees no answer; of several roles each
shows what it may see."""

_HARMLESS = (Enum, int, float, Decimal, date, NoneType, BaseModel)
"""Types without free text: codes, numbers, dates, and values whose own fields are looked at."""


class Hiding(NamedTuple):
    """A field that a role may not see: what stands in its place, where ``when`` is true of the value that has it."""

    instead: object
    when: Callable[[Any], bool]


def project(answer: Answer, caller: Caller) -> Answer:
    """Return ``answer`` as ``caller`` may see it.

    A key of staff sees all of it, and a batch neither the payer's own words nor what was sent of the member; a person
    sees what any of their roles shows. The view of a visitor is no answer at all and is made elsewhere: asking for it
    here raises ``ValueError``.
    """
    seen_by = [HIDDEN[position] for position in caller.positions if position in HIDDEN]
    if not seen_by:
        raise ValueError("this role sees no answer")
    hidden = frozenset.intersection(*seen_by)
    if not hidden:
        return answer
    # What is hidden is not unknown: the texts are not to say that the payer does not state it.
    marked = answer.model_copy(update={"costs_are_hidden": True}) if PatientPays in hidden else answer
    return replace_marked(marked, _hides(hidden), _hide)


def hiding_of(field: FieldInfo, hidden: frozenset[type[HiddenMark]]) -> Hiding | None:
    """Return how a field is kept from a role that may not see ``hidden``; None if the role sees it.

    A field that may hold text and says by no mark whose it is counts as the payer's words. Raises ``TypeError`` for a
    field in whose place nothing can stand.
    """
    marks = marks_of(field)
    known = [mark for mark in marks if isinstance(mark, HiddenMark | ForEveryCaller | EvidenceOf)]
    harmless = all(isinstance(one, type) and issubclass(one, _HARMLESS) for one in types_of(field))
    mark = next((mark for mark in known if isinstance(mark, HiddenMark) and type(mark) in hidden), None)
    if known or harmless:
        return None if mark is None else Hiding(_stand_in(field, mark), getattr(mark, "when", _always))
    return Hiding(_stand_in(field, PayerWords()), _always)


def _always(_: object) -> bool:
    return True


def _stand_in(field: FieldInfo, mark: HiddenMark) -> object:
    types = types_of(field)
    if mark.instead is not None or not types.isdisjoint((NoneType, Any, object)):
        return mark.instead
    container = get_origin(field.annotation)
    if container in {tuple, list, dict}:
        return container()
    if str in types:
        return "hidden"
    raise TypeError("a field that is hidden from a role may be null")


@cache
def _hides(hidden: frozenset[type[HiddenMark]]) -> Callable[[FieldInfo], Hiding | None]:
    return lambda field: hiding_of(field, hidden)


def _hide(hiding: Hiding, held: object, owner: object) -> object:
    return hiding.instead if held is not None and hiding.when(owner) else held
