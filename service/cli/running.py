"""A command's work on a loop, and the end of its process: what a plugin leaves running keeps nobody waiting.

``asyncio.run`` waits for every task that it cancels, and a Python process for every thread; a plugin that swallows its
cancellation or sits in a thread would keep a command from ending long after it has said all it had to say.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from time import sleep
from typing import TypeVar

import click

from service.telemetry.culprits import UNKNOWN, find_culprits

Result = TypeVar("Result")

CLOSING_SECONDS = 2.0
"""Seconds that what is left of the work may take to end, and then as long again for the process."""


def run_to_end(work: Coroutine[object, object, Result]) -> Result:
    """Run ``work`` as ``asyncio.run`` does, and leave behind what does not end in ``CLOSING_SECONDS`` after it."""
    runner = asyncio.Runner()
    try:
        return runner.run(work)
    finally:
        # The loop is closed beside this thread, since closing it may never end.
        closing = threading.Thread(target=_close, args=(runner,), name="closing", daemon=True)
        closing.start()
        closing.join(CLOSING_SECONDS)


def limit_exit(code: int) -> None:
    """Let the process take ``CLOSING_SECONDS`` at most from here to its end, and name on stderr who needs more.

    A service that is ending has a limit of its own, its grace.
    """
    if any(thread.name == "ending" for thread in threading.enumerate()):
        return
    threading.Thread(target=_exit_late, args=(code, threading.get_ident()), name="exit", daemon=True).start()


def _close(runner: asyncio.Runner) -> None:
    with suppress(Exception):
        runner.close()


def _exit_late(code: int, main: int) -> None:
    sleep(CLOSING_SECONDS)
    names = ", ".join(culprit.plugin for culprit in find_culprits(None, main)) or UNKNOWN
    with suppress(Exception):
        click.echo(f"Warning: cut off what would not end: {names}", err=True)
        sys.stdout.flush()
    os._exit(code)
