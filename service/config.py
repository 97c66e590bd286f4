"""Every setting, in one place: names, defaults, checks, and where each value came from.

Environment variables with the prefix ``BENEFITS_``, nested by ``__``, lists and maps as JSON; the same names in an
optional ``.env``; any of them as ``…_FILE``, which names a file that holds the value. The environment wins over
``.env``. Source of the names: the answer's binding description, section 8.
"""

import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from contracts import Frozen, RoadSettings
from service.addresses import is_unverified, unsafe
from service.given import NESTED, PREFIX, gather, known

SHORTEST_RESEND = 90.0
"""Seconds before which a question that was sent may not be sent again (CORE 153, section 6)."""


class Profile(StrEnum):
    """What the process is for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class PublicMode(StrEnum):
    """What a visitor of the website is told."""

    COARSE = "coarse"
    RECEIPT = "receipt"


class PayerSettings(Frozen):
    """What is chosen for one payer: its roads in order, in place of its card's."""

    roads: tuple[str, ...] | None = None


def _npi(value: str) -> str:
    """Ten digits whose last one is right (Luhn, after the prefix 80840; 45 CFR 162.406)."""
    if not (len(value) == 10 and value.isascii() and value.isdigit()):
        raise ValueError("an NPI has ten digits")
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed("80840" + value))]
    if sum(number // 10 + number % 10 for number in doubled) % 10:
        raise ValueError("not an NPI: its check digit differs")
    return value


class ProviderSettings(Frozen):
    """Who asks. ``other_npi`` is the individual's beside the group's: tried when a payer does not know the first."""

    npi: Annotated[str, AfterValidator(_npi)] | None = None
    name: str | None = Field(default=None, max_length=60)
    tax_id: str | None = Field(default=None, pattern=r"^\d{9}$")
    other_npi: Annotated[str, AfterValidator(_npi)] | None = None


class Waits(Frozen):
    """How long a caller waits when it says nothing, in seconds."""

    public: float = Field(default=8.0, ge=0, le=60)
    staff: float = Field(default=20.0, ge=0, le=60)
    batch: float = Field(default=0.0, ge=0, le=60)


class Life(Frozen):
    """How long a question is tried before it is final without a verdict, in seconds."""

    person: float = Field(default=900.0, gt=0)
    batch: float = Field(default=86_400.0, gt=0)


class KeySettings(Frozen):
    """Sealing keys, newest first: ``id:base64 of 32 bytes``, comma-separated."""

    sealing: str | None = Field(default=None, repr=False)


class PublicSettings(Frozen):
    """The website's door."""

    mode: PublicMode = PublicMode.COARSE


class Limits(Frozen):
    """How much is let in.

    ``requests``: questions at a time, and as many callers who wait for an earlier one.
    ``share``: the part of them that one key may have.
    ``rate``: requests a second of one key, after a burst of five seconds' worth.
    ``wrong_keys``: keys that turn out wrong, of one address in a minute.
    ``connections``: open at a time, fifty of them for health checks alone.
    ``connections_per_peer``: of one address; a proxy in front is one address for everybody behind it.
    """

    requests: int = Field(default=256, ge=4)
    share: float = Field(default=0.5, gt=0, le=1)
    rate: float = Field(default=100.0, gt=0, le=1_000_000)
    wrong_keys: int = Field(default=20, ge=1)
    connections: int = Field(default=2_000, ge=100)
    connections_per_peer: int = Field(default=1_200, ge=100)


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

    profile: Profile = Profile.DEVELOPMENT
    database_url: str = Field(default="sqlite:///benefits.sqlite", repr=False)
    roads: dict[str, RoadSettings] = Field(default_factory=dict)
    payers: dict[str, PayerSettings] = Field(default_factory=dict)
    provider: ProviderSettings = ProviderSettings()
    waits: Waits = Waits()
    life: Life = Life()
    freshness: float = Field(default=0.0, ge=0)
    resend_after: float = Field(default=SHORTEST_RESEND, gt=0)
    grace: float = Field(default=10.0, ge=1, le=120)
    limits: Limits = Limits()
    keys: KeySettings = KeySettings()
    public: PublicSettings = PublicSettings()

    origins: dict[str, str] = Field(default_factory=dict, exclude=True, repr=False)
    unknown: tuple[str, ...] = Field(default=(), exclude=True)

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
    """The settings of this process; ``environment`` and ``dotenv`` stand in for the real ones.

    Raises ``SettingsWrong``, naming each setting at fault, never its value.
    """
    given = gather(os.environ if environment is None else environment, dotenv or Path(".env"), Settings)
    unknown = tuple(sorted(name for name in given.values if not known(name, Settings)))
    faults = list(given.faults)
    if not faults:
        used = {name: value for name, value in given.values.items() if name not in unknown}
        try:
            settings = Settings(**_Gathered(used)(), origins=given.origins, unknown=unknown)
        except ValidationError as wrong:
            faults = [f"{_named(error['loc'])}: {error['msg']}" for error in wrong.errors(include_input=False)]
        except ValueError:
            faults = [f"{PREFIX}…: a list or a map is not valid JSON"]
        else:
            faults = list(_unsafe(settings))
            if not faults:
                return settings
    raise SettingsWrong(tuple(faults)) from None


def not_for_production(settings: Settings) -> tuple[str, ...]:
    """What keeps these settings from serving in the profile ``production``, a line for each; empty in development."""
    if settings.profile is not Profile.PRODUCTION:
        return ()
    faults = [
        f"{setting}: the profile production needs https"
        for setting, address in _addresses(settings)
        if not address.lower().startswith("https://")
    ]
    if not settings.roads:
        faults.append(f"{PREFIX}ROADS{NESTED}<ROAD>{NESTED}URL: no road is set up")
    if settings.keys.sealing is None:
        faults.append(f"{PREFIX}KEYS__SEALING: missing; the profile production makes none")
    if not settings.database_url.startswith("sqlite:") and is_unverified(settings.database_url, os.environ):
        faults.append(
            f"{PREFIX}DATABASE_URL: the profile production gives a password to a verified server alone: "
            "add ?sslmode=verify-full (and sslrootcert), or use a socket of this machine"
        )
    return tuple(faults)


def _unsafe(settings: Settings) -> Iterator[str]:
    """What pydantic can't see: addresses that are not safe, and shortcuts that development alone may take."""
    for setting, address in _addresses(settings):
        if unsafe(address):
            yield f"{setting}: an address is https, or http to loopback, and holds no password"
    if settings.profile is Profile.PRODUCTION and settings.resend_after < SHORTEST_RESEND:
        yield f"{PREFIX}RESEND_AFTER: below {SHORTEST_RESEND:.0f} only in the profile development"


def _addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, road in settings.roads.items():
        yield f"{PREFIX}ROADS{NESTED}{name.upper()}{NESTED}URL", road.url
        if road.token_url is not None:
            yield f"{PREFIX}ROADS{NESTED}{name.upper()}{NESTED}TOKEN_URL", road.token_url


def _named(place: tuple[int | str, ...]) -> str:
    return PREFIX + NESTED.join(str(part).upper() for part in place)
