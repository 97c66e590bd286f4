"""Where a caller's API key comes from: a file, the environment, or a question at the terminal.

Never an option of the command line: everybody on the machine reads those in the list of processes, and the shell keeps
them in its history.
"""

import os
import sys
from pathlib import Path

import click

from service.settings.sources import CALLERS_KEY, FROM_FILE


def api_key(key_file: Path | None) -> str:
    """The key in ``key_file``, else that of the environment, else what is typed when somebody sits at the terminal.

    Raises ``click.UsageError`` when there is none, saying how one is given.
    """
    named = key_file or _file_of_environment()
    if named is not None:
        return _read(named)
    given = os.environ.get(CALLERS_KEY, "").strip()
    if given:
        return given
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"--url needs an API key: set {CALLERS_KEY} or {CALLERS_KEY}{FROM_FILE}, or name a file by --key-file"
        )
    return str(click.prompt("API key", hide_input=True, err=True)).strip()


def _file_of_environment() -> Path | None:
    named = os.environ.get(CALLERS_KEY + FROM_FILE)
    return Path(named) if named else None


def _read(path: Path) -> str:
    try:
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as failure:
        raise click.ClickException(f"the key can't be read from its file ({type(failure).__name__})") from None
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise click.ClickException("the file of the key holds no key: it is one word on one line")
    return key
