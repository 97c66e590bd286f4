"""What the coverage promises: a status only from the plan that carries the behavioral benefit, and never by guess."""

from collections.abc import Callable
from datetime import date

import pytest

from contracts import Answer, BenefitYearKind, PlanType, Whose
from payers.x12 import read_interchange

Read = Callable[..., Answer]


@pytest.mark.parametrize(
    ("lines", "status", "finding"),
    [
        (["EB*1**30"], "active", None),
        (["EB*3**30"], "active", None),
        (["EB*5**30"], "active", "pending"),
        (["EB*1"], "active", None),
        (["EB*1**MH"], "active", None),
        (["EB*6**30"], "inactive", None),
        (["EB*7**30"], "inactive", "pending"),
        (["EB*6**30", "EB*1**35"], "inactive", None),
        (["EB*6**30", "EB*1**30"], "unclear", "contradiction"),
        (["EB*1**35**DENTAL PPO"], "unclear", "no_status_line"),
        (["EB*1**30**VISION SAVER"], "unclear", "no_status_line"),
        (["EB*1**33"], "unclear", "no_status_line"),
        (["EB*C*IND*30***23*500"], "unclear", "no_status_line"),
        (["EB*V**30"], "unclear", "no_status_line"),
        (["EB*1**30", "DTP*347*D8*20260930"], "unclear", "plan_dates"),
        (["EB*1**30", "DTP*346*D8*20270101"], "unclear", "plan_dates"),
        (["EB*1**30", "DTP*347*D8*99991231"], "active", None),
        (["EB*1**30", "DTP*442*D8*20260930"], "unclear", "plan_dates"),
        (["EB*1**30", "DTP*347*D8*20261123"], "active", None),
        (["EB*1**30", "MSG*COVERAGE TERMINATED"], "unclear", "terminated_message"),
        (["EB*1**30", "EB*1**35", "MSG*TERMINATED"], "active", None),
        (["EB*6**30", "DTP*291*RD8*20250101-20251231", "EB*1**30"], "active", None),
        (["EB*1**30", "AAA*N**33*N"], "active", None),
        (["EB*1**MH", "DTP*291*RD8*20250101-20251231"], "unclear", "plan_dates"),
    ],
)
def test_the_status_is_that_of_the_plan_that_holds_the_day(
    read: Read, lines: list[str], status: str, finding: str | None
) -> None:
    answer = read(*lines)

    assert answer.coverage.status == status
    assert finding is None or finding in {found.code for found in answer.findings}


@pytest.mark.parametrize(
    ("codes", "status", "code", "whose", "fields"),
    [
        (["72", "73"], "not_found", "member_rejected", "member", {"member_id", "first_name", "last_name"}),
        (["75"], "not_found", "member_rejected", "member", {"member_id", "first_name", "last_name", "birth_date"}),
        (["71"], "not_found", "member_rejected", "member", {"birth_date"}),
        (["15"], "could_not_check", "member_rejected", "member", set()),
        (["42"], "could_not_check", "payer_busy", "payer", set()),
        (["62"], "could_not_check", "setup_problem", "ours", {"service_date"}),
        (["43"], "could_not_check", "setup_problem", "ours", set()),
        (["35"], "could_not_check", "payer_declined", "payer", set()),
        (["ZZ"], "could_not_check", "payer_busy", "payer", set()),
    ],
)
def test_each_rejection_of_the_member_is_told_apart(
    read: Read, codes: list[str], status: str, code: str, whose: str, fields: set[str]
) -> None:
    answer = read(*[f"AAA*N**{one}*C" for one in codes])

    assert answer.coverage.status == status
    assert [(problem.code, problem.whose) for problem in answer.problems] == [(code, whose)]
    assert set(answer.problems[0].fields) == fields
    assert {row.in_network.verdict for row in answer.programs} == {"could_not_check"}


def test_a_rejection_of_the_provider_is_the_providers_to_mend(read: Read, text: Callable[..., bytes]) -> None:
    head = text(()).decode().split("~")[:9]
    answer = read(people=read_interchange(text(["AAA*N**51*C"], head=head)).people)

    assert answer.problems[0].whose is Whose.PROVIDER
    assert answer.coverage.status == "could_not_check"


def test_a_rejection_beside_benefit_lines_makes_the_status_unclear(read: Read) -> None:
    answer = read("AAA*N**72*C", "EB*1**30")

    assert answer.coverage.status == "unclear"
    assert answer.problems[0].code == "member_rejected"


def test_a_reply_that_says_nothing_is_unknown_and_never_inactive(read: Read) -> None:
    answer = read()

    assert answer.coverage.status == "could_not_check"
    assert answer.problems[0].code == "reply_unreadable"


def test_name_type_group_and_dates_are_read_with_their_segments(read: Read) -> None:
    answer = read(
        "REF*6P*G123*EXAMPLE EMPLOYER", "DTP*347*D8*20261231", "EB*1**30*HM*BLUECARE", "EB*C*IND*30***23*1500*****Y"
    )

    coverage = answer.coverage
    texts = {evidence.id: evidence.text for evidence in answer.evidence}

    assert (coverage.plan_name, coverage.plan_type) == ("BLUECARE", PlanType.HMO)
    assert (coverage.group_number, coverage.group_name) == ("G123", "EXAMPLE EMPLOYER")
    assert (coverage.begins_on, coverage.ends_on) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (coverage.benefit_year.kind, coverage.benefit_year.resets_on) == (BenefitYearKind.CALENDAR, date(2027, 1, 1))
    assert {texts[mark] for mark in coverage.evidence} == {
        "EB*1**30*HM*BLUECARE",
        "DTP*346*D8*20260101",
        "DTP*347*D8*20261231",
        "REF*6P*G123*EXAMPLE EMPLOYER",
    }


def test_other_payers_are_named_with_their_order(read: Read) -> None:
    answer = read("EB*1**30", "EB*R**30", "LS*2120", "NM1*PRP*2*FIRST HEALTH", "LE*2120")

    assert [(one.name, one.order) for one in answer.coverage.other_payers] == [("FIRST HEALTH", "primary")]
