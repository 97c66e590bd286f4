"""The 270: from an ``Inquiry`` and back again (the simulator needs the way back).

Source: ``REFERENCE.md`` 2, ``PROTOCOLS.md`` 4.0.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from contracts import AttemptNumbers, Inquiry, Member, NoReplyAtAll, Person, Relationship, Subscriber, basic
from payers.x12.segments import interchanges
from payers.x12.writing import (
    Delimiters,
    InterchangeEnvelope,
    Repetitions,
    Segment,
    day_and_hour,
    enclose_transaction,
    write_segment,
)

RELATIONSHIP_CODES = {Relationship.SPOUSE: "01", Relationship.CHILD: "19", Relationship.OTHER: "34"}
"""INS02 of a dependent, by what they are to the subscriber."""

_DELIMITERS = Delimiters()
_SIGNS = _DELIMITERS.signs
"""The signs of every inquiry. The texts below are written with them."""


def write_270(
    inquiry: Inquiry, numbers: AttemptNumbers, *, sender_id: str, receiver_id: str, at: datetime, test: bool = False
) -> bytes:
    """Return the inquiry as an interchange.

    The trace and the EQ are at the patient's level. A dependent who has a member id of their own, and no subscriber
    beside them, is the subscriber of the inquiry. Raises ``ValueError`` naming a field of the question that cannot be
    written (``last_name: separator``), never its value.
    """
    envelope = InterchangeEnvelope(sender_id, receiver_id, numbers.interchange, numbers.group, at, test=test)
    member, holder, provider = inquiry.member, inquiry.subscriber, inquiry.provider
    trace = write_segment(("TRN", "1", numbers.trace, numbers.originator), _DELIMITERS)
    body = [
        write_segment(("BHT", "0022", "13", numbers.transaction, *day_and_hour(at)), _DELIMITERS),
        *_parties(inquiry.payer_name, inquiry.payer_id, provider.name, provider.npi),
    ]
    if holder is None:
        body += ["HL*3*2*22*0", trace, *_person("IL", member, member.member_id)]
    else:
        body += ["HL*3*2*22*1", *_person("IL", holder, holder.member_id or member.member_id)]
        body += ["HL*4*3*23*0", trace, *_person("03", member, None)]
        body.append(f"INS*N*{RELATIONSHIP_CODES[holder.relationship]}")
    body.append(f"DTP*291*D8*{_digits(inquiry.service_date)}")
    body.append(_service_types(inquiry.service_types))
    return enclose_transaction(envelope, "270", "HS", body)


# What is the same in every inquiry of a payer, and no member's, is written once.
@lru_cache(maxsize=256)
def _parties(payer_name: str, payer_id: str, provider_name: str, npi: str) -> tuple[str, ...]:
    """Return the segments about the payer and the provider."""
    segments: tuple[Segment, ...] = (
        ("HL", "1", "", "20", "1"),
        ("NM1", "PR", "2", _plain(payer_name, "payer"), "", "", "", "", "PI", payer_id),
        ("HL", "2", "1", "21", "1"),
        ("NM1", "1P", "2", _plain(provider_name, "provider"), "", "", "", "", "XX", npi),
    )
    return tuple([write_segment(segment, _DELIMITERS) for segment in segments])


@lru_cache(maxsize=256)
def _service_types(codes: tuple[str, ...]) -> str:
    # An explicit list is one EQ whose EQ01 repeats; most payers are asked one service type an inquiry.
    return write_segment(("EQ", Repetitions(codes)), _DELIMITERS)


def _digits(day: date) -> str:
    return day.isoformat().replace("-", "")


def _plain(value: str, field: str) -> str:
    plain = basic(value).strip().upper()
    if not plain.isascii():
        raise ValueError(f"{field}: characters")
    return plain


def _person(role: str, person: Member | Subscriber, member_id: str | None) -> list[str]:
    prefix = "subscriber." if isinstance(person, Subscriber) else ""
    last = _field(person.last_name, f"{prefix}last_name", 60)
    first = _field(person.first_name, f"{prefix}first_name", 35)
    name = f"NM1*{role}*1*{last}*{first}"
    known_as = f"****MI*{_field(member_id, f'{prefix}member_id', 80, 2)}" if member_id else ""
    found = [f"{name}{known_as}".rstrip("*")]
    group = getattr(person, "group_number", None)
    if group:
        found.append(f"REF*6P*{_field(group, 'group_number', 50)}")
    if person.birth_date is not None:
        found.append(f"DMG*D8*{_digits(person.birth_date)}")
    return found


def _field(value: str | None, field: str, longest: int, shortest: int = 1) -> str:
    plain = _plain(value or "", field)
    if value and not shortest <= len(plain) <= longest:
        raise ValueError(f"{field}: length")
    if not plain.isprintable() or not _SIGNS.isdisjoint(plain):
        raise ValueError(f"{field}: separator")
    return plain


class Inquiry270(NamedTuple):
    """What a 270 asks, as the texts of its elements; ``dependent`` is None when the patient is the subscriber."""

    sender: str
    receiver: str
    interchange: str
    group: str
    transaction: str
    trace: str
    originator: str
    payer_name: str
    payer_id: str
    provider_name: str
    provider_npi: str
    subscriber: Person
    dependent: Person | None
    service_types: tuple[str, ...]
    service_date: str

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return "Inquiry270(…)"


def read_270(raw: bytes) -> Inquiry270:
    """Read the first 270 of ``raw``. Raises ``NoReplyAtAll`` when there is none."""
    interchange = next(interchanges(raw), None)
    if interchange is None:
        raise NoReplyAtAll("no_interchange")
    header = interchange.separators.header
    rows = [[*text.split(interchange.separators.element), *[""] * 16] for text in interchange.segments]
    if not any(row[0] == "ST" and row[1] == "270" for row in rows):
        raise NoReplyAtAll("no_inquiry")
    people = _people(rows, interchange.segments)
    sign = interchange.separators.repetition
    return Inquiry270(
        sender=header[5],
        receiver=header[7],
        interchange=header[12],
        group=_first(rows, 6, "GS"),
        transaction=_first(rows, 3, "BHT"),
        trace=_first(rows, 2, "TRN"),
        originator=_first(rows, 3, "TRN"),
        payer_name=_first(rows, 3, "NM1", "PR"),
        payer_id=_first(rows, 9, "NM1", "PR"),
        provider_name=_first(rows, 3, "NM1", "1P"),
        provider_npi=_first(rows, 9, "NM1", "1P"),
        subscriber=people.get("IL") or Person(0, "", "IL"),
        dependent=people.get("03"),
        service_types=tuple(code for row in rows if row[0] == "EQ" for code in row[1].split(sign) if code),
        service_date=_first(rows, 3, "DTP", "291"),
    )


def _first(rows: list[list[str]], position: int, *begins: str) -> str:
    """Return an element of the first segment that begins with ``begins``."""
    return next((row[position] for row in rows if tuple(row[: len(begins)]) == begins), "")


def _people(rows: list[list[str]], texts: list[str]) -> dict[str, Person]:
    people: dict[str, Person] = {}
    at = ""
    for number, (row, text) in enumerate(zip(rows, texts, strict=True), start=1):
        if row[0] == "NM1" and row[1] in {"IL", "03"}:
            at = row[1]
            people[at] = Person(number, text, at, row[3], row[4], row[5], row[7], row[8], row[9])
        elif row[0] == "DMG" and at:
            people[at] = people[at]._replace(birth_date=row[2], gender=row[3])
        elif row[0] == "INS" and at:
            people[at] = people[at]._replace(relationship=row[2])
    return people
