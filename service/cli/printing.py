"""An answer on the standard output: as a page for people, or raw."""

import click

from contracts import Answer
from contracts.report import LookAgain, escape_json_for_terminal, report


def print_answer(answer: Answer, look_again: LookAgain, *, as_json: bool) -> None:
    """Print ``answer``; what a terminal would obey of a payer's words is written out.

    Headings are bold on a terminal.
    """
    if as_json:
        click.echo(escape_json_for_terminal(answer.model_dump_json()))
    else:
        click.echo(report(answer, look_again=look_again, emphasise=embolden))


def embolden(text: str) -> str:
    """``text`` in bold; where nobody watches, ``click.echo`` takes that away again."""
    return click.style(text, bold=True)
