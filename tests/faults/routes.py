"""The routes that are installed, with what the simulator needs of their settings, and a payer to ask over each."""

from collections.abc import Iterable
from importlib.metadata import entry_points

PAYER_OF_ROUTE = {
    "core_mime": "aetna",
    "core_soap": "cigna",
    "availity_rest": "optum",
    "optum_json": "unitedhealthcare",
    "stedi_json": "florida_blue",
    "optum_real": "unitedhealthcare",
}
"""A payer for each route; routes that share one are driven by services of their own (``groups``)."""

_CORE = {"USERNAME": "simulator", "PASSWORD": "simulator"}
_CLIENT = {"CLIENT_ID": "simulator", "CLIENT_SECRET": "simulator"}
_GIVEN: dict[str, dict[str, str]] = {
    "core_mime": {"URL": "{simulator}/core/mime", **_CORE},
    "core_soap": {"URL": "{simulator}/core/soap", **_CORE},
    "availity_rest": {
        "URL": "{simulator}/availity/v1/coverages",
        "TOKEN_URL": "{simulator}/availity/v1/token",
        **_CLIENT,
    },
    "optum_json": {
        "URL": "{simulator}/optum/medicalnetwork/eligibility/v3",
        "TOKEN_URL": "{simulator}/optum/token",
        **_CLIENT,
    },
    "optum_real": {
        "URL": "{simulator}/optum-real/graphql",
        "TOKEN_URL": "{simulator}/optum-real/token",
        **_CLIENT,
    },
    "stedi_json": {"URL": "{simulator}/stedi/2026-06-01/eligibility-check", "API_KEY": "simulator"},
}


def opened() -> list[str]:
    """The routes that are installed and that have a row here."""
    return [point.name for point in entry_points(group="benefit_verification.routes") if point.name in PAYER_OF_ROUTE]


def groups() -> list[list[str]]:
    """The routes of ``opened`` in as few groups as their payers allow."""
    found: list[list[str]] = []
    for route in opened():
        payer = PAYER_OF_ROUTE[route]
        fits = (group for group in found if payer not in {PAYER_OF_ROUTE[other] for other in group})
        group = next(fits, None)
        if group is None:
            found.append([route])
        else:
            group.append(route)
    return found


def settings_of(routes: Iterable[str], *, cap: str) -> dict[str, str]:
    """Settings over the deployment's, so that each route is asked about its payer; ``{simulator}`` is its address."""
    found = {"BENEFITS_PROVIDER__TAX_ID": "123456789"}
    for route in routes:
        given = {**_GIVEN[route], "ATTEMPT_CAP": cap}
        found |= {f"BENEFITS_ROUTES__{route.upper()}__{name}": value for name, value in given.items()}
        found[f"BENEFITS_PAYERS__{PAYER_OF_ROUTE[route].upper()}__ROUTES"] = f'["{route}"]'
    return found
