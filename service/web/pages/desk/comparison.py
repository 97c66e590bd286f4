"""Two answers about one member side by side: what either states of each point, and where they differ."""

from collections.abc import Iterator
from typing import NamedTuple

from contracts import Accumulator, Answer, ProgramTerms, Side, Terms
from contracts.report import words
from contracts.report.words import CONDITION, SIDE, describe_limit, format_day
from contracts.wording import format_money, format_share
from service.web.pages.desk.formats import NOT_STATED


class Stated(NamedTuple):
    """What one answer states of a point, and the lines that it rests on."""

    text: str = NOT_STATED
    evidence: tuple[str, ...] = ()


class ComparedPoint(NamedTuple):
    """One point in both answers."""

    label: str
    before: Stated
    after: Stated

    @property
    def differs(self) -> bool:
        """Whether the two answers say different things, or one of them nothing."""
        return self.before.text != self.after.text


class ComparedGroup(NamedTuple):
    """Points that belong together, under one heading."""

    title: str
    rows: tuple[ComparedPoint, ...]


Points = Iterator[tuple[str, Stated]]


def compare(before: Answer, after: Answer, *, with_money: bool) -> tuple[ComparedGroup, ...]:
    """Return every point that one of the answers states, group by group.

    Without ``with_money`` the patient's share is left out: a figure that somebody may not see is not one that the payer
    did not state.
    """
    groups = [_join("Coverage", _coverage(before), _coverage(after))]
    for one, other in zip(before.programs, after.programs, strict=True):
        for side in Side:
            title = f"{other.program.value.upper()} for {CONDITION[other.condition.value]}, {SIDE[side]}"
            groups.append(
                _join(title, _terms(one, side, with_money=with_money), _terms(other, side, with_money=with_money))
            )
    if with_money:
        for side in Side:
            title = f"Deductible and maximum, {SIDE[side]}"
            groups.append(_join(title, _figures(before, side), _figures(after, side)))
    return tuple(group for group in groups if group.rows)


def _join(title: str, before: Points, after: Points) -> ComparedGroup:
    one, other = dict(before), dict(after)
    rows = (ComparedPoint(label, one.get(label, Stated()), other.get(label, Stated())) for label in {**one, **other})
    return ComparedGroup(title, tuple(row for row in rows if {row.before.text, row.after.text} != {NOT_STATED}))


def _coverage(answer: Answer) -> Points:
    coverage, lines = answer.coverage, answer.coverage.evidence
    yield "Status", Stated(words.STATUS[coverage.status.value], lines)
    plain = {
        "Plan": coverage.plan_name,
        "Kind of plan": coverage.plan_type and coverage.plan_type.value.replace("_", " "),
        "Group number": coverage.group_number,
        "Begins": coverage.begins_on and format_day(coverage.begins_on),
        "Ends": coverage.ends_on and format_day(coverage.ends_on),
        "Benefit year begins anew": coverage.benefit_year.resets_on and format_day(coverage.benefit_year.resets_on),
        "Behavioral benefit run by": ", ".join(one.name for one in answer.administrators),
    }
    yield from ((label, Stated(text, lines)) for label, text in plain.items() if text)


def _terms(row: ProgramTerms, side: Side, *, with_money: bool) -> Points:
    terms = row.on(side)
    yield "Covered", Stated(words.VERDICT[terms.verdict.value], terms.evidence)
    if terms.authorization.value != "unknown":
        yield "Authorization", Stated(words.AUTHORIZATION[terms.authorization.value], terms.evidence)
    if with_money:
        yield from _costs(terms)
    if terms.limits:
        lines = tuple(dict.fromkeys(line for one in terms.limits for line in one.evidence))
        yield "Limits", Stated("; ".join(describe_limit(one) for one in terms.limits), lines)
    if terms.virtual.value != "not_stated":
        yield "Telehealth", Stated(words.VIRTUAL[terms.virtual.value], terms.evidence)


def _costs(terms: Terms) -> Points:
    if terms.copay is not None:
        text = f"{format_money(terms.copay.amount)}{words.PER[terms.copay.per.value]}"
        yield "Copay", Stated(text, terms.evidence)
    if terms.coinsurance is not None:
        yield "The patient's share", Stated(format_share(terms.coinsurance), terms.evidence)
    if terms.deductible_applies is not None:
        yield "Deductible", Stated("applies" if terms.deductible_applies else "does not apply", terms.evidence)


def _figures(answer: Answer, side: Side) -> Points:
    found = answer.accumulators.on(side)
    for level, both in (("Individual", found.individual), ("Family", found.family)):
        for name, figure in (("deductible", both.deductible), ("maximum", both.out_of_pocket)):
            yield from _figure(f"{level} {name}", figure)


def _figure(label: str, figure: Accumulator) -> Points:
    for name, amount in (("in all", figure.total), ("met", figure.met), ("left", figure.remaining)):
        if amount is not None:
            yield f"{label}, {name}", Stated(format_money(amount), figure.evidence)
