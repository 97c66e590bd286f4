"""What a visitor reads: no adverse word, no figure, and nothing by which one bad end is told from another."""

import re
from collections.abc import Iterator

import pytest

from contracts import Answer, CoverageStatus, MemberMatch, State, Verdict
from service.guidance import visitor
from service.guidance.visitor import VisitorAnswer, VisitorWord, visitor_answer_of
from tests.readability import english_grade, spanish_ease
from tests.summaries import every_answer

ADVERSE = re.compile(
    r"inactive|not active|not covered|denied|refus|reject|terminat|ended|wrong|invalid|not find|excluded|exhausted"
    r"|inactivo|no está activo|no está cubierto|rechaz|termin|incorrect|no encontr|exclu|agotad|negad",
    re.IGNORECASE,
)
GOOD, TALK, UNCONFIRMED = VisitorWord


def exact() -> Iterator[tuple[str, Answer]]:
    for name, one in every_answer().items():
        yield name, one.model_copy(update={"member_match": MemberMatch.EXACT})


def words(found: VisitorAnswer) -> set[VisitorWord]:
    return {one.word for one in found.programs}


def texts(found: VisitorAnswer) -> str:
    return " ".join((*found.summary, *found.next_step, *(text for one in found.programs for text in (one.en, one.es))))


def adverse(found: VisitorAnswer) -> list[str]:
    return [*ADVERSE.findall(texts(found)), *re.findall(r"[$%\d]", texts(found))]


def test_no_adverse_word_and_no_figure_reaches_a_visitor() -> None:
    seen = {word for _, one in exact() for word in words(visitor_answer_of(one))}

    assert {name: adverse(visitor_answer_of(one)) for name, one in exact() if adverse(visitor_answer_of(one))} == {}
    assert seen == set(VisitorWord)


def test_an_adverse_word_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(visitor.SENTENCE, UNCONFIRMED, visitor.Both("It is not covered.", "No está cubierto."))

    assert any(adverse(visitor_answer_of(one)) for _, one in exact())


@pytest.mark.parametrize("match", [None, *MemberMatch])
def test_a_friendly_word_needs_a_member_who_matched_exactly(match: MemberMatch | None) -> None:
    for one in every_answer().values():
        found = visitor_answer_of(one.model_copy(update={"member_match": match, "state": State.FINAL}))
        assert match is MemberMatch.EXACT or words(found) == {UNCONFIRMED}


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("status", CoverageStatus)
def test_each_verdict_reads_as_the_answer_says(status: CoverageStatus, verdict: Verdict) -> None:
    some = next(iter(every_answer().values()))
    rows = tuple(
        row.model_copy(update={"in_network": row.in_network.model_copy(update={"verdict": verdict})})
        for row in some.programs
    )
    plan = some.coverage.model_copy(update={"status": status})
    given = some.model_copy(update={"programs": rows, "coverage": plan, "member_match": MemberMatch.EXACT})

    expected = {Verdict.COVERED: GOOD, Verdict.LIKELY: GOOD, Verdict.NOT_STATED: TALK, Verdict.DELEGATED: TALK}
    word = expected.get(verdict, UNCONFIRMED) if status is CoverageStatus.ACTIVE else UNCONFIRMED
    word = TALK if status is CoverageStatus.UNCLEAR else word
    assert words(visitor_answer_of(given)) == {word}


def test_nothing_tells_one_bad_end_from_another() -> None:
    bad = (CoverageStatus.INACTIVE, CoverageStatus.NOT_FOUND, CoverageStatus.COULD_NOT_CHECK)
    ends = {
        visitor_answer_of(one.model_copy(update={"state": State.FINAL})).model_dump_json()
        for _, one in exact()
        if one.coverage.status in bad
    }

    assert len(ends) == 1


def test_what_a_visitor_reads_is_of_the_eighth_grade_or_lower() -> None:
    for name, one in exact():
        found = visitor_answer_of(one)
        assert english_grade(f"{found.summary.en} {found.next_step.en}") <= 8, name
        assert spanish_ease(f"{found.summary.es} {found.next_step.es}") >= 60, name


def test_while_the_payer_is_asked_nothing_is_said_of_the_plan() -> None:
    for _, one in exact():
        if one.state is State.PENDING:
            assert visitor_answer_of(one).programs == ()
