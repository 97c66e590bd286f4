"""Who asks. What a payer learns of us is really ours, or nothing leaves this machine.

Without settings the service asks under an imaginary name and imaginary numbers, so that it can be tried. No route may
carry them to an address that is not loopback, and in the profile ``production`` no route may carry them at all: an
address on this machine may be a tunnel to a payer.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from contracts import PROVIDER_FIELDS, Identifying, Provider, Route, RouteSettings
from service.security.urls import is_loopback
from service.settings.model import Profile, PublicSettings, Settings
from service.settings.sources import NESTED, PREFIX

IMAGINARY_NPI = "1234567893"
"""A provider number that nobody has: the registry's own example. To set it is to set none."""

IMAGINARY_NAME = "Imaginary Recovery Program"
NAME_OF_NOBODY = "Benefit Verification"
IMAGINARY_ORIGINATOR = "9000000000"
"""TRN03 without a tax id. Nine begins an id that its user made up."""


def provider_of(settings: Settings) -> Provider:
    """Return who asks, imaginary where the settings name nobody; ``missing_identities`` says where it may go."""
    given = settings.provider
    return Provider(
        npi=given.npi or IMAGINARY_NPI,
        name=given.name or IMAGINARY_NAME,
        tax_id=given.tax_id,
        other_npi=given.other_npi,
    )


def name_for_visitors(public: PublicSettings, provider: Provider) -> str:
    """Return whose the verify form is, as its pages and its texts of consent say it."""
    return public.name or provider.name or NAME_OF_NOBODY


def originator_of(settings: Settings) -> str:
    """Return TRN03, ten characters: ``1`` and the tax id. Source: 005010X279A1, TRN03."""
    tax_id = settings.provider.tax_id
    return IMAGINARY_ORIGINATOR if tax_id is None else f"1{tax_id}"


def missing_identities(settings: Settings, routes: Mapping[str, Route]) -> Iterator[str]:
    """Yield a line for each setting without which one of ``routes`` would tell a payer something imaginary of us."""
    for name, route in sorted(routes.items()):
        given = settings.routes[name]
        if settings.profile is not Profile.PRODUCTION and _stays_here(given):
            continue
        fields, own = PROVIDER_FIELDS, frozenset[str]()
        if isinstance(route, Identifying):
            fields, own = route.provider_fields, route.imaginary_settings
        unset = [f"PROVIDER{NESTED}{field.upper()}" for field in sorted(fields) if _is_missing(settings, field)]
        unset += [f"ROUTES{NESTED}{name.upper()}{NESTED}{setting}" for setting in sorted(own)]
        for setting in unset:
            yield f"{PREFIX}{setting}: missing; the route {name} tells the payer by it who asks"


def _is_missing(settings: Settings, field: str) -> bool:
    value = getattr(settings.provider, field, None)
    return not value or (field == "npi" and value == IMAGINARY_NPI)


def _stays_here(given: RouteSettings) -> bool:
    return is_loopback(urlsplit(given.url).hostname or "") and given.proxy is None
