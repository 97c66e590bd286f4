"""What holds for every reply: any bytes give an answer or no reply, order changes nothing, silence refuses nothing."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import Answer, NoReplyAtAll
from payers.x12 import read_interchange

Read = Callable[..., Answer]

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

INFORMATION = st.sampled_from(["1", "6", "8", "A", "B", "C", "D", "E", "F", "G", "I", "U", "V", "ZZ"])
TYPES = st.sampled_from(["30", "MH", "A8", "AI", "BB", "CH", "CJ", "98", "35", "A7^A8", "MH^AI", ""])
MESSAGES = st.sampled_from(
    ["", "INTENSIVE OUTPATIENT", "PARTIAL HOSPITALIZATION IS NOT COVERED", "OFFICE VISIT", "TIER 1", "TELEHEALTH IOP"]
)
PLACES = st.sampled_from(["", "11", "22", "52", "57", "02"])


@st.composite
def benefit(draw: st.DrawFn) -> tuple[str, ...]:
    """One EB with what stands below it, as a payer might send it."""
    information, types = draw(INFORMATION), draw(TYPES)
    level, period = draw(st.sampled_from(["IND", "FAM", ""])), draw(st.sampled_from(["", "7", "23", "27", "29"]))
    amount, share = draw(st.sampled_from(["", "0", "40", "1500"])), draw(st.sampled_from(["", ".2", "20"]))
    needed, network = draw(st.sampled_from(["", "Y", "N"])), draw(st.sampled_from(["", "Y", "N", "W"]))
    message, place = draw(MESSAGES), draw(PLACES)
    line = f"EB*{information}*{level}*{types}***{period}*{amount}*{share}***{needed}*{network}"
    return (line, *([f"MSG*{message}"] if message else []), *([f"III*ZZ*{place}"] if place else []))


def essence(answer: Answer) -> object:
    """Verdicts and figures, without the numbers of segments."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(part) for key, part in value.items() if key not in {"evidence", "segment", "id"}}
        return sorted((plain(part) for part in value), key=repr) if isinstance(value, list) else value

    whole = answer.model_dump(mode="json", include={"programs", "accumulators"})
    return plain(whole), answer.coverage.status


@given(st.lists(benefit(), max_size=8), st.randoms(use_true_random=False))
@QUIET
def test_the_order_of_lines_changes_no_verdict_and_no_figure(
    read: Read, lines: list[tuple[str, ...]], dice: object
) -> None:
    shuffled = list(lines)
    dice.shuffle(shuffled)  # type: ignore[attr-defined] - Hypothesis gives a random.Random

    one = read("EB*1**30", *[segment for line in lines for segment in line])
    other = read("EB*1**30", *[segment for line in shuffled for segment in line])

    assert essence(one) == essence(other)


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


@given(st.text(alphabet="*~:^EBMSGI1ZNM0923AISTL\n ", max_size=300))
@QUIET
def test_any_segments_give_an_answer(read: Read, text: Callable[..., bytes], body: str) -> None:
    for person in read_interchange(text(body.split("~"))).people:
        assert len(read(people=[person]).programs) == 4
