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

_PLAN_ALONE = {
    **dict.fromkeys(
        (f"premium_paid_to:{path}" for path in ("coverage.status", "next_step.*", "summary.*")),
        "no field for the day to which the premium is paid (DTP 343)",
    ),
    **dict.fromkeys(
        (f"part_a_alone:coverage.{field}" for field in ("group_number", "group_name", "begins_on")),
        "group and dates stand at the plan alone, and this plan gives nothing",
    ),
}
_NO_DIAGNOSIS = dict.fromkeys(
    (f"figures_by_diagnosis:{path}" for path in ("programs.*.coinsurance", "programs.*.alternatives*", "summary.*")),
    "no field for the diagnosis that a figure is bound to (EB14)",
)

_UNBOUND = {
    **dict.fromkeys(
        (f"figures_by_visits:programs.*.{figure}" for figure in ("copay*", "cost_rule", "alternatives*")),
        "no field for the visits that a figure is for (HSD)",
    ),
    **dict.fromkeys(
        (f"figures_by_age:programs.*.{figure}" for figure in ("copay*", "alternatives*")),
        "no field for the ages that a figure is for (EB09, EB10)",
    ),
    "account_beside_medical:accumulators.*": "a figure of the plan does not say of which plan it is (EB05)",
    "words_except:programs.*": "the words of a service stand apart from its status",
}

UNSAID: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("optum_json", "stedi_json"), _UNTRACED),
    "availity_rest": {**_UNTRACED, **_PLAN_ALONE, **_NO_DIAGNOSIS},
    "optum_real": {
        **_PLAN_ALONE,
        **_NO_DIAGNOSIS,
        **_UNBOUND,
        "*:coverage.plan_name": "no field for the plan's name (EB05)",
        "*:next_step.phone": "no field for the payer's phone",
        "*:programs.*.limits*": "a limit has no place, age or HSD of its own",
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
