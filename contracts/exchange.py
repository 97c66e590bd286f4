"""One exchange on a road: the numbers that go out with it, the reply that comes back, the settings that open a road."""

from typing import NamedTuple

from contracts.benefits import Benefits
from contracts.vocabulary import Frozen


class AttemptNumbers(Frozen):
    """The numbers of one attempt: fresh for each, committed before anything is sent, never used twice.

    ``interchange`` is ISA13 (nine digits), ``group`` GS06, ``trace`` TRN02, ``originator`` TRN03 (ten characters),
    ``transaction`` BHT03, ``envelope_id`` the envelope's own (a UUID of RFC 4122).
    """

    interchange: str
    group: str
    trace: str
    originator: str
    transaction: str
    envelope_id: str


class Echo(NamedTuple):
    """What the correlation gate judges a reply by; a field is None when the road's format has no such thing.

    ``faults`` name what is broken in the envelope (``iea02``, ``se01``, ``truncated`` …); the gate refuses any.
    ``sender`` and ``receiver`` are ISA06 and ISA08 without padding, ``transaction`` is BHT03, ``control_number`` a
    gateway's echo of ISA13, ``request_id`` the gateway's id that was polled (already compared by the road).
    """

    interchanges: int = 1
    transactions: int = 1
    faults: tuple[str, ...] = ()
    sender: str | None = None
    receiver: str | None = None
    transaction: str | None = None
    control_number: str | None = None
    request_id: str | None = None


class Reply(NamedTuple):
    """What one exchange brought back.

    ``people`` hold one ``Benefits`` for each member level that says something (or the one acknowledgment). ``raw`` is
    what the store seals. ``traced`` is true when the road's format carries our trace back. ``sent_from`` and
    ``sent_to`` are the ISA06 and ISA08 that the road sent, None where its format has none.
    """

    people: tuple[Benefits, ...]
    echo: Echo
    raw: bytes
    media_type: str
    traced: bool = True
    sent_from: str | None = None
    sent_to: str | None = None

    def __repr__(self) -> str:
        """Show counts alone."""
        return f"Reply(people={len(self.people)}, bytes={len(self.raw)})"


class RoadSettings(Frozen):
    """Where a road's exchange goes and as whom. Secrets stand here in clear and are never shown."""

    url: str
    username: str | None = None
    password: str | None = None
    sender_id: str | None = None
    receiver_id: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None
    api_key: str | None = None
    attempt_cap: float | None = None
    test_indicator: bool = False

    def __repr__(self) -> str:
        """Show no secret."""
        return "RoadSettings(…)"

    __str__ = __repr__
