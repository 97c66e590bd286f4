"""Many answers as a table, a line for each; one answer in full is a page (``contracts.report``)."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from contracts import Answer, Terms

NOTHING = "·"
"""What stands where the payer said nothing."""


def verdict_words(terms: Terms) -> str:
    """A verdict with its grade: ``covered (A)``."""
    return f"{terms.verdict.value.replace('_', ' ')} ({terms.grade.value})"


def pays_words(terms: Terms) -> str:
    """What the patient pays, in the figures that the answer has."""
    parts: list[str] = []
    if terms.copay is not None:
        per = terms.copay.per.value
        parts.append(f"${terms.copay.amount}" + ("" if per == "unknown" else f" a {per}"))
    if terms.coinsurance is not None:
        parts.append(f"{(terms.coinsurance * 100).normalize():f} %")
    joint = {"greater_of": " or, if more, ", "lesser_of": " or, if less, "}.get(terms.cost_rule or "", " and ")
    words = joint.join(parts)
    if terms.deductible_applies:
        words = f"{words}, after the deductible" if words else "after the deductible"
    if terms.alternatives and not parts:
        words = "several figures" + (f", {words}" if words else "")
    return words or NOTHING


def authorization_words(terms: Terms) -> str:
    """Whether prior authorization is required; unknown is nothing said."""
    words = terms.authorization.value.replace("_", " ")
    return NOTHING if words == "unknown" else words


def show_payers_row(answers: Iterable[tuple[str | None, Answer]], console: Console) -> None:
    """Print one line for each answer: payer, plan, four verdicts in network, what the patient pays, time.

    The road beside an answer is shown where there is one.
    """
    rows = list(answers)
    roads = any(road is not None for road, _ in rows)
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for heading in (
        *("payer", *(("road",) if roads else ()), "plan", "IOP MH", "IOP SU", "PHP MH", "PHP SU"),
        *("patient pays (IOP MH)", "authorization"),
    ):
        table.add_column(heading, overflow="fold")
    table.add_column("ms", justify="right")
    for road, answer in rows:
        first = answer.programs[0].in_network
        plan = answer.coverage.plan_name or answer.coverage.status.value.replace("_", " ")
        table.add_row(
            answer.payer or NOTHING,
            *((road or NOTHING,) if roads else ()),
            plan,
            *(verdict_words(row.in_network) for row in answer.programs),
            pays_words(first),
            authorization_words(first),
            str(answer.timing.elapsed_ms) if answer.timing else NOTHING,
        )
    console.print(table)


def wide_console() -> Console:
    """A console on stdout; wide when nobody watches, so that a pipe breaks no line."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=200)
