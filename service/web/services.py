"""What the endpoints use of the rest of the service, put together once by ``service.cli.bootstrap``."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from contracts import EASTERN, Provider, Window
from service.batches.batches import Batches
from service.gateway import Guards
from service.plugins.loading import Directory
from service.plugins.reply_reader import load_reply_reader
from service.security.access import Role
from service.security.consent import REDISCLOSURE_NOTICE
from service.settings.contract_roster import Roster
from service.settings.model import Limits, PublicSettings
from service.store import SessionLimits, Store
from service.telemetry.watchdog import Watchdog
from service.verification.replay import Replay
from service.verification.service import Verifier
from service.web.callers import Callers

if TYPE_CHECKING:
    from service.security.identity_provider import IdentityProvider


def date_in_the_east() -> date:
    """Return the date in US Eastern, on which a service date begins when the caller names none."""
    return datetime.now(EASTERN).date()


class SignIn(NamedTuple):
    """How people sign in: at ``provider``, or by a link where there is none.

    ``address`` is where their browsers find us, None for whatever they ask by; ``limits`` are those of a session.
    """

    provider: "IdentityProvider | None" = None
    address: str | None = None
    limits: SessionLimits = SessionLimits()


class Services(NamedTuple):
    """What a request needs. ``waits`` are default waits by role, in seconds; ``today`` is the date in US Eastern.

    ``roster`` holds the operator's contracts and charges, and ``sign_in`` how people sign in.
    """

    verifier: Verifier
    directory: Directory
    guards: Guards
    store: Store
    watchdog: Watchdog
    provider: Provider
    waits: Mapping[Role, float]
    limits: Limits = Limits()
    today: Callable[[], date] = date_in_the_east
    roster: Roster = Roster()
    quiet: tuple[Window, ...] = ()
    """The hours in which nothing is sent for batches."""

    @property
    def replay(self) -> Replay:
        """Reads kept replies again by today's rules."""
        return Replay(self.directory, self.store, load_reply_reader())

    @property
    def batches(self) -> Batches:
        """The batches of this process."""
        return Batches(
            store=self.store,
            directory=self.directory,
            guards=self.guards,
            provider=self.provider,
            lanes=self.verifier.lanes,
            quiet=self.quiet,
            today=self.today,
        )

    sign_in: SignIn = SignIn()
    trusted_proxies: tuple[str, ...] = ()
    public: PublicSettings = PublicSettings()
    part_two: bool = False
    """Whether 42 CFR Part 2 applies to whoever asks: the form's consent says what that means, exports say it too."""

    @property
    def redisclosure_notice(self) -> str | None:
        """Return what accompanies exported records; None where 42 CFR Part 2 does not apply."""
        return REDISCLOSURE_NOTICE if self.part_two else None

    @property
    def sign_in_url(self) -> str | None:
        """Our own address, where it is set."""
        return self.sign_in.address

    @property
    def callers(self) -> Callers:
        """Where credentials are looked up."""
        return Callers(self.store, self.sign_in.limits, self.sign_in.provider)
