"""Processes of ours on loopback, for the demonstration: ready while a block runs, ended by their own ids after it.

They end too when this process is killed and can end nothing any more.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import NamedTuple

import click

START_SECONDS = 30.0
STOP_SECONDS = 15.0

CHILD = "service.cli.supervised"
"""The module that runs a command as a child which ends with this process; not imported, since it stands above us."""


class Running(NamedTuple):
    """A process of ours that is ready, and its address."""

    process: subprocess.Popen[str]
    url: str


@contextmanager
def running(arguments: Sequence[str], environment: Mapping[str, str], home: Path) -> Iterator[Running]:
    """``benefits`` with ``arguments`` as a process in ``home``.

    Raises ``click.ClickException`` with the end of its log when it does not start.
    """
    log = home / f"{arguments[0]}.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
            [sys.executable, "-m", CHILD, *arguments],
            cwd=home,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield Running(process, _ready(process, arguments[0], log))
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def run_and_capture(arguments: Sequence[str], environment: Mapping[str, str], home: Path) -> str:
    """What ``benefits`` with ``arguments`` prints. Raises ``click.ClickException`` when it fails."""
    done = subprocess.run(  # noqa: S603 - our own program, with arguments of our own
        [sys.executable, "-m", "service.cli.main", *arguments],
        cwd=home,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        raise click.ClickException(f"benefits {' '.join(arguments)} failed\n{done.stderr.strip()}")
    return done.stdout.strip()


def _ready(process: subprocess.Popen[str], name: str, log: Path) -> str:
    """The address in the process's ready line."""
    if process.stdout is not None:
        with DefaultSelector() as selector:
            selector.register(process.stdout, EVENT_READ)
            if selector.select(START_SECONDS):
                line = process.stdout.readline()
                if " ready on " in line:
                    return line.rsplit(" ", 1)[-1].strip()
    last_lines = log.read_text(encoding="utf-8").strip().splitlines()[-5:]
    raise click.ClickException("\n".join((f"benefits {name} did not start", *last_lines)))
