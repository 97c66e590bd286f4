"""The roads that are installed, with what the simulator needs of their settings, and a payer to ask over each."""

from collections.abc import Iterable
from importlib.metadata import entry_points

PAYER_OF_ROAD = {
    "core_mime": "aetna",
    "core_soap": "cigna",
    "availity_rest": "optum",
    "optum_json": "unitedhealthcare",
    "stedi_json": "florida_blue",
    "optum_real": "unitedhealthcare",
}
"""A payer for each road; roads that share one are driven by services of their own (``groups``)."""

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
    """The roads that are installed and that have a row here."""
    return [point.name for point in entry_points(group="benefit_verification.routes") if point.name in PAYER_OF_ROAD]


def groups() -> list[list[str]]:
    """The roads of ``opened`` in as few groups as their payers allow."""
    found: list[list[str]] = []
    for road in opened():
        payer = PAYER_OF_ROAD[road]
        fits = (group for group in found if payer not in {PAYER_OF_ROAD[other] for other in group})
        group = next(fits, None)
        if group is None:
            found.append([road])
        else:
            group.append(road)
    return found


def settings_of(roads: Iterable[str], *, cap: str) -> dict[str, str]:
    """Settings over the stage's own, so that each road is asked about its payer; ``{simulator}`` is its address."""
    found = {"BENEFITS_PROVIDER__TAX_ID": "123456789"}
    for road in roads:
        given = {**_GIVEN[road], "ATTEMPT_CAP": cap}
        found |= {f"BENEFITS_ROADS__{road.upper()}__{name}": value for name, value in given.items()}
        found[f"BENEFITS_PAYERS__{PAYER_OF_ROAD[road].upper()}__ROADS"] = f'["{road}"]'
    return found
