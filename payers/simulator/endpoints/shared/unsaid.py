"""What the forms of several routes cannot say: patterns of a scenario and of a path of the answer, and the reason."""

UNTRACED = {
    f"{scenario}:*": "our trace does not come back: a member who differs in id, name or birth date may be another"
    for scenario in ("married_name", "new_member_id", "other_birth_date")
}

PLAN_ALONE = {
    **dict.fromkeys(
        (f"premium_paid_to:{path}" for path in ("coverage.status", "next_step.*", "summary.*")),
        "no field for the day to which the premium is paid (DTP 343)",
    ),
    **dict.fromkeys(
        (f"part_a_alone:coverage.{field}" for field in ("group_number", "group_name", "begins_on")),
        "group and dates stand at the plan alone, and this plan gives nothing",
    ),
}
NO_DIAGNOSIS = dict.fromkeys(
    (f"figures_by_diagnosis:{path}" for path in ("programs.*.coinsurance", "programs.*.alternatives*", "summary.*")),
    "no field for the diagnosis that a figure is bound to (EB14)",
)
