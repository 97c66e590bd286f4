"""Why an answer says what it says, line by line: what was understood, what was not, and what each line decided.

``explain`` concludes as ``conclude`` does, keeps what was found on the way, and puts it into words. Pure.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from contracts import Answer, Benefit, Benefits, Card, Delivery, Dialect, Finding, Side, Terms
from contracts.benefits import Place
from payers.reading.conclude import CONCLUDED, Asked, Conclusion
from payers.reading.explanation.lines import clause_meanings, facts_of
from payers.reading.explanation.standing import (
    Key,
    Walk,
    effect_of,
    lines_by_voice,
    rung_name,
    uses_of,
    voices_of,
    why_set_aside,
)
from payers.reading.explanation.words import VOICES
from payers.reading.lines.line import Line
from payers.reading.lines.read_replies import ReadReplies


class ExplainedClause(NamedTuple):
    """A clause in its normal form, what it says, and its words that no table knows."""

    words: str
    meanings: tuple[str, ...]
    unknown: tuple[str, ...] = ()


class ExplainedLine(NamedTuple):
    """A benefit line.

    ``sent``: its segments as the payer sent them, or its JSON. ``facts``: label and text. ``effects``: rows of the
    answer, and what the line did for them. ``uses``: what else of the answer rests on it. ``findings``: what was seen
    in it.
    """

    reply: int
    at: Place
    sent: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    clauses: tuple[ExplainedClause, ...] = ()
    effects: tuple[tuple[tuple[Key, ...], str], ...] = ()
    uses: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class Step(NamedTuple):
    """A rung as it was walked: what each line did there, and whether it decided."""

    rung: str
    heard: tuple[tuple[Place, str], ...]
    decided: bool


class ExplainedVerdict(NamedTuple):
    """A row of the answer with the rungs on which anything was heard. ``rests_on``: where its evidence stands."""

    key: Key
    terms: Terms
    steps: tuple[Step, ...] = ()
    rests_on: tuple[Place, ...] = ()


class Explanation(NamedTuple):
    """The answer, every line of the reply in the payer's order, and every verdict."""

    answer: Answer
    lines: tuple[ExplainedLine, ...]
    verdicts: tuple[ExplainedVerdict, ...]


def explain(
    replies: Sequence[Benefits],
    *,
    card: Card,
    dialect: Dialect,
    service_date: date,
    as_of: datetime,
    cards: Sequence[Card] = (),
) -> Explanation:
    """Return why ``replies`` come to their answer; the arguments are those of ``conclude``. Raises nothing."""
    asked = Asked(card, dialect, service_date, as_of, None, Delivery.EITHER, cards)
    return _Explained(Conclusion(tuple(replies), asked, (), ReadReplies())).explanation(tuple(replies))


class _Explained:
    """A conclusion, after its answer was made."""

    def __init__(self, conclusion: Conclusion) -> None:
        self.conclusion = conclusion
        self.answer = conclusion.answer()
        self.cited = {
            (one.answered_by, one.segment if one.path is None else one.path): one.id for one in self.answer.evidence
        }
        self.places = {one.id: one.segment if one.path is None else one.path for one in self.answer.evidence}
        self.uses = uses_of(self.answer)
        self.walks = tuple(self._walks())
        self.findings: dict[Place | None, list[Finding]] = {}
        for finding in self.answer.findings:
            self.findings.setdefault(finding.segment if finding.path is None else finding.path, []).append(finding)

    def explanation(self, replies: Sequence[Benefits]) -> Explanation:
        """Return all of it."""
        read: dict[tuple[int, Place], list[Line]] = {}
        for line in self.conclusion.whole.lines:
            read.setdefault((line.reply, line.benefit.at), []).append(line)
        in_force: dict[tuple[int, Place], list[Line]] = {}
        for line in self.conclusion.lines:
            in_force.setdefault((line.reply, line.benefit.at), []).append(line)
        lines = tuple(
            self._line(number, benefit, read.get((number, benefit.at), []), in_force.get((number, benefit.at), []))
            for number, benefits in enumerate(replies)
            for benefit in (*benefits.lines, *benefits.authorizations)
        )
        return Explanation(self.answer, lines, tuple(self._verdicts()))

    def _walks(self) -> Iterator[Walk]:
        if self.answer.coverage.status not in CONCLUDED:
            return
        for row, read in zip(self.answer.programs, self.conclusion.walked_rows(), strict=True):
            for side in Side:
                levels, decision = read.decided[side]
                yield Walk((row.program, row.condition, side), levels, decision, row.on(side), voices_of(levels))

    def _line(self, reply: int, benefit: Benefit, read: list[Line], in_force: list[Line]) -> ExplainedLine:
        id_ = self.cited.get((reply, benefit.at))
        patient = self.conclusion.patient
        clauses = [clause for line in read[:1] for clause in line.facts.text.clauses]
        at = dict.fromkeys((benefit.at, *_below(benefit)))
        ids = [self.cited.get((reply, one)) for one in at]
        return ExplainedLine(
            reply=reply,
            at=benefit.at,
            sent=tuple(dict.fromkeys((benefit.text, *(said.sent or said.text for said in benefit.messages)))),
            facts=tuple(facts_of(benefit, read)),
            clauses=tuple(
                ExplainedClause(clause.words, clause_meanings(clause, patient), clause.unknown) for clause in clauses
            ),
            effects=tuple(self._effects(read, in_force, id_)),
            uses=tuple(dict.fromkeys(use for one in ids if one is not None for use in self.uses.get(one, ()))),
            findings=tuple(finding for one in at for finding in self.findings.get(one, ())),
        )

    def _effects(
        self, read: list[Line], in_force: list[Line], id_: str | None
    ) -> Iterator[tuple[tuple[Key, ...], str]]:
        """What the line did, rows with the same words together; a line at several places is told place by place."""
        if not read:
            yield (), "it was not read as a line of benefits: too long, or about a procedure's authorization alone"
            return
        if not self.walks:
            yield (), f"no rung was walked: the plan is {self.answer.coverage.status.value.replace('_', ' ')}"
            return
        if not in_force:
            yield (), why_set_aside(read[0], self.conclusion.asked.service_date)
            return
        for line in in_force:
            found: dict[str, list[Key]] = {}
            for walk in self.walks:
                found.setdefault(effect_of(line, walk, id_), []).append(walk.key)
            place = f"at place {line.facts.place}: " if len(in_force) > 1 else ""
            for effect, keys in found.items():
                yield tuple(keys), f"{place}{effect}"

    def _verdicts(self) -> Iterator[ExplainedVerdict]:
        walked = {walk.key: walk for walk in self.walks}
        for row in self.answer.programs:
            for side in Side:
                key, terms = (row.program, row.condition, side), row.on(side)
                places = (self.places[one] for one in terms.evidence if one in self.places)
                rests_on = tuple(place for place in places if place is not None)
                steps = tuple(_steps(walked[key])) if key in walked else ()
                yield ExplainedVerdict(key, terms, steps, rests_on)


def _below(benefit: Benefit) -> Iterator[Place]:
    """Where the segments below a benefit stand."""
    for said in (*benefit.messages, *benefit.places):
        yield said.at
    for dated in benefit.dates:
        yield dated.at
    for delivery in benefit.deliveries:
        yield delivery.at
    for entity in benefit.entities:
        yield entity.at


def _steps(walk: Walk) -> Iterator[Step]:
    for level in walk.levels:
        heard = [(line.benefit.at, VOICES[voice]) for voice, lines in lines_by_voice(level) for line in lines]
        if heard:
            yield Step(rung_name(level.rung), tuple(dict.fromkeys(heard)), level is walk.decision.on)
