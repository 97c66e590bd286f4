"""The three promises: a payer verifies, a gateway asks, a route exchanges.

A payer sees no HTTP and no time limit; a route sees no benefit rule; the gateway between them holds all policy.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from contracts.answer import Answer
from contracts.benefits import Benefits
from contracts.card import Card
from contracts.exchange import AttemptNumbers, Reply, RouteSettings
from contracts.question import Inquiry, Question


class Gateway(Protocol):
    """What a payer asks through: one question's share of the policy, with its time already counted."""

    @property
    def cards(self) -> Sequence[Card]:
        """Every payer that there is; a reply may name one of them as the administrator of a benefit."""
        ...

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        """Ask once and return what the payer says of this member.

        Raises a leaf of the error tree. An adapter lets it through.
        """
        ...


@runtime_checkable
class Telling(Protocol):
    """A gateway behind which somebody waits: what is known before the rest is asked may be all that they read."""

    def tell(self, answer: Answer) -> None:
        """Pass on what is known so far."""
        ...


@runtime_checkable
class Authorizing(Protocol):
    """A gateway that can ask about authorization alone, over the routes that settings or card name for it."""

    async def ask_authorization(self, card: Card, inquiry: Inquiry, procedures: Sequence[str]) -> Benefits | None:
        """Return what is said of the authorization of ``procedures``, as a reply of its own; None when nobody says.

        Raises nothing: the answer is whole without it.
        """
        ...


@runtime_checkable
class PayerAdapter(Protocol):
    """A payer: its card, and how a question becomes an answer."""

    @property
    def card(self) -> Card:
        """The payer as data."""
        ...

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        """Ask through ``gateway`` and conclude.

        Raises ``QuestionIncomplete`` before anything is asked, or what the gateway raised when nothing was answered.
        """
        ...


@runtime_checkable
class Route(Protocol):
    """A route: one exchange on one wire format, and no policy."""

    @property
    def name(self) -> str:
        """The route's name, as cards and settings write it."""
        ...

    @property
    def attempt_cap(self) -> float:
        """Seconds that one exchange on this route may take."""
        ...

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send ``inquiry`` under ``numbers`` and read the reply, within ``seconds``.

        Raises ``PayerUnreachable`` only when nothing was sent; any other leaf of the error tree otherwise.
        """
        ...


PROVIDER_FIELDS = frozenset({"npi", "name", "tax_id"})
"""What a route may send of the asking provider; the tax id stands in TRN03 as well."""


@runtime_checkable
class Identifying(Protocol):
    """A route that says what it tells the payer of whoever asks. One that does not is taken to tell everything."""

    @property
    def provider_fields(self) -> frozenset[str]:
        """Those of ``PROVIDER_FIELDS`` that leave with an exchange."""
        ...

    @property
    def imaginary_settings(self) -> frozenset[str]:
        """Settings of its own that were left out, and in whose place it would send a value that is nobody's."""
        ...


class Probe(NamedTuple):
    """One step on the way to a payer that was tried without an inquiry: what, and why it failed (None: it did not).

    ``failure`` is a code of the error tree's ``detail``.
    """

    step: str
    failure: str | None = None


@runtime_checkable
class Probing(Protocol):
    """A route that can be tried without an inquiry."""

    async def probe(self, seconds: float) -> Sequence[Probe]:
        """Try the way up to the last step before an inquiry, within ``seconds``; the first failure ends it."""
        ...


class RouteFactory(Protocol):
    """What the entry point of a route names: it opens the route with its settings, without touching the network."""

    def __call__(self, settings: RouteSettings) -> Route:
        """Return the route. Raises ``ValueError``, naming the setting, when a setting is missing or unsafe."""
        ...
