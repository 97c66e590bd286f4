"""What the call sheet promises: each thing that is open is asked once, and one step comes first."""

from collections.abc import Callable

import pytest

from contracts import Answer, Delivery

Read = Callable[..., Answer]

ACTIVE = "EB*1**30*PR*OPEN CHOICE"
COMPLETE = [
    *("EB*1**MH^AI********N*Y", "EB*1**BB********N*Y", "EB*A*IND*MH^AI^BB*****.2***N*Y"),
    *("MSG*INTENSIVE OUTPATIENT AND PARTIAL HOSPITALIZATION", "EB*F*IND*MH^AI***23***VS*30**Y"),
    "MSG*INTENSIVE OUTPATIENT AND PARTIAL HOSPITALIZATION",
]


@pytest.mark.parametrize(
    ("lines", "code", "phone"),
    [
        (["EB*6**30"], "call_payer", "8005550199"),
        (["AAA*N**72*C"], "correct_details", "8005550199"),
        (["AAA*N**33*C"], "contact_us", "8005550199"),
        (["AAA*N**42*C"], "call_payer", "8005550199"),
        (["AAA*N**35*C"], "call_payer", "8005550199"),
        ([ACTIVE, "EB*1**MH*********Y"], "call_payer", "8005550199"),
        ([ACTIVE, "EB*U**MH", "NM1*VN*2*CARELON", "PER*IC**TE*8005550133"], "call_administrator", "8005550133"),
        ([ACTIVE, "EB*U**MH", "NM1*VN*2*CARELON"], "call_administrator", "8005550199"),
    ],
)
def test_one_step_comes_first_with_the_number_to_call(read: Read, lines: list[str], code: str, phone: str) -> None:
    step = read(*lines).next_step

    assert (step.code, step.phone) == (code, phone)


def test_the_company_to_call_is_the_one_that_runs_the_benefit(read: Read) -> None:
    arm = ["EB*1**MH", "NM1*VN*2*EXAMPLE BEHAVIORAL", "PER*IC**TE*8005550111"]

    step = read(ACTIVE, *arm, "EB*U**MH", "NM1*VN*2*CARELON", "PER*IC**TE*8005550133").next_step

    assert (step.phone, "CARELON" in step.text) == ("8005550133", True)


def test_only_the_members_own_fields_are_to_be_mended(read: Read) -> None:
    step = read("AAA*N**72*C", "AAA*N**62*C").next_step

    assert "member ID" in step.text
    assert "service date" not in step.text


def test_where_nothing_is_open_nothing_is_asked(read: Read) -> None:
    answer = read(ACTIVE, *COMPLETE)

    assert [row.in_network.verdict for row in answer.programs] == ["covered"] * 4
    assert (answer.open_questions, answer.next_step.code) == ((), "none")


def test_where_only_authorization_is_left_it_is_asked_for(read: Read) -> None:
    answer = read(ACTIVE, *[line.replace("*N*Y", "*Y*Y") for line in COMPLETE], "EB*R**30", "NM1*SEP*2*OTHER")

    assert {question.code.value for question in answer.open_questions} == {"other_coverage"}
    assert answer.next_step.code == "call_payer"
    assert "prior authorization" in answer.next_step.text


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (["EB*6**30"], set()),
        (["AAA*N**72*C"], set()),
        (["AAA*N**42*C"], {"call_payer"}),
        ([ACTIVE, *COMPLETE, "EB*R**30", "NM1*SEP*2*OTHER"], {"other_coverage"}),
        ([ACTIVE], {"iop_covered", "php_covered"}),
        (
            [ACTIVE, "EB*1**BB*********Y"],
            {"iop_covered", "php_covered", "php_authorization", "php_cost", "limits"},
        ),
        ([ACTIVE, "EB*U**30"], {"call_payer", "iop_covered", "php_covered"}),
    ],
)
def test_each_question_is_asked_by_its_code(read: Read, lines: list[str], codes: set[str]) -> None:
    assert {question.code.value for question in read(*lines).open_questions} == codes


def test_a_question_is_asked_once(read: Read) -> None:
    questions = read(ACTIVE, "EB*1**MH", "EB*I**MH", "III*ZZ*57").open_questions

    assert len(questions) == len(set(questions))


def test_telehealth_is_asked_about_when_it_is_wanted_and_not_stated(read: Read) -> None:
    for delivery, asked in ((Delivery.VIRTUAL, True), (Delivery.EITHER, False), (Delivery.IN_PERSON, False)):
        answer = read(ACTIVE, "EB*1**MH*********Y", delivery=delivery)
        assert ("virtual_delivery" in {question.code for question in answer.open_questions}) is asked
