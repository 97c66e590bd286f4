"""The projection of an answer: what of it a role may see, derived from the marks in the types of its fields.

Source: ``ANSWER.md`` 5.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from types import NoneType

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contracts import (
    Answer,
    EvidenceOf,
    ForEveryCaller,
    MarkedField,
    PayerWords,
    SentOfMember,
    marks_of,
    replace_marked,
    types_of,
)
from service.security.access import Role

HIDDEN: Mapping[Role, tuple[type[PayerWords | SentOfMember], ...]] = {
    Role.STAFF: (),
    Role.BATCH: (PayerWords, SentOfMember),
}
"""The marks whose fields a role may not see. A role that does not stand here sees no answer."""

_HARMLESS = (Enum, int, float, Decimal, date, NoneType, BaseModel)
"""Types without free text: codes, numbers, dates, and values whose own fields are looked at."""

_UNMARKED = PayerWords()


def project(answer: Answer, role: Role) -> Answer:
    """Return ``answer`` as ``role`` may see it.

    Staff see all of it; a batch sees neither the payer's own words nor what was sent of the member. The view of a
    visitor is no answer at all and is made elsewhere: asking for it here raises ``ValueError``.
    """
    if role not in HIDDEN:
        raise ValueError("this role sees no answer")
    return replace_marked(answer, _HIDES[role], _hide) if HIDDEN[role] else answer


def hiding_mark(field: FieldInfo, hidden: tuple[type[PayerWords | SentOfMember], ...]) -> object | None:
    """Return the mark because of which a field is not shown to a role that may not see ``hidden``; None if it is.

    A field that may hold text and says by no mark whose it is counts as the payer's words.
    """
    marks = marks_of(field)
    known = [mark for mark in marks if isinstance(mark, PayerWords | SentOfMember | ForEveryCaller | EvidenceOf)]
    harmless = all(isinstance(one, type) and issubclass(one, _HARMLESS) for one in types_of(field))
    if not known and not harmless:
        return _UNMARKED
    return next((mark for mark in known if isinstance(mark, hidden)), None)


def _hides(hidden: tuple[type[PayerWords | SentOfMember], ...]) -> Callable[[FieldInfo], object | None]:
    return lambda field: hiding_mark(field, hidden)


_HIDES = {role: _hides(hidden) for role, hidden in HIDDEN.items()}


def _hide(found: MarkedField) -> object:
    """Return what stands in place of a field that is not shown. Raises ``TypeError`` where nothing can stand there."""
    mark, held = found.mark, found.held
    if held is None or (isinstance(mark, PayerWords) and not mark.when(found.owner)):
        return held
    if mark.instead is not None or NoneType in types_of(found.field):
        return mark.instead
    if isinstance(held, tuple | list | dict):
        return type(held)()
    if isinstance(held, str):
        return "hidden"
    raise TypeError("a field that is hidden from a role may be null")
