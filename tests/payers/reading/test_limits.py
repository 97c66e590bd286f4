"""What limits promise: each amount with its unit and period, what remains beside its base, and nothing made up."""

from collections.abc import Callable

import pytest

from contracts import Answer, Condition, Limit, Program, Side

Read = Callable[..., Answer]

COVERED = ("EB*1**30*PR*OPEN CHOICE", "EB*1**BB*********Y")


def limits(answer: Answer) -> tuple[Limit, ...]:
    return answer.terms(Program.PHP, Condition.MENTAL_HEALTH, Side.IN_NETWORK).limits


def shown(answer: Answer) -> list[tuple[str | None, str, str, str | None]]:
    return [
        (
            None if one.quantity is None else str(one.quantity),
            one.unit.value,
            one.period.value,
            None if one.remaining is None else str(one.remaining),
        )
        for one in limits(answer)
    ]


def line(period: str = "", amount: str = "", kind: str = "", quantity: str = "", level: str = "IND") -> str:
    return f"EB*F*{level}*BB***{period}*{amount}**{kind}*{quantity}**Y"


@pytest.mark.parametrize(("kind", "unit"), [("DY", "days"), ("VS", "visits"), ("HS", "hours"), ("P6", "units")])
def test_a_quantity_is_counted_in_the_unit_of_its_qualifier(read: Read, kind: str, unit: str) -> None:
    assert shown(read(*COVERED, line("23", kind=kind, quantity="30"))) == [("30", unit, "calendar_year", None)]


@pytest.mark.parametrize("kind", ["MN", "99", "XX"])
def test_a_quantity_of_something_else_is_a_finding_and_no_limit(read: Read, kind: str) -> None:
    answer = read(*COVERED, line("23", kind=kind, quantity="30"))

    assert not limits(answer)
    assert "unknown_code" in {found.code for found in answer.findings}


def test_services_that_a_message_calls_sessions_are_sessions(read: Read) -> None:
    answer = read(*COVERED, line("23", kind="P6", quantity="20"), "MSG*SESSIONS PER CALENDAR YEAR")

    assert shown(answer) == [("20", "sessions", "calendar_year", None)]


@pytest.mark.parametrize(
    ("code", "period"),
    [
        ("23", "calendar_year"),
        ("22", "plan_year"),
        ("25", "contract"),
        ("32", "lifetime"),
        ("36", "admission"),
        ("34", "month"),
        ("35", "week"),
        ("27", "visit"),
        ("7", "day"),
        ("13", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_period_is_that_of_its_code(read: Read, code: str, period: str) -> None:
    assert shown(read(*COVERED, line(code, kind="DY", quantity="30"))) == [("30", "days", period, None)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("29", kind="DY", quantity="5")], [(None, "days", "unknown", "5")]),
        ([line("33", kind="DY", quantity="5")], [(None, "days", "lifetime", "5")]),
        (
            [line("23", kind="DY", quantity="30"), line("29", kind="DY", quantity="0")],
            [("30", "days", "calendar_year", "0")],
        ),
        (
            [line("23", kind="DY", quantity="30"), line("29", kind="VS", quantity="4")],
            [("30", "days", "calendar_year", None), (None, "visits", "unknown", "4")],
        ),
        (
            [line("23", "5000"), line("29", "4000.50")],
            [("5000", "dollars", "calendar_year", "4000.50")],
        ),
        (
            [
                line("23", kind="DY", quantity="30"),
                line("32", kind="DY", quantity="90"),
                line("29", kind="DY", quantity="9"),
            ],
            [
                ("30", "days", "calendar_year", "9"),
                ("90", "days", "lifetime", None),
            ],
        ),
        (
            [
                line("23", kind="DY", quantity="30"),
                line("34", kind="DY", quantity="10"),
                line("29", kind="DY", quantity="9"),
            ],
            [
                ("30", "days", "calendar_year", None),
                ("10", "days", "month", None),
                (None, "days", "unknown", "9"),
            ],
        ),
        (
            [
                line("23", kind="DY", quantity="30"),
                line("29", kind="DY", quantity="8"),
                line("29", kind="DY", quantity="9"),
            ],
            [("30", "days", "calendar_year", None), (None, "days", "unknown", "8"), (None, "days", "unknown", "9")],
        ),
    ],
)
def test_what_remains_joins_its_only_base_and_needs_none(
    read: Read, lines: list[str], expected: list[tuple[str | None, ...]]
) -> None:
    assert shown(read(*COVERED, *lines)) == expected


def test_what_was_used_is_no_limit(read: Read) -> None:
    used = [line("24", kind="DY", quantity="8"), line("24", "300")]

    assert shown(read(*COVERED, line("23", kind="DY", quantity="30"), *used)) == [("30", "days", "calendar_year", None)]


def test_the_individuals_amount_stands_before_the_familys(read: Read) -> None:
    family = [line("23", kind="DY", quantity="60", level="FAM"), line("32", kind="DY", quantity="90", level="FAM")]

    assert shown(read(*COVERED, *family, line("23", kind="DY", quantity="30"))) == [
        ("90", "days", "lifetime", None),
        ("30", "days", "calendar_year", None),
    ]


@pytest.mark.parametrize(
    ("hsd", "expected"),
    [
        ("HSD*VS*30***22", ("30", "visits", "plan_year", None)),
        ("HSD*VS*12*WK*3*34*1", ("12", "visits", "month", None)),
        ("HSD*DY*5*WK", ("5", "days", "week", None)),
        ("HSD*HS*9*WK*1", ("9", "hours", "week", None)),
        ("HSD*DY*5*WK*2", ("5", "days", "unknown", None)),
        ("HSD*DY*5*YR*1", ("5", "days", "unknown", None)),
        ("HSD*FL*1***34*6", ("1", "units", "unknown", None)),
        ("HSD*DY*4***29", (None, "days", "unknown", "4")),
        ("HSD*DY*30", ("30", "days", "calendar_year", None)),
    ],
)
def test_a_delivery_is_a_limit_with_the_period_that_it_gives(
    read: Read, hsd: str, expected: tuple[str | None, ...]
) -> None:
    assert shown(read(*COVERED, line("23"), hsd)) == [expected]


def test_the_segment_of_a_delivery_is_evidence(read: Read) -> None:
    answer = read(*COVERED, line("23"), "HSD*DY*30")

    texts = {evidence.id: evidence.text for evidence in answer.evidence}
    assert "HSD*DY*30" in {texts[mark] for mark in limits(answer)[0].evidence}


@pytest.mark.parametrize(
    ("lines", "code", "detail"),
    [
        ([line("32", "999999.99")], "no_limit_sentinel", "EB07"),
        ([line("32", "ABC")], "malformed_value", "EB07"),
        ([line("23", kind="DY", quantity="MANY")], "malformed_value", "EB10"),
        ([line("23"), "HSD*ZZ*30"], "unknown_code", "HSD01"),
        ([line("23"), "HSD*DY*MANY"], "malformed_value", "HSD02"),
    ],
)
def test_what_is_no_amount_is_a_finding_and_no_limit(read: Read, lines: list[str], code: str, detail: str) -> None:
    answer = read(*COVERED, *lines)

    assert not limits(answer)
    assert (code, detail) in {(found.code, found.detail) for found in answer.findings}


def test_a_limit_of_a_million_is_a_limit(read: Read) -> None:
    assert shown(read(*COVERED, line("32", "1000000"))) == [("1000000", "dollars", "lifetime", None)]


def test_a_delivery_without_a_quantity_says_nothing(read: Read) -> None:
    answer = read(*COVERED, line("23"), "HSD*DY")

    assert not limits(answer)
    assert not answer.findings


def test_limits_are_never_borrowed(read: Read) -> None:
    assert not limits(read(*COVERED, "EB*F*IND*MH***23***VS*30**Y"))


def test_a_verdict_that_is_not_stated_may_carry_the_limits_of_its_rung(read: Read) -> None:
    answer = read(COVERED[0], line("23", kind="DY", quantity="30"), "EB*I**BB*********Y")

    terms = answer.terms(Program.PHP, Condition.MENTAL_HEALTH, Side.IN_NETWORK)
    assert (terms.verdict, terms.rule, len(terms.limits)) == ("not_stated", "service_type", 1)
