"""What dates promise: the plan that holds the day decides, and no other year's line speaks."""

from collections.abc import Callable
from datetime import date

import pytest

from contracts import Answer, Condition, Program, Side
from payers.reading import numbers
from payers.x12 import read_interchange

Read = Callable[..., Answer]
Text = Callable[..., bytes]

LAST, THIS = "DTP*291*RD8*20250101-20251231", "DTP*291*RD8*20260101-20261231"


def undated(text: Text, lines: list[str]) -> bytes:
    """A reply whose level carries no date but those of ``lines``."""
    return text(lines, head=text(()).decode().split("~")[:13])


@pytest.mark.parametrize(
    ("dates", "begins", "ends"),
    [
        (["DTP*346*D8*20260201", "DTP*356*D8*20260301"], "2026-02-01", None),
        (["DTP*356*D8*20260301", "DTP*291*RD8*20260101-20261231"], "2026-03-01", "2026-12-31"),
        (["DTP*307*RD8*20260101-20261231"], "2026-01-01", "2026-12-31"),
        (["DTP*346*RD8*20260101-20261231"], "2026-01-01", "2026-12-31"),
        (["DTP*356*RD8*20260101-99991231"], "2026-01-01", None),
        (["DTP*347*D8*20261130", "DTP*349*D8*20261231"], None, "2026-11-30"),
        (["DTP*349*D8*20261231", "DTP*357*D8*20261130"], None, "2026-12-31"),
        (["DTP*341*D8*20261130"], None, "2026-11-30"),
        (["DTP*347*D8*29991231"], None, None),
        (["DTP*291*D8*20260101"], None, None),
        (["DTP*340*D8*20260101", "DTP*382*D8*20260101"], None, None),
        (["DTP*347*D8*20261231", "DTP*442*D8*20261201"], None, "2026-12-01"),
        (["DTP*346*D8*20260230"], None, None),
    ],
)
def test_each_date_is_read_by_its_qualifier(
    read: Read, text: Text, dates: list[str], begins: str | None, ends: str | None
) -> None:
    answer = read(people=read_interchange(undated(text, [*dates, "EB*1**30"])).people)

    found = answer.coverage
    assert tuple(one.isoformat() if one else None for one in (found.begins_on, found.ends_on)) == (begins, ends)
    texts = {evidence.id: evidence.text for evidence in answer.evidence}
    shown = {texts[mark] for mark in found.evidence}
    assert begins is None or any(begins.replace("-", "") in (text_ or "") for text_ in shown)
    assert ends is None or any(ends.replace("-", "") in (text_ or "") for text_ in shown)


def test_a_date_that_is_none_is_a_finding(read: Read) -> None:
    answer = read("EB*1**30", "DTP*347*D8*20261301")

    assert [(found.code, found.detail) for found in answer.findings] == [("malformed_value", "DTP347")]
    assert answer.coverage.status == "active"


@pytest.mark.parametrize(
    ("lines", "status", "begins"),
    [
        (["EB*6**30", LAST, "EB*1**30", THIS], "active", "2026-01-01"),
        (["EB*1**30", LAST, "EB*6**30", THIS], "inactive", "2026-01-01"),
        (["EB*1**30", LAST, "EB*1**MH"], "unclear", "2025-01-01"),
        (["EB*6**30", LAST, "EB*1**MH"], "active", "2026-01-01"),
        (["EB*1**30", LAST, "EB*1**MH", THIS], "active", "2026-01-01"),
        (["EB*1**30", "DTP*346*D8*20260501"], "active", "2026-05-01"),
        (["EB*1**35", "DTP*347*D8*20260301", "EB*1**30"], "active", "2026-01-01"),
        (["EB*1**MH", "DTP*346*D8*20260601", "EB*1**30"], "active", "2026-01-01"),
    ],
)
def test_a_lines_own_dates_bind_its_own_plan(read: Read, lines: list[str], status: str, begins: str) -> None:
    found = read(*lines).coverage

    assert (found.status, found.begins_on) == (status, date.fromisoformat(begins))


def test_another_years_lines_give_no_verdict_and_no_figure(read: Read) -> None:
    answer = read(
        *("EB*1**30", THIS, "EB*1**MH*********Y", "EB*I**MH*********Y", LAST, "EB*B*IND*MH***7*10*****Y", LAST),
        *("EB*B*IND*MH***7*20*****Y", "EB*C*IND*30***23*900*****Y", LAST, "EB*C*IND*30***23*1500*****Y", THIS),
    )

    terms = answer.terms(Program.IOP, Condition.MENTAL_HEALTH, Side.IN_NETWORK)
    assert (terms.verdict, terms.copay and str(terms.copay.amount)) == ("likely", "20.00")
    assert str(answer.accumulators.in_network.individual.deductible.total) == "1500.00"


def test_another_years_benefit_year_and_other_payer_are_not_this_years(read: Read) -> None:
    ended = ["EB*R**30", LAST, "NM1*SEP*2*LAST YEARS HEALTH"]

    found = read(
        *("EB*1**30", THIS, "EB*C*IND*30***22*9*****Y", LAST, "EB*C*IND*30***23*9*****Y", THIS), *ended
    ).coverage

    assert (found.benefit_year.kind, found.other_payers) == ("calendar", ())


def test_a_death_ends_the_plan_whatever_its_own_dates(read: Read) -> None:
    answer = read("DTP*442*D8*20260301", "EB*1**30", THIS)

    assert (answer.coverage.status, answer.coverage.ends_on) == ("unclear", date(2026, 3, 1))


def test_a_subscribers_death_ends_no_dependents_plan(read: Read, text: Text) -> None:
    raw = text(["DTP*442*D8*20260301", "HL*4*3*23*0", "NM1*03*1*SPECIMEN*BEN", "EB*1**30"])

    answer = read(people=read_interchange(raw).people)

    assert (answer.coverage.status, answer.coverage.begins_on) == ("active", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("period", "around", "kind", "resets"),
    [
        ("23", "", "calendar", "2027-01-01"),
        ("22", "", "plan", None),
        ("25", "DTP*291*RD8*20260701-20270630", "plan", "2027-07-01"),
        ("27", "", "unknown", None),
    ],
)
def test_the_benefit_year_is_that_of_the_plans_deductible(
    read: Read, period: str, around: str, kind: str, resets: str | None
) -> None:
    year = read(
        "EB*1**30", *([around] if around else []), f"EB*C*IND*30***{period}*900*****Y", "EB*C*IND*MH***22*9*****Y"
    ).coverage.benefit_year

    expected = ("plan", None) if period == "27" else (kind, resets)
    assert (year.kind, year.resets_on and year.resets_on.isoformat()) == expected


def test_the_last_year_of_the_calendar_has_no_reset(read: Read) -> None:
    answer = read("EB*1**30", "EB*C*IND*30***23*900*****Y", service_date=date(9999, 5, 1))

    assert answer.coverage.benefit_year.resets_on is None


def test_a_wait_past_the_end_of_the_calendar_ends_with_it(read: Read) -> None:
    as_of = numbers.instant("999912311200")

    (problem,) = read("AAA*Y**42*W", as_of=as_of).problems

    assert problem.retry_at is not None
    assert problem.retry_at.year == 9999


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("202611231015", "2026-11-23T10:15:00+00:00"),
        ("20261123", "2026-11-23T00:00:00+00:00"),
        ("2026-11-23T10:15:00-05:00", "2026-11-23T15:15:00+00:00"),
        ("2026-11-23T10:15:00", "2026-11-23T10:15:00+00:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("202613991015", None),
        ("", None),
    ],
)
def test_an_instant_is_utc_or_it_is_none(said: str, expected: str | None) -> None:
    found = numbers.instant(said)

    assert (found.isoformat() if found else None) == expected
