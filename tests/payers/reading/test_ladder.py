"""What the ladder promises: the first rung that speaks decides, and nothing but the payer's word says covered."""

from collections.abc import Callable

import pytest

from contracts import Answer, Condition, Delivery, Program, Side
from payers.x12 import read_interchange

Read = Callable[..., Answer]
Four = tuple[str, str, str, str]

ACTIVE = "EB*1**30*PR*OPEN CHOICE"


def verdicts(answer: Answer, side: Side = Side.IN_NETWORK) -> Four:
    """``verdict rule grade`` of the four rows, on one side."""
    four = [row.on(side) for row in answer.programs]
    one, two, three, four_ = (f"{terms.verdict} {terms.rule} {terms.grade}" for terms in four)
    return one, two, three, four_


SILENT = "not_stated silent D"
PHRASED = "covered phrase A"
OUTPATIENT = "likely outpatient C"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["EB*1***********Y*HC:S9480"], ("covered procedure A", SILENT, SILENT, SILENT), id="S9480"),
        pytest.param(["EB*1***********Y*HC:H0015"], (SILENT, "covered procedure A", SILENT, SILENT), id="H0015"),
        pytest.param(["EB*1***********Y*HC:H2036"], (SILENT, SILENT, SILENT, "covered procedure A"), id="H2036"),
        pytest.param(
            ["EB*1***********Y*HC:H0035"],
            (SILENT, SILENT, "covered procedure A", "covered procedure A"),
            id="H0035 is of both conditions",
        ),
        pytest.param(
            ["EB*1**MH*********Y*HC:H0035"], (SILENT, SILENT, "covered procedure A", SILENT), id="the type narrows it"
        ),
        pytest.param(["EB*1**AI*********Y*HC:S9480"], (SILENT,) * 4, id="a procedure against its type speaks for none"),
        pytest.param(
            ["EB*1**MH*********Y", "MSG*INTENSIVE OUT-PATIENT"], (PHRASED, SILENT, SILENT, SILENT), id="a phrase"
        ),
        pytest.param(["EB*1**MH**IOP BENEFIT"], (PHRASED, SILENT, SILENT, SILENT), id="plan text names it"),
        pytest.param(["EB*1**98", "MSG*PHP"], (SILENT,) * 4, id="an abbreviation alone is a plan's name"),
        pytest.param(
            ["EB*1**98", "MSG*PSYCHIATRIC PHP"],
            (SILENT, SILENT, PHRASED, SILENT),
            id="an abbreviation beside a behavioral word",
        ),
        pytest.param(["EB*D**MH", "MSG*PARTIAL HOSPITALIZATION"], (SILENT, SILENT, PHRASED, SILENT), id="D by phrase"),
        pytest.param(["EB*D**MH", "MSG*SEE THE BOOKLET"], (SILENT,) * 4, id="D without a name"),
        pytest.param(["EB*1**MH", "MSG*CALL 800-555-0905"], (OUTPATIENT, SILENT, OUTPATIENT, SILENT), id="a phone"),
        pytest.param(["EB*1**MH", "MSG*REVENUE CODE 0905"], (PHRASED, SILENT, SILENT, SILENT), id="a revenue code"),
        pytest.param(["EB*1**BB"], (SILENT, SILENT, "covered service_type A", SILENT), id="BB is PHP's alone"),
        pytest.param(
            ["EB*1**MH", "III*ZZ*52"], (SILENT, SILENT, "covered place A", SILENT), id="place 52 names PHP alone"
        ),
        pytest.param(["EB*1**CH"], ("likely place B", SILENT, "likely place B", SILENT), id="facility outpatient"),
        pytest.param(["EB*1**CJ"], (SILENT, "likely place B", SILENT, "likely place B"), id="CJ"),
        pytest.param(["EB*1**BC"], (SILENT, SILENT, "likely place B", SILENT), id="day care is PHP's"),
        pytest.param(
            ["EB*1**AI", "III*ZZ*57"], (SILENT, "likely place B", SILENT, "likely place B"), id="AI at place 57"
        ),
        pytest.param(["EB*1**MH^AI"], (OUTPATIENT,) * 4, id="general types"),
        pytest.param(["EB*1**A6"], (SILENT,) * 4, id="psychotherapy is no program"),
        pytest.param(["EB*1**MH", "III*ZZ*11"], (SILENT,) * 4, id="an office"),
        pytest.param(["EB*1**MH", "MSG*OFFICE VISIT"], (SILENT,) * 4, id="an office in words"),
        pytest.param(
            ["EB*1**MH", "MSG*OTHER THAN OFFICE VISIT"],
            (OUTPATIENT, SILENT, OUTPATIENT, SILENT),
            id="other than an office",
        ),
        pytest.param(["EB*1**A7^CG"], (SILENT,) * 4, id="inpatient types alone"),
        pytest.param(["EB*1**A7^A8"], (OUTPATIENT, SILENT, OUTPATIENT, SILENT), id="struck beside another"),
        pytest.param(
            ["EB*1**MH", "III*ZZ*11", "III*ZZ*22"],
            ("likely place B", SILENT, "likely place B", SILENT),
            id="several places speak for each",
        ),
        pytest.param(
            ["EB*I**MH"], ("not_covered outpatient C", SILENT, "not_covered outpatient C", SILENT), id="closed"
        ),
        pytest.param(
            ["EB*6**MH"], ("not_covered outpatient C", SILENT, "not_covered outpatient C", SILENT), id="6 on its type"
        ),
        pytest.param(
            ["EB*E**MH"], ("not_stated outpatient D", SILENT, "not_stated outpatient D", SILENT), id="E stops"
        ),
        pytest.param(["EB*V**MH", "EB*J**MH****9"], (SILENT,) * 4, id="codes that never speak"),
        pytest.param(
            ["EB*1**MH", "MSG*NOT COVERED: INTENSIVE OUTPATIENT"],
            ("not_covered phrase A", SILENT, OUTPATIENT, SILENT),
            id="a denied name closes, and the line speaks for the other",
        ),
        pytest.param(
            ["EB*1**MH", "MSG*COVERED EXCEPT PARTIAL HOSPITALIZATION"],
            (OUTPATIENT, SILENT, SILENT, SILENT),
            id="an excepted name is silent",
        ),
        pytest.param(
            ["EB*1**MH", "MSG*DAY TREATMENT IS COVERED; INTENSIVE OUTPATIENT IS EXCLUDED"],
            ("not_covered phrase A", SILENT, PHRASED, SILENT),
            id="clauses end at a semicolon",
        ),
    ],
)
def test_the_first_rung_that_speaks_decides(read: Read, lines: list[str], expected: Four) -> None:
    assert verdicts(read(ACTIVE, *lines)) == expected


def test_marks_of_the_network_tell_the_sides(read: Read) -> None:
    answer = read(ACTIVE, "EB*1**MH*********Y", "EB*I**MH*********N")

    assert verdicts(answer)[0] == OUTPATIENT
    assert verdicts(answer, Side.OUT_OF_NETWORK)[0] == "not_covered outpatient C"


def test_an_unmarked_line_is_for_both_sides_only_where_no_marked_one_speaks(read: Read) -> None:
    alone = read(ACTIVE, "EB*1**MH")
    beside = read(ACTIVE, "EB*1**MH", "EB*A*IND*MH*****.2****Y")

    assert verdicts(alone, Side.OUT_OF_NETWORK)[0] == OUTPATIENT
    assert verdicts(beside, Side.OUT_OF_NETWORK)[0] == SILENT


def test_a_contradiction_is_not_stated_and_stops_the_ladder(read: Read) -> None:
    answer = read(ACTIVE, "EB*1**BB*********Y", "EB*I**BB*********Y", "EB*1**MH*********Y")

    assert verdicts(answer)[2] == "not_stated service_type D"
    assert "contradiction" in {finding.code for finding in answer.findings}


@pytest.mark.parametrize(
    ("narrow", "question"), [("III*ZZ*22", "closed_at_place"), ("MSG*MARRIAGE COUNSELING", "iop_covered")]
)
def test_a_narrower_closing_decides_nothing_and_is_asked_about(read: Read, narrow: str, question: str) -> None:
    answer = read(ACTIVE, "EB*1**MH*********Y", "EB*I**MH*********Y", narrow)  # [K1], [S5]

    assert verdicts(answer)[0] == OUTPATIENT
    assert question in {one.code for one in answer.open_questions}


def test_a_closing_at_a_place_decides_when_nothing_speaks(read: Read) -> None:
    assert verdicts(read(ACTIVE, "EB*I**AI*********Y", "III*ZZ*57"))[1] == "not_covered place B"


def test_an_unclear_plan_makes_everything_less_certain(read: Read) -> None:
    answer = read(ACTIVE, "EB*6**30", "EB*1**BB*********Y", "EB*I**AI*********Y")

    assert answer.coverage.status == "unclear"
    assert verdicts(answer)[2] == "likely service_type C"
    assert verdicts(answer)[1] == "not_stated outpatient D"
    assert "coverage_unclear" in {question.code for question in answer.open_questions}


def test_an_inactive_plan_closes_every_row_with_its_evidence(read: Read) -> None:
    answer = read("EB*6**30")

    assert verdicts(answer) == ("not_covered plan_inactive A",) * 4
    assert answer.programs[0].in_network.evidence == answer.coverage.evidence


@pytest.mark.parametrize(("asked", "rung"), [((), "place B"), (("MH",), "place B"), (("BB",), "outpatient C")])
def test_base_codes_only_are_never_more_than_outpatient(
    read: Read, text: Callable[..., bytes], asked: tuple[str, ...], rung: str
) -> None:
    people = [person._replace(asked=asked) for person in read_interchange(text([ACTIVE, *BASE])).people]

    assert verdicts(read(people=people))[0] == f"likely {rung}"


BASE = ("EB*1**1^33^MH", "III*ZZ*22")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["EB*1**MH", "MSG*TELEHEALTH INTENSIVE OUTPATIENT"], "covered"),
        (["EB*I**MH", "MSG*TELEHEALTH INTENSIVE OUTPATIENT"], "not_covered"),
        (["EB*1**MH", "MSG*INTENSIVE OUTPATIENT", "III*ZZ*02"], "covered"),
        (["EB*1**MH", "MSG*TELEHEALTH"], "not_stated"),
    ],
)
def test_virtual_is_read_only_from_lines_that_name_the_program(read: Read, lines: list[str], expected: str) -> None:
    answer = read(ACTIVE, "EB*1**MH*********W", *lines, delivery=Delivery.VIRTUAL)

    assert answer.terms(Program.IOP, Condition.MENTAL_HEALTH, Side.IN_NETWORK).virtual == expected
    assert verdicts(answer)[0] == OUTPATIENT


def test_every_claim_points_at_the_line_it_rests_on(read: Read, text: Callable[..., bytes]) -> None:
    lines = [ACTIVE, "EB*1**BB*********Y", "EB*A*IND*BB*****.2****Y", "EB*C*IND*30***23*1500*****Y"]
    answer = read(*lines)

    segments = text(lines).decode().split("~")

    assert answer.evidence
    for evidence in answer.evidence:
        assert evidence.segment is not None
        assert segments[evidence.segment - 1] == evidence.text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("CALL (912) 555-0100", OUTPATIENT),
        ("CALL 800 555 0912", OUTPATIENT),
        ("REV CODE 912", PHRASED),
        ("OTHER THAN OFFICE OR TELEHEALTH VISITS", OUTPATIENT),
        ("NON-RESIDENTIAL", OUTPATIENT),
    ],
)
def test_numbers_and_settings_are_read_in_their_place(read: Read, words: str, expected: str) -> None:
    assert verdicts(read(ACTIVE, "EB*1**MH", f"MSG*{words}"))[2] == expected


def test_a_products_name_is_no_programs_name(read: Read) -> None:
    rows = verdicts(read("EB*1**30^MH*HM*PHP GOLD", "EB*A*IND*MH**PHP GOLD***.2****Y"))

    assert rows == (OUTPATIENT, SILENT, OUTPATIENT, SILENT)
