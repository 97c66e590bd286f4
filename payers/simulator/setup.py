"""How a service is set up to ask the simulator: the settings of every route that is simulated."""

from collections.abc import Mapping

from payers.simulator.endpoints import ENDPOINTS

SETTINGS: Mapping[str, Mapping[str, str]] = {name: route.settings for name, route in ENDPOINTS.items()}
"""The settings of each route; a value that begins with ``/`` is a path of the simulator's."""

UNSAID: Mapping[str, Mapping[str, str]] = {name: route.unsaid for name, route in ENDPOINTS.items() if route.unsaid}
"""What the form of each route cannot say: patterns of a scenario and of a path of the answer, and the reason."""

PROVIDER = {"BENEFITS_PROVIDER__TAX_ID": "900000001"}
"""Who asks, for the routes that want more than an NPI; nobody has this number."""


def environment(address: str, only: str | None = None) -> dict[str, str]:
    """Return the environment variables that set up every route, or ``only`` one, for a simulator at ``address``."""
    return PROVIDER | {
        f"BENEFITS_ROUTES__{route.upper()}__{name}": address + value if value.startswith("/") else value
        for route, settings in SETTINGS.items()
        if only in {None, route}
        for name, value in settings.items()
    }
