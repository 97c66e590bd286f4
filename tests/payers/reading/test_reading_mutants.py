"""The properties of reading bite: a reader with one piece broken fails the property that the piece keeps."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from contracts import Answer, Benefits, Grade, Rule, Verdict
from payers.reading import text as reading_text
from payers.reading.lines import read_replies
from payers.reading.lines.line import Line
from payers.reading.terms import figures, ladder, program_terms
from payers.reading.terms.ladder import Decision, Level
from payers.reading.text import Lexicon, clauses, messages, tokens
from payers.reading.text.lexicon import Term
from payers.reading.text.tokens import Sort, Token
from payers.reading.text.vocabulary import Kind
from tests.payers.reading import (
    test_joined_sentences as joined,
    test_properties as properties,
    test_sentences as sentences,
)
from tests.payers.reading.expectations import BEHAVIORAL

Read = Callable[..., Answer]
Patch = pytest.MonkeyPatch


pytestmark = pytest.mark.usefixtures("nothing_is_remembered")


def change_terms(patch: Patch, change: Callable[[list[Term]], list[Term]]) -> None:
    """Let the lexicon find what ``change`` makes of its terms."""
    find = Lexicon.terms
    patch.setattr(Lexicon, "terms", lambda self, found: change(find(self, found)))


def test_a_reader_that_skips_unknown_words_is_caught(monkeypatch: Patch) -> None:
    change_terms(monkeypatch, lambda terms: [term for term in terms if term.is_known])

    with pytest.raises(AssertionError):
        sentences.test_an_unknown_word_leaves_no_grant_and_no_refusal_of_its_clause()


def test_a_reader_that_guesses_unknown_words_is_caught(monkeypatch: Patch, read: Read) -> None:
    guess = frozenset({Kind.GRANTS})
    change_terms(monkeypatch, lambda terms: [one if one.is_known else one._replace(kinds=guess) for one in terms])

    with pytest.raises(AssertionError):
        sentences.test_an_unknown_word_beside_other_clauses_adds_no_grant_and_no_refusal()
    with pytest.raises(AssertionError):
        sentences.test_an_unknown_word_decides_nothing_in_any_case_of_the_rules(read, BEHAVIORAL)


def test_a_reader_that_skips_negations_is_caught(monkeypatch: Patch) -> None:
    negations = {Kind.NOT, Kind.NO}
    change_terms(monkeypatch, lambda terms: [term for term in terms if not term.kinds & negations])

    with pytest.raises(AssertionError):
        sentences.test_a_negated_grant_is_never_a_grant()


def test_a_reader_that_reads_each_message_alone_is_caught(monkeypatch: Patch, read: Read) -> None:
    join = tokens.tokens_of

    def part(messages: Sequence[str]) -> list[Token]:
        return [one._replace(sort=Sort.STOP) if one.sort is Sort.END else one for one in join(messages)]

    monkeypatch.setattr(reading_text, "tokens_of", part)

    with pytest.raises(AssertionError):
        sentences.test_a_cut_after_an_open_word_changes_no_answer(read)


def test_a_reader_that_parts_full_messages_is_caught(monkeypatch: Patch, read: Read) -> None:
    monkeypatch.setattr(tokens, "FULL", tokens.FULL + 1)

    with pytest.raises(AssertionError):
        sentences.test_a_full_message_goes_on_in_the_next_without_a_space(read, "IS NOT COVERED")


def test_a_reader_that_parts_no_clauses_is_caught(monkeypatch: Patch, read: Read) -> None:
    monkeypatch.setattr(clauses, "_part", lambda terms, marks: [list(terms)])

    with pytest.raises(AssertionError):
        joined.test_clauses_joined_in_any_way_decide_only_what_one_of_them_says(read)


def test_a_reader_that_ends_a_clause_with_each_message_is_caught(monkeypatch: Patch, read: Read) -> None:
    monkeypatch.setattr(messages, "_is_apart", lambda before, piece: True)
    monkeypatch.setattr(messages, "_is_predicate_alone", lambda piece: False)

    with pytest.raises(AssertionError):
        joined.test_a_clause_cut_between_messages_decides_nothing_that_no_clause_says(read)


def test_a_reader_that_reads_no_headings_is_caught(monkeypatch: Patch, read: Read) -> None:
    monkeypatch.setattr(clauses, "heading_of", lambda words, rest, *, colon: None)

    with pytest.raises(AssertionError):
        joined.test_lists_with_a_verdict_decide_only_what_it_says(read)


def fails(run: Callable[..., Any], **given: object) -> bool:
    """Whether a property of generated replies finds one that breaks it."""
    try:
        run(**given)
    except (AssertionError, ExceptionGroup):
        return True
    return False


def test_a_reader_that_takes_the_first_figure_is_caught(monkeypatch: Patch, read: Read) -> None:
    monkeypatch.setattr(figures, "individual", lambda lines: lines[:1])

    assert fails(properties.test_the_order_of_lines_on_one_rung_changes_no_verdict_and_no_figure, read=read)


def test_a_reader_that_believes_the_first_line_is_caught(monkeypatch: Patch, read: Read) -> None:
    def believe(level: Level, below: tuple[Level, ...], book: object) -> Decision:
        rung = level.rung
        first = min((*level.speaking, *level.closing), key=lambda line: line.benefit.at)
        verdict = rung.verdict if first in level.speaking else Verdict.NOT_COVERED
        return Decision(verdict, rung.grade, rung.rule, level, below)

    monkeypatch.setattr(ladder, "_resolve_contradiction", believe)

    assert fails(properties.test_the_order_of_lines_on_one_rung_changes_no_verdict_and_no_figure, read=read)


@pytest.mark.parametrize("verdict", [Verdict.COVERED, Verdict.NOT_COVERED])
def test_a_reader_that_decides_by_silence_is_caught(monkeypatch: Patch, read: Read, verdict: Verdict) -> None:
    honest = ladder.decide

    def decide(levels: Sequence[Level], *rest: Any, **more: Any) -> Decision:
        found = honest(levels, *rest, **more)
        return found if found.rule is not Rule.SILENT else Decision(verdict, Grade.A, found.rule)

    monkeypatch.setattr(program_terms, "decide", decide)

    assert fails(properties.test_covered_needs_a_line_that_names_the_program_and_not_covered_one_that_closes, read=read)


def test_a_reader_that_forgets_its_evidence_is_caught(monkeypatch: Patch, read: Read) -> None:
    def nothing(lines: Sequence[Line], book: object) -> tuple[str, ...]:
        return ()

    monkeypatch.setattr(program_terms, "marks", nothing)

    assert fails(properties.test_covered_is_of_grade_a_and_every_granted_row_has_evidence, read=read)


def test_a_reader_that_expects_a_line_is_caught(monkeypatch: Patch, read: Read, text: Callable[..., bytes]) -> None:
    def first(benefits: Benefits, _: object) -> Benefits:
        if not benefits.lines:
            raise LookupError
        return benefits

    monkeypatch.setattr(read_replies, "within_bounds", first)

    with pytest.raises(LookupError):
        properties.test_any_segments_give_an_answer(read=read, text=text)
    with pytest.raises(LookupError):
        properties.test_any_json_gives_an_answer_or_no_reply(read=read)
