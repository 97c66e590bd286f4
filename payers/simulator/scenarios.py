"""The scenarios of the imaginary members, and the benefit lines of each for every service type that may be asked.

A new scenario is a ``Scenario`` in ``SCENARIOS``; each payer gets an imaginary person for it.
"""

from collections.abc import Sequence

from payers.simulator.fine_print import FINE_PRINT
from payers.simulator.payers import SimulatedPayer, TypesAnswered
from payers.simulator.scenario import (
    LIKELY_MENTAL,
    MENTAL,
    PARTIAL,
    SUBSTANCE,
    Expected,
    KnownOtherwise,
    Lines,
    Scenario,
    same_verdicts,
)

_NOT_FOUND = same_verdicts("not_found", "could_not_check")
_NOT_CHECKED = same_verdicts("could_not_check", "could_not_check")
_DEPENDENT = Scenario(
    "dependent_at_2000D",
    "CHILDS",
    Expected("active", "likely", "likely", "covered", "likely"),
    mental=("EB*1**BB^MH*********Y", "EB*A*IND*BB^MH*****.15****Y"),
    substance=("EB*1**AI*********Y",),
    dependent=True,
    own_loop=True,
)

SCENARIOS = (
    Scenario(
        "covered_by_wording",
        "WORDWELL",
        Expected("active", "covered", "covered", "covered", "likely"),
        mental=(
            "EB*1**MH*********Y",
            "EB*B*IND*MH***27*25*****Y",
            "MSG*SPECIALIST OFFICE VISIT",
            "EB*A*IND*MH*****.1****Y",
            "MSG*INTENSIVE OUTPATIENT PROGRAM",
            "EB*B*IND*MH***7*75****Y*Y",
            "MSG*PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED",
        ),
        substance=(
            "EB*1**AI*********Y",
            "EB*A*IND*AI*****.2****Y",
            "EB*B*IND*AI***7*40*****Y",
            "MSG*INTENSIVE OUTPATIENT",
        ),
    ),
    Scenario(
        "covered_by_bb",
        "BBRIDGE",
        Expected("active", "likely", "likely", "covered", "likely"),
        mental=(
            "EB*1**A4^A8^BB^MH*********W",
            "EB*CB**BB********Y*Y",
            "EB*A*IND*BB*****.20***Y*Y",
            "EB*A*IND*A8*****.20****Y",
        ),
        substance=("EB*1**AI*********W",),
        partial=("EB*1**BB*********W", "EB*A*IND*BB*****.20***Y*Y"),
    ),
    Scenario(
        "likely_by_facility_line",
        "FACILLE",
        same_verdicts("active", "likely"),
        mental=("EB*1**CH*********Y", "EB*A*IND*CH*****.2****Y", "EB*F*IND*CH***23***DY*30**Y"),
        substance=("EB*1**CJ*********Y", "EB*A*IND*CJ*****.2****Y"),
    ),
    Scenario(
        "excluded_out_of_network_only",
        "OUTERBY",
        LIKELY_MENTAL,
        mental=("EB*1**MH*********Y", "EB*I**MH*********N", "EB*B*IND*MH***7*30*****Y"),
        base=None,
    ),
    Scenario(
        "program_excluded",
        "NOPROG",
        Expected("active", "not_covered", "likely", "likely", "likely"),
        mental=("EB*1**MH*********Y", "EB*1**MH*********Y", "MSG*EXCLUDES INTENSIVE OUTPATIENT PROGRAMS"),
        substance=("EB*1**AI*********Y",),
        base=None,
    ),
    Scenario("inactive", "ENDERS", same_verdicts("inactive", "not_covered"), plan="EB*6**30", base=None),
    Scenario("unknown_member", "NOBODY", _NOT_FOUND, rejected=("75",)),
    Scenario("wrong_birth_date", "WRONGDAY", _NOT_FOUND, rejected=("71",)),
    Scenario("payer_down", "DOWNER", _NOT_CHECKED, rejected=("42",)),
    Scenario(
        "silent_on_behavioral",
        "QUIETMAN",
        same_verdicts("active", "not_stated"),
        base="EB*1**1^33^47^86^88^98^AL^UC*********W",
    ),
    Scenario("carve_out", "CARVER", same_verdicts("active", "delegated"), carved_out=True),
    Scenario("base_codes_only", "BASEBY", LIKELY_MENTAL),
    Scenario("mh_active_no_cost", "NOCOST", LIKELY_MENTAL, mental=("EB*1**MH",)),
    _DEPENDENT,
    _DEPENDENT._replace(name="dependent_as_subscriber", last_name="CHILDREN", own_loop=False),
    Scenario(
        "contradiction",
        "BOTHWAY",
        same_verdicts("active", "not_stated"),
        mental=("EB*1**MH*********Y", "EB*I**MH*********Y"),
        base=None,
    ),
    Scenario(
        "ended_before_service",
        "PASTING",
        LIKELY_MENTAL._replace(status="unclear"),
        mental=("EB*1**MH*********W",),
        plan="EB*1**30",
        begins="20190101",
        ends="20200930",
        base=None,
    ),
    Scenario(
        "managed",
        "MANAGED",
        Expected("active", "covered", "likely", "covered", "likely"),
        managed=True,
        mental=(
            "EB*1**MH*********Y",
            "EB*A*IND*MH*****.2****Y",
            "MSG*INTENSIVE OUTPATIENT AND PARTIAL HOSPITALIZATION - PRIOR AUTHORIZATION REQUIRED",
        ),
        substance=("EB*1**AI*********Y", "EB*B*IND*AI***27*30*****Y"),
    ),
    Scenario("managed_and_denied", "DENIEDBY", _NOT_FOUND, managed=True, rejected=("75",)),
    Scenario("managed_and_down", "WAITFOR", _NOT_CHECKED, managed=True, rejected=("42",)),
    Scenario("married_name", "MAIDEN", LIKELY_MENTAL, mental=("EB*1**MH",), known=KnownOtherwise(last_name="WEDDED")),
    Scenario("new_member_id", "NEWCARD", LIKELY_MENTAL, mental=("EB*1**MH",), known=KnownOtherwise(new_id=True)),
    # The payer finds somebody all the same, and tells their plan: it may be a relative's.
    Scenario(
        "other_birth_date",
        "OTHERDAY",
        _NOT_CHECKED,
        mental=("EB*1**MH",),
        known=KnownOtherwise(birth_date="19510203"),
    ),
    # A manager of behavioral benefits alone whose reply looks like a medical plan (X12 interpretation 2543).
    Scenario(
        "managed_and_silent",
        "MEDLOOK",
        same_verdicts("active", "not_stated"),
        managed=True,
        plan="EB*1**30*C1*PLAN",
        base=None,
    ),
    *FINE_PRINT,
)

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
    if (not specific or "30" in asked) and scenario.base is not None and not scenario.carved_out:
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
