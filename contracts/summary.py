"""The answer in plain words, in English and in Spanish, in network: what is known with its figures, and what is not.

The words are templates filled from the answer's own fields. A figure is said only where there is evidence of it.
"""

from collections.abc import Iterator
from decimal import Decimal

from contracts import phrases
from contracts.facts import Accumulator, Administrator, Alternative, AnswerFacts, Limit, ProgramTerms, Summary, Terms
from contracts.reasons import READ, named_fields, reason, refusing_administrator, waiting_text, wrong_fields
from contracts.vocabulary import (
    AdministratorOutcome,
    CopayPer,
    CoverageStatus,
    Figure,
    LimitUnit,
    Responsible,
    Rule,
    State,
    Verdict,
)
from contracts.wording import Both, either, format_money, format_phone, format_share, join

_GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})
_NAMED = frozenset({Rule.PROCEDURE, Rule.PHRASE, Rule.SERVICE_TYPE})


def summary_of(answer: AnswerFacts) -> Summary:
    """Return ``answer`` in plain words."""
    both = join(_sentences(answer), " ")
    return Summary(en=both.en, es=both.es)


def _sentences(answer: AnswerFacts) -> Iterator[Both]:
    pending, status = answer.state is State.PENDING, answer.coverage.status
    if pending:
        yield waiting_text(answer)
    if not pending or status is not CoverageStatus.COULD_NOT_CHECK:
        yield phrases.STATUS[status]
    why = None if pending else reason(answer)
    if why is not None:
        yield why
    if status in READ:
        yield from _of_the_plan(answer)
    if refusing_administrator(answer) is None:
        yield from _to_check(answer)


def _of_the_plan(answer: AnswerFacts) -> Iterator[Both]:
    for row in answer.programs:
        yield _row(answer, row)
    yield from _plan_level(answer)
    for one in answer.administrators:
        # Of one that is being asked the first sentence tells already.
        if one.outcome is not AdministratorOutcome.PENDING:
            yield _run_by(one)


def _to_check(answer: AnswerFacts) -> Iterator[Both]:
    fields = wrong_fields(answer)
    if fields:
        yield phrases.CHECK_THESE.fill(fields=named_fields(fields))
    elif any(problem.responsible is Responsible.MEMBER for problem in answer.problems):
        yield phrases.CHECK


def _unknown(answer: AnswerFacts) -> Both:
    """Return what is said of what the answer lacks: the payer is silent only where all of the question was answered."""
    whole = answer.state is State.FINAL and not answer.problems
    return phrases.NOT_STATED if whole else phrases.NOT_KNOWN


def _row(answer: AnswerFacts, row: ProgramTerms) -> Both:
    program, terms, unknown = phrases.PROGRAM[row.program], row.in_network, _unknown(answer)
    clauses = [_verdict(answer, terms, program.ending)]
    if terms.verdict in _GRANTED:
        clauses += [*_costs(terms, unknown), phrases.AUTHORIZATION[terms.authorization].fill(unknown=unknown)]
    limits = [_limit(limit, program.ending) for limit in terms.limits if limit.evidence or terms.evidence]
    clauses += limits or ([phrases.NO_LIMIT.fill(unknown=unknown)] if terms.verdict in _GRANTED else [])
    whole = Both("{program} for {condition}: {clauses}.", "{program} para {condition}: {clauses}.")
    return whole.fill(program=program.name, condition=phrases.CONDITION[row.condition], clauses=join(clauses, "; "))


def _verdict(answer: AnswerFacts, terms: Terms, ending: str) -> Both:
    words = phrases.VERDICT[terms.verdict]
    if terms.verdict is Verdict.DELEGATED and terms.administered_by:
        words = phrases.RUN_BY
    elif terms.verdict is Verdict.NOT_STATED and terms.rule is not Rule.SILENT:
        words = phrases.LEFT_OPEN
    elif terms.verdict is Verdict.LIKELY and terms.rule in _NAMED and answer.coverage.status is CoverageStatus.UNCLEAR:
        words = phrases.LIKELY_IF_ACTIVE
    return words.fill(ending=ending, name=terms.administered_by or "")


def _costs(terms: Terms, unknown: Both) -> list[Both]:
    """Copay and share; where several values stand and none was chosen, all of them as such; or that there is none."""
    if not terms.evidence:
        return [phrases.NO_COST.fill(unknown=unknown)]
    copay = _amount(terms.copay.amount, terms.copay.per) if terms.copay is not None else None
    share = _plain(format_share(terms.coinsurance)) if terms.coinsurance is not None else None
    found = [
        *_cost(terms, Figure.COPAY, phrases.COPAY, copay),
        *_cost(terms, Figure.COINSURANCE, phrases.SHARE, share),
    ]
    return found or [phrases.NO_COST.fill(unknown=unknown)]


def _cost(terms: Terms, figure: Figure, words: Both, value: Both | None) -> list[Both]:
    if value is not None:
        stated = words.fill(value=value)
        return [join([stated, phrases.BORROWED], "") if figure in terms.assumed else stated]
    values = _values(terms.alternatives, figure)
    if not values:
        return []
    return [(phrases.CASES if len(values) > 1 else phrases.ONE_CASE)[figure].fill(values=either(values))]


def _values(alternatives: tuple[Alternative, ...], figure: Figure) -> list[Both]:
    """Return the values of a figure beside which none was chosen, each once, where there is evidence of them."""
    values = (
        _plain(format_share(one.value)) if figure is Figure.COINSURANCE else _amount(one.value, one.per)
        for one in alternatives
        if one.figure is figure and one.evidence
    )
    return list(dict.fromkeys(values))


def _amount(dollars: Decimal, per: CopayPer | None) -> Both:
    return join([_plain(format_money(dollars)), phrases.PER[per or CopayPer.UNKNOWN]], "")


def _plain(words: str) -> Both:
    return Both(words, words)


def _limit(limit: Limit, ending: str) -> Both:
    found: list[Both] = []
    if limit.quantity is not None:
        value = join([phrases.count_units(limit.quantity, limit.unit), phrases.PERIOD[limit.period]], "")
        found.append(phrases.LIMITED.fill(value=value, ending=ending))
    if limit.remaining is not None:
        left = phrases.ONE_LEFT if limit.remaining == 1 and limit.unit is not LimitUnit.DOLLARS else phrases.LEFT
        found.append(left.fill(value=phrases.count_units(limit.remaining, limit.unit)))
    return join(found, ", ")


def _plan_level(answer: AnswerFacts) -> Iterator[Both]:
    """Yield what is left of deductible and out-of-pocket maximum in network: the individual's, else the family's."""
    side = answer.accumulators.in_network
    levels = ((phrases.INDIVIDUAL, side.individual), (phrases.FAMILY, side.family))
    for figure, name in ((Figure.DEDUCTIBLE, phrases.DEDUCTIBLE), (Figure.OUT_OF_POCKET, phrases.MAXIMUM)):
        stated = [(level, one) for level, both in levels if (one := getattr(both, figure.value)).evidence]
        level, accumulator = stated[0] if stated else (phrases.INDIVIDUAL, Accumulator())
        left = _left_of(accumulator, figure)
        yield _sentence(left.fill(name=name, level=level, unknown=_unknown(answer), **_amounts(accumulator)))


def _left_of(accumulator: Accumulator, figure: Figure) -> Both:
    if accumulator.remaining is not None:
        return phrases.LEFT_ALONE if accumulator.total is None else phrases.LEFT_OF_TOTAL
    if accumulator.total is not None:
        return phrases.TOTAL_ALONE
    return phrases.CASES[figure] if _values(accumulator.alternatives, figure) else phrases.LEFT_UNKNOWN


def _amounts(accumulator: Accumulator) -> dict[str, Both]:
    """Return the words for each figure that an accumulator has."""
    stated = (("total", accumulator.total), ("left", accumulator.remaining))
    found = {name: _plain(format_money(value)) for name, value in stated if value is not None}
    values = _values(accumulator.alternatives, Figure.DEDUCTIBLE) or _values(
        accumulator.alternatives, Figure.OUT_OF_POCKET
    )
    return found | ({"values": either(values)} if values else {})


def _sentence(text: Both) -> Both:
    """Return the words with a capital at their beginning."""
    return Both(*(words[:1].upper() + words[1:] for words in text))


def _run_by(one: Administrator) -> Both:
    answered = one.outcome is AdministratorOutcome.ANSWERED
    words = phrases.ADMINISTRATOR_ANSWERED if answered else phrases.ADMINISTRATOR
    name: Both | str = one.name
    if one.phone:
        name = phrases.WITH_PHONE.fill(name=one.name, phone=format_phone(one.phone))
        name = name if answered else Both(name.en.rstrip(","), name.es.rstrip(","))
    return words.fill(name=name)
