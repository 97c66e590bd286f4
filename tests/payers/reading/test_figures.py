"""What the figures promise: each from the deciding rung, one value or none, never a guess and never an office's."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts import Answer, Condition, Program, Side, Terms

Read = Callable[..., Answer]

ACTIVE = "EB*1**30*PR*OPEN CHOICE"


def iop(answer: Answer) -> Terms:
    return answer.terms(Program.IOP, Condition.MENTAL_HEALTH, Side.IN_NETWORK)


def php(answer: Answer) -> Terms:
    return answer.terms(Program.PHP, Condition.MENTAL_HEALTH, Side.IN_NETWORK)


@pytest.mark.parametrize(
    ("period", "per"),
    [("27", "visit"), ("7", "day"), ("36", "admission"), ("6", "hour"), ("35", "week"), ("", "unknown")],
)
def test_a_copay_says_what_one_of_it_pays_for(read: Read, period: str, per: str) -> None:
    copay = iop(read(ACTIVE, f"EB*B*IND*MH***{period}*40*****Y")).copay

    assert copay is not None
    assert (str(copay.amount), copay.per) == ("40.00", per)


@pytest.mark.parametrize(
    ("share", "expected", "finding"),
    [
        (".2", "0.20", None),
        ("0", "0.00", None),
        ("1", "1.00", None),
        ("1.0", "1.00", None),
        ("20", "0.20", "scale_read_as_percent"),
        ("101", None, "malformed_value"),
        ("-1", None, "malformed_value"),
        ("N/A", None, "malformed_value"),
        ("1E9", None, "malformed_value"),
    ],
)
def test_a_share_is_the_patients_between_nothing_and_all(
    read: Read, share: str, expected: str | None, finding: str | None
) -> None:
    answer = read(ACTIVE, "EB*1**MH*********Y", f"EB*A*IND*MH*****{share}****Y")

    assert iop(answer).coinsurance == (Decimal(expected) if expected else None)
    assert finding is None or finding in {found.code for found in answer.findings}


@pytest.mark.parametrize(
    ("lines", "applies"),
    [
        (["EB*C*IND*MH***23*250*****Y"], True),
        (["EB*C*IND*MH***23*0*****Y"], False),
        (["EB*C*IND*MH****0*****Y"], False),
        (["EB*C*IND*MH***29*0*****Y"], None),
        (["EB*C*IND*MH***24*0*****Y"], None),
        (["EB*C*IND*MH***23*0*****Y", "EB*C*IND*MH***23*9*****Y"], None),
    ],
)
def test_only_a_base_figure_says_whether_a_deductible_applies(
    read: Read, lines: list[str], applies: bool | None
) -> None:
    assert iop(read(ACTIVE, "EB*1**MH*********Y", *lines)).deductible_applies is applies


def test_a_missing_figure_is_borrowed_from_the_next_rung_and_named(read: Read) -> None:
    answer = read(ACTIVE, "EB*1**BB*********Y", "EB*A*IND*MH*****.2****Y", "EB*A*IND*30*****.4****Y")

    assert php(answer).coinsurance == Decimal("0.20")
    assert php(answer).assumed == ("coinsurance",)
    assert php(answer).cost_rule is None


def test_a_figure_of_the_plan_is_never_borrowed(read: Read) -> None:
    answer = read(ACTIVE, "EB*1**MH*********Y", "EB*A*IND*30*****.4****Y", "EB*B*IND*98***27*25*****Y")

    assert (iop(answer).coinsurance, iop(answer).copay, iop(answer).assumed) == (None, None, ())


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        (["MSG*TIER 1"], ["MSG*TIER 2"], "tier"),
        (["REF*N6*X*CHOICE"], ["REF*N6*X*SELECT"], "tier"),
        (["MSG*FIRST TEN"], ["MSG*THEREAFTER"], "message"),
        (["III*ZZ*22"], ["III*ZZ*53"], "place"),
    ],
)
def test_several_values_are_all_shown_and_none_is_chosen(
    read: Read, first: list[str], second: list[str], apart: str
) -> None:
    terms = iop(read(ACTIVE, "EB*B*IND*MH***7*40*****Y", *first, "EB*B*IND*MH***7*60*****Y", *second))

    assert terms.copay is None
    assert [(one.value, one.distinguished_by) for one in terms.alternatives] == [
        (Decimal("40.00"), apart),
        (Decimal("60.00"), apart),
    ]


def test_equal_values_are_one_and_individual_stands_before_family(read: Read) -> None:
    answer = read(ACTIVE, *["EB*A*IND*MH*****.2****Y"] * 2, "EB*A*FAM*MH*****.3****Y")

    assert iop(answer).coinsurance == Decimal("0.20")


@pytest.mark.parametrize(
    ("words", "rule"),
    [("", "both"), ("WHICHEVER IS GREATER", "greater_of"), ("THE LESSER OF COPAY OR COINSURANCE", "lesser_of")],
)
def test_two_figures_say_how_they_combine(read: Read, words: str, rule: str) -> None:
    message = [f"MSG*{words}"] if words else []
    answer = read(ACTIVE, "EB*B*IND*MH***7*40*****Y", *message, "EB*A*IND*MH*****.2****Y", *message)

    assert iop(answer).cost_rule == rule


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["EB*1**MH********Y*Y"], "required"),
        (["EB*1**MH********N*Y"], "not_required"),
        (["EB*1**MH********U*Y", "MSG*PRIOR AUTHORIZATION REQUIRED"], "required"),
        (["EB*1**MH*********Y", "MSG*NO PRECERT REQUIRED"], "not_required"),
        (["EB*1**MH*********Y", "MSG*SERVICES MAY REQUIRE PRIOR AUTHORIZATION"], "unknown"),
        (["EB*1**MH********N*Y", "MSG*PRIOR AUTHORIZATION REQUIRED"], "required"),
        (["EB*1**30********Y*Y", "EB*1**MH*********Y"], "unknown"),
        (["EB*1**30^MH********Y*Y", "MSG*PRECERTIFICATION REQUIRED"], "unknown"),
        (["EB*1**30********Y*Y", "MSG*INTENSIVE OUTPATIENT"], "required"),
    ],
)
def test_authorization_is_of_the_deciding_lines_alone(read: Read, lines: list[str], expected: str) -> None:
    assert iop(read(ACTIVE, *lines)).authorization == expected


def test_a_figure_of_an_office_that_names_the_program_is_an_alternative(read: Read) -> None:
    terms = iop(read(ACTIVE, "EB*B*IND*MH***27*25*****Y", "MSG*INTENSIVE OUTPATIENT", "III*ZZ*11"))

    assert (terms.verdict, terms.copay) == ("covered", None)
    assert [(one.value, one.distinguished_by) for one in terms.alternatives] == [(Decimal("25.00"), "place")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["EB*F*IND*BB***23***DY*30**Y"], ("30", "days", "calendar_year", None)),
        (["EB*F*IND*BB***23***DY*30**Y", "EB*F*IND*BB***29***DY*22**Y"], ("30", "days", "calendar_year", "22")),
        (["EB*F*IND*BB***29***VS*5**Y"], (None, "visits", "unknown", "5")),
        (["EB*F*IND*BB*********Y", "HSD*VS*20***22"], ("20", "visits", "plan_year", None)),
        (["EB*F*IND*BB*********Y", "HSD*FL*1***34*6"], ("1", "units", "unknown", None)),
        (["EB*F*IND*BB***32*5000*****Y"], ("5000", "dollars", "lifetime", None)),
    ],
)
def test_a_limit_has_its_unit_its_period_and_what_remains(
    read: Read, lines: list[str], expected: tuple[str | None, ...]
) -> None:
    (limit,) = php(read(ACTIVE, "EB*1**BB*********Y", *lines)).limits

    shown = (limit.quantity, limit.unit, limit.period, limit.remaining)
    assert tuple(str(part) if part is not None else None for part in shown) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["23*2000", "24*350"], ("2000.00", "350.00", "1650.00")),
        (["23*2000", "29*0"], ("2000.00", "2000.00", "0.00")),
        (["29*100", "24*50"], ("150.00", "50.00", "100.00")),
        (["*2000", "24*2500"], ("2000.00", "2500.00", "0.00")),
        (["29*100"], (None, None, "100.00")),
        (["23*99999.99"], (None, None, None)),
    ],
)
def test_two_of_total_met_and_remaining_give_the_third(
    read: Read, lines: list[str], expected: tuple[str | None, ...]
) -> None:
    answer = read(ACTIVE, *[f"EB*C*IND*30***{line}*****Y" for line in lines])

    found = answer.accumulators.in_network.individual.deductible
    shown = (found.total, found.met, found.remaining)
    assert tuple(str(part) if part is not None else None for part in shown) == expected


def test_figures_that_do_not_add_up_stay_as_sent_with_a_finding(read: Read) -> None:
    answer = read(ACTIVE, *[f"EB*C*IND*30***{line}*****Y" for line in ("23*2000", "24*350", "29*1")])

    assert str(answer.accumulators.in_network.individual.deductible.remaining) == "1.00"
    assert "accumulators_disagree" in {finding.code for finding in answer.findings}


def test_a_plan_level_figure_without_a_level_is_a_finding_and_unused(read: Read) -> None:
    answer = read(ACTIVE, "EB*C**30***23*2000*****Y")

    assert answer.accumulators.in_network.individual.deductible.total is None
    assert "level_missing" in {finding.code for finding in answer.findings}


def test_several_totals_are_alternatives(read: Read) -> None:
    answer = read(ACTIVE, *["EB*C*IND*30***23*500*****Y", "MSG*TIER 1", "EB*C*IND*30***23*900*****Y", "MSG*TIER 2"])

    found = answer.accumulators.in_network.individual.deductible
    assert found.total is None
    assert [(str(one.value), one.distinguished_by) for one in found.alternatives] == [
        ("500.00", "tier"),
        ("900.00", "tier"),
    ]
