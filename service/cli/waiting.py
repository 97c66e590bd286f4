"""Wait for an answer until it is final, or the time for it is over, and say how far it is meanwhile."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

import click

from contracts import Answer, Deadline, State
from contracts.report import LookAgain, escape_for_terminal
from contracts.wait_limits import LONGEST_WAIT

LONGEST = 86_400
"""Seconds that a command may be told to wait: a question of a batch is tried for as long."""

LEAST_PAUSE = 2.0
"""Seconds between two looks at least; a service that answers at once is not asked in a loop."""

AT_A_TIME = 20.0
"""Seconds of one look: so often a line says how far it is."""

Look = Callable[[str, float], Awaitable[Answer]]


class Answers(Protocol):
    """What knows the answers of verifications."""

    async def look(self, verification_id: str, wait: float) -> Answer:
        """The answer of a verification, after at most ``wait`` seconds."""
        ...

    def look_again(self, verification_id: str) -> LookAgain:
        """How its pending answer is looked at again."""
        ...


def first_wait(deadline: Deadline) -> float:
    """The seconds of ``deadline`` that the first request may wait; later ones wait for the rest."""
    return min(deadline.seconds_left(), float(LONGEST_WAIT))


async def wait_until_final(answer: Answer, look: Look, deadline: Deadline) -> Answer:
    """``answer``, or what it has become when it is final, or at the end of ``deadline``.

    When the payer is asked again only after that end, there is nothing to wait for.
    """
    while answer.state is State.PENDING and answer.verification_id is not None:
        pause = max(LEAST_PAUSE, _seconds_to_next_try(answer))
        if pause >= deadline.seconds_left():
            break
        _say_how_far(answer, deadline)
        looked = Deadline(LEAST_PAUSE)
        if _seconds_to_next_try(answer) > 0:
            await asyncio.sleep(min(pause, AT_A_TIME))
        latest = await look(answer.verification_id, min(AT_A_TIME, deadline.seconds_left()))
        if latest.state is State.PENDING:
            await asyncio.sleep(min(looked.seconds_left(), deadline.seconds_left()))
        answer = latest
    return answer


def _seconds_to_next_try(answer: Answer) -> float:
    """Seconds until the payer is asked again; 0 while it is being asked, or when nobody says."""
    times = [problem.retry_at for problem in answer.problems if problem.retry_at is not None]
    return max(0.0, (min(times) - datetime.now(UTC)).total_seconds()) if times else 0.0


def _say_how_far(answer: Answer, deadline: Deadline) -> None:
    """One line on stderr: whatever waits for the answer on stdout gets nothing else."""
    seconds = _seconds_to_next_try(answer)
    when = f"asked again in {seconds:.0f} s" if seconds else "being asked"
    click.echo(
        escape_for_terminal(
            f"{answer.verification_id}: pending, the payer is {when}; {deadline.seconds_left():.0f} s of the wait left"
        ),
        file=sys.stderr,
    )
