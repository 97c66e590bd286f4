"""How a service is set up to ask the simulator: the settings of every route that it speaks."""

from collections.abc import Mapping

from payers.simulator import core_desk
from payers.simulator.ends import availity_rest, core_mime, core_soap, optum_json, optum_real, stedi_json

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
    "optum_real": {
        "URL": optum_real.PATH,
        "TOKEN_URL": optum_real.TOKEN_PATH,
        "CLIENT_ID": "simulator",
        "CLIENT_SECRET": "simulator",
    },
}
"""By route and setting; a path is one of the simulator's own."""

PROVIDER = {"BENEFITS_PROVIDER__TAX_ID": "900000001"}
"""Who asks, as the routes want it that want more than an NPI; nobody has this number."""

_UNTRACED = {
    f"{story}:*": "our trace does not come back: a member who differs in id, name or birth date may be another"
    for story in ("married_name", "new_member_id", "other_birth_date")
}

UNSAID: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("availity_rest", "optum_json", "stedi_json"), _UNTRACED),
    "optum_real": {
        "*:coverage.plan_name": "no field for the plan's name (EB05)",
        "*:next_step.phone": "no field for the payer's phone",
        "*:programs.*.limits*": "a limit has words and no numbers (EB09, HSD)",
        "*:programs.*.authorization": "no EB11; Benefit Check tells of procedures, in network alone",
        "*:summary.*": "says what the rest says",
        "*:administrators.*.member_id_differs": "no field for the id by which an administrator knows the member",
        "managed*:*": "as the line above: asked under the payer's id, the administrator knows nobody",
    },
}
"""What the form of a route cannot say: patterns of a story and of a path of the answer, and the reason."""


def environment(address: str, only: str | None = None) -> dict[str, str]:
    """Environment variables that set up every route, or ``only`` one, for a simulator at ``address``."""
    return PROVIDER | {
        f"BENEFITS_ROUTES__{route.upper()}__{name}": address + value if value.startswith("/") else value
        for route, settings in SETTINGS.items()
        if only in {None, route}
        for name, value in settings.items()
    }
