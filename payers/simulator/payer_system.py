"""The payers behind all endpoints: an inquiry goes in, X12 comes out, damaged as the fault says.

All endpoints share them, so that one person has one scenario over every route, and a mixed-up reply may answer an
inquiry that came over another route.
"""

from collections import deque
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from contracts import Person
from payers.simulator.faults import Fault, FaultKind, plain_member_id
from payers.simulator.interchange_faults import NUMBERS_OF_ANOTHER, damage_interchange, mix_up
from payers.simulator.payers import SimulatedPayer, payer_called
from payers.simulator.replies import reply_to, stranger_to
from payers.x12 import Inquiry270, InterchangeEnvelope, write_999, write_ta1


class InterchangeKind(StrEnum):
    """What kind of interchange came out."""

    REPLY = "271"
    REJECTION = "999"
    INTERCHANGE = "TA1"


class Written(NamedTuple):
    """A written interchange: its kind, its bytes, and its payer (None when no payer of that id is simulated)."""

    form: InterchangeKind
    payload: bytes
    payer: SimulatedPayer | None


class PayerSystem:
    """Writes the replies of all simulated payers; the inquiry names the payer."""

    def __init__(self) -> None:
        """Remember no inquiry yet."""
        self._earlier: deque[tuple[Person, bytes]] = deque(maxlen=64)

    def serve(self, inquiry: Inquiry270, fault: Fault) -> Written:
        """Return the 271 of the member's scenario, or the acknowledgment that stands in its place.

        Raises ``ValueError``, naming the element, when the payer cannot write back what the inquiry holds.
        """
        at = datetime.now(UTC)
        payer = payer_called(inquiry.payer_id, plain_member_id(inquiry.subscriber.member_id))
        envelope = InterchangeEnvelope(inquiry.receiver, inquiry.sender, inquiry.interchange, inquiry.group, at)
        if fault.kind is FaultKind.INTERCHANGE:
            ta1 = write_ta1(envelope, accepted=False, interchange=inquiry.interchange, note="006")
            return Written(InterchangeKind.INTERCHANGE, ta1, payer)
        if fault.kind is FaultKind.ACCEPTED:
            return Written(InterchangeKind.REJECTION, write_999(envelope, accepted=True, group=inquiry.group), payer)
        if payer is None or fault.kind is FaultKind.REJECTED:
            return Written(InterchangeKind.REJECTION, self.rejection(inquiry), payer)
        if fault.kind is FaultKind.CROSS:
            return Written(InterchangeKind.REPLY, reply_to(mix_up(inquiry, fault.number), payer, at), payer)
        payload = reply_to(inquiry, payer, at, fault.rejection)
        if fault.kind in {FaultKind.SWAP, FaultKind.STALE}:
            return Written(InterchangeKind.REPLY, self._mixed_up(inquiry, payer, at, fault.kind), payer)
        self._earlier.append((_person_anywhere(inquiry), payload))
        return Written(InterchangeKind.REPLY, damage_interchange(payload, payer, fault), payer)

    def rejection(self, inquiry: Inquiry270) -> bytes:
        """Return the 999 that rejects ``inquiry``."""
        envelope = InterchangeEnvelope(
            inquiry.receiver, inquiry.sender, inquiry.interchange, inquiry.group, datetime.now(UTC)
        )
        return write_999(envelope, accepted=False, group=inquiry.group)

    def _mixed_up(self, inquiry: Inquiry270, payer: SimulatedPayer, at: datetime, kind: FaultKind) -> bytes:
        """Return the last reply about somebody else, or (stale) about the same member; else a stranger's."""
        asked = _person_anywhere(inquiry)
        same = kind is FaultKind.STALE
        found = next((payload for patient, payload in reversed(self._earlier) if (patient == asked) == same), None)
        if found is not None:
            return found
        other = mix_up(inquiry, NUMBERS_OF_ANOTHER) if same else stranger_to(inquiry, payer)
        return reply_to(other, payer, at)


def _person_anywhere(inquiry: Inquiry270) -> Person:
    """Return whom an inquiry is about, in a form in which inquiries about one person are equal."""
    patient = inquiry.dependent or inquiry.subscriber
    return patient._replace(at=0, text="", member_id=plain_member_id(inquiry.subscriber.member_id))
