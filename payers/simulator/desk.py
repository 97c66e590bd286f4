"""The payers' desk behind every end: an inquiry goes in, X12 comes out, as the weather leaves it.

All ends share one desk, so that one person has one story over every route, and a mixed-up reply may be that of an
inquiry which came over another one.
"""

from collections import deque
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from contracts import Person
from payers.simulator.damage import NUMBERS_OF_ANOTHER, damage_interchange, mix_up
from payers.simulator.payers import SimulatedPayer, payer_called
from payers.simulator.replying import reply_to, stranger_to
from payers.simulator.weather import FaultKind, Weather, plain_member_id
from payers.x12 import Inquiry270, InterchangeEnvelope, write_999, write_ta1


class InterchangeKind(StrEnum):
    """What kind of interchange came out."""

    REPLY = "271"
    REJECTION = "999"
    INTERCHANGE = "TA1"


class Written(NamedTuple):
    """What came out: its form, its bytes, and the payer that wrote it (None when nobody of that id is simulated)."""

    form: InterchangeKind
    payload: bytes
    payer: SimulatedPayer | None


class Desk:
    """Writes for all simulated payers; the payer is the one that the inquiry names."""

    def __init__(self) -> None:
        """Remember nobody yet."""
        self._earlier: deque[tuple[Person, bytes]] = deque(maxlen=64)

    def serve(self, inquiry: Inquiry270, weather: Weather) -> Written:
        """The 271 of the member's story, or the acknowledgment that stands in its place.

        Raises ``ValueError``, naming the element, when the payer cannot write back what the inquiry holds.
        """
        at = datetime.now(UTC)
        payer = payer_called(inquiry.payer_id, plain_member_id(inquiry.subscriber.member_id))
        envelope = InterchangeEnvelope(inquiry.receiver, inquiry.sender, inquiry.interchange, inquiry.group, at)
        if weather.kind is FaultKind.INTERCHANGE:
            ta1 = write_ta1(envelope, accepted=False, interchange=inquiry.interchange, note="006")
            return Written(InterchangeKind.INTERCHANGE, ta1, payer)
        if weather.kind is FaultKind.ACCEPTED:
            return Written(InterchangeKind.REJECTION, write_999(envelope, accepted=True, group=inquiry.group), payer)
        if payer is None or weather.kind is FaultKind.REJECTED:
            return Written(InterchangeKind.REJECTION, self.rejection(inquiry), payer)
        if weather.kind is FaultKind.CROSS:
            return Written(InterchangeKind.REPLY, reply_to(mix_up(inquiry, weather.number), payer, at), payer)
        payload = reply_to(inquiry, payer, at, weather.rejection)
        if weather.kind in {FaultKind.SWAP, FaultKind.STALE}:
            return Written(InterchangeKind.REPLY, self._mixed_up(inquiry, payer, at, weather.kind), payer)
        self._earlier.append((_person_anywhere(inquiry), payload))
        return Written(InterchangeKind.REPLY, damage_interchange(payload, payer, weather), payer)

    def rejection(self, inquiry: Inquiry270) -> bytes:
        """The 999 that rejects ``inquiry``."""
        envelope = InterchangeEnvelope(
            inquiry.receiver, inquiry.sender, inquiry.interchange, inquiry.group, datetime.now(UTC)
        )
        return write_999(envelope, accepted=False, group=inquiry.group)

    def _mixed_up(self, inquiry: Inquiry270, payer: SimulatedPayer, at: datetime, kind: FaultKind) -> bytes:
        """The last reply about somebody else, or (stale) about the same member; a stranger's when there was none."""
        asked = _person_anywhere(inquiry)
        same = kind is FaultKind.STALE
        found = next((payload for patient, payload in reversed(self._earlier) if (patient == asked) == same), None)
        if found is not None:
            return found
        other = mix_up(inquiry, NUMBERS_OF_ANOTHER) if same else stranger_to(inquiry, payer)
        return reply_to(other, payer, at)


def _person_anywhere(inquiry: Inquiry270) -> Person:
    """Whom an inquiry is about, wherever in it they stand: one person's inquiries compare equal."""
    patient = inquiry.dependent or inquiry.subscriber
    return patient._replace(at=0, text="", member_id=plain_member_id(inquiry.subscriber.member_id))
