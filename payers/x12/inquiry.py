"""The 270: from an ``Inquiry`` and back again (the simulator needs the way back).

Source: ``REFERENCE.md`` 2, ``PROTOCOLS.md`` 4.0.
"""

from datetime import datetime
from typing import NamedTuple

from contracts import AttemptNumbers, Inquiry, Member, NoReplyAtAll, Person, Relationship, Subscriber, basic
from payers.x12.segments import interchanges
from payers.x12.writing import InterchangeEnvelope, Repetitions, Segment, write_interchange

RELATIONSHIP_CODES = {Relationship.SPOUSE: "01", Relationship.CHILD: "19", Relationship.OTHER: "34"}
"""INS02 of a dependent, by what they are to the subscriber."""


def write_270(
    inquiry: Inquiry, numbers: AttemptNumbers, *, sender_id: str, receiver_id: str, at: datetime, test: bool = False
) -> bytes:
    """Return the inquiry as an interchange.

    The trace and the EQ are at the patient's level. A dependent who has a member id of their own, and no subscriber
    beside them, is the subscriber of the inquiry. Raises ``ValueError`` naming a field of the question that cannot be
    written (``last_name: separator``), never its value.
    """
    envelope = InterchangeEnvelope(sender_id, receiver_id, numbers.interchange, numbers.group, at, test=test)
    member, holder = inquiry.member, inquiry.subscriber
    day = at.strftime("%Y%m%d")
    body: list[Segment] = [
        ("BHT", "0022", "13", numbers.transaction, day, at.strftime("%H%M")),
        ("HL", "1", "", "20", "1"),
        ("NM1", "PR", "2", _plain(inquiry.payer_name, "payer"), "", "", "", "", "PI", inquiry.payer_id),
        ("HL", "2", "1", "21", "1"),
        ("NM1", "1P", "2", _plain(inquiry.provider.name, "provider"), "", "", "", "", "XX", inquiry.provider.npi),
        ("HL", "3", "2", "22", "0" if holder is None else "1"),
    ]
    trace: Segment = ("TRN", "1", numbers.trace, numbers.originator)
    if holder is None:
        body += [trace, *_person("IL", member, member.member_id)]
    else:
        body += _person("IL", holder, holder.member_id or member.member_id)
        body += [("HL", "4", "3", "23", "0"), trace, *_person("03", member, None)]
        body.append(("INS", "N", RELATIONSHIP_CODES[holder.relationship]))
    body.append(("DTP", "291", "D8", inquiry.service_date.strftime("%Y%m%d")))
    # An explicit list is one EQ whose EQ01 repeats; most payers are asked one service type an inquiry.
    body.append(("EQ", Repetitions(inquiry.service_types)))
    return write_interchange(envelope, "270", "HS", body)


def _plain(value: str, field: str) -> str:
    plain = basic(value).strip().upper()
    if not plain.isascii():
        raise ValueError(f"{field}: characters")
    return plain


def _person(role: str, person: Member | Subscriber, member_id: str | None) -> list[Segment]:
    given = "subscriber." if isinstance(person, Subscriber) else ""
    name = (_field(person.last_name, given + "last_name", 60), _field(person.first_name, given + "first_name", 35))
    known_as = ("MI", _field(member_id, given + "member_id", 80, 2)) if member_id else ()
    found: list[Segment] = [("NM1", role, "1", *name, "", "", "", *known_as)]
    group = getattr(person, "group_number", None)
    if group:
        found.append(("REF", "6P", _field(group, "group_number", 50)))
    if person.birth_date is not None:
        found.append(("DMG", "D8", person.birth_date.strftime("%Y%m%d")))
    return found


def _field(value: str | None, field: str, longest: int, shortest: int = 1) -> str:
    plain = _plain(value or "", field)
    if value and not shortest <= len(plain) <= longest:
        raise ValueError(f"{field}: length")
    if not plain.isprintable() or not _SIGNS.isdisjoint(plain):
        raise ValueError(f"{field}: separator")
    return plain


_SIGNS = frozenset("*:^~")


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
