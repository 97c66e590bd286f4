"""What keeps the service from starting or from reaching anybody, found without starting, making or writing anything."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from contracts import Card, PayerUnreachable, Probing, Responsible, Route
from service.cli.bootstrap import heads_of, sealer_of, sign_in_of
from service.cli.running import run_to_end
from service.gateway.remedies import remedy_of
from service.guidance.authorization import rule_book, stale_rules
from service.plugins.loading import PluginRefused, load_payers, open_routes, refuse_squatters, route_orders
from service.plugins.payer_settings import as_set
from service.security.encryption import Sealer
from service.security.identity_provider import IdentityProvider, ProviderUnavailable
from service.settings.contract_roster import Roster
from service.settings.model import Profile, Settings, SettingsWrong, misspelt, not_for_production
from service.settings.requester import missing_identities
from service.settings.sources import PREFIX
from service.store import Inspection, SchemaState, StoreFileUnfit, StoreUnavailable, open_store, way_out
from service.store.opening import beside, sqlite_path
from service.web.services import date_in_the_east

PROBE_SECONDS = 10.0
"""What one step of one route may take."""


SIX_YEARS = 2191.0
"""Days, with the leap day that every six years have."""


def missing_from(settings: Settings) -> Iterator[str]:
    """Yield a line for each thing that keeps the service from starting, or from reaching anybody."""
    yield from misspelt(settings)
    yield from not_for_production(settings)
    if not settings.routes:
        yield f"{PREFIX}ROUTES__<ROUTE>__URL: no route is set up, so no payer can be reached"
    try:
        refuse_squatters()
        directory = load_payers()
        yield from missing_identities(settings, open_routes(settings))
        route_orders(settings, directory)
        as_set(directory, settings)
    except SettingsWrong as wrong:
        yield from wrong.faults
    except PluginRefused as refused:
        yield str(refused)


def store_faults(settings: Settings) -> tuple[list[str], list[str]]:
    """Return what is wrong with the database, and what is worth knowing of it.

    One that is not there yet will be made, and is looked at no further.
    """
    named = f"{PREFIX}DATABASE_URL"
    try:
        path = sqlite_path(settings.database_url)
        if path is not None and not path.exists():
            return ([] if os.access(path.parent, os.W_OK) else [f"{named}: its folder can't be written"]), []
        found = open_store(settings.database_url, sealer=_sealer(settings), serving=False).inspect()
    except SettingsWrong as wrong:
        return list(wrong.faults), []
    except (StoreFileUnfit, ValueError) as unfit:
        return [f"{named}: {unfit}"], []
    except StoreUnavailable as failure:
        return [f"{named}: it can't be reached, refuses us, or is none ({failure.detail})"], []
    return _judge_keys(settings, found)


def _judge_keys(settings: Settings, found: Inspection) -> tuple[list[str], list[str]]:
    if found.schema is SchemaState.NEWER:
        return ["the database was migrated by a newer version of the service: run that one, or restore a backup"], []
    if found.schema is not SchemaState.CURRENT:
        return [], ["the schema of the database is made or brought up to date at the next start"]
    if found.trouble is not None:
        return [f"the store is not ready: {'; '.join(way_out(found.trouble))}"], []
    newest = sealer_of(settings).key_ids[:1]
    noticed = [_of_an_older_key(key_id, count) for key_id, count in found.sealed.items() if key_id not in newest]
    if found.may_change_audit:
        noticed.append(
            f"{PREFIX}DATABASE_URL: its role may change or delete lines of the audit; service/store/README.md says how "
            "to run under one that may only add them"
        )
    if settings.profile is Profile.PRODUCTION and not found.has_live_key:
        return ["no caller has a key: make one with `benefits keys create --role staff`"], noticed
    return [], noticed


def _of_an_older_key(key_id: str, count: int) -> str:
    if count:
        return f"{PREFIX}KEYS__SEALING: the key {key_id} still seals {count} values, and must stay"
    return f"{PREFIX}KEYS__SEALING: the key {key_id} seals nothing: `benefits keys retire-sealing-key {key_id}`"


def _sealer(settings: Settings) -> Sealer:
    """The sealer, without making the key of the profile development where there is none."""
    made = settings.keys.sealing is None and settings.profile is Profile.DEVELOPMENT
    if made and not beside(settings.database_url, ".key", otherwise=Path("benefits.key")).exists():
        return Sealer({})
    return sealer_of(settings)


def warnings_of(settings: Settings) -> Iterator[str]:
    """Yield a line for each thing that is worth knowing and keeps nothing from starting."""
    if settings.profile is Profile.PRODUCTION and not settings.behind_tls:
        yield f"{PREFIX}BEHIND_TLS: not set, so `benefits serve` listens on loopback alone"
    yield from _warn_of_heads(settings)
    try:
        directory = load_payers()
        orders = route_orders(settings, directory)
    except (PluginRefused, SettingsWrong):
        return
    if settings.retention.audit < SIX_YEARS:
        yield f"{PREFIX}RETENTION__AUDIT: less than the six years for which 45 CFR 164.316 has the audit kept"
    roster = Roster(rules=settings.authorization_rules)
    yield from stale_rules(rule_book(roster, directory.cards), date_in_the_east())
    for card in directory.cards:
        if settings.routes and not settings.routes.keys() & _routes_of(card, orders.get(card.id)):
            yield f"{card.id}: none of its routes is set up"


def _warn_of_heads(settings: Settings) -> Iterator[str]:
    """Warn where no head of the audit is signed, so that whoever writes the database could cut off its end."""
    setting = f"{PREFIX}AUDIT__HEADS"
    try:
        path = heads_of(settings)
    except ValueError:
        return
    if path is None and settings.profile is Profile.PRODUCTION:
        yield f"{setting}: not set, so no head of the audit is signed, and lines cut off its end may go unnoticed"
    elif path is not None and path.is_symlink():
        yield f"{setting}: {path.name} is a link, into which no head is signed: name the file itself"


def _routes_of(card: Card, order: tuple[str, ...] | None) -> set[str]:
    return set(order or (entry.route for entry in card.routes))


def probes_of(settings: Settings) -> list[tuple[str, str, str | None]]:
    """Try the way over each route without an inquiry, and the way to the identity provider.

    Returns the route, the step, and what is wrong (None: nothing).
    """
    try:
        routes = open_routes(settings)
    except (SettingsWrong, PluginRefused):
        routes = {}
    provider = sign_in_of(settings).provider
    found = [] if provider is None else [("identity provider", "keys", run_to_end(_probe_provider(provider)))]
    return [*run_to_end(_probe_routes(routes)), *found]


async def _probe_provider(provider: IdentityProvider) -> str | None:
    try:
        await provider.probe()
    except ProviderUnavailable:
        return (
            f"what it publishes can't be fetched or used: see that {PREFIX}STAFF__ISSUER is, to the letter, what it "
            "calls itself, that its addresses are https, and that it publishes keys for signatures"
        )
    return None


async def _probe_routes(routes: Mapping[str, Route]) -> list[tuple[str, str, str | None]]:
    found: list[tuple[str, str, str | None]] = []
    for name, route in sorted(routes.items()):
        if not isinstance(route, Probing):
            found.append((name, "can't be tried without an inquiry", None))
            continue
        found += [
            (name, probe.step, _explain_failure(probe.failure, name)) for probe in await route.probe(PROBE_SECONDS)
        ]
    return found


_UNREACHED = {
    "no_such_host": "the name leads nowhere",
    "connect": "nobody answers, or the connection is refused",
    "connect_timeout": "nobody answers in time",
    "lookups_hang": "names can't be looked up",
}


def _explain_failure(failure: str | None, route_name: str) -> str | None:
    if failure is None:
        return None
    if failure in _UNREACHED:
        return f"{_UNREACHED[failure]} ({failure})"
    remedy = remedy_of(PayerUnreachable(failure, responsible=Responsible.SERVICE), route_name)
    return failure if remedy is None else f"{remedy.reason} ({failure}): {remedy.remedy}"
