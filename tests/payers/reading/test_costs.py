"""What costs promise where several lines speak: no value is chosen, none is made up, and the borrowed are named."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts import Answer, Condition, Program, Side, Terms

Read = Callable[..., Answer]

ACTIVE = "EB*1**30*PR*OPEN CHOICE"
MH = "EB*1**MH*********Y"
BB = "EB*1**BB*********Y"


def terms(answer: Answer, program: Program = Program.PHP, side: Side = Side.IN_NETWORK) -> Terms:
    return answer.terms(program, Condition.MENTAL_HEALTH, side)


@pytest.mark.parametrize(
    ("lines", "share", "assumed"),
    [
        ([BB, "EB*A*IND*CH*****.1****Y", "EB*A*IND*MH*****.2****Y"], "0.10", ["coinsurance"]),
        ([BB, "EB*1**CH*********Y", "EB*A*IND*MH*****.2****Y"], "0.20", ["coinsurance"]),
        ([BB, "EB*A*IND*MH*****.2****N"], None, []),
        ([BB, "EB*A*IND*MH*****.2****Y", "III*ZZ*11"], None, []),
        ([BB, "EB*A*IND*MH*****.2****Y", "MSG*INPATIENT"], None, []),
        ([BB, "EB*A*IND*30*****.2****Y"], None, []),
        ([BB, "EB*A*IND*98*****.2****Y"], None, []),
        ([BB, "EB*A*IND*BB*****.3****Y", "EB*A*IND*MH*****.2****Y"], "0.30", []),
        ([MH, "EB*A*IND*A8*****.2****Y"], "0.20", []),
    ],
)
def test_a_share_is_borrowed_from_the_next_rung_that_has_one_and_never_from_elsewhere(
    read: Read, lines: list[str], share: str | None, assumed: list[str]
) -> None:
    found = terms(read(ACTIVE, *lines))

    assert found.coinsurance == (Decimal(share) if share else None)
    assert list(found.assumed) == assumed


def test_a_borrowed_figure_leaves_no_rule_between_the_two(read: Read) -> None:
    found = terms(read(ACTIVE, BB, "EB*B*IND*BB***7*50*****Y", "EB*A*IND*MH*****.2****Y"))

    assert (str(found.copay and found.copay.amount), found.coinsurance, found.cost_rule) == (
        "50.00",
        Decimal("0.20"),
        None,
    )


def test_a_rung_with_several_values_lends_none_and_shows_them_all(read: Read) -> None:
    lines = ["EB*A*IND*MH*****.2****Y", "MSG*TIER 1", "EB*A*IND*MH*****.3****Y", "MSG*TIER 2"]

    found = terms(read(ACTIVE, BB, *lines))

    assert found.coinsurance is None
    assert [(one.figure, str(one.value), one.distinguished_by) for one in found.alternatives] == [
        ("coinsurance", "0.2", "tier"),
        ("coinsurance", "0.3", "tier"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        ("EB*B*ESP*MH***7*40*****Y", "EB*B*CHD*MH***7*60*****Y", "coverage_level"),
        ("EB*B*IND*MH***7*40*****Y", "EB*B*IND*MH***36*60*****Y", "period"),
        ("EB*B*IND*MH***7*40*****Y", "EB*B*IND*MH***7*60*****Y", None),
        ("EB*B*IND*MH***7*40*****Y", "EB*B**MH***7*60*****Y", "coverage_level"),
    ],
)
def test_what_tells_two_values_apart_is_said_or_nothing_is(
    read: Read, first: str, second: str, apart: str | None
) -> None:
    found = terms(read(ACTIVE, first, second))

    assert found.copay is None
    assert {one.distinguished_by for one in found.alternatives} == {apart}
    assert {str(one.value) for one in found.alternatives} == {"40.00", "60.00"}


@pytest.mark.parametrize("level", ["FAM", "ESP", "CHD", "DEP"])
def test_the_individuals_figure_stands_before_any_others(read: Read, level: str) -> None:
    for own in ("IND", "EMP"):
        found = terms(read(ACTIVE, f"EB*B*{own}*MH***7*40*****Y", f"EB*B*{level}*MH***7*60*****Y"))
        assert str(found.copay and found.copay.amount) == "40.00"
    assert terms(read(ACTIVE, f"EB*B*{level}*MH***7*60*****Y")).copay is not None


@pytest.mark.parametrize("value", ["ABC", "-5", "", "1E3", "9" * 13, "١٢"])
def test_a_copay_that_is_no_amount_is_null_with_a_finding(read: Read, value: str) -> None:
    answer = read(ACTIVE, MH, f"EB*B*IND*MH***27*{value}*****Y")

    assert terms(answer).copay is None
    assert ("malformed_value", "EB07") in {(found.code, found.detail) for found in answer.findings}


@pytest.mark.parametrize(
    ("share", "expected"),
    [("1.5", "0.015"), ("100", "1.00"), (".125", "0.125"), ("0.0", "0.00"), ("33.3333", "0.333333")],
)
def test_a_share_keeps_its_digits(read: Read, share: str, expected: str) -> None:
    found = terms(read(ACTIVE, MH, f"EB*A*IND*MH*****{share}****Y")).model_dump(mode="json")

    assert found["coinsurance"] == expected


@pytest.mark.parametrize(
    ("lines", "applies"),
    [
        (["EB*C*IND*BB***27*50*****Y"], True),
        (["EB*C*IND*BB***7*0*****Y"], False),
        (["EB*C*IND*BB***34*50*****Y"], None),
        (["EB*C*IND*BB***23*ABC*****Y"], None),
        (["EB*C*IND*BB***23*0*****Y", "EB*C*FAM*BB***23*500*****Y"], False),
        (["EB*C*IND*BB***23*100*****Y", "EB*C*IND*BB***23*500*****Y"], True),
        (["EB*C*IND*MH***23*500*****Y"], None),
        (["EB*C*IND*30***23*500*****Y"], None),
    ],
)
def test_whether_a_deductible_applies_is_said_by_the_rung_alone(
    read: Read, lines: list[str], applies: bool | None
) -> None:
    assert terms(read(ACTIVE, BB, *lines)).deductible_applies is applies


def test_a_base_of_nothing_and_one_of_something_are_both_shown(read: Read) -> None:
    answer = read(ACTIVE, BB, "EB*C*IND*BB***23*0*****Y", "MSG*TIER 1", "EB*C*IND*BB***23*9*****Y", "MSG*TIER 2")

    assert [(one.figure, str(one.value)) for one in terms(answer).alternatives] == [
        ("deductible", "0.00"),
        ("deductible", "9.00"),
    ]


@pytest.mark.parametrize(
    ("lines", "apart", "text"),
    [
        (["EB*B*IND*MH***27*25*****Y", "MSG*PHP", "III*ZZ*02"], "place", "place of service 02"),
        (["EB*B*IND*MH***27*25*****Y", "MSG*PHP OFFICE VISIT"], "message", "PHP OFFICE VISIT"),
        (["EB*B*IND****27*25*****Y*HC:H0035", "III*ZZ*11"], "place", "place of service 11"),
    ],
)
def test_an_office_or_telehealth_figure_of_the_program_stands_apart(
    read: Read, lines: list[str], apart: str, text: str
) -> None:
    found = terms(read(ACTIVE, BB, *lines))

    assert found.copay is None
    assert [(str(one.value), one.distinguished_by, one.text) for one in found.alternatives] == [("25.00", apart, text)]


def test_an_office_figure_of_a_denied_name_stands_nowhere(read: Read) -> None:
    lines = ["EB*B*IND*MH***27*25*****Y", "MSG*OFFICE VISIT EXCLUDES PARTIAL HOSPITALIZATION"]

    assert not terms(read(ACTIVE, "EB*1***********Y*HC:H0035", *lines)).alternatives


@pytest.mark.parametrize("verdict", ["EB*I**BB*********Y", "EB*E**BB*********Y"])
def test_no_figure_stands_beside_a_verdict_that_grants_nothing(read: Read, verdict: str) -> None:
    found = terms(read(ACTIVE, verdict, "EB*B*IND*MH***7*40*****Y"))

    assert (found.copay, found.coinsurance, found.assumed, found.alternatives) == (None, None, (), ())


def test_the_lesser_is_read_from_the_words_beside_either_figure(read: Read) -> None:
    lines = ["EB*B*IND*BB***7*40*****Y", "EB*A*IND*BB*****.2****Y", "MSG*WHICHEVER IS LESS"]

    assert terms(read(ACTIVE, *lines)).cost_rule == "lesser_of"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["EB*C*IND*30***23*100", "EB*C*IND*30***29*40*****Y"], (None, None, "40.00")),
        (["EB*C*IND****23*100*****W"], ("100.00", None, None)),
        (["EB*C*EMP*30***23*100*****Y", "EB*C*IND*30***23*100*****Y"], ("100.00", None, None)),
        (["EB*C*IND*30***23*100*****Y", "EB*C*IND*30***29*-5*****Y"], ("100.00", None, None)),
        (["EB*C*IND*30***23*100*****Y", "EB*C*IND*30***29*130*****Y"], ("100.00", "0.00", "130.00")),
        (["EB*C*IND*30***27*100*****Y"], (None, None, None)),
        (["EB*C*IND*98***23*100*****Y"], (None, None, None)),
        (["EB*C*IND****23*100*****Y*HC:S9480"], (None, None, None)),
        (["EB*C*IND*30**DENTAL PPO*23*100*****Y"], (None, None, None)),
        (["EB*C*IND*35***23*100*****Y"], (None, None, None)),
        (["EB*C*IND*30**PPO WITH RX*23*100*****Y"], ("100.00", None, None)),
        (["EB*C*IND*30**MEDICAL AND DENTAL*23*100*****Y"], ("100.00", None, None)),
        (["EB*C*IND*30***23*100*****Y", "MSG*INTENSIVE OUTPATIENT"], (None, None, None)),
        (["EB*C*IND*30***29*99999.99*****Y"], (None, None, None)),
    ],
)
def test_a_figure_of_the_plan_is_of_the_whole_medical_plan_alone(
    read: Read, lines: list[str], expected: tuple[str | None, ...]
) -> None:
    found = read(ACTIVE, *lines).accumulators.in_network.individual.deductible

    shown = (found.total, found.met, found.remaining)
    assert tuple(str(part) if part is not None else None for part in shown) == expected


def test_totals_of_several_tiers_are_named_by_their_tier(read: Read) -> None:
    lines = ["EB*G*IND*30***23*100*****Y", "REF*N6*1*CHOICE", "EB*G*IND*30***23*200*****Y", "REF*N6*2*SELECT"]

    found = read(ACTIVE, *lines).accumulators.in_network.individual.out_of_pocket

    assert [(one.figure, one.distinguished_by, one.text) for one in found.alternatives] == [
        ("out_of_pocket", "tier", "CHOICE"),
        ("out_of_pocket", "tier", "SELECT"),
    ]
