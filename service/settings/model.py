"""Every setting, in one place: names, defaults, checks, and where each value came from.

Environment variables with the prefix ``BENEFITS_``, nested by ``__``, lists and maps as JSON; the same names in an
optional ``.env``; any of them as ``…_FILE``, which names a file that holds the value. The environment wins over
``.env``. Source of the names: ``ANSWER.md`` 8.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from contracts import RouteSettings
from contracts.wait_limits import RESEND_AFTER
from service.entry_points import PluginRefused
from service.security.consent import REDISCLOSURE_NOTICE
from service.security.urls import is_unverified, unsafe
from service.settings.contract_roster import DailyCharge, PayerContract, PayerRule
from service.settings.groups import (
    DAY,
    AuditSettings,
    BatchSettings,
    KeySettings,
    Lifetime,
    Limits,
    Network,
    PartTwoSettings,
    PayerSettings,
    Profile,
    ProviderSettings,
    PublicSettings,
    Retention,
    StaffSettings,
    Waits,
    seconds,
)
from service.settings.route_settings import settings_of
from service.settings.schedules import ScheduleSettings
from service.settings.sources import NESTED, PREFIX, gather, is_known, nearest

__all__ = [
    "KeySettings",
    "Lifetime",
    "Limits",
    "PartTwoSettings",
    "PayerSettings",
    "Profile",
    "ProviderSettings",
    "PublicSettings",
    "Settings",
    "SettingsWrong",
    "StaffSettings",
    "Waits",
    "load_settings",
    "misspelt",
    "not_for_production",
]


class SettingsWrong(Exception):
    """Settings that can't be used; ``faults`` are lines that name the setting and never its value."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """Take one line for each fault."""
        super().__init__("; ".join(faults))
        self.faults = faults


class Settings(BaseSettings):
    """Every setting of the service. Made by ``load_settings``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=NESTED, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    profile: Profile = Field(default=Profile.DEVELOPMENT, description="what the process is for")
    behind_tls: bool = Field(
        default=False,
        description="whoever connects comes through a proxy of ours that ends TLS: plain HTTP beyond loopback is meant",
    )
    trusted_proxies: tuple[Network, ...] = Field(
        default=(), description="networks of proxies of ours, whose X-Forwarded-For is believed, as a list in JSON"
    )
    database_url: str = Field(
        default="sqlite:///benefits.sqlite", repr=False, description="sqlite:///path or postgresql://…"
    )
    routes: dict[str, RouteSettings] = Field(default_factory=dict)
    payers: dict[str, PayerSettings] = Field(default_factory=dict)
    provider: ProviderSettings = ProviderSettings()
    waits: Waits = Waits()
    lifetime: Lifetime = Lifetime()
    freshness: float = seconds(0.0, "seconds for which a final answer is given again in place of asking")
    resend_after: float = seconds(
        RESEND_AFTER, "seconds between two sends of one question that got no verdict", least=0.1, most=DAY
    )
    grace: float = seconds(10.0, "seconds within which the process ends when it is asked to", least=1, most=120)
    batches: BatchSettings = BatchSettings()
    limits: Limits = Limits()
    keys: KeySettings = KeySettings()
    audit: AuditSettings = AuditSettings()
    staff: StaffSettings = StaffSettings()
    part_two: PartTwoSettings = PartTwoSettings()
    public: PublicSettings = PublicSettings()
    retention: Retention = Retention()
    contracts: tuple[PayerContract, ...] = Field(
        default=(), description="our contracts with payers, as a list in JSON: plans, places, dates, rates a day"
    )
    charges: tuple[DailyCharge, ...] = Field(
        default=(), description="what we charge for a day of each program without a contract, as a list in JSON"
    )
    authorization_rules: tuple[PayerRule, ...] = Field(
        default=(), description="payers' dated rules about authorization, as a list in JSON; they go before the cards'"
    )

    schedules: tuple[ScheduleSettings, ...] = Field(
        default=(), description="when members are asked about again by themselves, as a list in JSON"
    )

    origins: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    unknown: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def part_two_applies(self) -> bool:
        """Whether 42 CFR Part 2 applies: in production it does unless the operator says otherwise."""
        said = self.part_two.applies
        return self.profile is Profile.PRODUCTION if said is None else said

    @property
    def redisclosure_notice(self) -> str | None:
        """What accompanies exported records; None where 42 CFR Part 2 does not apply."""
        return REDISCLOSURE_NOTICE if self.part_two_applies else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from what ``load_settings`` gathered, and from nowhere else."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


class _Gathered(EnvSettingsSource):
    """Settings from a mapping of names to values instead of the process's environment."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._values)


def load_settings(environment: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Settings:
    """Return the settings of this process; ``environment`` and ``dotenv`` stand in for the real ones.

    Raises ``SettingsWrong``, naming each setting at fault, never its value.
    """
    given = gather(os.environ if environment is None else environment, dotenv or Path(".env"), Settings)
    try:
        unknown = tuple(sorted(name for name in given.values if not is_known(name, Settings)))
    except PluginRefused as refused:
        raise SettingsWrong((f"a plugin can't be used: {refused}",)) from None
    faults = list(given.faults)
    if not faults:
        used = {name: value for name, value in given.values.items() if name not in unknown}
        try:
            values = _Gathered(used)()
            values["routes"] = _routes_of(values.get("routes", {}), faults)
            settings = Settings(**values, origins=given.origins, unknown=unknown)
        except ValidationError as wrong:
            faults += _faults_of(wrong)
        except ValueError:
            faults = [f"{PREFIX}…: a list or a map is not valid JSON"]
        else:
            faults += _unsafe(settings)
            if not faults:
                return settings
    raise SettingsWrong((*faults, *_misspelt(unknown, ()))) from None


def _routes_of(given: object, faults: list[str]) -> object:
    """Return the settings of each route, by its own model; what is wrong with them is added to ``faults``."""
    if not isinstance(given, dict):
        return given
    routes: dict[str, object] = {}
    for name, values in given.items():
        try:
            routes[name] = settings_of(name).model_validate(values)
        except ValidationError as wrong:
            faults += _faults_of(wrong, "routes", name)
    return routes


def _faults_of(wrong: ValidationError, *under: str) -> list[str]:
    return [
        f"{_setting_name((*under, *error['loc']))}: {_WORDS.get(error['type'], error['msg'])}"
        for error in wrong.errors(include_input=False)
    ]


_WORDS = {"tuple_type": 'a list in JSON, such as ["one", "two"]', "dict_type": 'a map in JSON, such as {"one": "two"}'}
"""In place of the words of pydantic, which knows nothing of how a setting is written."""


def not_for_production(settings: Settings) -> tuple[str, ...]:
    """Return a line for each thing that forbids the profile ``production``; empty in development."""
    if settings.profile is not Profile.PRODUCTION:
        return ()
    faults = [
        f"{setting}: the profile production needs https"
        for setting, address in _addresses(settings)
        if not address.lower().startswith("https://")
    ]
    if not settings.routes:
        faults.append(f"{PREFIX}ROUTES{NESTED}<ROUTE>{NESTED}URL: no route is set up")
    if settings.part_two.applies is False and settings.part_two.reason is None:
        faults.append(f"{PREFIX}PART_TWO{NESTED}REASON: missing; why 42 CFR Part 2 does not apply is kept in the audit")
    if settings.keys.sealing is None:
        faults.append(f"{PREFIX}KEYS__SEALING: missing; the profile production makes none")
    if not settings.database_url.startswith("sqlite:") and is_unverified(settings.database_url, os.environ):
        faults.append(
            f"{PREFIX}DATABASE_URL: the profile production gives a password to a verified server alone: "
            "add ?sslmode=verify-full (and sslrootcert), or use a socket of this machine"
        )
    return tuple(faults)


def misspelt(settings: Settings) -> tuple[str, ...]:
    """Return a line for each name that was given and is no setting, with the setting that may be meant."""
    return _misspelt(settings.unknown, settings.routes)


def _misspelt(names: Iterable[str], routes: Iterable[str]) -> tuple[str, ...]:
    meant = {name: nearest(name, Settings, routes) for name in names}
    return tuple(
        f"{name}: no setting of that name" + (f"; is {known_name} meant?" if known_name else "")
        for name, known_name in meant.items()
    )


def _unsafe(settings: Settings) -> Iterator[str]:
    """Yield what pydantic can't see: addresses that are not safe, and shortcuts that development alone may take."""
    if _is_malformed(settings.database_url):
        yield f"{PREFIX}DATABASE_URL: no address of a database"
    for setting, address in _addresses(settings):
        if unsafe(address):
            yield f"{setting}: an address is https, or http to loopback, and holds no password"
    yield from _sign_in_faults(settings.staff)
    if settings.profile is Profile.PRODUCTION and settings.resend_after < RESEND_AFTER:
        yield f"{PREFIX}RESEND_AFTER: below {RESEND_AFTER:.0f} only in the profile development"


def _sign_in_faults(staff: StaffSettings) -> Iterator[str]:
    """Yield what is missing or too much for signing in."""
    group = f"{PREFIX}STAFF{NESTED}"
    if staff.issuer is None:
        if staff.client_id is not None or staff.audience is not None:
            yield f"{group}ISSUER: missing; without it there is no identity provider"
        return
    if staff.client_id is None:
        yield f"{group}CLIENT_ID: missing; the identity provider has to know us"
    if staff.url is None:
        yield f"{group}URL: missing; the identity provider sends browsers back there"
    if staff.audience is not None and staff.audience == staff.client_id:
        yield f"{group}AUDIENCE: not the client id: an id token would pass for an access token"


def _is_malformed(address: str) -> bool:
    """Return whether no reader of addresses would take ``address``; each says so with the password in its words."""
    try:
        parts = urlsplit(address)
        _ = parts.port
        # Its name may be left out, where the server listens on a socket.
        return not parts.scheme or any(sign.isspace() for sign in parts.netloc)
    except ValueError:
        return True


def _addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, given in (("URL", settings.staff.url), ("ISSUER", settings.staff.issuer)):
        if given is not None:
            yield f"{PREFIX}STAFF{NESTED}{name}", given
    for origin in settings.public.embed_from:
        yield f"{PREFIX}PUBLIC{NESTED}EMBED_FROM", origin
    for name, route in settings.routes.items():
        yield f"{PREFIX}ROUTES{NESTED}{name.upper()}{NESTED}URL", route.url
        if route.token_url is not None:
            yield f"{PREFIX}ROUTES{NESTED}{name.upper()}{NESTED}TOKEN_URL", route.token_url


def _setting_name(place: tuple[int | str, ...]) -> str:
    return PREFIX + NESTED.join(str(part).upper() for part in place)
