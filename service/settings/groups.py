"""The settings by group, each with its default, its bounds, and what it means: ``benefits doctor`` prints that.

A new setting is a field here or of ``model.Settings``; its description is its documentation. Every number has an end:
neither ``inf`` nor ``nan`` nor a time beyond all calendars is a setting.
"""

import re
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from contracts import Frozen, Several
from service.security.access import StaffRole

DAY = 86_400.0

LONGEST = 90 * DAY
"""Seconds: no question is tried, and no answer counts as fresh, for longer."""


def seconds(default: float, meaning: str, *, least: float = 0.0, most: float = LONGEST) -> float:
    """Return a setting of seconds, between ``least`` and ``most``."""
    found: float = Field(default=default, ge=least, le=most, allow_inf_nan=False, description=meaning)
    return found


class Profile(StrEnum):
    """What the process is for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class PayerSettings(Frozen):
    """What is chosen for one payer in place of what its card says."""

    routes: tuple[str, ...] | None = Field(default=None, description="its routes in order, in place of its card's")
    authorization_routes: tuple[str, ...] | None = Field(
        default=None,
        description="routes that are asked about authorization alone where its reply leaves that open, in order; [] for"
        " none; in place of its card's",
    )
    pace: float | None = Field(
        default=None,
        gt=0,
        le=10_000,
        allow_inf_nan=False,
        description="inquiries a second that it is sent at most, beside a burst of four, in place of its card's",
    )
    several: Several | None = Field(
        default=None,
        description="whether it answers several service types in one inquiry: yes, no, unknown, in place of its card's",
    )


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

    npi: Annotated[str, AfterValidator(_npi)] | None = Field(default=None, description="NPI of whoever asks")
    name: str | None = Field(default=None, max_length=60, description="name of whoever asks, as payers know it")
    tax_id: str | None = Field(
        default=None, pattern=r"^\d{9}$", description="its tax id, nine digits; TRN03 of every 270 is made of it"
    )
    other_npi: Annotated[str, AfterValidator(_npi)] | None = Field(
        default=None,
        description="the individual's NPI beside the group's, for payers that know that one",
    )


class Waits(Frozen):
    """How long a caller waits when it says nothing, in seconds."""

    public: float = seconds(8.0, "seconds a visitor waits who names no wait", most=60)
    staff: float = seconds(20.0, "seconds staff wait who name no wait", most=60)
    batch: float = seconds(0.0, "seconds a batch waits that names no wait", most=60)


class Lifetime(Frozen):
    """How long a question is tried before it is final without a verdict, in seconds."""

    person: float = seconds(900.0, "seconds a person's question is tried before it is final", least=1)
    batch: float = seconds(DAY, "seconds a batch's question is tried before it is final", least=1)


class BatchSettings(Frozen):
    """How batches are sent."""

    quiet: str | None = Field(
        default=None,
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="hours of every day in which nothing is sent for batches, in US Eastern, such as 08:00-18:00",
    )


class KeySettings(Frozen):
    """Sealing keys, newest first: ``id:base64 of 32 bytes``, comma-separated."""

    sealing: str | None = Field(
        default=None, repr=False, description="keys that the database is sealed under, newest first: id:base64, …"
    )


class AuditSettings(Frozen):
    """The signed heads of the audit. Source: ``RELIABILITY.md`` 6.7."""

    heads: Path | None = Field(
        default=None,
        description="file of the signed heads of the audit, best where the database is not; else beside a SQLite file",
    )
    heads_every: float = seconds(3600.0, "seconds between two signed heads; one more is signed at the end", least=1)


class StaffSettings(Frozen):
    """How people of the staff sign in, and how long a session lasts.

    Without an ``issuer`` they sign in by a link that ``benefits staff invite`` prints.
    """

    url: str | None = Field(default=None, description="where browsers of the staff find this service: https://…")
    issuer: str | None = Field(default=None, description="identity provider (OpenID Connect); none: links and keys")
    client_id: str | None = Field(default=None, max_length=256, description="how the identity provider knows us")
    client_secret: str | None = Field(default=None, repr=False, description="our secret there, if we have one")
    audience: str | None = Field(
        default=None, max_length=256, description="audience of access tokens for our interface; none: none is taken"
    )
    role_claim: str = Field(
        default="roles", max_length=256, description="claim that names roles, such as realm_access.roles"
    )
    roles: dict[str, StaffRole] = Field(
        default_factory=dict,
        description="our role for each word of that claim, as a map in JSON; without it each role by its own name",
    )
    factors: tuple[str, ...] = Field(
        default=("mfa",), description="values of amr of which a token names one; [] where the provider says none"
    )
    token_types: tuple[str, ...] = Field(default=("at+jwt",), description="typ of access tokens")
    token_life: float = seconds(5_400.0, "seconds that an access token may be made for at most", least=60, most=DAY)
    idle: float = seconds(900.0, "seconds without a request after which a session ends", least=60, most=DAY)
    session: float = seconds(28_800.0, "seconds after which a session ends in any case", least=60, most=DAY)


_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?", re.IGNORECASE)
"""One host: a star would let every page show the form, and a semicolon would end the directive of the origins."""


def _origin(value: str) -> str:
    if not _ORIGIN.fullmatch(value):
        raise ValueError("an origin is https://host, without a path or a star")
    return value


def _https(value: str) -> str:
    if urlsplit(value).scheme != "https":
        raise ValueError("an address of another site is https")
    return value


def _working_hours(value: str) -> str:
    opens, _, closes = value.partition("-")
    if opens >= closes:
        raise ValueError("the hours of a day end after they begin")
    return value


class PublicSettings(Frozen):
    """The verify form for visitors of a website: whose it is, where it may be shown, and how much it may ask."""

    mode: Literal["coarse", "receipt"] = Field(
        default="coarse",
        description="what a visitor reads: coarse, a kind word for each program; receipt, that a person will call",
    )
    name: str | None = Field(
        default=None, max_length=60, description="the provider's name as visitors know it; the payers' one without it"
    )
    phone: str | None = Field(
        default=None, pattern=r"^[2-9]\d{9}$", description="the number that visitors may call, ten digits"
    )
    embed_from: tuple[Annotated[str, AfterValidator(_origin)], ...] = Field(
        default=(),
        description="origins whose pages may show the form in a frame, https://example.org, as a list in JSON; http to"
        " loopback only in development",
    )
    leave_to: Annotated[str, AfterValidator(_https)] = Field(
        default="https://www.weather.gov/", description="where *Leave quickly* goes: an ordinary page of somebody else"
    )
    privacy_notice: Annotated[str, AfterValidator(_https)] | None = Field(
        default=None, description="the address of your privacy notice, to which every screen of the form has a link"
    )
    tries_of_identity: int = Field(
        default=3, ge=1, le=100, description="inquiries in a day about one person, however often the form is sent"
    )
    inquiries_a_day: int = Field(
        default=500, ge=0, le=1_000_000, description="inquiries of all visitors in a day; then a person calls instead"
    )
    hours: Annotated[str, AfterValidator(_working_hours)] = Field(
        default="09:00-17:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="hours, Monday to Friday in US Eastern, in which people get in touch with visitors",
    )
    call_within: float = Field(
        default=2.0,
        gt=0,
        le=80,
        allow_inf_nan=False,
        description="such hours within which somebody gets in touch; a visitor reads the time",
    )


class PartTwoSettings(Frozen):
    """Whether 42 CFR Part 2 applies to whoever asks: then consent is recorded before anything is sent to a payer."""

    applies: bool | None = Field(
        default=None, description="whether 42 CFR Part 2 applies; in production it does unless this says false"
    )
    reason: str | None = Field(
        default=None, min_length=10, max_length=200, description="why it does not; kept in the audit at each start"
    )
    callers: tuple[Literal["public", "staff"], ...] = Field(
        default=("public",),
        description="whose questions need consent: public, staff; a batch's is the operator's to have",
    )
    texts: dict[str, str] = Field(
        default_factory=dict,
        description="SHA-256 of each text of consent by version/language, as a map in JSON; without it any text counts",
    )


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("a network is written as 192.0.2.0/24, without bits of a host") from None


Network = Annotated[str, AfterValidator(_network)]
"""A network in CIDR."""


def days(default: float, meaning: str) -> float:
    """Return a setting of days, from one to fifty years."""
    found: float = Field(default=default, ge=1, le=50 * 366, allow_inf_nan=False, description=meaning)
    return found


class Retention(Frozen):
    """How long what is kept of members stays, in days; ``benefits retention run`` shreds what is older.

    The operator decides; why the defaults are what they are: ``RELIABILITY.md`` 6.2. A question is kept from the last
    time that it was asked, for the longest of the purposes that it was asked for.
    """

    replies: float = days(90.0, "days that a payer's raw reply is kept")
    prospect: float = days(396.0, "days that a question about a prospect is kept with its answer")
    admission: float = days(2192.0, "days that a question about an admission is kept with its answer")
    active: float = days(2192.0, "days that a question about somebody in treatment is kept with its answer")
    rosters: float = days(90.0, "days that the rows of a roster are kept, from the end of its batch")
    audit: float = days(
        2192.0, "days that lines of the audit are kept; six years is the least that 45 CFR 164.316 asks"
    )


class Limits(Frozen):
    """How much is let in."""

    requests: int = Field(
        default=256, ge=4, description="questions at a time, and as many callers who wait for an earlier one"
    )
    share: float = Field(
        default=0.5, gt=0, le=1, allow_inf_nan=False, description="part of the requests that one key may have"
    )
    rate: float = Field(
        default=100.0,
        gt=0,
        le=1_000_000,
        allow_inf_nan=False,
        description="requests a second of one key, after a burst of five seconds' worth",
    )
    wrong_keys: int = Field(default=20, ge=1, description="keys that turn out wrong, of one address in a minute")
    connections: int = Field(default=2_000, ge=100, description="open at a time, fifty of them for health checks alone")
    connections_per_peer: int = Field(
        default=1_200, ge=100, description="of one address; a proxy in front is one address for everybody behind it"
    )
