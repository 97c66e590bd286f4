"""Figures of an answer as the desk shows them: in words, each with the lines that it rests on."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from contracts import Accumulator, Answer, ProgramTerms, Side, Terms, Verdict
from contracts.report import words
from contracts.report.terms import alternative_words, verdict_words
from contracts.vocabulary import Figure
from contracts.wording import format_money, format_share
from service.web.pages.desk.formats import NOT_STATED

HIDDEN_WORDS = "hidden for your role"


class ShownFigure(NamedTuple):
    """A figure: its name, its words, the ids of the lines that it rests on, and whether it was borrowed."""

    label: str
    text: str
    evidence: tuple[str, ...] = ()
    note: str = ""


class ShownTerms(NamedTuple):
    """The terms of one side: the verdict with its tone, why it stands, and its figures."""

    side: str
    tone: str
    verdict: str
    basis: str
    evidence: tuple[str, ...]
    figures: tuple[ShownFigure, ...]


class ShownProgram(NamedTuple):
    """One program for one condition, on both sides."""

    name: str
    terms: tuple[ShownTerms, ...]


class ShownPurse(NamedTuple):
    """A deductible or an out-of-pocket maximum: in words, and as a bar where total and met are known."""

    label: str
    text: str
    met: Decimal | None
    total: Decimal | None
    evidence: tuple[str, ...]
    alternatives: tuple[str, ...] = ()


class ShownSide(NamedTuple):
    """The figures of the plan on one side of the network."""

    side: str
    purses: tuple[ShownPurse, ...]


TONES = {
    Verdict.COVERED: "good",
    Verdict.LIKELY: "good",
    Verdict.NOT_COVERED: "trouble",
    Verdict.COULD_NOT_CHECK: "plain",
}
"""The tone of a verdict; every other one asks for caution. The words say the same: colour alone says nothing."""

_GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})


def shown_programs(answer: Answer) -> tuple[ShownProgram, ...]:
    """Return the four programs as the grid shows them."""
    return tuple(
        ShownProgram(
            f"{row.program.value.upper()}, {words.CONDITION[row.condition.value]}",
            tuple(_shown_terms(answer, row, side) for side in Side),
        )
        for row in answer.programs
    )


def _shown_terms(answer: Answer, row: ProgramTerms, side: Side) -> ShownTerms:
    terms = row.on(side)
    basis = f"Grade {terms.grade.value}: {words.GRADE[terms.grade.value]}. Rests on: {words.RULE[terms.rule.value]}."
    return ShownTerms(
        side=words.SIDE[side].capitalize(),
        tone=TONES.get(terms.verdict, "caution"),
        verdict=verdict_words(answer, terms),
        basis=basis,
        evidence=terms.evidence,
        figures=tuple(_terms_figures(answer, terms)),
    )


def _terms_figures(answer: Answer, terms: Terms) -> Iterator[ShownFigure]:
    if terms.administered_by:
        yield ShownFigure("Run by", terms.administered_by, terms.evidence)
    if terms.verdict not in _GRANTED:
        if terms.authorization.value != "unknown":
            yield ShownFigure("Authorization", words.AUTHORIZATION[terms.authorization.value], terms.evidence)
        return
    yield _terms_figure("Authorization", words.AUTHORIZATION[terms.authorization.value], terms)
    if answer.costs_are_hidden:
        yield ShownFigure("Patient pays", HIDDEN_WORDS)
    else:
        yield from _costs(terms)
    for limit in terms.limits:
        yield ShownFigure("Limit", words.describe_limit(limit), limit.evidence or terms.evidence)
    if not terms.limits:
        yield ShownFigure("Limit", NOT_STATED)
    yield _terms_figure("Telehealth", words.VIRTUAL[terms.virtual.value], terms)


def _terms_figure(label: str, text: str, terms: Terms, note: str = "") -> ShownFigure:
    """Return a figure with the lines of ``terms``; what is not stated rests on no line."""
    return ShownFigure(label, text, () if text == NOT_STATED else terms.evidence, note)


def _costs(terms: Terms) -> Iterator[ShownFigure]:
    copay = NOT_STATED if terms.copay is None else format_money(terms.copay.amount) + words.PER[terms.copay.per.value]
    yield _cost(terms, Figure.COPAY, "Copay", copay)
    yield _cost(terms, Figure.COINSURANCE, "Coinsurance", _share(terms.coinsurance))
    applies = {None: NOT_STATED, True: "applies", False: "does not apply"}[terms.deductible_applies]
    yield _cost(terms, Figure.DEDUCTIBLE, "Deductible", applies)
    if terms.cost_rule is not None:
        yield ShownFigure("Rule", words.COST_RULE[terms.cost_rule.value], terms.evidence)


def _share(share: Decimal | None) -> str:
    return NOT_STATED if share is None else f"the patient pays {format_share(share)}"


def _cost(terms: Terms, figure: Figure, label: str, text: str) -> ShownFigure:
    """Return a figure of the patient's share; of several that are stated none is chosen, and each is shown."""
    rejected = [one for one in terms.alternatives if one.figure is figure]
    if rejected and text == NOT_STATED:
        text = f"{len(rejected)} figures are stated and none was chosen"
    return _terms_figure(label, text, terms, "from a broader line" if figure in terms.assumed else "")


def shown_sides(answer: Answer) -> tuple[ShownSide, ...]:
    """Return deductible and out-of-pocket maximum, individual and family, in network and out of it."""
    return tuple(
        ShownSide(
            words.SIDE[side].capitalize(),
            tuple(
                _shown_purse(f"{level.capitalize()} {name}", getattr(getattr(found, level), kind), answer)
                for level in ("individual", "family")
                for kind, name in (("deductible", "deductible"), ("out_of_pocket", "out-of-pocket maximum"))
            ),
        )
        for side in Side
        for found in (answer.accumulators.on(side),)
    )


def _shown_purse(label: str, figure: Accumulator, answer: Answer) -> ShownPurse:
    if answer.costs_are_hidden:
        return ShownPurse(label, HIDDEN_WORDS, None, None, ())
    has_bar = figure.met is not None and figure.total is not None and figure.total > 0
    return ShownPurse(
        label=label,
        text=_purse_words(figure),
        met=figure.met if has_bar else None,
        total=figure.total if has_bar else None,
        evidence=figure.evidence,
        alternatives=tuple(alternative_words(one) for one in figure.alternatives),
    )


def _purse_words(figure: Accumulator) -> str:
    stated = [
        f"{format_money(amount)} {name}"
        for name, amount in (("in total", figure.total), ("met", figure.met), ("left", figure.remaining))
        if amount is not None
    ]
    if stated:
        return ", ".join(stated)
    if figure.alternatives:
        return f"{len(figure.alternatives)} figures are stated and none was chosen"
    return NOT_STATED


def rejected_values(answer: Answer) -> tuple[ShownFigure, ...]:
    """Return the values that were read and not used, each with why."""
    found = []
    for row in answer.programs:
        for side in Side:
            about = f"{row.program.value.upper()}, {words.CONDITION[row.condition.value]}, {words.SIDE[side]}"
            found += [
                ShownFigure(about, _plain(alternative_words(one)), one.evidence) for one in row.on(side).alternatives
            ]
    return tuple(found)


def _plain(text: str) -> str:
    """Return ``text`` without the marks of evidence at its end: on a page they are links of their own."""
    return text.partition(" [")[0]
