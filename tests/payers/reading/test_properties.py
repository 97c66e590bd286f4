"""What holds for every reply: any bytes give an answer or no reply, order changes nothing, silence refuses nothing."""

import json
import re
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings, strategies as st

from contracts import Answer, NoReplyAtAll, Program
from payers.routes.stored import read_stored
from payers.x12 import read_interchange

Read = Callable[..., Answer]

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

INFORMATION = st.sampled_from("1 5 6 7 8 A B C CB D E F G H I J O P R U V ZZ".split())
TYPES = st.sampled_from([*"30 MH A8 AI BB BC CF CH CJ 98 35 A7 A7^A8 MH^AI 30^MH".split(), ""])
MESSAGES = st.sampled_from(
    [
        *("", "INTENSIVE OUTPATIENT", "PARTIAL HOSPITALIZATION IS NOT COVERED", "OFFICE VISIT", "TIER 1", "TIER 2"),
        *("TELEHEALTH IOP", "DAY TREATMENT BUT NOT COVERED: IOP", "EXCEPT PHP", "NO PRECERT REQUIRED", "TERMINATED"),
        *("MARRIAGE COUNSELING", "WHICHEVER IS GREATER", "RESIDENTIAL", "SUD PHP"),
    ]
)
PLACES = st.sampled_from(["", "", "11", "22", "52", "57", "02"])
PROCEDURES = st.sampled_from(["", "", "", "*HC:S9480", "*HC:H0035", "*HC:H0015"])
DATES = st.sampled_from(["", "", "DTP*291*RD8*20250101-20251231", "DTP*291*RD8*20260101-20261231", "DTP*347*D8*X"])
ENTITIES = st.sampled_from(["", "", "NM1*VN*2*CARELON", "NM1*PR*2*EXAMPLE PAYER", "NM1*PRP*2*FIRST"])


@st.composite
def benefit(draw: st.DrawFn) -> tuple[str, ...]:
    """One EB with what stands below it, as a payer might send it."""
    information, types = draw(INFORMATION), draw(TYPES)
    level, period = draw(st.sampled_from(["IND", "FAM", ""])), draw(st.sampled_from(["", "7", "23", "24", "27", "29"]))
    amount, share = draw(st.sampled_from(["", "0", "40", "1500"])), draw(st.sampled_from(["", ".2", "20"]))
    quantity = draw(st.sampled_from(["*", "DY*30", "VS*9"]))
    needed, network = draw(st.sampled_from(["", "Y", "N"])), draw(st.sampled_from(["", "Y", "N", "W", "U"]))
    message, place, dates, entity = draw(MESSAGES), draw(PLACES), draw(DATES), draw(ENTITIES)
    line = f"EB*{information}*{level}*{types}***{period}*{amount}*{share}*{quantity}*{needed}*{network}"
    below = [f"MSG*{message}" if message else "", f"III*ZZ*{place}" if place else "", dates]
    below += ["LS*2120", entity, "LE*2120"] if entity else []
    return (line + draw(PROCEDURES), *[segment for segment in below if segment])


_OF_ORDER = frozenset({"evidence", "segment", "id", "administered_by", "text"})
"""What may differ with the order of lines: where they stood, and which of several names comes first."""


def essence(answer: Answer) -> object:
    """Verdicts and figures, without the numbers of segments."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(part) for key, part in value.items() if key not in _OF_ORDER}
        return sorted((plain(part) for part in value), key=repr) if isinstance(value, list) else value

    whole = answer.model_dump(mode="json", include={"programs", "accumulators"})
    return plain(whole), answer.coverage.status


def is_plan(line: tuple[str, ...]) -> bool:
    """Whether a line says the status of a whole plan."""
    _, information, _, types, *_ = line[0].split("*")
    return information in "12345678" and types in {"", "30", "30^MH"}


@given(st.lists(benefit(), max_size=8), st.randoms(use_true_random=False))
@QUIET
def test_the_order_of_lines_changes_no_verdict_and_no_figure(
    read: Read, lines: list[tuple[str, ...]], dice: object
) -> None:
    # Which plan a line belongs to follows the order where plans stand apart in time ([C6]).
    lines = [tuple(one for one in line if not one.startswith("DTP")) if is_plan(line) else line for line in lines]
    shuffled = list(lines)
    dice.shuffle(shuffled)  # type: ignore[attr-defined] - Hypothesis gives a random.Random

    one = read("EB*1**30", *[segment for line in lines for segment in line])
    other = read("EB*1**30", *[segment for line in shuffled for segment in line])

    assert essence(one) == essence(other)


@st.composite
def meeting(draw: st.DrawFn) -> tuple[str, ...]:
    """A line that meets others like it on one rung and side: they agree, differ, or contradict each other."""
    information, amount = draw(st.sampled_from("1IABCF")), draw(st.sampled_from(["20", "40"]))
    level, period = draw(st.sampled_from(["IND", "FAM"])), draw(st.sampled_from(["27", "23"]))
    line = f"EB*{information}*{level}*MH***{period}*{amount}*.{amount}*DY*{amount}**Y"
    if information in "1I":
        line = f"EB*{information}**MH*********Y"
    elif information in "ABC":
        line = f"EB*{information}*{level}*MH***{period}*{amount}*.{amount}****Y"
    message = draw(st.sampled_from(["", "", "INTENSIVE OUTPATIENT", "TIER 1", "INTENSIVE OUTPATIENT IS NOT COVERED"]))
    return (line, *([f"MSG*{message}"] if message else []))


@given(st.lists(meeting(), min_size=2, max_size=6), st.randoms(use_true_random=False))
@QUIET
def test_the_order_of_lines_on_one_rung_changes_no_verdict_and_no_figure(
    read: Read, lines: list[tuple[str, ...]], dice: object
) -> None:
    shuffled = list(lines)
    dice.shuffle(shuffled)  # type: ignore[attr-defined] - Hypothesis gives a random.Random

    one = read("EB*1**30", *[segment for line in lines for segment in line])
    other = read("EB*1**30", *[segment for line in shuffled for segment in line])

    assert essence(one) == essence(other)


NAMES = {
    Program.IOP: re.compile(r"S9480|H0015|INTENSIVE OUTPATIENT|IOP"),
    Program.PHP: re.compile(r"H0035|PARTIAL HOSP|DAY TREATMENT|PHP|ZZ\*52|\*[A-Z0-9^]*BB"),
}
CLOSES = re.compile(r"^EB\*[I6]\*|NOT COVERED|^EB\*F\*\w*\*[^*]*\*\*\*\w*\*0\*")
SPEAKS = re.compile(r"^EB\*(?:[1-5A-DFGH]|CB)\*")


@given(st.lists(benefit(), max_size=8))
@QUIET
def test_covered_needs_a_line_that_names_the_program_and_not_covered_one_that_closes(
    read: Read, lines: list[tuple[str, ...]]
) -> None:
    answer = read("EB*1**30", *[segment for line in lines for segment in line])

    joined = ["~".join(line) for line in lines]
    for row in answer.programs:
        for terms in (row.in_network, row.out_of_network):
            if terms.verdict == "covered":
                assert any(SPEAKS.search(line) and NAMES[row.program].search(line) for line in joined)
            if terms.verdict == "not_covered":
                assert any(CLOSES.search(line) for line in joined)


@given(st.lists(benefit(), max_size=8))
@QUIET
def test_covered_is_of_grade_a_and_every_granted_row_has_evidence(read: Read, lines: list[tuple[str, ...]]) -> None:
    answer = read(*[segment for line in lines for segment in line])

    known = {evidence.id for evidence in answer.evidence}
    for row in answer.programs:
        for terms in (row.in_network, row.out_of_network):
            assert set(terms.evidence) <= known
            assert (terms.verdict != "covered") or terms.grade == "A"
            assert terms.verdict not in {"covered", "likely", "not_covered"} or terms.evidence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["1", "MH", "30"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "benefitsInformation code serviceTypeCodes benefitAmount benefitPercent subscriber plans errors "
                "planStatus payer dependents coverages networks items benefits status statusCode".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(JSON)
@QUIET
def test_any_json_gives_an_answer_or_no_reply(read: Read, value: object) -> None:
    for given_ in (value, {"benefitsInformation": value}, {"benefitsInformation": [value], "subscriber": value}):
        try:
            people = read_stored(json.dumps(given_).encode())
        except NoReplyAtAll:
            continue
        for person in people:
            assert json.loads(read(people=[person]).model_dump_json())["programs"]


@given(st.binary(max_size=400))
@QUIET
def test_any_bytes_give_an_answer_or_no_reply(read: Read, raw: bytes) -> None:
    for given_ in (raw, b"ISA*00*          *00*          *ZZ*A*ZZ*B*261123*1015*^*00501*000000301*0*P*:~" + raw):
        try:
            people = read_interchange(given_).people
        except NoReplyAtAll:
            continue
        for person in people:
            assert read(people=[person]).programs


SEGMENT = st.tuples(
    st.sampled_from(["", "EB*", "MSG*", "III*", "DTP*", "NM1*"]),
    st.text(alphabet="*~:^EBMSGI1ZNM0923AISTL\n ", max_size=60),
).map("".join)


@given(st.lists(SEGMENT, max_size=8).map("~".join))
@QUIET
def test_any_segments_give_an_answer(read: Read, text: Callable[..., bytes], body: str) -> None:
    for person in read_interchange(text(body.split("~"))).people:
        assert len(read(people=[person]).programs) == 4
