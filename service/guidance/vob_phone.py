"""Call notes as a second provenance of the record: they stand beside the reply, and what contradicts is marked."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from service.guidance.vob_points import AnswerKind
from service.guidance.vob_values import NOT_KNOWN, CallNote, Provenance, VobEntry, VobStatement


def join_notes(entries: Iterable[VobEntry], notes: Sequence[CallNote]) -> tuple[VobEntry, ...]:
    """Return the entries with what was said on the phone, each call's after the earlier ones'. Nothing is replaced."""
    phone: dict[str, list[VobStatement]] = {}
    for note in sorted(notes, key=lambda one: one.number):
        for answer in note.answers:
            phone.setdefault(answer.entry, []).append(
                VobStatement(
                    provenance=Provenance.PHONE,
                    value=answer.value,
                    text=answer.remark or answer.value,
                    note=note.number,
                )
            )
    return tuple(_with_phone(one, phone.get(one.id, ())) for one in entries)


def _with_phone(entry: VobEntry, said: Sequence[VobStatement]) -> VobEntry:
    if not said:
        return entry
    statements = (*entry.statements, *said)
    return entry.model_copy(update={"statements": statements, "contradicts": contradict(entry.kind, statements)})


def contradict(kind: AnswerKind, statements: Sequence[VobStatement]) -> bool:
    """Return whether two sources say different things. Words are not compared: two wordings may mean one thing."""
    if kind is AnswerKind.TEXT:
        return False
    known = [one for one in statements if one.value != NOT_KNOWN]
    of_reply = {comparable(kind, one.value) for one in known if one.provenance is not Provenance.PHONE}
    of_phone = {comparable(kind, one.value) for one in known if one.provenance is Provenance.PHONE}
    return len(of_phone) > 1 or (bool(of_reply) and not of_phone <= of_reply)


def comparable(kind: AnswerKind, value: str) -> object:
    """Return a value as it compares with others of its kind; words that are no such value as they are.

    Raises nothing: what a person wrote is kept whatever it is.
    """
    try:
        match kind:
            case AnswerKind.MONEY | AnswerKind.SHARE | AnswerKind.NUMBER:
                return Decimal(value)
            case AnswerKind.DAY:
                return date.fromisoformat(value)
            case AnswerKind.YES_NO | AnswerKind.TEXT:
                return value.casefold()
    except (InvalidOperation, ValueError):
        return value
