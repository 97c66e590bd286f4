"""An explanation says of every line what was made of it, and of every verdict which line decided it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import pytest

from contracts import Answer, Benefits, Card, Condition, Dialect, Program, Rule, Side
from payers.reading import conclude
from payers.reading.explanation import ExplainedLine, Explanation, explain, words
from payers.reading.explanation.standing import lines_by_voice
from payers.reading.lines.statements import Effect
from payers.reading.terms.ladder import Level
from payers.reading.terms.rungs import RUNGS, Obstacle, Voice
from payers.reading.text import Topic
from payers.x12 import read_interchange

SAMPLES = sorted((Path(__file__).parents[1] / "samples").glob("*/*.271"))
NO_RUNG = {Rule.SILENT, Rule.NOT_CHECKED, Rule.DELEGATED, Rule.PLAN_INACTIVE}

ROW = (Program.PHP, Condition.MENTAL_HEALTH, Side.IN_NETWORK)

Why = Callable[..., Explanation]


def _around(card: Card) -> dict[str, object]:
    return {
        "card": card,
        "dialect": Dialect(),
        "service_date": date(2026, 11, 23),
        "as_of": datetime(2026, 11, 23, 15, 4, tzinfo=UTC),
    }


@pytest.fixture
def why(card: Card, text: Callable[..., bytes]) -> Why:
    """The explanation of a reply of the given segments."""

    def explained(*lines: str) -> Explanation:
        return explain(read_interchange(text(lines)).people, **_around(card))  # type: ignore[arg-type]

    return explained


def line_at(explanation: Explanation, start: str) -> ExplainedLine:
    return next(line for line in explanation.lines if line.sent[0].startswith(start))


def effects(line: ExplainedLine) -> str:
    return " | ".join(effect for _, effect in line.effects)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
class TestASample:
    """What holds for every reply."""

    def replies(self, sample: Path) -> tuple[Benefits, ...]:
        return tuple(read_interchange(sample.read_bytes()).people)

    def test_has_every_line_with_an_effect_in_the_payers_order(self, sample: Path, card: Card) -> None:
        replies = self.replies(sample)

        lines = explain(replies, **_around(card)).lines  # type: ignore[arg-type]

        assert [line.at for line in lines] == [benefit.at for said in replies for benefit in said.lines]
        assert all(line.effects for line in lines)

    def test_has_the_answer_that_the_conclusion_comes_to(self, sample: Path, card: Card) -> None:
        replies = self.replies(sample)

        answer: Answer = explain(replies, **_around(card)).answer  # type: ignore[arg-type]

        assert answer == conclude(replies, **_around(card))  # type: ignore[arg-type]

    def test_says_of_every_verdict_the_rung_and_the_lines_that_decided_it(self, sample: Path, card: Card) -> None:
        explanation = explain(self.replies(sample), **_around(card))  # type: ignore[arg-type]

        assert len(explanation.verdicts) == 8
        for verdict in explanation.verdicts:
            deciding = [step for step in verdict.steps if step.decided]
            if verdict.terms.rule in NO_RUNG:
                assert not deciding
                continue
            (step,) = deciding
            assert step.rung.startswith(verdict.terms.rule.value)
            assert {at for at, _ in step.heard} & set(verdict.rests_on)
            for at, _ in step.heard:
                line = next(one for one in explanation.lines if one.at == at)
                assert any(verdict.key in keys and "which decided" in effect for keys, effect in line.effects)


@pytest.mark.parametrize(
    ("segments", "start", "reason"),
    [
        (("EB*1**MH*********Y", "MSG*OFFICE VISIT"), "EB*1**MH", "narrow it to another service"),
        (("EB*B*IND*MH***27*25*****Y", "III*ZZ*11"), "EB*B", "its place is none of the program's"),
        (("EB*1**CE*********Y",), "EB*1**CE", "inpatient or residential"),
        (("EB*1**35",), "EB*1**35", "a plan that gives no verdict"),
        (("EB*1**MH*********Y", "DTP*349*D8*20260131"), "EB*1**MH", "its own dates do not hold the service date"),
        (("EB*1**MH*********Y", "MSG*IOP IS COVERED EXCEPT FOR SOME GROUPS"), "EB*1**MH", "stops the ladder"),
        (("EB*1**MH*MA********Y",), "EB*1**MH", "Medicare Part A"),
        (("EB*U**MH", "LS*2120", "NM1*VN*2*LUCET", "LE*2120"), "EB*U", "another company runs it"),
        (("EB*1**MH*********Y", "EB*I**MH*********Y"), "EB*I", "contradict each other"),
        (("EB*1**MH*********Y", "EB*1**BB*********Y"), "EB*1**MH", "a higher rung had decided"),
        (("EB*1**BB*********Y", "EB*A*IND*BB*****.2****Y"), "EB*A", "its figure is the program's own"),
        (("EB*A*IND*BB*****.8****Y", "MSG*PLAN PAYS 80%"), "EB*A", "does not count: words contradict it"),
        (("EB*6**30", "EB*1**BB*********Y"), "EB*1**BB", "covered, which is likely while the plan is unclear"),
        (("EB*6**30", "EB*I**MH*********Y"), "EB*I**MH", "not covered, which is not stated while the plan is unclear"),
    ],
)
def test_a_line_says_what_it_decided_or_why_it_decided_nothing(
    why: Why, segments: tuple[str, ...], start: str, reason: str
) -> None:
    explanation = why("EB*1**30*PR*OPEN CHOICE", *segments)

    assert reason in effects(line_at(explanation, start))


def test_a_bound_figure_says_that_it_is_an_alternative_and_by_what(why: Why) -> None:
    explanation = why("EB*1**30*PR*OPEN CHOICE", "EB*1**MH*********Y", "EB*B*IND*MH***27*25*****Y", "III*ZZ*11")

    assert "among the alternatives (bound, told apart by place)" in effects(line_at(explanation, "EB*B"))


def test_words_that_no_table_knows_are_shown_beside_their_clause(why: Why) -> None:
    explanation = why(
        "EB*1**30*PR*OPEN CHOICE", "EB*1**MH*********Y", "MSG*PHP IS COVERED FOR WIDGETEERS. IOP IS COVERED"
    )

    first, second = line_at(explanation, "EB*1**MH").clauses
    assert first.unknown == ("WIDGETEERS",)
    assert "not understood" in first.meanings[-1]
    assert second.unknown == ()
    assert "coverage granted" in second.meanings[0]
    assert any(one.code.value == "message_not_understood" for one in line_at(explanation, "EB*1**MH").findings)


def test_an_attached_condition_says_whether_it_is_met(why: Why) -> None:
    explanation = why("EB*1**30*PR*OPEN CHOICE", "EB*1**MH*********Y", "MSG*PHP IS COVERED UNDER AGE 21")

    (clause,) = line_at(explanation, "EB*1**MH").clauses
    assert "not met" in clause.meanings[0]


def test_a_reply_that_cannot_be_used_is_explained_too(why: Why) -> None:
    explanation = why("AAA*N**75*C")

    assert explanation.lines == ()
    assert {verdict.terms.rule for verdict in explanation.verdicts} == {Rule.NOT_CHECKED}


@pytest.mark.parametrize(
    ("table", "kind"),
    [(words.VOICES, Voice), (words.EFFECTS, Effect), (words.OBSTACLES, Obstacle), (words.TOPICS, Topic)],
)
def test_whatever_a_line_may_do_has_its_words(table: dict[StrEnum, str], kind: type[StrEnum]) -> None:
    assert set(table) == set(kind)


def test_whatever_a_level_holds_is_told() -> None:
    held = [name for name, kind in Level.__annotations__.items() if "Line" in str(kind)]

    assert len(lines_by_voice(Level(RUNGS[0]))) == len(held) == len(Voice)


def test_a_plans_text_that_names_a_program_is_told(why: Why) -> None:
    explanation = why("EB*1**30*PR*OPEN CHOICE", "EB*1**MH**MH INTENSIVE OUTPATIENT*******Y")

    assert ("Plan's text", "its words grant the program IOP") in line_at(explanation, "EB*1**MH").facts


@pytest.mark.parametrize(
    ("network", "reason"), [("N", "it holds for the other network side"), ("", "it names no network side")]
)
def test_a_line_of_no_side_or_of_the_other_says_which_it_is(why: Why, network: str, reason: str) -> None:
    explanation = why("EB*1**30*PR*OPEN CHOICE", "EB*1**MH*********Y", f"EB*A*IND*MH*****.2****{network}".rstrip("*"))

    told = [effect for keys, effect in line_at(explanation, "EB*A").effects for key in keys if key == ROW]
    assert any(reason in effect for effect in told)
