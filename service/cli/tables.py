"""Many answers as a table, a line for each; one answer in full is a page (``contracts.report``)."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from contracts import Answer, Figure, Terms, format_money
from contracts.report import contradictions, escape_for_terminal

NOTHING = "·"
"""What stands where the payer said nothing."""


def verdict_words(answer: Answer, terms: Terms) -> str:
    """A verdict with its grade: ``covered (A)``; lines that contradict each other are no silence."""
    verdict = "contradiction" if contradictions(answer, terms) else terms.verdict.value.replace("_", " ")
    return f"{verdict} ({terms.grade.value})"


def pays_words(terms: Terms) -> str:
    """What the patient pays, in the figures that the answer has."""
    parts: list[str] = []
    if terms.copay is not None:
        per = terms.copay.per.value
        parts.append(format_money(terms.copay.amount) + ("" if per == "unknown" else f" a {per}"))
    if terms.coinsurance is not None:
        parts.append(f"{(terms.coinsurance * 100).normalize():f} %")
    joint = {"greater_of": " or, if more, ", "lesser_of": " or, if less, "}.get(terms.cost_rule or "", " and ")
    words = joint.join(parts)
    if terms.deductible_applies:
        words = f"{words}, after the deductible" if words else "after the deductible"
    if terms.alternatives and not parts:
        words = "several figures" + (f", {words}" if words else "")
    if words and any(figure in terms.assumed for figure in (Figure.COPAY, Figure.COINSURANCE)):
        words = f"{words} (borrowed)"
    return words or NOTHING


def authorization_words(terms: Terms) -> str:
    """Whether prior authorization is required; unknown is nothing said."""
    words = terms.authorization.value.replace("_", " ")
    return NOTHING if words == "unknown" else words


Row = tuple[str | None, str | None, Answer]
"""The route of an answer and the scenario of its member, where they are shown, and the answer."""


def show_payers_row(answers: Iterable[Row], console: Console) -> None:
    """Print one line for each answer: payer, plan, four verdicts in network, what the patient pays, time."""
    rows = list(answers)
    routes, scenarios = (any(row[place] is not None for row in rows) for place in (0, 1))
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for heading in (
        *("payer", *(("route",) if routes else ()), *(("scenario",) if scenarios else ())),
        *("plan", "IOP MH", "IOP SU", "PHP MH", "PHP SU", "patient pays (IOP MH)", "authorization"),
    ):
        table.add_column(heading, overflow="fold", no_wrap=heading == "payer")
    table.add_column("ms", justify="right")
    for route, scenario, answer in rows:
        first = answer.programs[0].in_network
        plan = answer.coverage.plan_name or answer.coverage.status.value.replace("_", " ")
        cells = (
            answer.payer or NOTHING,
            *((route or NOTHING,) if routes else ()),
            *((scenario or NOTHING,) if scenarios else ()),
            plan,
            *(verdict_words(answer, row.in_network) for row in answer.programs),
            pays_words(first),
            authorization_words(first),
            str(answer.timing.elapsed_ms) if answer.timing else NOTHING,
        )
        table.add_row(*(escape_for_terminal(cell) for cell in cells))
    console.print(table)


def wide_console() -> Console:
    """A console on stdout, to which words in brackets are only words; wide when nobody watches."""
    console = Console(highlight=False, markup=False, emoji=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, emoji=False, width=200)
