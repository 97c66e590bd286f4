"""What the coverage promises: a status only from the plan that carries the behavioral benefit, and never by guess."""

from collections.abc import Callable
from datetime import date

import pytest

from contracts import Answer, BenefitYearKind, PlanType, Responsible
from payers.x12 import read_interchange

Read = Callable[..., Answer]


@pytest.mark.parametrize(
    ("lines", "status", "finding"),
    [
        (["EB*1**30"], "active", None),
        (["EB*3**30"], "active", None),
        (["EB*5**30"], "unclear", "pending"),
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
    ("codes", "status", "code", "responsible", "fields"),
    [
        (["72", "73"], "not_found", "member_rejected", "member", {"member_id", "first_name", "last_name"}),
        (["75"], "not_found", "member_rejected", "member", {"member_id", "first_name", "last_name", "birth_date"}),
        (["71"], "not_found", "member_rejected", "member", {"birth_date"}),
        (["15"], "could_not_check", "member_rejected", "member", set()),
        (["42"], "could_not_check", "payer_busy", "payer", set()),
        (["62"], "could_not_check", "setup_problem", "service", {"service_date"}),
        (["43"], "could_not_check", "setup_problem", "service", set()),
        (["35"], "could_not_check", "payer_declined", "payer", set()),
        (["ZZ"], "could_not_check", "payer_busy", "payer", set()),
    ],
)
def test_each_rejection_of_the_member_is_told_apart(
    read: Read, codes: list[str], status: str, code: str, responsible: str, fields: set[str]
) -> None:
    answer = read(*[f"AAA*N**{one}*C" for one in codes])

    assert answer.coverage.status == status
    assert [(problem.code, problem.responsible) for problem in answer.problems] == [(code, responsible)]
    assert set(answer.problems[0].fields) == fields
    assert {row.in_network.verdict for row in answer.programs} == {"could_not_check"}


def test_a_rejection_of_the_provider_is_the_providers_to_mend(read: Read, text: Callable[..., bytes]) -> None:
    head = text(()).decode().split("~")[:9]
    answer = read(people=read_interchange(text(["AAA*N**51*C"], head=head)).people)

    assert answer.problems[0].responsible is Responsible.PROVIDER
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


@pytest.mark.parametrize(
    ("lines", "number", "name"),
    [
        (["REF*6P*G1*EMPLOYER", "REF*1L*G2*OTHER", "EB*1**30"], "G1", "EMPLOYER"),
        (["REF*1L*G2*OTHER", "EB*1**30"], "G2", "OTHER"),
        (["EB*1**30", "REF*6P*G3*OF THE LINE"], "G3", "OF THE LINE"),
        (["EB*1**30", "REF*18*P1*PLAN"], None, None),
        (["REF*6P*G1", "EB*1**30"], "G1", None),
        (["REF*6P**NO NUMBER", "EB*1**30"], None, None),
    ],
)
def test_the_group_is_the_members_else_that_of_its_plans_line(
    read: Read, lines: list[str], number: str | None, name: str | None
) -> None:
    found = read(*lines).coverage

    assert (found.group_number, found.group_name) == (number, name)


def test_a_dependents_group_is_the_subscribers_where_it_has_none(read: Read, text: Callable[..., bytes]) -> None:
    raw = text(["REF*6P*G1*EMPLOYER", "HL*4*3*23*0", "NM1*03*1*SPECIMEN*BEN", "EB*1**30"])

    assert read(people=read_interchange(raw).people).coverage.group_number == "G1"


@pytest.mark.parametrize(
    ("role", "order"),
    [
        ("PRP", "primary"),
        ("SEP", "secondary"),
        ("TTP", "tertiary"),
        ("PR", "unknown"),
        ("P4", "unknown"),
        ("IL", None),
        ("1P", None),
    ],
)
def test_another_payers_place_is_that_of_its_role(read: Read, role: str, order: str | None) -> None:
    answer = read("EB*1**30", "EB*R**30", "LS*2120", f"NM1*{role}*2*FIRST HEALTH", "LE*2120")

    assert [one.order.value for one in answer.coverage.other_payers] == ([order] if order else [])
    assert ("other_coverage" in {question.code for question in answer.open_questions}) is (order is not None)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *(("HM", "HMO"), ("PR", "PPO"), ("EP", "EPO"), ("PS", "POS"), ("POS", "POS"), ("IN", "indemnity")),
        *(("MB", "medicare"), ("MP", "medicare"), ("CP", "medicare")),
        *(("HN", "medicare_advantage"), ("MC", "medicaid"), ("C1", None), ("GP", None), ("", None)),
    ],
)
def test_a_plan_type_is_that_of_its_code_or_none(read: Read, code: str, kind: str | None) -> None:
    answer = read(f"EB*1**30*{code}*SOME PLAN")

    assert answer.coverage.plan_type == kind
    assert not answer.findings


def test_medicare_part_a_alone_is_named_and_unclear(read: Read) -> None:  # [C2], [C7]
    answer = read("EB*1**30*MA*SOME PLAN")

    assert (answer.coverage.plan_type, answer.coverage.status) == ("medicare", "unclear")
    assert answer.findings


@pytest.mark.parametrize(
    ("segment", "detail"),
    [
        ("EB*ZZ**30", "EB01=ZZ"),
        ("EB*V**30", "EB01=V"),
        ("EB", "EB01"),
        ("EB*1*XXX*30", "EB02=XXX"),
        ("EB*1**Z9", "EB03=Z9"),
        ("EB*1**30*Q9", "EB04=Q9"),
        ("EB*1**30***99", "EB06=99"),
        ("EB*1**30******ZZ*3", "EB09=ZZ"),
        ("EB*1**30********Q", "EB11=Q"),
        ("EB*1**30*********Q", "EB12=Q"),
        ("EB*1**30********SEE JOHN DOE", "EB11"),
    ],
)
def test_a_code_that_nobody_knows_is_a_finding_and_never_changes_the_answer(
    read: Read, segment: str, detail: str
) -> None:
    answer = read("EB*1**30", "EB*1**MH*********Y", segment)

    assert ("unknown_code", detail) in {(found.code, found.detail) for found in answer.findings}
    assert answer.coverage.status == "active"
    assert [row.in_network.verdict for row in answer.programs] == ["likely", "not_stated", "likely", "not_stated"]


@pytest.mark.parametrize(
    ("plan", "status"),
    [
        ("DENTAL PPO", "unclear"),
        ("VISION SAVER", "unclear"),
        ("RX ADVANCE", "unclear"),
        ("PHARMACY BENEFIT", "unclear"),
        ("PPO 1500 RX 10/30", "active"),
        ("MEDICAL/DENTAL/VISION", "active"),
        ("OPEN CHOICE", "active"),
        ("SUPERVISION PLUS", "active"),
    ],
)
def test_a_plan_of_another_kind_never_gives_the_status(read: Read, plan: str, status: str) -> None:
    assert read(f"EB*1**30**{plan}").coverage.status == status


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["EB*1***********Y*HC:S9480"], "active"),
        (["EB*1***********Y*HC:99213"], "unclear"),
        (["EB*6***********Y*HC:S9480", "EB*1**30"], "active"),
        (["EB*6**30", "EB*1***********Y*HC:S9480"], "unclear"),
        (["EB*6**30", "MSG*INTENSIVE OUTPATIENT", "EB*1**30"], "active"),
        (["EB*I**30"], "unclear"),
        (["EB*6**MH"], "unclear"),
        (["EB*1**A7"], "active"),
        (["EB*1**98^MH"], "active"),
        (["EB*6**30^MH"], "inactive"),
        (["EB*6**30", "EB*A**MH*****.2****Y"], "inactive"),
    ],
)
def test_a_line_speaks_of_the_plan_or_of_a_service_alone(read: Read, lines: list[str], status: str) -> None:
    assert read(*lines).coverage.status == status
