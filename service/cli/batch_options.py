"""Options of every command about batches: where they are, with which key, how they are printed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def batch_options(command: Command) -> Command:
    """Add ``--url``, ``--key-file`` and ``--json`` to a command."""
    for option in reversed((
        click.option("--url", help="A running service, such as http://127.0.0.1:8000; without it, this process."),
        click.option(
            "--key-file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="A file with the API key of that service; or set BENEFITS_API_KEY.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print it as JSON, on one line."),
    )):  # fmt: skip
        command = option(command)
    return command
