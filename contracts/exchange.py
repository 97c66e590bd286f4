"""One exchange on a route: the numbers that go out, the reply that comes back, the settings that open the route."""

from typing import NamedTuple

from pydantic import Field

from contracts.benefits import Benefits
from contracts.vocabulary import Confidential, Frozen
from contracts.wait_limits import LONGEST_ATTEMPT


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
    """What the correlation check judges a reply by; a field is None when the route's format has no such thing.

    ``faults`` name what is broken in the envelope (``iea02``, ``se01``, ``truncated`` …); the check refuses any.
    ``sender`` and ``receiver`` are ISA06 and ISA08 without padding, ``transaction`` is BHT03, ``control_number`` a
    gateway's echo of ISA13, ``request_id`` the gateway's id that was polled (already compared by the route).
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
    what the store seals. ``traced`` is true when the route's format carries our trace back. ``sent_from`` and
    ``sent_to`` are the ISA06 and ISA08 that the route sent, None where its format has none.
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


class RouteSettings(Confidential):
    """Where a route's exchange goes and as whom. Secrets stand here in clear and are never shown."""

    url: str = Field(description="where its exchanges go; https, or http to loopback")
    username: str | None = Field(default=None, description="user name of the CORE envelope")
    password: str | None = Field(default=None, description="password of the CORE envelope")
    sender_id: str | None = Field(default=None, description="how the payer knows us: CORE SenderID, ISA06, GS02")
    receiver_id: str | None = Field(
        default=None, description="who receives: CORE ReceiverID, ISA08, GS03; the payer's id on the route when not set"
    )
    token_url: str | None = Field(default=None, description="where its OAuth tokens come from")
    client_id: str | None = Field(default=None, description="OAuth client id")
    client_secret: str | None = Field(default=None, description="OAuth client secret")
    scope: str | None = Field(default=None, description="OAuth scope; the route's own when not set")
    api_key: str | None = Field(default=None, description="key of a gateway that knows us by one")
    attempt_cap: float | None = Field(
        default=None, gt=0, le=LONGEST_ATTEMPT, allow_inf_nan=False, description="seconds that one exchange may take"
    )
    test_indicator: bool = Field(default=False, description="mark inquiries as tests (ISA15 T, a gateway's sandbox)")
    ca_bundle: str | None = Field(
        default=None, description="file of PEM certificates that are trusted in place of the system's"
    )
    client_certificate: str | None = Field(
        default=None, description="file of the PEM certificate chain that we show the payer (mutual TLS)"
    )
    client_key: str | None = Field(
        default=None, description="file of its PEM private key, when it is not in the certificate's file"
    )
    client_key_password: str | None = Field(default=None, description="password of that private key")
    proxy: str | None = Field(default=None, description="http or https proxy that its connections go through")
