"""Options of every command that asks for an answer: where, with which key, for how long, how it is printed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from service.cli.waiting import LONGEST

Command = Callable[..., Any]

URL = click.option("--url", help="A running service, such as http://127.0.0.1:8000; without it, this process.")
KEY_FILE = click.option(
    "--key-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file with the API key of that service; or set BENEFITS_API_KEY.",
)


JSON = click.option("--json", "as_json", is_flag=True, help="Print it as JSON, on one line.")


def add_options(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Add ``options`` to a command, in this order."""
    for option in reversed(options):
        command = option(command)
    return command


def answering_options(wait: int) -> Callable[[Command], Command]:
    """Add ``--wait`` (``wait`` seconds when not given), ``--url``, ``--key-file`` and ``--json`` to a command."""
    waiting = click.option(
        *("--wait", "wait"),
        type=click.IntRange(0, LONGEST),
        default=wait,
        show_default=True,
        help="Seconds to wait for the final answer.",
    )
    printed = click.option("--json", "as_json", is_flag=True, help="Print the raw answer as JSON, on one line.")
    return lambda command: add_options(command, waiting, URL, KEY_FILE, printed)


def batch_options(command: Command) -> Command:
    """Add the options of every command about batches: where they are, with which key, how they are printed."""
    return add_options(command, URL, KEY_FILE, JSON)
