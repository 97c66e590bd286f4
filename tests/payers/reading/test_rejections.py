"""What each AAA promises: whose it is, which fields mend it, and never more than the payer said."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from contracts import Answer, Benefits
from payers.x12 import read_interchange

Read = Callable[..., Answer]
Text = Callable[..., bytes]

NAMES = ["first_name", "last_name"]
IDENTITY = ["member_id", *NAMES, "birth_date"]
MEMBER = ("member_rejected", "member")
OURS = ("setup_problem", "service")
BUSY = ("payer_busy", "payer")
DECLINED = ("payer_declined", "payer")


@pytest.mark.parametrize(
    ("codes", "status", "problem", "fields"),
    [
        ("58 71", "not_found", MEMBER, ["birth_date"]),
        ("64 72", "not_found", MEMBER, ["member_id"]),
        ("65 73", "not_found", MEMBER, NAMES),
        ("67 68 75 76", "not_found", MEMBER, IDENTITY),
        ("77", "not_found", MEMBER, [*NAMES, "birth_date"]),
        ("78", "not_found", MEMBER, ["group_number"]),
        ("15 66 74 AO", "could_not_check", MEMBER, []),
        ("52", "could_not_check", MEMBER, ["service_date"]),
        ("56 57 61 62 63", "could_not_check", OURS, ["service_date"]),
        ("60", "could_not_check", OURS, ["birth_date", "service_date"]),
        ("33 53 54 55 AF AG IA MA T4", "could_not_check", OURS, []),
        ("41 43 44 45 46 47 48 50 51 79 97", "could_not_check", OURS, []),
        ("04 42 80", "could_not_check", BUSY, []),
        ("35 49 69 70 98 AA AE CI E8", "could_not_check", DECLINED, []),
    ],
)
def test_a_rejection_at_the_member_says_whose_it_is_and_what_mends_it(
    read: Read, codes: str, status: str, problem: tuple[str, str], fields: list[str]
) -> None:
    for code in codes.split():
        answer = read(f"AAA*N**{code}*C")

        assert answer.coverage.status == status, code
        (found,) = answer.problems
        assert (found.code, found.responsible) == problem, code
        assert list(found.fields) == fields, code
        assert {row.in_network.verdict for row in answer.programs} == {"could_not_check"}
        assert [evidence.text for evidence in answer.evidence] == [f"AAA*N**{code}*C"]


@pytest.mark.parametrize(
    ("code", "problem"),
    [("43", ("setup_problem", "provider")), ("51", ("setup_problem", "provider")), ("15", OURS), ("T4", OURS)],
)
def test_a_rejection_at_the_provider_is_the_providers_where_it_is_of_its_enrolment(
    read: Read, text: Text, code: str, problem: tuple[str, str]
) -> None:
    head = text(()).decode().split("~")
    raw = text([*head[9:13], "EB*1**30"], head=[*head[:9], f"AAA*N**{code}*C"])

    answer = read(people=read_interchange(raw).people)

    assert [(found.code, found.responsible) for found in answer.problems] == [problem]
    assert answer.coverage.status == "could_not_check"
    assert not answer.accumulators.in_network.individual.deductible.total


@pytest.mark.parametrize(
    ("follow_up", "retry_at"),
    [
        ("C", None),
        ("R", None),
        ("N", "2026-11-23T15:09:00+00:00"),
        ("Y", "2026-11-23T15:09:00+00:00"),
        ("X", "2026-12-03T15:04:00+00:00"),
        ("W", "2026-12-23T15:04:00+00:00"),
    ],
)
def test_a_busy_payer_is_left_alone_as_long_as_it_asks(read: Read, follow_up: str, retry_at: str | None) -> None:
    (problem,) = read(f"AAA*Y**42*{follow_up}").problems

    assert (problem.retry_at and problem.retry_at.isoformat()) == retry_at


def test_the_longest_wait_of_several_counts_and_their_fields_are_joined(read: Read) -> None:
    answer = read("AAA*N**72*C", "AAA*Y**42*X", "AAA*N**73*C", "AAA*Y**80*W", "AAA*N**71*C")

    rejected, busy = answer.problems
    assert list(rejected.fields) == ["member_id", *NAMES, "birth_date"]
    assert busy.retry_at == datetime(2026, 12, 23, 15, 4, tzinfo=UTC)
    assert answer.coverage.status == "not_found"


@pytest.mark.parametrize("eb", ["EB*1**30", "EB*6**30", "EB*I**MH", "EB*CB**MH", "EB*H**MH"])
def test_a_rejection_beside_a_benefit_line_leaves_the_plan_unclear(read: Read, eb: str) -> None:
    answer = read("AAA*N**72*C", eb, "EB*I**AI*********Y", "EB*1**BB*********Y")

    assert answer.coverage.status == "unclear"
    assert {row.in_network.verdict for row in answer.programs} <= {"likely", "not_stated"}
    assert "coverage_unclear" in {question.code for question in answer.open_questions}
    assert "contradiction" in {found.code for found in answer.findings}


@pytest.mark.parametrize("eb", ["EB*V**30", "EB*D**MH", "EB*P**30", "EB*R**30"])
def test_beside_no_benefit_line_a_rejection_decides_alone(read: Read, eb: str) -> None:
    assert read("AAA*N**72*C", eb).coverage.status == "not_found"


def test_a_rejected_benefit_is_a_problem_beside_the_answer(read: Read) -> None:
    answer = read("EB*1**30", "EB*1**MH*********Y", "AAA*N**33*N")

    assert answer.coverage.status == "active"
    assert [(problem.code, problem.responsible) for problem in answer.problems] == [OURS]
    assert answer.programs[0].in_network.verdict == "likely"


def test_a_subscribers_rejection_covers_its_dependents(read: Read, text: Text) -> None:
    raw = text(["AAA*N**75*C", "HL*4*3*23*0", "NM1*03*1*SPECIMEN*BEN", "HL*5*3*23*0", "NM1*03*1*SPECIMEN*ZOE", "EB*1"])

    answers = [read(people=[person]) for person in read_interchange(raw).people]

    assert [answer.coverage.status for answer in answers] == ["not_found", "unclear"]


def test_a_code_that_is_no_code_is_a_finding_without_its_words(read: Read) -> None:
    answer = read("AAA*N**JOHN DOE*C")

    assert [(found.code, found.detail) for found in answer.findings] == [("unknown_code", "AAA03=?")]
    assert (answer.problems[0].code, answer.coverage.status) == ("payer_busy", "could_not_check")


def test_no_reply_at_all_could_not_be_checked(read: Read) -> None:
    answer = read(people=[])

    assert answer.coverage.status == "could_not_check"
    assert {row.out_of_network.rule for row in answer.programs} == {"not_checked"}


def test_a_reply_that_is_still_made_is_pending_and_the_payers(read: Read) -> None:
    answer = read(people=[Benefits(in_progress=True)])

    assert (answer.state, answer.coverage.status, answer.next_step.code) == ("pending", "could_not_check", "wait")
    assert [(problem.code, problem.responsible) for problem in answer.problems] == [BUSY]


def test_one_reply_that_answers_makes_up_for_another_that_was_rejected(read: Read, text: Text) -> None:
    rejected, answered = (read_interchange(text([line])).people[0] for line in ("AAA*N**42*C", "EB*1**30"))

    assert read(people=[rejected, answered]).coverage.status == "active"
