"""What evidence promises: every verdict, figure, status and date points at the segments that it was read from."""

from collections.abc import Callable

import pytest

from contracts import Answer, Condition, Program, Side, Terms
from payers.x12 import read_interchange

Read = Callable[..., Answer]
Text = Callable[..., bytes]

ACTIVE = "EB*1**30*PR*OPEN CHOICE"


def behind(answer: Answer, marks: tuple[str, ...]) -> set[str]:
    texts = {evidence.id: evidence.text or "" for evidence in answer.evidence}
    return {texts[mark] for mark in marks}


def php(answer: Answer, side: Side = Side.IN_NETWORK) -> Terms:
    return answer.terms(Program.PHP, Condition.MENTAL_HEALTH, side)


@pytest.mark.parametrize(
    ("lines", "needed"),
    [
        (["EB*1**MH", "MSG*OF NOTE", "MSG*PARTIAL HOSPITALIZATION"], {"EB*1**MH", "MSG*PARTIAL HOSPITALIZATION"}),
        (["EB*1**MH", "III*ZZ*52", "III*ZZ*11"], {"EB*1**MH", "III*ZZ*52"}),
        (["EB*1**MH", "III*ZZ*22"], {"EB*1**MH", "III*ZZ*22"}),
        (["EB*I**MH", "MSG*DAY TREATMENT"], {"EB*I**MH", "MSG*DAY TREATMENT"}),
        (["EB*1**BB", "MSG*PRIOR AUTHORIZATION REQUIRED"], {"EB*1**BB", "MSG*PRIOR AUTHORIZATION REQUIRED"}),
        (["EB*1**BB", "EB*A*IND*MH*****.2"], {"EB*1**BB", "EB*A*IND*MH*****.2"}),
        (["EB*1**BB", "EB*C*IND*BB***23*0"], {"EB*1**BB", "EB*C*IND*BB***23*0"}),
        (["EB*E**BB"], {"EB*E**BB"}),
        (["EB*1**BB", "EB*I**BB"], {"EB*1**BB", "EB*I**BB"}),
        (["EB*U**MH", "LS*2120", "NM1*VN*2*VENDOR", "LE*2120"], {"EB*U**MH", "NM1*VN*2*VENDOR"}),
    ],
)
def test_a_verdict_rests_on_its_line_and_on_what_below_it_decided(
    read: Read, lines: list[str], needed: set[str]
) -> None:
    answer = read(ACTIVE, *lines)

    assert needed == behind(answer, php(answer).evidence)


@pytest.mark.parametrize(
    ("lines", "status", "needed"),
    [
        (["EB*1**30"], "active", {"EB*1**30", "DTP*346*D8*20260101"}),
        (["EB*1**30", "EB*6**30"], "unclear", {"EB*1**30", "EB*6**30", "DTP*346*D8*20260101"}),
        (["EB*6**30", "EB*1**98"], "unclear", {"EB*6**30", "EB*1**98", "DTP*346*D8*20260101"}),
        (["EB*1**35", "EB*A**98*****.2"], "unclear", {"EB*1**35", "DTP*346*D8*20260101"}),
        (["EB*A**98*****.2"], "unclear", {"EB*A**98*****.2", "DTP*346*D8*20260101"}),
        (["EB*1**30", "MSG*TERMINATED"], "unclear", {"EB*1**30", "MSG*TERMINATED", "DTP*346*D8*20260101"}),
        (["AAA*N**72*C", "EB*1**30"], "unclear", {"AAA*N**72*C", "EB*1**30", "DTP*346*D8*20260101"}),
        (["AAA*N**72*C"], "not_found", {"AAA*N**72*C"}),
    ],
)
def test_a_status_rests_on_every_line_that_made_it(read: Read, lines: list[str], status: str, needed: set[str]) -> None:
    answer = read(*lines)

    assert answer.coverage.status == status
    assert behind(answer, answer.coverage.evidence) == needed


def test_every_figure_of_the_plan_rests_on_the_lines_that_give_it(read: Read) -> None:
    lines = ["EB*C*IND*30***23*1500*****Y", "EB*C*IND*30***29*900*****Y", "EB*G*FAM*30***24*10*****N"]

    sides = read(ACTIVE, *lines).accumulators
    answer = read(ACTIVE, *lines)

    assert behind(answer, sides.in_network.individual.deductible.evidence) == set(lines[:2])
    assert behind(answer, sides.out_of_network.family.out_of_pocket.evidence) == {lines[2]}


def test_delivery_by_telehealth_rests_on_its_own_line(read: Read) -> None:
    answer = read(ACTIVE, "EB*1**BB", "EB*I**MH", "MSG*TELEHEALTH PARTIAL HOSPITALIZATION")

    assert php(answer).virtual == "not_covered"
    assert "EB*I**MH" in behind(answer, php(answer).evidence)


def test_every_alternative_rests_on_the_line_that_gives_it(read: Read) -> None:
    answer = read(ACTIVE, "EB*B*IND*BB***7*40", "MSG*TIER 1", "EB*B*IND*BB***7*60", "MSG*TIER 2")

    assert [behind(answer, one.evidence) for one in php(answer).alternatives] == [
        {"EB*B*IND*BB***7*40"},
        {"EB*B*IND*BB***7*60"},
    ]
    assert [one.text for one in php(answer).alternatives] == ["TIER 1", "TIER 2"]


def test_the_evidence_of_several_replies_says_which_reply_it_stands_in(read: Read, text: Text) -> None:
    people = [read_interchange(text([ACTIVE, line])).people[0] for line in ("EB*1**BB", "EB*1**MH")]

    answer = read(people=people)

    assert {(evidence.answered_by, evidence.text) for evidence in answer.evidence} >= {(0, "EB*1**BB"), (1, "EB*1**MH")}


def test_the_summary_names_no_figure_that_the_answer_lacks(read: Read) -> None:
    answer = read(ACTIVE, "EB*1**MH*********Y", "EB*B*IND*98***27*25*****Y", "EB*A*IND*30*****.4****Y")

    assert not {"$", "%"} & set(answer.summary.en + answer.summary.es)
    assert "25" not in answer.summary.en


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["EB*B*IND*MH***7*40*****Y"], ("The copay is $40.00 per day.", "El copago es de $40.00 por día.")),
        (["EB*A*IND*MH*****.2****Y"], ("The patient pays 20% of the cost.", "El paciente paga el 20% del costo.")),
        (
            ["EB*1**MH********Y*Y"],
            (
                "The plan must approve it first (prior authorization).",
                "El plan debe aprobarlo antes (autorización previa).",
            ),
        ),
        (["EB*6**30"], ("not active on this date", "no está activo en esta fecha")),
        (
            ["AAA*N**72*C"],
            ("Check the member ID: copy it from the card", "Revise el número de asegurado: cópielo de la tarjeta"),
        ),
    ],
)
def test_the_summary_says_what_was_read_in_both_languages(read: Read, lines: list[str], words: tuple[str, str]) -> None:
    first = [] if lines[0].startswith(("EB*6", "AAA")) else [ACTIVE]
    summary = read(*first, *lines).summary

    assert words[0] in summary.en
    assert words[1] in summary.es


@pytest.mark.parametrize("element", range(1, 15))
def test_no_finding_but_of_a_message_holds_a_word_of_the_payers(element: int, read: Callable[..., Answer]) -> None:
    segment = ["EB", "1", "", "MH", "", "", "", "", "", "", "", "", "Y", "HC:H0035", "1"]
    segment[element] = "ZQCANARY WORDS"

    answer = read(
        "EB*1**30*PR*OPEN CHOICE",
        "*".join(segment),
        "REF*N6*ZQCANARY*ZQCANARY",
        "MSG*PHP ZQCANARY",
        "EB*1**A8",
        "III*ZZ*ZQ",
    )

    assert all("ZQCANARY" not in one.description for one in answer.evidence)
    worded = [one.code.value for one in answer.findings if "ZQCANARY" in one.detail]
    assert set(worded) <= {"message_not_understood"}
    assert "message_not_understood" in worded or element == 1


def test_a_procedure_in_words_is_not_shown_in_the_finding_of_its_mismatch(read: Callable[..., Answer]) -> None:
    answer = read("EB*1**30*PR*OPEN CHOICE", "EB*1**MH*********Y*HC:H0015 ZQCANARY:HF")

    assert all("ZQCANARY" not in one.detail for one in answer.findings)
