"""From what the service keeps to a call sheet: the answer, its question, the roster and the calls that were noted."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from service.guidance.call_sheet import CallSheet, Looking, call_sheet_of
from service.guidance.cost_values import EpisodeCost
from service.guidance.network_status import WhereAndWhen, network_statuses, prices_of
from service.guidance.vob_phone import comparable
from service.guidance.vob_points import AnswerKind
from service.guidance.vob_record import Around, record_of
from service.guidance.vob_values import NOT_KNOWN, CallContent, CallNote, VobEntry


def sheet_of(looking: Looking, estimates: Sequence[EpisodeCost] = ()) -> CallSheet:
    """Return the call sheet of a verification; its record says what a stay may cost where ``estimates`` are given."""
    answer, roster = looking.answer, looking.roster
    setting = WhereAndWhen(answer.service_date, looking.location)
    network, prices = network_statuses(answer, roster, setting), prices_of(answer, roster, setting)
    return call_sheet_of(
        looking, record_of(answer, Around(looking.question, network, looking.notes, prices, estimates, looking.consent))
    )


def note_of(number: int, caller_id: str, created_at: datetime, content: bytes) -> CallNote:
    """Return a note as it is shown, from what the store keeps of it."""
    written = CallContent.model_validate_json(content)
    return CallNote(number=number, recorded_by=caller_id, recorded_at=created_at, **dict(written))


class WrongAnswer(NamedTuple):
    """An answer of a call that cannot be kept: its place among the answers, and the field at fault."""

    place: int
    field: str


def wrong_answers(content: CallContent, record: Sequence[VobEntry]) -> list[WrongAnswer]:
    """Return the answers that name no entry of the record, or whose value is not of the entry's kind."""
    kinds = {one.id: one.kind for one in record}
    found = []
    for place, answer in enumerate(content.answers):
        if answer.entry not in kinds:
            found.append(WrongAnswer(place, "entry"))
        elif answer.value != NOT_KNOWN and not fits_kind(kinds[answer.entry], answer.value):
            found.append(WrongAnswer(place, "value"))
    return found


def fits_kind(kind: AnswerKind, value: str) -> bool:
    """Return whether ``value`` has the form of its kind."""
    match kind:
        case AnswerKind.TEXT:
            return bool(value.strip())
        case AnswerKind.YES_NO:
            return value in {"yes", "no"}
        case AnswerKind.DAY:
            return not isinstance(comparable(kind, value), str)
        case AnswerKind.MONEY | AnswerKind.SHARE | AnswerKind.NUMBER:
            return _is_amount(value, most=Decimal(1) if kind is AnswerKind.SHARE else Decimal(10_000_000))


FINEST = -6
"""The smallest power of ten in an amount: written out, one with an exponent like -999999999 would fill the memory."""


def _is_amount(value: str, most: Decimal) -> bool:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return False
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= FINEST and 0 <= amount <= most
