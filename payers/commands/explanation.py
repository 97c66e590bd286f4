"""An explanation as a page: every line of a reply with its meaning, then every verdict with what decided it."""

from collections.abc import Callable, Iterable

from contracts import Answer, Condition, Program, Side, Terms
from contracts.benefits import Place
from contracts.report import Page, words
from contracts.report.terms import alternative_words, verdict_words
from contracts.wording import format_money, format_share
from payers.reading.explanation import ExplainedLine, ExplainedVerdict, Explanation
from payers.reading.explanation.standing import Key


def write_explanation(explanation: Explanation, *, title: str = "", emphasise: Callable[[str], str] = str) -> str:
    """Return the page, in lines of at most 80 columns; whatever a payer wrote is made harmless for a terminal."""
    page = Page(emphasise)
    if title:
        page.heading(title)
    page.heading("What each line says, and what it decided")
    if not explanation.lines:
        page.text("The reply holds no line of benefits.")
    for line in explanation.lines:
        _write_line(page, line)
    _write_elsewhere(page, explanation)
    page.heading("What decided each verdict")
    coverage = explanation.answer.coverage
    page.field("Plan", f"{words.STATUS[coverage.status.value]}{_cite(explanation, coverage.evidence)}")
    for verdict in explanation.verdicts:
        _write_verdict(page, explanation.answer, verdict)
    return str(page)


def _write_line(page: Page, line: ExplainedLine) -> None:
    page.heading(f"{_place(line.at)}: {line.sent[0]}")
    for sent in line.sent[1:]:
        page.text(sent)
    for label, text in line.facts:
        page.field(label, text)
    for clause in line.clauses:
        page.field("Clause", clause.words)
        for meaning in clause.meanings:
            page.item(meaning, depth=2)
        if clause.unknown:
            page.item(f"words not understood: {', '.join(f'[{word}]' for word in clause.unknown)}", depth=2)
    for finding in line.findings:
        page.field("Finding", f"{finding.code.value}: {words.describe_finding(finding.code.value)} ({finding.detail})")
    for use in line.uses:
        page.field("Used for", use)
    for keys, effect in line.effects:
        page.item(f"{_rows(keys)}: {effect}" if keys else effect)


def _write_elsewhere(page: Page, explanation: Explanation) -> None:
    """Write findings and evidence that belong to no line of benefits: rejections, dates of the member, counts."""
    shown = {finding for line in explanation.lines for finding in line.findings}
    rest = [finding for finding in explanation.answer.findings if finding not in shown]
    if rest or explanation.answer.problems:
        page.heading("Beside the lines")
    for problem in explanation.answer.problems:
        page.item(f"problem {problem.code.value}; {words.RESPONSIBLE[problem.responsible.value]}")
    for finding in rest:
        at = finding.path if finding.path is not None else finding.segment
        where = f", {_place(at)}" if at is not None else ""
        page.item(f"{finding.code.value}: {words.describe_finding(finding.code.value)} ({finding.detail}){where}")


def _write_verdict(page: Page, answer: Answer, verdict: ExplainedVerdict) -> None:
    terms = verdict.terms
    page.heading(f"{_rows((verdict.key,))}: {verdict_words(answer, terms)}")
    page.field("Rule", f"{terms.rule.value}: {words.RULE[terms.rule.value]} (grade {terms.grade.value})")
    for step in verdict.steps:
        does: dict[str, list[Place]] = {}
        for at, voice in step.heard:
            does.setdefault(voice, []).append(at)
        heard = "; ".join(f"{_places(places)}: {voice}" for voice, places in does.items())
        page.item(f"rung {step.rung}{', which decided' if step.decided else ''}: {heard}")
    if not verdict.steps:
        page.item("no line is heard on any rung")
    for figure in _figures(terms):
        page.field("Figure", figure)
    for alternative in terms.alternatives:
        page.field("Alternative", alternative_words(alternative.model_copy(update={"evidence": ()})))
    if verdict.rests_on:
        page.field("Rests on", _places(verdict.rests_on))


def _figures(terms: Terms) -> Iterable[str]:
    borrowed = {figure.value for figure in terms.assumed}
    if terms.copay is not None:
        lent = "; borrowed from a lower rung" if "copay" in borrowed else ""
        yield f"copay {format_money(terms.copay.amount)}{words.PER[terms.copay.per.value]}{lent}"
    if terms.coinsurance is not None:
        lent = "; borrowed from a lower rung" if "coinsurance" in borrowed else ""
        yield f"coinsurance {format_share(terms.coinsurance)}{lent}"
    if terms.deductible_applies is not None:
        yield "a deductible applies" if terms.deductible_applies else "no deductible applies"
    yield f"authorization {words.AUTHORIZATION[terms.authorization.value]}"
    for limit in terms.limits:
        yield f"limit {words.describe_limit(limit)}"
    if terms.virtual.value != "not_stated":
        yield words.VIRTUAL[terms.virtual.value]


def _cite(explanation: Explanation, ids: Iterable[str]) -> str:
    wanted = set(ids)
    found = [one for one in explanation.answer.evidence if one.id in wanted]
    places = [one.path if one.path is not None else one.segment for one in found]
    return f", by {_places([place for place in places if place is not None])}" if found else ""


def _place(at: Place) -> str:
    return f"Segment {at}" if isinstance(at, int) else at


def _places(places: Iterable[Place]) -> str:
    found = list(dict.fromkeys(places))
    if all(isinstance(at, int) for at in found):
        return f"segment{'s' if len(found) > 1 else ''} {', '.join(str(at) for at in found)}"
    return ", ".join(str(at) for at in found)


def _rows(keys: Iterable[Key]) -> str:
    """Return rows of the answer in a few words: ``IOP and PHP, mental health, in network``."""
    wanted = set(keys)
    programs = [one for one in Program if any(one is key[0] for key in wanted)]
    conditions = [one for one in Condition if any(one is key[1] for key in wanted)]
    sides = [one for one in Side if any(one is key[2] for key in wanted)]
    product = {(program, condition, side) for program in programs for condition in conditions for side in sides}
    if len(wanted) == len(Program) * len(Condition) * len(Side):
        return "Every program, condition and side"
    if product != wanted and len(programs) > 1:
        return "; ".join(_rows([key for key in wanted if key[0] is program]) for program in programs)
    if product != wanted:
        return "; ".join(_rows([key for key in wanted if key[1] is condition]) for condition in conditions)
    parts = (
        " and ".join(one.value.upper() for one in programs),
        " and ".join(words.CONDITION[one.value] for one in conditions),
        " and ".join(words.SIDE[one] for one in sides),
    )
    return ", ".join(parts)
