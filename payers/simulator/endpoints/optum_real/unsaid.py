"""What the form of Optum Real cannot say: patterns of a scenario and of a path of the answer, and the reason."""

from collections.abc import Mapping

from payers.simulator.endpoints.shared.unsaid import NO_DIAGNOSIS, PLAN_ALONE

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
    **dict.fromkeys(
        ("words_except:programs.*", "virtual_in_words:programs.*"), "the words of a service stand apart from its status"
    ),
}

UNSAID: Mapping[str, str] = {
    **PLAN_ALONE,
    **NO_DIAGNOSIS,
    **_UNBOUND,
    "*:coverage.plan_name": "no field for the plan's name (EB05)",
    "*:next_step.phone": "no field for the payer's phone",
    "*:programs.*.limits*": "a limit has no place, age or HSD of its own",
    "*:programs.*.authorization": "no EB11; Benefit Check tells of procedures, in network alone",
    "*:summary.*": "says what the rest says",
    "*:administrators.*.member_id_differs": "no field for the id by which an administrator knows the member",
    "managed*:*": "as the line above: asked under the payer's id, the administrator knows nobody",
}
