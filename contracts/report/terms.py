"""The terms of one program, condition and network side, as fields of a page."""

from collections.abc import Sequence

from contracts.answer import Answer
from contracts.facts import Alternative, Finding, ProgramTerms, Terms
from contracts.report import words
from contracts.report.page import Page
from contracts.vocabulary import Figure, FindingCode, Rule, Side, Verdict
from contracts.wording import format_money, format_share

_GRANTED = frozenset({Verdict.COVERED, Verdict.LIKELY})
_NO_RUNG = frozenset({Rule.SILENT, Rule.NOT_CHECKED, Rule.DELEGATED, Rule.PLAN_INACTIVE})
_NAMED = frozenset({Rule.PROCEDURE, Rule.PHRASE, Rule.SERVICE_TYPE})
_SHORT = {"iop": "IOP", "php": "PHP"}


def write_terms(page: Page, answer: Answer, row: ProgramTerms, side: Side) -> None:
    """Put one block on the page: the verdict in its first line, then what it rests on and what it costs."""
    terms = row.on(side)
    title = f"{_SHORT[row.program.value]}, {words.CONDITION[row.condition.value]}, {words.SIDE[side]}"
    page.text(f"{title}: {verdict_words(answer, terms)}")
    if terms.rule is not Rule.NOT_CHECKED:
        page.field("Rests on", _basis(terms), depth=2)
    if terms.administered_by:
        page.field("Run by", terms.administered_by, depth=2)
    if terms.verdict in _GRANTED:
        page.field("Authorization", words.AUTHORIZATION[terms.authorization.value], depth=2)
        _write_costs(page, terms)
    elif terms.authorization.value != "unknown":
        page.field("Authorization", words.AUTHORIZATION[terms.authorization.value], depth=2)
    for limit in terms.limits:
        page.field("Limit", f"{words.describe_limit(limit)}{marks(limit.evidence)}", depth=2)
    if terms.verdict in _GRANTED and not terms.limits:
        page.field("Limit", "none stated", depth=2)
    if terms.verdict in _GRANTED or terms.virtual.value != "not_stated":
        page.field("Telehealth", words.VIRTUAL[terms.virtual.value], depth=2)


def verdict_words(answer: Answer, terms: Terms) -> str:
    """Return a verdict in words; an undecided one says why: silence, a contradiction, or lines that leave it open."""
    if terms.verdict is Verdict.LIKELY and terms.rule in _NAMED:
        return "named by the payer, and likely covered if the plan is active"
    if terms.verdict is not Verdict.NOT_STATED:
        return words.VERDICT[terms.verdict.value]
    if contradictions(answer, terms):
        return "contradiction: the payer both grants and refuses it; ask"
    if terms.rule in _NO_RUNG:
        return words.VERDICT[terms.verdict.value]
    return "left open: the payer speaks of it, but the reply does not decide it; ask"


def contradictions(answer: Answer, terms: Terms) -> tuple[Finding, ...]:
    """Return the findings of a contradiction that left the verdict of ``terms`` undecided; empty when none did."""
    if terms.verdict is not Verdict.NOT_STATED or terms.rule in _NO_RUNG:
        return ()
    own = set(terms.evidence)
    places = {(line.segment, line.path) for line in answer.evidence if line.id in own}
    return tuple(
        finding
        for finding in answer.findings
        if finding.code is FindingCode.CONTRADICTION and (finding.segment, finding.path) in places
    )


def marks(evidence: Sequence[str]) -> str:
    """References to lines of evidence, to stand behind what rests on them."""
    return f" [{', '.join(evidence)}]" if evidence else ""


def alternative_words(one: Alternative) -> str:
    """Return one of several values of a figure: the value, what tells it apart, and the payer's own words."""
    value = format_share(one.value) if one.figure is Figure.COINSURANCE else format_money(one.value)
    parts = [
        f"{words.FIGURE[one.figure.value]} {value}{words.PER[one.per.value] if one.per else ''}",
        words.APART[one.distinguished_by.value] if one.distinguished_by else "nothing tells it apart",
    ]
    if one.text:
        parts.append(f'the payer writes "{one.text}"')
    return f"{', '.join(parts)}{marks(one.evidence)}"


def _basis(terms: Terms) -> str:
    return f"{words.RULE[terms.rule.value]} (grade {terms.grade.value}: {words.GRADE[terms.grade.value]})" + marks(
        terms.evidence
    )


def _write_costs(page: Page, terms: Terms) -> None:
    copay = None
    if terms.copay is not None:
        copay = f"{format_money(terms.copay.amount)}{words.PER[terms.copay.per.value]}"
    page.field("Copay", _figure(terms, Figure.COPAY, copay), depth=2)
    share = None
    if terms.coinsurance is not None:
        share = f"the patient pays {format_share(terms.coinsurance)}"
    page.field("Coinsurance", _figure(terms, Figure.COINSURANCE, share), depth=2)
    if terms.cost_rule is not None:
        page.field("Together", words.COST_RULE[terms.cost_rule.value], depth=2)
    applies = {True: "applies", False: "does not apply", None: "whether it applies is not stated"}
    page.field("Deductible", applies[terms.deductible_applies], depth=2)
    if terms.alternatives:
        page.field("Also stated", "figures that hold under conditions, none of which was chosen:", depth=2)
        for one in terms.alternatives:
            page.item(alternative_words(one), depth=3)


def _figure(terms: Terms, figure: Figure, value: str | None) -> str:
    """Return a figure with where it comes from: borrowed, one of several, or not stated."""
    several = sum(one.figure is figure for one in terms.alternatives)
    if value is None:
        return f"not chosen: the payer states {several} of it, see below" if several else "not stated"
    if figure in terms.assumed:
        value += "; borrowed from a broader benefit, not stated for this program"
    return f"{value}; others hold under conditions, see below" if several else value
