"""Scenarios whose answer depends on what is below a line: words, places, quantities, dates, and whose plan it is.

Each is one kind of thing that payers write and that is easily misread, with the rule that decides it.
Source: the answer's binding description, sections 2 to 4.
"""

from payers.simulator.scenario import LIKELY_MENTAL, Expected, Scenario, same_verdicts

_OPEN = "EB*1**MH*********Y"
_OPEN_SUBSTANCE = ("EB*1**AI*********Y",)


def _with_words(name: str, last_name: str, *lines: str, iop: str = "likely", php: str = "likely") -> Scenario:
    """Return a scenario of mental health with the verdicts ``iop`` and ``php``; substance use is simply open."""
    expected = Expected("active", iop, "likely", php, "likely")
    return Scenario(name, last_name, expected, mental=(_OPEN, *lines), substance=_OPEN_SUBSTANCE, base=None)


_WORDS = (
    # [T11]: a sentence that names the programs and grants them.
    _with_words(
        "words_grant",
        "GRANTWORD",
        "MSG*PARTIAL HOSPITALIZATION AND INTENSIVE OUTPATIENT ARE COVERED",
        iop="covered",
        php="covered",
    ),
    # [T12]: a refusal by name, beside a line that is open.
    _with_words("words_refuse", "REFUSEWORD", "MSG*DAY TREATMENT IS NOT A COVERED BENEFIT", php="not_covered"),
    # [T19]: what is excepted is neither granted nor refused.
    _with_words(
        "words_except",
        "EXCEPTWORD",
        "MSG*ALL OUTPATIENT SERVICES ARE COVERED EXCEPT PARTIAL HOSPITALIZATION",
        php="not_stated",
    ),
    # [T16]: a mention without a negative or limiting word gives nothing.
    _with_words("words_mention", "MENTIONED", "MSG*BROCHURES DESCRIBE INTENSIVE OUTPATIENT PROGRAMS"),
    # [T16]: one with such a word stops the ladder.
    _with_words(
        "words_limit", "LIMITWORD", "MSG*INTENSIVE OUTPATIENT COVERED FOR SELECT GROUPS ONLY", iop="not_stated"
    ),
    # [T13]: a part of the day is refused, and not the program.
    _with_words("part_refused", "PARTWORD", "MSG*PARTIAL HOSPITALIZATION DOES NOT INCLUDE MEALS"),
    # [S8]: telehealth alone never gives the verdict.
    _with_words("virtual_in_words", "VIRTUALLY", "MSG*VIRTUAL INTENSIVE OUTPATIENT IS COVERED", iop="not_stated"),
    # [F1], [F2]: authorization by words; the terms that a payer sets grant what they are set for [T11].
    _with_words(
        "authorization_in_words", "AUTHWORD", "MSG*PARTIAL HOSPITALIZATION - PRECERTIFICATION REQUIRED", php="covered"
    ),
    # [F4], [T16]: from a later day.
    _with_words("authorization_by_date", "AUTHDATE", "MSG*NO PREAUTH FOR PARTIAL HOSPITALIZATION EFFECTIVE 01/01/2090"),
    # [F2]: from a later visit on.
    _with_words("authorization_by_visits", "AUTHVISIT", "MSG*NO PREAUTH FOR THE FIRST 6 VISITS, THEN REQUIRED"),
)

_USED_UP = (
    # [T14]: where the program is named, nothing left is a refusal.
    _with_words("exhausted_by_name", "DAYSGONE", "EB*1**BB*********Y", "EB*F*IND*BB***29***DY*0**Y", php="not_covered"),
    # [T14]: on a broader line it may be counted apart.
    Scenario(
        "exhausted_broadly",
        "USEDUP",
        Expected("active", "not_stated", "likely", "not_stated", "likely"),
        mental=("EB*1**CH*********Y", "EB*F*IND*CH***29***DY*0**Y"),
        substance=_OPEN_SUBSTANCE,
        base=None,
    ),
)

_ELSEWHERE = (
    # [D6]: words say who runs the behavioral benefit.
    Scenario(
        "carve_out_in_words",
        "POINTWORD",
        same_verdicts("active", "delegated"),
        mental=("EB*1**MH^AI*********Y", "MSG*BEHAVIORAL HEALTH BENEFITS ARE ADMINISTERED BY COMPPSYCH"),
        base=None,
    ),
    # [D2], [D3]: a company's imaging unit runs no behavioral benefit.
    _with_words(
        "arm_for_imaging", "ARMSLEN", "EB*U**62", "LS*2120", "NM1*VN*2*CARELON MEDICAL BENEFITS MANAGEMENT", "LE*2120"
    ),
)

_FIGURES = (
    # [F8], [S4]: the copay of an office visit is not the program's.
    _with_words(
        "figures_by_place",
        "PLACEFIG",
        "EB*B*IND*MH***27*25*****Y",
        "III*ZZ*11",
        "EB*B*IND*MH***27*60*****Y",
        "III*ZZ*22",
    ),
    # [F8]: the figure of the first visits holds for those alone.
    _with_words(
        "figures_by_visits", "VISITFIG", "EB*B*IND*MH***27*0*****Y", "HSD*VS*6***23", "EB*A*IND*MH*****.2****Y"
    ),
    # [F8]: one diagnosis has a figure of its own.
    _with_words("figures_by_diagnosis", "DIAGFIG", "EB*A*IND*MH*****.4****Y**1", "EB*A*IND*MH*****.2****Y"),
    # [S6]: a child's figure, for an adult.
    _with_words("figures_by_age", "AGEFIG", "EB*B*IND*MH***27*10**S7*17**Y", "EB*B*IND*MH***27*30*****Y"),
    # [F12]: two tiers of the network.
    _with_words(
        "tiers", "TIERED", "EB*B*IND*MH***27*20*****Y", "MSG*TIER 1", "EB*B*IND*MH***27*45*****Y", "MSG*TIER 2"
    ),
)

_PLANS = (
    # [F14]: zeros out of network are no benefit out of network.
    Scenario(
        "exclusive_network",
        "EPOZERO",
        LIKELY_MENTAL,
        plan="EB*1**30*EP*EXCLUSIVE NETWORK PLAN",
        after_plan=(
            "EB*C*IND*30***23*1500*****Y",
            "EB*C*IND*30***29*900*****Y",
            "EB*C*IND*30***23*0*****N",
            "EB*C*IND*30***29*0*****N",
        ),
        mental=(_OPEN,),
        base=None,
    ),
    # [C4]: last year's plan beside this one.
    Scenario(
        "two_plans_in_time",
        "TWOPLANS",
        LIKELY_MENTAL,
        plan="EB*1**30*PR*PRESENT PLAN",
        after_plan=("DTP*346*D8*20260101", "EB*6**30*HM*FORMER PLAN", "DTP*346*D8*20190101", "DTP*347*D8*20191231"),
        mental=("EB*1**MH**PRESENT PLAN*******Y",),
        base=None,
    ),
    # [C2]: the premium is paid to a day that is past.
    Scenario(
        "premium_paid_to",
        "PREMIUM",
        LIKELY_MENTAL._replace(status="unclear"),
        plan="EB*1**30*PR*OPEN PLAN",
        after_plan=("DTP*343*D8*20200831",),
        mental=(_OPEN,),
        base=None,
    ),
    # [C7]: an account beside the medical plan changes nothing.
    Scenario(
        "account_beside_medical",
        "ACCOUNTS",
        LIKELY_MENTAL,
        plan="EB*1**30*PR*OPEN PLAN",
        after_plan=("EB*1**30**HEALTH REIMBURSEMENT ACCOUNT", "EB*C*IND*30**HEALTH REIMBURSEMENT ACCOUNT*29*0*****Y"),
        mental=("EB*1**MH**OPEN PLAN*******Y",),
        base=None,
    ),
    # [C7]: Medicare pays for the programs under Part B.
    Scenario(
        "part_a_alone",
        "PARTALONE",
        same_verdicts("unclear", "not_stated"),
        plan="EB*1**30*MA*MEDICARE PART A",
        mental=("EB*1**MH*MA********Y",),
        base=None,
    ),
)

FINE_PRINT = (*_WORDS, *_USED_UP, *_ELSEWHERE, *_FIGURES, *_PLANS)
"""One for each kind of thing that is easily misread."""
