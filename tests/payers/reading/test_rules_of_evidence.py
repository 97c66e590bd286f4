"""Every verdict, figure, status and date of every small reply points at the segment it was read from. Source: [F15]."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import pytest

from contracts import Accumulator, Answer, Terms, Verdict
from payers.reading.numbers import amount
from tests.payers.conftest import HEAD
from tests.payers.reading.tables import FOLDER, Case, cases_of
from tests.payers.reading.test_tables import answer_of

TABLES = sorted(one.stem for one in FOLDER.glob("*.txt"))
Unfounded = Iterator[str]


def texts(answer: Answer, marks: tuple[str, ...]) -> list[str]:
    """The segments behind ``marks``; a mark that resolves to nothing gives none."""
    found = {one.id: one.text or "" for one in answer.evidence}
    return [found[mark] for mark in marks if mark in found]


def has_element(segments: list[str], kind: str, place: int, value: Decimal) -> bool:
    """Whether an EB of ``kind`` has ``value``, or a whole percent of it, in the element of that place."""
    elements = [one.split("*") for one in segments if one.startswith(f"EB*{kind}*")]
    numbers = {amount(one[place]) for one in elements if len(one) > place}
    return bool(numbers & {value, value * 100})


def unfounded_terms(answer: Answer, terms: Terms) -> Unfounded:
    behind = texts(answer, terms.evidence)
    if terms.verdict in {Verdict.COVERED, Verdict.LIKELY, Verdict.NOT_COVERED, Verdict.DELEGATED} and not behind:
        yield f"{terms.verdict}: nothing"
    if terms.copay is not None and not has_element(behind, "B", 7, terms.copay.amount):
        yield f"copay {terms.copay.amount}: {behind}"
    if terms.coinsurance is not None and not has_element(behind, "A", 8, terms.coinsurance):
        yield f"coinsurance {terms.coinsurance}: {behind}"
    if terms.deductible_applies is not None and not any(one.startswith(("EB*C*", "MSG*")) for one in behind):
        yield f"deductible: {behind}"
    for limit in terms.limits:
        if not texts(answer, limit.evidence):
            yield f"limit {limit}"
    for one in terms.alternatives:
        place = {"copay": ("B", 7), "coinsurance": ("A", 8), "deductible": ("C", 7)}[one.figure]
        if not has_element(texts(answer, one.evidence), *place, one.value):
            yield f"alternative {one.value}: {texts(answer, one.evidence)}"


def unfounded_coverage(answer: Answer) -> Unfounded:
    coverage = answer.coverage
    behind = texts(answer, coverage.evidence)
    if coverage.status != "could_not_check" and not behind:
        yield f"status {coverage.status}"
    for on in (coverage.begins_on, coverage.ends_on):
        if on is not None and not any(writes(one, on) for one in behind):
            yield f"date {on}: {behind}"
    for payer in coverage.other_payers:
        if not any(payer.name in one for one in texts(answer, payer.evidence)):
            yield f"other payer {payer.name}"
    for company in answer.administrators:
        if not any(company.name in one for one in texts(answer, company.evidence)):
            yield f"administrator {company.name}: {texts(answer, company.evidence)}"


def writes(segment: str, on: date) -> bool:
    return f"{on:%Y%m%d}" in segment or f"{on:%m/%d/%Y}" in segment


def unfounded_figure(answer: Answer, figure: Accumulator, kind: str) -> Unfounded:
    behind = texts(answer, figure.evidence)
    stated = [one for one in (figure.total, figure.met, figure.remaining) if one is not None]
    # At most one of the three is reckoned from the other two.
    if sum(not has_element(behind, kind, 7, one) for one in stated) > (1 if len(stated) == len("tmr") else 0):
        yield f"{kind} {stated}: {behind}"


def unfounded(answer: Answer) -> list[str]:
    """What of ``answer`` rests on no segment that says it."""
    found = [*unfounded_coverage(answer)]
    for row in answer.programs:
        found += [*unfounded_terms(answer, row.in_network), *unfounded_terms(answer, row.out_of_network)]
    for side in (answer.accumulators.in_network, answer.accumulators.out_of_network):
        for level in (side.individual, side.family):
            found += [
                *unfounded_figure(answer, level.deductible, "C"),
                *unfounded_figure(answer, level.out_of_pocket, "G"),
            ]
    return found


def misplaced(answer: Answer, case: Case) -> list[str]:
    """Evidence whose text is not that of its segment."""
    segments = [*HEAD, *case.lines]
    return [
        f"{one.segment}: {one.text}"
        for one in answer.evidence
        if one.segment is not None and one.segment > len(HEAD) and segments[one.segment - 1] != one.text
    ]


@pytest.mark.parametrize("table", TABLES)
def test_whatever_an_answer_says_is_said_by_a_segment_of_its_reply(
    table: str, text: Callable[..., bytes], read: Callable[..., Answer]
) -> None:
    for case in cases_of(table):
        answer = answer_of(case, text, read)

        assert not unfounded(answer), case.name
        assert not misplaced(answer, case), case.name


def test_evidence_that_is_lost_or_misplaced_is_noticed(text: Callable[..., bytes], read: Callable[..., Answer]) -> None:
    case = next(one for one in cases_of("rules_of_figures") if "EB*B*IND*BB***6*12*****Y" in one.lines)
    answer = answer_of(case, text, read)
    lost = answer.model_copy(update={"evidence": ()})
    shifted = answer.evidence[-1].model_copy(update={"segment": len(HEAD) + 1, "text": "EB*1"})

    assert unfounded(lost)
    assert misplaced(answer.model_copy(update={"evidence": (shifted,)}), case)
