"""What a later step is, what runs it, and what the scheduler asks of the store."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple, Protocol


class LaterStep(NamedTuple):
    """A later look at a question, ``seconds`` from now.

    ``at`` is the instant that the question's row names for it; None for one that only guards against a crash.
    ``priority`` is 1 for the most urgent.
    """

    job_id: str
    payer: str
    priority: int
    seconds: float
    at: datetime | None = None
    made_at: datetime | None = None
    """When its question was made, for the step that is enqueued with the question itself: a guard may stand for it."""
    by_guard: bool = False
    """Whether a guard gives it. Every thread of every process has guards, and a question gets one step of them all."""


RunStep = Callable[[str, datetime | None], Awaitable[None]]
"""What runs a step: it takes the question's id and the instant ``LaterStep.at``."""

RunGuard = Callable[[datetime, datetime], Awaitable[None]]
"""What runs a guard: it gives a step to each question that was made from one instant until before another one, and that
is pending without a step."""


RunSchedule = Callable[[str, datetime], Awaitable[None]]
"""What runs a schedule: it takes its name and the instant for which it was planned."""


class StepBlocked(Exception):
    """A step can't be taken until somebody mends the database; it is kept for the next start."""


class Processes(Protocol):
    """The processes that share one database. The store knows them."""

    process: str
    """The name of this one."""

    async def heartbeat(self) -> None:
        """Note that this process lives."""
        ...

    async def leave(self) -> None:
        """Note that this process ends."""
        ...

    async def silent_processes(self) -> list[str]:
        """Return those that left, or gave no heartbeat for long."""
        ...

    async def known_processes(self) -> list[str]:
        """Return those that gave a heartbeat and were not forgotten since."""
        ...

    async def remove_process(self, process: str) -> bool:
        """Forget a silent one, after its steps were resumed; true for one caller alone."""
        ...
