"""What they say: ``Benefits``, the neutral 271, in the payer's order and the payer's own codes.

Nothing is judged here. Elements stay the strings that were sent: money, shares and dates are read, and found wanting,
in one place only (``payers.reading``). These values are named tuples and not ``Frozen``: a reply holds up to 20,000 of
them, and a pydantic model would cost more than all the rest of reading one.

``at`` says where a thing was read: the number of a segment in the text (the first ISA is 1), or a JSON path (``$.…``).
"""

from collections.abc import Callable
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from contracts.vocabulary import FindingCode

Place = int | str


class Message(NamedTuple):
    """A piece of text and where it stood: a MSG, or a note in a JSON reply.

    ``sent`` is the segment as sent where ``text`` is only a part of it; empty where they are the same.
    """

    at: Place
    text: str
    sent: str = ""


class Reference(NamedTuple):
    """A REF: ``kind`` is REF01, ``value`` REF02, ``name`` REF03; ``sent`` the segment as sent, where there is one."""

    at: Place
    kind: str
    value: str
    name: str = ""
    sent: str = ""


class Dated(NamedTuple):
    """A DTP: ``kind`` is DTP01, ``form`` D8 or RD8, ``value`` CCYYMMDD, or two with a hyphen.

    ``sent`` is the segment as sent, where there is one.
    """

    at: Place
    kind: str
    form: str
    value: str
    sent: str = ""


class DeliveryLimit(NamedTuple):
    """An HSD, element by element (HSD01 to HSD06), as sent."""

    at: Place
    text: str
    quantity_kind: str = ""
    quantity: str = ""
    per_kind: str = ""
    per: str = ""
    period: str = ""
    periods: str = ""


class Rejection(NamedTuple):
    """An AAA. ``loop`` is 2000A, 2100A, 2100B, 2100C, 2110C, 2100D or 2110D; ``follow_up`` is AAA04."""

    at: Place
    text: str
    loop: str
    valid: str
    code: str
    follow_up: str = ""


class Entity(NamedTuple):
    """A payer, provider or related entity: NM1 with what stands below it.

    ``role`` is NM101. ``phones`` are the numbers of its PER segments (TE, then WP), digits as sent.
    """

    at: Place
    text: str
    role: str
    name: str
    first_name: str = ""
    id_kind: str = ""
    id: str = ""
    phones: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


class Person(NamedTuple):
    """A member as the payer returned it: the subscriber (``IL``) or the dependent (``03``).

    ``birth_date`` is CCYYMMDD as sent. ``relationship`` is INS02. ``changed`` is true when the payer declares that it
    changed our data (INS03 001 with INS04 25).
    """

    at: Place
    text: str
    role: str
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    id_kind: str = ""
    member_id: str = ""
    birth_date: str = ""
    gender: str = ""
    relationship: str = ""
    changed: bool = False
    references: tuple[Reference, ...] = ()
    dates: tuple[Dated, ...] = ()

    def __repr__(self) -> str:
        """Show nothing of the person."""
        return "Person(…)"


class Trace(NamedTuple):
    """A TRN: ``kind`` 2 echoes ours, 1 is the payer's or an intermediary's own."""

    kind: str
    number: str
    originator: str = ""


class Benefit(NamedTuple):
    """An EB with all that stands below it, element by element, as sent (empty where absent).

    ``service_types`` is EB03 split at its repetitions. ``procedure`` is the code of EB13, ``procedure_kind`` its
    qualifier, ``procedure_end`` the last code of a range (EB13-8). ``diagnoses`` are the pointers of EB14. ``places``
    are the III02 of III01 ``ZZ``. ``text`` is the EB segment itself.
    """

    at: Place
    text: str
    information: str
    level: str = ""
    service_types: tuple[str, ...] = ()
    insurance: str = ""
    plan: str = ""
    period: str = ""
    amount: str = ""
    share: str = ""
    quantity_kind: str = ""
    quantity: str = ""
    authorization: str = ""
    network: str = ""
    procedure_kind: str = ""
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    procedure_end: str = ""
    diagnoses: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    places: tuple[Message, ...] = ()
    deliveries: tuple[DeliveryLimit, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Dated, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    entities: tuple[Entity, ...] = ()

    def __repr__(self) -> str:
        """Show the code alone: a benefit's messages are a payer's words about a member."""
        return f"Benefit(at={self.at!r}, information={self.information!r})"


FIRST_BELOW = Benefit._fields.index("messages")
"""From this field on stands what is below the line itself; most lines have nothing there."""

NOTHING_BELOW: tuple[object, ...] = ((),) * len(Benefit._fields[FIRST_BELOW:])
"""The fields from ``FIRST_BELOW`` on of a line that has nothing below it."""


class Noticed(NamedTuple):
    """A finding of the reader of bytes: what was odd about the form of the reply."""

    code: FindingCode
    at: Place | None
    detail: str


class Acknowledgment(NamedTuple):
    """A 999 or TA1 in place of a 271, or an error of the envelope that carried it.

    ``kind`` is ``999``, ``TA1`` or the route's own word; ``accepted`` is true for A and E; ``code`` is AK9's, TA104's
    or the envelope's error code; ``answers`` is the number it refers to (AK102, TA101, a payload id), empty if none.
    """

    at: Place
    text: str
    kind: str
    accepted: bool
    code: str
    answers: str = ""


class Benefits(NamedTuple):
    """What one reply says of one member level (subscriber or dependent), or an acknowledgment.

    ``lines`` keep the payer's order. ``rejections`` are those above the benefit lines: of the transaction, the payer,
    the provider, the subscriber and this member. ``trace`` names the exchange for people (our echoed TRN02, else the
    control number). ``answered_at`` is BHT's date and time as CCYYMMDDHHMM, or an ISO instant. ``asked`` are the
    service types that the inquiry asked for; empty when a file is read. ``in_progress`` marks a stored
    "still working on it". ``authorizations`` say of single procedures whether authorization is required, and nothing of
    coverage: they are no lines.
    """

    payer: Entity | None = None
    provider: Entity | None = None
    subscriber: Person | None = None
    patient: Person | None = None
    traces: tuple[Trace, ...] = ()
    lines: tuple[Benefit, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    acknowledgment: Acknowledgment | None = None
    noticed: tuple[Noticed, ...] = ()
    truncated: bool = False
    trace: str = ""
    answered_at: str = ""
    route: str | None = None
    asked: tuple[str, ...] = ()
    in_progress: bool = False
    authorizations: tuple[Benefit, ...] = ()

    @property
    def rejections_below(self) -> tuple[Rejection, ...]:
        """The rejections below its lines, in their order; most replies have none."""
        return tuple(chain.from_iterable(map(_REJECTIONS_OF, self.lines)))

    def __repr__(self) -> str:
        """Show counts alone."""
        return f"Benefits(lines={len(self.lines)}, rejections={len(self.rejections)})"


_REJECTIONS_OF: Callable[[Benefit], tuple[Rejection, ...]] = itemgetter(Benefit._fields.index("rejections"))
