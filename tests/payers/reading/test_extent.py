"""How much of a reply is read: what is too long to be read to its end neither grants nor refuses."""

from collections.abc import Callable, Sequence

import pytest

from contracts import Answer, CoverageStatus, FindingCode, OpenQuestionCode, Verdict
from payers.reading.evidence import MOST_FINDINGS
from payers.reading.extent import LONGEST_LINE, LONGEST_WORDS, MOST_BELOW, MOST_TYPES

Read = Callable[..., Answer]

PLAN = "EB*1**30"
GRANTS = ("EB*1**MH*********Y", "MSG*INTENSIVE OUTPATIENT IS COVERED")
REFUSES = ("EB*I**MH*********Y", "MSG*INTENSIVE OUTPATIENT IS NOT COVERED")
CERTAIN = {Verdict.COVERED, Verdict.LIKELY, Verdict.NOT_COVERED}

LONG = {
    "words": ["MSG*" + "SEE YOUR HANDBOOK " * 14] * (LONGEST_LINE // 252 + 1),
    "places": [f"III*ZZ*{number % 99:02d}" for number in range(MOST_BELOW + 1)],
    "dates": ["DTP*291*D8*20260101"] * (MOST_BELOW + 1),
}


def verdicts(answer: Answer) -> set[Verdict]:
    return {terms.verdict for row in answer.programs for terms in (row.in_network, row.out_of_network)}


@pytest.mark.parametrize("long", LONG)
@pytest.mark.parametrize("said", [GRANTS, REFUSES])
@pytest.mark.parametrize("beside", [(), GRANTS, REFUSES, ("EB*1**MH",), ("EB*I**MH",)])
def test_beside_a_line_too_long_to_be_read_nothing_is_certain(
    read: Read, long: str, said: Sequence[str], beside: Sequence[str]
) -> None:
    answer = read(PLAN, *beside, *said, *LONG[long])

    assert verdicts(answer) & CERTAIN == set()
    assert answer.coverage.status is CoverageStatus.UNCLEAR
    assert (FindingCode.TRUNCATED, 16 + len(beside)) in {(one.code, one.segment) for one in answer.findings}
    assert OpenQuestionCode.COVERAGE_UNCLEAR in {question.code for question in answer.open_questions}


@pytest.mark.parametrize("information", ["1", "6"])
def test_a_status_too_long_to_be_read_is_unclear(read: Read, information: str) -> None:
    answer = read(f"EB*{information}**30", *LONG["words"], *GRANTS)

    assert answer.coverage.status is CoverageStatus.UNCLEAR
    assert verdicts(answer) & CERTAIN == set()


def test_a_figure_too_long_to_be_read_prices_nothing(read: Read) -> None:
    answer = read(PLAN, "EB*C*IND*30***23*500*****Y", *LONG["words"])

    assert answer.accumulators.in_network.individual.deductible.total is None


def test_more_service_types_than_there_are_make_a_line_too_long(read: Read) -> None:
    answer = read(PLAN, f"EB*1**{'^'.join(['MH'] * (MOST_TYPES + 1))}")

    assert verdicts(answer) & CERTAIN == set()


def test_a_line_as_long_as_the_guide_allows_is_read(read: Read) -> None:
    types = "^".join(["MH", *(f"{number:02d}" for number in range(1, 99))])
    below = ["III*ZZ*22"] * 10 + ["DTP*291*D8*20260101"] * 20 + ["REF*18*PLAN"] * 9 + ["HSD*VS*1"] * 9
    words = [f"MSG*{'SEE YOUR HANDBOOK ' * 14}"[:268]] * 9

    answer = read(PLAN, f"EB*1**{types}*********Y", *below, *words, "MSG*INTENSIVE OUTPATIENT IS COVERED")

    assert answer.programs[0].in_network.verdict is Verdict.COVERED
    assert FindingCode.TRUNCATED not in {one.code for one in answer.findings}


def test_beside_more_words_than_are_read_nothing_is_certain(read: Read) -> None:
    words = "SEE YOUR HANDBOOK " * 14
    many = ["EB*D**98", *[f"MSG*{words}"] * 20] * (LONGEST_WORDS // (20 * len(words)) + 1)

    answer = read(PLAN, *GRANTS, *many)

    assert verdicts(answer) & CERTAIN == set()
    assert FindingCode.TRUNCATED in {one.code for one in answer.findings}


def test_findings_beyond_their_number_are_one_finding(read: Read) -> None:
    answer = read(PLAN, *(f"EB*Z{number % 9}**MH" for number in range(MOST_FINDINGS + 50)))

    assert len(answer.findings) <= MOST_FINDINGS + 1
    assert answer.findings[-1].code is FindingCode.TRUNCATED
