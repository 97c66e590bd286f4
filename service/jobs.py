"""Jobs that are alive in this process: who waits for them, and what is known so far.

A job is one question to one payer, shared by its twins. Its callers only wait on it; they never end it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime

from contracts import Answer, Deadline, State

RESERVE = 0.1
"""Seconds of every wait that are kept for projecting and writing the answer."""


class LiveJob:
    """One job: the last answer settled, when it is asked again, and an event for those who wait."""

    def __init__(self, job_id: str) -> None:
        """Start with nothing known."""
        self.job_id = job_id
        self.answer: Answer | None = None
        self.next_at: datetime | None = None
        self.failure: Exception | None = None
        self.waiting = 0
        self.running = False
        self._changed = asyncio.Event()

    def settled(self, answer: Answer, next_at: datetime | None) -> None:
        """Tell everybody who waits what is known now."""
        self.answer, self.next_at = answer, next_at
        self._wake()

    def failed(self, failure: Exception) -> None:
        """Tell everybody who waits that the question cannot be asked at all."""
        self.failure = failure
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def wait(self, deadline: Deadline, reread: Callable[[], Coroutine[object, object, None]]) -> Answer | None:
        """The answer, as soon as nothing more can come within the wait, or what is known at its end.

        ``reread`` takes up what the store knows; it is called while nobody in this process works on the job, since
        another one may. Raises what made the question impossible to ask.
        """
        self.waiting += 1
        try:
            while True:
                if not self.running:
                    await reread()
                left = deadline.slice(float("inf"), keep=RESERVE)
                if self.failure is not None:
                    raise self.failure
                if left <= 0.0 or self._nothing_more_within(left):
                    return self.answer
                try:
                    async with asyncio.timeout(min(left, _LOOK_AGAIN)):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            self.waiting -= 1

    def _nothing_more_within(self, seconds: float) -> bool:
        if self.answer is None or self.running:
            return False
        if self.answer.state is State.FINAL:
            return True
        return self.next_at is None or (self.next_at - datetime.now(UTC)).total_seconds() > seconds


_LOOK_AGAIN = 1.0
"""A drain may shorten the deadline while somebody waits, so the wait is looked at again this often, in seconds."""


class LiveJobs:
    """Every job that is alive in this process, with the tasks that work on them."""

    def __init__(self) -> None:
        """Start with none."""
        self._jobs: dict[str, LiveJob] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many are being worked on."""
        return len(self._tasks)

    def job(self, job_id: str) -> LiveJob:
        """The live job of that id, made when it is not there yet."""
        return self._jobs.setdefault(job_id, LiveJob(job_id))

    def spawn(self, job: LiveJob, work: Callable[[], Coroutine[object, object, None]]) -> None:
        """Work on ``job`` in a task of its own, which no caller's leaving ends. No second task for a running job."""
        if job.running:
            return
        job.running = True
        task = asyncio.create_task(work())
        self._tasks.add(task)

        def done(ended: asyncio.Task[None]) -> None:
            self._tasks.discard(ended)
            job.running = False
            job._wake()  # noqa: SLF001 - the registry and its jobs are one piece
            self.forget(job)
            if not ended.cancelled():
                ended.exception()

        task.add_done_callback(done)

    def forget(self, job: LiveJob) -> None:
        """Drop a job that nobody waits for and nobody works on."""
        if not job.waiting and not job.running:
            self._jobs.pop(job.job_id, None)

    async def end(self, seconds: float) -> int:
        """Wait at most ``seconds`` for the work under way, then cancel it; returns how many were cancelled.

        A cancelled attempt stays open in the store and is finished after the next start.
        """
        if not self._tasks:
            return 0
        _, unfinished = await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in unfinished:
            task.cancel()
        if unfinished:
            await asyncio.wait(unfinished, timeout=1.0)
        return len(unfinished)
