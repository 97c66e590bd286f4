"""The answer in plain words, in English and in Spanish, in network: what is known with its figures, and what is not.

The words are templates filled from the answer's own fields. A figure is said only where there is evidence of it, and
each statement carries the marks of the evidence that it rests on.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from contracts import phrases
from contracts.facts import (
    Accumulator,
    Administrator,
    AnswerFacts,
    ProgramTerms,
    Summary,
    SummaryStatement,
    Terms,
)
from contracts.kept_json import FoundOnce
from contracts.mending import ways_to_mend
from contracts.reasons import READ, reason, refusing_administrator, waiting_text
from contracts.summary_figures import Sentence, costs_of, limits_of, values_of
from contracts.vocabulary import (
    AdministratorOutcome,
    Condition,
    CoverageStatus,
    Figure,
    Rule,
    State,
    Verdict,
)
from contracts.wording import Both, capitalize, either, format_day, format_money, format_phone

GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})
_NAMED = frozenset({Rule.PROCEDURE, Rule.PHRASE, Rule.SERVICE_TYPE})


def summary_of(answer: AnswerFacts) -> Summary:
    """Return ``answer`` in plain words."""
    return summary_from(_statements(answer))


def summary_from(sentences: Iterable[Sentence]) -> Summary:
    """Return sentences as a summary: each begins with a capital letter."""
    statements = tuple(map(_statement, sentences))
    return Summary(
        en=" ".join([one.en for one in statements]),
        es=" ".join([one.es for one in statements]),
        statements=statements,
    )


@lru_cache(maxsize=2048)
def _statement(sentence: Sentence) -> SummaryStatement:
    """Return a sentence as a statement: the same few are said of most answers."""
    words = capitalize(sentence.words)
    return SummaryStatement(en=words.en, es=words.es, evidence=sentence.evidence)


def _statements(answer: AnswerFacts) -> Iterator[Sentence]:
    pending, coverage = answer.state is State.PENDING, answer.coverage
    if pending:
        yield Sentence(waiting_text(answer))
    if not pending or coverage.status is not CoverageStatus.COULD_NOT_CHECK:
        yield Sentence(phrases.STATUS[coverage.status], coverage.evidence)
    why = None if pending else reason(answer)
    if why is not None:
        yield Sentence(why, coverage.evidence)
    if coverage.status in READ:
        yield from _of_the_plan(answer)
    if refusing_administrator(answer) is None:
        yield from map(Sentence, ways_to_mend(answer))


def _of_the_plan(answer: AnswerFacts) -> Iterator[Sentence]:
    coverage = answer.coverage
    if coverage.ends_on is not None:
        yield Sentence(phrases.ENDS.fill(day=format_day(coverage.ends_on)), coverage.evidence)
    unknown = unknown_in(answer)
    yield from _describe_programs(answer.programs, coverage.status, unknown, costs_are_hidden=answer.costs_are_hidden)
    if answer.costs_are_hidden:
        yield Sentence(phrases.COSTS_HIDDEN)
    else:
        yield from _plan_level(answer, unknown)
    named = {row.in_network.administered_by for row in answer.programs}
    for one in answer.administrators:
        # Of one that is being asked the first sentence tells already.
        if one.outcome is not AdministratorOutcome.PENDING:
            yield from _run_by(one, named=one.name in named)
    if any(row.in_network.verdict in GRANTED for row in answer.programs):
        yield Sentence(phrases.NO_PROMISE)


def unknown_in(answer: AnswerFacts) -> Both:
    """Return what is said of what the answer lacks: the payer is silent only where all of the question was answered."""
    whole = answer.state is State.FINAL and not answer.problems
    return phrases.UNKNOWN if whole else phrases.NOT_KNOWN


_SENTENCES = FoundOnce(256)


def _describe_programs(
    programs: tuple[ProgramTerms, ...], status: CoverageStatus, unknown: Both, *, costs_are_hidden: bool
) -> tuple[Sentence, ...]:
    """Return what is said of the programs; it is found once for rows that the members of a plan share."""

    def find() -> tuple[Sentence, ...]:
        return _of_programs(programs, status, unknown, costs_are_hidden=costs_are_hidden)

    # Who runs a program may be a person.
    if any(row.in_network.administered_by for row in programs):
        return find()
    return _SENTENCES.find(programs, (status, unknown, costs_are_hidden), find)


def _of_programs(
    programs: tuple[ProgramTerms, ...], status: CoverageStatus, unknown: Both, *, costs_are_hidden: bool
) -> tuple[Sentence, ...]:
    """Return what is said of the programs."""
    # The rows of both programs often share their terms.
    terms = {id(row.in_network): row.in_network for row in programs}
    words = {key: _row(one, status, unknown, costs_are_hidden=costs_are_hidden) for key, one in terms.items()}
    found: list[Sentence] = []
    for program, names in phrases.PROGRAM.items():
        rows = [(row.condition, words[id(row.in_network)]) for row in programs if row.program is program]
        found += _of_program(rows, names, unknown)
    return tuple(found)


class _ProgramWords(NamedTuple):
    """What is said of one program for one condition: its verdict, without names, and what follows it."""

    verdict: Both
    company: Both | str
    terms: Terms
    rest: tuple[Sentence, ...]

    @property
    def words(self) -> tuple[object, ...]:
        """All that is said, without the evidence: rows that say the same are told together."""
        return (self.verdict, self.company, *(one.words for one in self.rest))


def _of_program(
    rows: Sequence[tuple[Condition, _ProgramWords]], names: phrases.ProgramName, unknown: Both
) -> Iterator[Sentence]:
    if not rows:
        return
    conditions = [phrases.CONDITION[condition] for condition, _ in rows]
    first, *others = [words for _, words in rows]
    if len(rows) == len(phrases.CONDITION) and all(one is first or one.words == first.words for one in others):
        second = others[0]
        both = phrases.TWO_CONDITIONS.fill(one=conditions[0], other=conditions[1])
        yield Sentence(_lead(first, names.first, both, unknown), _together(first.terms.evidence, second.terms.evidence))
        for one, other in zip(first.rest, second.rest, strict=True):
            yield one if one is other else Sentence(one.words, _together(one.evidence, other.evidence))
        return
    name = names.first
    for condition, (_, row) in zip(conditions, rows, strict=True):
        yield Sentence(_lead(row, name, condition, unknown), row.terms.evidence)
        yield from row.rest
        name = names.later


def _together(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Return the marks of two statements that say the same, each once."""
    return first if first == second else tuple(dict.fromkeys((*first, *second)))


def _lead(row: _ProgramWords, program: Both, condition: Both, unknown: Both) -> Both:
    return row.verdict.fill(program=program, condition=condition, unknown=unknown, name=row.company)


def _row(terms: Terms, status: CoverageStatus, unknown: Both, *, costs_are_hidden: bool) -> _ProgramWords:
    """Return what is said of ``terms``."""
    rest: list[Sentence] = []
    if terms.verdict in GRANTED:
        known = phrases.AUTHORIZATION[terms.authorization].fill(unknown=unknown)
        costs = () if costs_are_hidden else costs_of(terms, unknown)
        rest = [*costs, Sentence(known, terms.evidence)]
    limits = list(limits_of(terms))
    if not limits and terms.verdict in GRANTED:
        limits = [Sentence(phrases.NO_LIMIT.fill(unknown=unknown))]
    company = terms.administered_by or phrases.ANOTHER_COMPANY
    return _ProgramWords(_verdict(terms, status), company, terms, (*rest, *limits))


def _verdict(terms: Terms, status: CoverageStatus) -> Both:
    if terms.verdict is Verdict.NOT_STATED and terms.rule is not Rule.SILENT:
        return phrases.LEFT_OPEN
    if terms.verdict is Verdict.LIKELY and terms.rule in _NAMED and status is CoverageStatus.UNCLEAR:
        return phrases.LIKELY_IF_ACTIVE
    return phrases.VERDICT[terms.verdict]


def _plan_level(answer: AnswerFacts, unknown: Both) -> Iterator[Sentence]:
    """Yield what is left of deductible and out-of-pocket maximum in network: the individual's, else the family's."""
    side = answer.accumulators.in_network
    levels = ((phrases.INDIVIDUAL, side.individual), (phrases.FAMILY, side.family))
    for figure, name in phrases.PLAN_FIGURE.items():
        stated = [(level, one) for level, both in levels if (one := getattr(both, figure.value)).evidence]
        level, accumulator = stated[0] if stated else (phrases.INDIVIDUAL, Accumulator())
        yield from _accumulator(accumulator, figure, {"name": name, "level": level, "unknown": unknown})


def _accumulator(one: Accumulator, figure: Figure, names: dict[str, Both]) -> Iterator[Sentence]:
    stated = (("total", one.total), ("left", one.remaining))
    figures = {key: format_money(value) for key, value in stated if value is not None}
    values = values_of(one.alternatives, figure)
    known: Both | None = None
    if one.remaining is not None:
        known = phrases.LEFT_ALONE if one.total is None else phrases.LEFT_OF_TOTAL
    elif one.total is not None:
        known = phrases.TOTAL_ALONE
    elif values:
        known, names = phrases.SEVERAL_TOTALS, names | {"values": either(values)}
    if known is not None:
        yield Sentence(known.fill(**names, **figures), one.evidence)
    if one.remaining is None and not (one.total is None and values):
        yield Sentence(phrases.LEVEL_LEFT_UNKNOWN.fill(**names))


def _run_by(one: Administrator, *, named: bool) -> Iterator[Sentence]:
    """Yield what became of asking an administrator, and its number; a program that it runs has ``named`` it already."""
    if one.outcome is AdministratorOutcome.ANSWERED:
        yield Sentence(phrases.ADMINISTRATOR_ANSWERED.fill(name=one.name), one.evidence)
    elif not named:
        yield Sentence(phrases.ADMINISTRATOR.fill(name=one.name), one.evidence)
    if one.phone:
        yield Sentence(phrases.PHONE.fill(name=one.name, phone=format_phone(one.phone)), one.evidence)
