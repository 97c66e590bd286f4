"""The one place that wires the service; no other module builds anything."""

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Self

import structlog

from contracts import Route
from service.batches.dispatch import Dispatcher, quiet_windows
from service.batches.schedules import run_schedule
from service.gateway import Guards, Schedule
from service.plugins.loading import load_payers, open_routes, refuse_squatters, route_orders
from service.plugins.payer_settings import as_set, authorization_orders, paces_of
from service.plugins.reply_reader import load_reply_reader
from service.scheduler import Scheduler, repeat
from service.security.access import Role, StaffRole
from service.security.consent import ConsentRule
from service.security.encryption import Sealer, development_key, sealing_keys
from service.security.file_modes import warn_of_readers
from service.settings.contract_roster import Roster
from service.settings.model import Profile, Settings, SettingsWrong, misspelt, not_for_production
from service.settings.requester import missing_identities, name_for_visitors, originator_of, provider_of
from service.settings.sources import FROM_FILE, PREFIX
from service.store import AuditEntry, SessionLimits, Store, Tuning, open_store, way_out
from service.store.opening import beside, sqlite_path
from service.telemetry.watchdog import Watchdog
from service.verification.admission import Admission
from service.verification.service import RunLimits, Verifier
from service.web.pages.visitor.consent_texts import lasts_by_digest
from service.web.services import Services, SignIn

log = structlog.get_logger()

MOST_FOR_CLOSING = 3.0
"""Seconds of the grace at most in which the scheduler, the store and the listener end, after the work has."""

NOTE_SECONDS = 10.0
"""From one note of refused callers and of keys in use to the next."""


class Service:
    """Everything that runs, put together. ``start`` it on the loop that serves; ``stop`` it on the same."""

    def __init__(
        self, settings: Settings, routes: Mapping[str, Route], services: Services, scheduler: Scheduler
    ) -> None:
        """Take the services that ``build`` has made."""
        self.settings = settings
        self.routes = routes
        self.services = services
        self._scheduler = scheduler
        self._notes: asyncio.Task[None] | None = None
        self._heads: asyncio.Task[None] | None = None
        self._dispatcher = Dispatcher(
            directory=services.directory,
            guards=services.guards,
            store=services.store,
            verifier=services.verifier,
            quiet=services.quiet,
        )

    def start_batches(self) -> None:
        """Work on the batches that run, until the service is drained: a process that stays does, and no short one."""
        self._dispatcher.start()

    async def start(self) -> None:
        """Open the store, begin to run its steps, and be ready for questions.

        Raises ``SettingsWrong`` when nobody has a key in the profile ``production``, and what the store raises:
        ``StoreInUse``, ``StoreUnavailable``.
        """
        store = self.services.store
        await store.start()
        try:
            if self.settings.profile is Profile.PRODUCTION:
                await _ready_for_production(store, by_provider=self.settings.staff.issuer is not None)
            await self._note_part_two()
            await self._scheduler.start()
            await self.services.verifier.start()
            self.services.watchdog.start()
            self._notes = asyncio.create_task(repeat(store.note_callers, NOTE_SECONDS))
            self._heads = asyncio.create_task(repeat(store.sign_head, self.settings.audit.heads_every))
        except BaseException:
            await self._end()
            raise
        log.info(
            "service.started",
            profile=self.settings.profile.value,
            engine=store.engine,
            routes=sorted(self.routes),
            count=len(self.services.directory),
        )

    async def _note_part_two(self) -> None:
        """Have the audit say why 42 CFR Part 2 does not apply, where the operator says that it does not."""
        part_two = self.settings.part_two
        if part_two.applies is False and part_two.reason is not None:
            log.warning("part_two.off")
            entry = AuditEntry("operator", "operator", "part_two.off", outcome=part_two.reason)
            await self.services.store.note(entry)

    @property
    def for_work(self) -> float:
        """Seconds of the grace that the work under way may take; scheduler, store and listener have the rest."""
        return self.settings.grace - min(MOST_FOR_CLOSING, self.settings.grace / 2)

    async def drain(self) -> None:
        """Let nobody in any more and have everybody inside answered; the listener is still open meanwhile."""
        self._scheduler.pause()
        await self._dispatcher.stop()
        await self.services.verifier.stop(self.for_work)

    async def stop(self) -> None:
        """End the work under way within the grace, then the scheduler and the store."""
        if not self.services.verifier.admission.draining:
            await self.drain()
        await self._end()
        log.info("service.stopped")

    async def _end(self) -> None:
        self.services.watchdog.stop()
        for task in (self._notes, self._heads):
            if task is not None:
                task.cancel()
        await self._scheduler.stop()
        # DBOS made its own threads the loop's, and has just ended them: the store ends by threads too.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="ending"))
        await self.services.store.stop()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()


def build(settings: Settings) -> Service:
    """The service that ``settings`` describe, not started yet.

    Raises ``SettingsWrong`` and ``PluginRefused``, each naming what is at fault.
    """
    refuse_squatters()
    faults = (*misspelt(settings), *not_for_production(settings))
    if faults:
        raise SettingsWrong(faults)
    directory = as_set(load_payers(), settings)
    routes = open_routes(settings)
    unknown = tuple(missing_identities(settings, routes))
    if unknown:
        raise SettingsWrong(unknown)
    store = store_of(settings)
    guards = Guards(
        routes=routes,
        cards=directory.cards,
        store=store,
        orders=route_orders(settings, directory),
        paces=paces_of(settings),
        authorization_orders=authorization_orders(settings, routes),
        read_reply=load_reply_reader(),
    )
    scheduler = Scheduler(settings.database_url, store)
    verifier = Verifier(
        directory=directory,
        guards=guards,
        store=store,
        scheduler=scheduler,
        terms=_terms(settings),
        admission=Admission(settings.limits.requests, settings.limits.share),
    )
    waits = settings.waits
    services = Services(
        verifier=verifier,
        directory=directory,
        guards=guards,
        store=store,
        watchdog=Watchdog(),
        provider=provider_of(settings),
        waits={Role.PUBLIC: waits.public, Role.STAFF: waits.staff, Role.BATCH: waits.batch},
        limits=settings.limits,
        quiet=quiet_windows(settings.batches.quiet),
        roster=Roster(settings.contracts, settings.charges, settings.authorization_rules),
        sign_in=sign_in_of(settings),
        trusted_proxies=settings.trusted_proxies,
        public=settings.public,
        part_two=settings.part_two_applies,
    )
    schedules = {one.name: one for one in settings.schedules}
    if len(schedules) < len(settings.schedules):
        raise SettingsWrong((f"{PREFIX}SCHEDULES: two of them have one name",))

    async def run(name: str, at: datetime) -> None:
        await run_schedule(services.batches, store, schedules[name], at)

    scheduler.schedule({name: one.cron for name, one in schedules.items()}, run)
    return Service(settings, routes, services, scheduler)


def sign_in_of(settings: Settings) -> SignIn:
    """How people sign in by these settings."""
    staff = settings.staff
    provider = None
    if staff.issuer is not None and staff.client_id is not None:
        # Its libraries take megabytes of a process that has no provider.
        from service.security.identity_provider import IdentityProvider, ProviderTerms

        terms = ProviderTerms(
            issuer=staff.issuer,
            client_id=staff.client_id,
            client_secret=staff.client_secret,
            audience=staff.audience,
            roles=staff.roles or {role.value: role for role in StaffRole},
            role_claim=staff.role_claim,
            factors=staff.factors,
            token_types=staff.token_types,
            longest_life=round(staff.token_life),
        )
        provider = IdentityProvider(terms)
    address = None if staff.url is None else staff.url.rstrip("/")
    return SignIn(provider, address, SessionLimits(staff.idle, staff.session))


def store_of(settings: Settings, *, serving: bool = True) -> Store:
    """The store that ``settings`` name, not started yet; ``serving`` is false for a command that works beside a server.

    Raises ``SettingsWrong`` for an address that is none, and for a sealing key that is none.
    """
    try:
        heads = heads_of(settings) if serving else None
        tuning = Tuning(originator=originator_of(settings), heads=heads)
        return open_store(settings.database_url, sealer=sealer_of(settings), serving=serving, tuning=tuning)
    except ValueError as wrong:
        raise SettingsWrong((f"{PREFIX}DATABASE_URL: {wrong}",)) from None


def heads_of(settings: Settings) -> Path | None:
    """The file of the signed heads of the audit; None when there is none. Raises ``ValueError`` for a bad address."""
    path = sqlite_path(settings.database_url)
    return settings.audit.heads or (None if path is None else beside(settings.database_url, ".heads", otherwise=path))


def sealer_of(settings: Settings) -> Sealer:
    """The sealer with the keys of ``settings``; in development a key is made in a file beside the database.

    Raises ``SettingsWrong``, naming the setting and never the key.
    """
    try:
        place = beside(settings.database_url, ".key", otherwise=Path("benefits.key"))
    except ValueError as wrong:
        raise SettingsWrong((f"{PREFIX}DATABASE_URL: {wrong}",)) from None
    try:
        if settings.keys.sealing is not None:
            named = os.environ.get(f"{PREFIX}KEYS__SEALING{FROM_FILE}")
            if named is not None:
                warn_of_readers(Path(named))
            return Sealer(sealing_keys(settings.keys.sealing))
        if settings.profile is Profile.PRODUCTION:
            return Sealer({})
        return Sealer(development_key(place))
    except ValueError as wrong:
        raise SettingsWrong((f"{PREFIX}KEYS__SEALING: {wrong}",)) from None
    except OSError as failure:
        reason = type(failure).__name__
        raise SettingsWrong((f"{PREFIX}KEYS__SEALING: the development key can't be read or made ({reason})",)) from None


async def _ready_for_production(store: Store, *, by_provider: bool) -> None:
    trouble = await store.trouble()
    if trouble is not None:
        raise SettingsWrong((f"{PREFIX}KEYS__SEALING: {'; '.join(way_out(trouble))}",))
    if not by_provider and not await store.any_keys() and not await store.any_staff():
        raise SettingsWrong(("no caller has a key: make one with `benefits keys create --role staff`",))


UNTIL_SENT = 0.05
"""Of the time between two sends, kept on top of it: it is counted from the commit of the numbers, and a connection may
take some seconds (of 90, four and a half) before the last byte has left."""


def _terms(settings: Settings) -> RunLimits:
    life = settings.lifetime
    resend_after = settings.resend_after * (1 + UNTIL_SENT)
    schedule = Schedule(resend_after=resend_after)
    if settings.resend_after < schedule.steps[0]:
        # Only development may go below; the first step then follows as soon as it may.
        schedule = Schedule(resend_after=resend_after, steps=(resend_after, *schedule.steps))
    return RunLimits(
        life={Role.PUBLIC: life.person, Role.STAFF: life.person, Role.BATCH: life.batch},
        fresh=settings.freshness,
        schedule=schedule,
        consent=_consent_rule(settings),
    )


def _consent_rule(settings: Settings) -> ConsentRule:
    """Return whose questions need consent: where 42 CFR Part 2 applies, which it does in production by default."""
    part_two = settings.part_two
    needed_by = frozenset(map(Role, part_two.callers)) if settings.part_two_applies else frozenset()
    name = name_for_visitors(settings.public, provider_of(settings))
    return ConsentRule(needed_by, part_two.texts, lasts_by_digest(name))
