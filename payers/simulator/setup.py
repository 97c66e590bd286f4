"""How a service is set up to ask the simulator: the settings of every road that it speaks."""

from collections.abc import Mapping

from payers.simulator import core_desk
from payers.simulator.ends import availity_rest, core_mime, core_soap, optum_json, stedi_json

_CORE = {"USERNAME": core_desk.USERNAME, "PASSWORD": core_desk.PASSWORD, "SENDER_ID": "IMAGINARY"}

SETTINGS: Mapping[str, Mapping[str, str]] = {
    "core_mime": {"URL": core_mime.PATH, **_CORE},
    "core_soap": {"URL": core_soap.PATH, **_CORE},
    "availity_rest": {
        "URL": availity_rest.PATH,
        "TOKEN_URL": availity_rest.TOKEN_PATH,
        "CLIENT_ID": "simulator",
        "CLIENT_SECRET": "simulator",
    },
    "optum_json": {
        "URL": optum_json.PATH,
        "TOKEN_URL": optum_json.TOKEN_PATH,
        "CLIENT_ID": "simulator",
        "CLIENT_SECRET": "simulator",
    },
    "stedi_json": {"URL": stedi_json.PATH, "API_KEY": stedi_json.API_KEY},
}
"""By road and setting; a path is one of the simulator's own."""


UNSAID: Mapping[str, Mapping[str, str]] = {}
"""What the form of a road cannot say of a story, by road: patterns of an answer's paths, and the reason."""


def environment(address: str, only: str | None = None) -> dict[str, str]:
    """Environment variables that set up every road, or ``only`` one, for a simulator at ``address``."""
    return {
        f"BENEFITS_ROADS__{road.upper()}__{name}": address + value if value.startswith("/") else value
        for road, settings in SETTINGS.items()
        if only in {None, road}
        for name, value in settings.items()
    }
