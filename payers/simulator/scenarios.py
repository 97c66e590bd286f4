"""The scenarios of the imaginary members, and the benefit lines of each for every service type that may be asked.

A new scenario is an entry of ``scenarios.toml``; each payer gets an imaginary person for it.
"""

from collections.abc import Sequence

from payers.simulator.payers import SimulatedPayer, TypesAnswered
from payers.simulator.scenario import MENTAL, PARTIAL, SUBSTANCE, Lines, Scenario
from payers.simulator.tables import read_table

SCENARIOS = tuple(read_table("scenarios", Scenario))
BY_LAST_NAME = {scenario.last_name: scenario for scenario in SCENARIOS}
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}

CROWD = "CROWD"
"""Anybody of this last name is known, under any id: for load, each with a plan of their own."""


def lines_of(scenario: Scenario, payer: SimulatedPayer, service_types: Sequence[str]) -> list[str]:
    """Return the benefit lines that ``payer`` sends for ``scenario`` when ``service_types`` are asked in one inquiry.

    A type that the payer does not answer gets what 30 gets, as the rules demand; 30 beside others gets it too.
    """
    asked = _types_answered(service_types, payer.of_several)
    plan = scenario.plan or payer.plan_line
    found = [plan]
    found += payer.plan_lines if scenario.plan is None else scenario.after_plan
    specific = list(_specific(scenario, payer, asked))
    found += specific
    if (not specific or "30" in asked) and scenario.base and not scenario.carved_out:
        found.append(scenario.base)
    if scenario.carved_out:
        found += [payer.points, "LS*2120", *payer.vendor, "LE*2120"]
    return found


def _types_answered(service_types: Sequence[str], habit: TypesAnswered) -> frozenset[str]:
    """Return the types that are answered; a payer that takes none of several answers 30."""
    if len(service_types) < 2 or habit is TypesAnswered.EACH:
        return frozenset(service_types)
    return frozenset(service_types[:1]) if habit is TypesAnswered.FIRST else frozenset({"30"})


def _specific(scenario: Scenario, payer: SimulatedPayer, asked: frozenset[str]) -> Lines:
    found: Lines = ()
    if asked & MENTAL:
        found += scenario.mental
    if asked & SUBSTANCE:
        found += scenario.substance
    if asked & PARTIAL and payer.answers_bb:
        found += scenario.partial
    return found
