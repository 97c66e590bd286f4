"""Answers as tables for people: what was found, and nothing that the answer does not say."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from contracts import Answer, ProgramTerms, Side, Terms

LETTERS = {"mental_health": "MH", "substance_use": "SU"}
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


def program_words(row: ProgramTerms) -> str:
    """A program and its condition in short: ``IOP MH``."""
    return f"{row.program.value.upper()} {LETTERS[row.condition.value]}"


def show_answer(answer: Answer, console: Console) -> None:
    """Print one answer: plan, programs on both sides of the network, open questions, next step."""
    coverage = answer.coverage
    plan = f", {coverage.plan_name}" if coverage.plan_name else ""
    console.print(
        f"{answer.payer}: coverage {coverage.status.value.replace('_', ' ')}{plan}", highlight=False, markup=False
    )
    table = Table("program", "network", "verdict", "patient pays", "authorization", box=None, pad_edge=False)
    for row in answer.programs:
        for side in Side:
            terms = row.on(side)
            table.add_row(
                program_words(row),
                "in" if side is Side.IN_NETWORK else "out",
                verdict_words(terms),
                pays_words(terms),
                authorization_words(terms),
            )
    console.print(table)
    for problem in answer.problems:
        fields = f": {', '.join(problem.fields)}" if problem.fields else ""
        console.print(f"problem: {problem.code.value} ({problem.whose.value}){fields}", highlight=False, markup=False)
    for question in answer.open_questions:
        console.print(f"to ask: {question.ask}", highlight=False, markup=False)
    if answer.next_step.text:
        console.print(f"next: {answer.next_step.text}", highlight=False, markup=False)
    if answer.summary.en:
        console.print(answer.summary.en, highlight=False, markup=False)


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
