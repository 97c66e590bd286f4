"""Jobs that are alive in this process: who waits for them, and what is known so far.

A job is one question to one payer, shared by its twins. Its callers only wait on it; they never end it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import copy_context
from datetime import UTC, datetime

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars

from contracts import Answer, Deadline, State
from service.errors import ServiceRefusal

log = structlog.get_logger()

RESERVE = 0.1
"""Seconds of a wait that are kept for projecting and writing the answer. Measured at a full core: what was known when
the wait ended had gone out 30 ms later at most (``README.md`` of ``service``)."""


def _now() -> datetime:
    return datetime.now(UTC)


MOST_NAMED = 50
"""Verifications of one job that its lines in the log name at most."""

LOOK_AGAIN = 1.0
"""Seconds after which a waiting caller looks again: another process may have settled the job."""


class LiveJob:
    """One job: the last answer settled, when it is asked again, and who waits for it."""

    def __init__(self, job_id: str, now: Callable[[], datetime]) -> None:
        """Start with nothing known."""
        self.job_id = job_id
        self._now = now
        self.answer: Answer | None = None
        self.next_at: datetime | None = None
        self.failure: Exception | None = None
        self.running = False
        self.verification_ids: list[str] = []
        """The verifications that this job answers, as far as they are known here; for the log."""
        self._waiting: set[Deadline] = set()
        self._sleeping: set[asyncio.Future[None]] = set()

    @property
    def waiting(self) -> int:
        """How many callers wait."""
        return len(self._waiting)

    def seconds_left(self) -> float:
        """Seconds for which the most patient caller still waits for an answer; 0 when nobody does."""
        return max((_seconds_left(deadline) for deadline in self._waiting), default=0.0)

    def add_verifications(self, *verification_ids: str) -> None:
        """Note that this job answers ``verification_ids``, so that its lines in the log name them."""
        new = [one for one in verification_ids if one not in self.verification_ids]
        self.verification_ids += new[: MOST_NAMED - len(self.verification_ids)]

    def publish_answer(self, answer: Answer, next_at: datetime | None) -> None:
        """Tell everybody who waits what is known now."""
        self.answer, self.next_at = answer, next_at
        self.wake()

    def publish_failure(self, failure: Exception) -> None:
        """Tell everybody who waits that the question cannot be asked at all."""
        self.failure = failure
        self.wake()

    def wake(self) -> None:
        """Have everybody who waits look again."""
        for sleeping in self._sleeping:
            _wake_up(sleeping)

    async def wait(self, deadline: Deadline, reread: Callable[[], Coroutine[object, object, None]]) -> Answer | None:
        """The answer, as soon as nothing more can come within the wait, or what is known at its end.

        ``reread`` takes up what the store knows; it is called while nobody in this process works on the job, since
        another one may, and a store that fails then changes nothing. Raises what made the question impossible to ask.
        """
        self._waiting.add(deadline)
        try:
            while True:
                left = _seconds_left(deadline)
                if self.failure is not None:
                    raise self.failure
                if left <= 0.0 or self._nothing_more_within(left):
                    return self.answer
                await self._sleep(min(left, LOOK_AGAIN))
                if self.running:
                    continue
                left = _seconds_left(deadline)
                if not self._nothing_more_within(left):
                    with suppress(TimeoutError, ServiceRefusal):
                        async with asyncio.timeout(left):
                            await reread()
        finally:
            self._waiting.discard(deadline)

    async def _sleep(self, seconds: float) -> None:
        """Wait until somebody wakes those who wait, ``seconds`` at most."""
        loop = asyncio.get_running_loop()
        sleeping: asyncio.Future[None] = loop.create_future()
        alarm = loop.call_later(seconds, _wake_up, sleeping)
        self._sleeping.add(sleeping)
        try:
            await sleeping
        finally:
            alarm.cancel()
            self._sleeping.discard(sleeping)

    def _nothing_more_within(self, seconds: float) -> bool:
        if self.answer is not None and self.answer.state is State.FINAL:
            return True
        return not self.running and self.next_at is not None and (self.next_at - self._now()).total_seconds() > seconds


def _seconds_left(deadline: Deadline) -> float:
    """Seconds of a wait that may still be spent on waiting."""
    return max(0.0, deadline.seconds_left() - RESERVE)


def _wake_up(sleeping: "asyncio.Future[None]") -> None:
    if not sleeping.done():
        sleeping.set_result(None)


class LiveJobs:
    """Every job that is alive in this process, with the tasks that work on them."""

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        """Start with none; ``now`` is the time of day."""
        self._now = now
        self._jobs: dict[str, LiveJob] = {}
        self._beginning: set[str] = set()
        self._tasks: set[asyncio.Task[bool]] = set()

    def __len__(self) -> int:
        """How many are being worked on."""
        return len(self._tasks)

    def job(self, job_id: str) -> LiveJob:
        """The live job of that id, made when it is not there yet."""
        live = self._jobs.get(job_id)
        if live is None:
            live = self._jobs[job_id] = LiveJob(job_id, self._now)
        return live

    def works_on(self, job_id: str) -> bool:
        """Whether this process works on the job of that id, or is about to begin."""
        live = self._jobs.get(job_id)
        return job_id in self._beginning or (live is not None and live.running)

    @contextmanager
    def begin(self, job_id: str) -> Iterator[None]:
        """Have nobody else in this process begin to work on the job meanwhile; for one that is not worked on."""
        self._beginning.add(job_id)
        try:
            yield
        finally:
            self._beginning.discard(job_id)

    def spawn(self, job: LiveJob, work: Callable[[], Coroutine[object, object, bool]]) -> "asyncio.Task[bool] | None":
        """Work on ``job`` in a task of its own, which no caller's leaving ends; None when one works on it already."""
        if job.running:
            return None
        job.running = True

        def finish(_: "asyncio.Task[bool]") -> None:
            job.running = False
            job.wake()
            self.forget(job)

        task = self.adopt(work(), job.job_id)
        task.add_done_callback(finish)
        return task

    def adopt(self, work: Coroutine[object, object, bool], job_id: str) -> "asyncio.Task[bool]":
        """Have ``work`` done for a job, in a task that ends with the process at the latest."""

        def finish(ended: "asyncio.Task[bool]") -> None:
            self._tasks.discard(ended)
            if not ended.cancelled() and ended.exception() is not None:
                log.error("jobs.failed", job_id=job_id, error=type(ended.exception()).__name__)

        context = copy_context()
        context.run(bind_contextvars, **self._log_context(job_id))
        task = asyncio.create_task(work, name=f"job:{job_id}", context=context)
        task.add_done_callback(finish, context=context)
        self._tasks.add(task)
        return task

    def bind_log_context(self, job_id: str) -> AbstractContextManager[None]:
        """Have every line that is logged within, and by tasks that begin there, name the job and its verifications."""
        return bound_contextvars(**self._log_context(job_id))

    def _log_context(self, job_id: str) -> Mapping[str, object]:
        live = self._jobs.get(job_id)
        # A twin that joins later is named as well: what is bound is the job's own list.
        return {"job_id": job_id, "verification_ids": [] if live is None else live.verification_ids}

    def wake(self) -> None:
        """Have everybody who waits for any job look again: his wait may have been shortened."""
        for job in list(self._jobs.values()):
            job.wake()

    def forget(self, job: LiveJob) -> None:
        """Drop a job that nobody waits for and nobody works on."""
        if not job.waiting and not job.running and job.job_id not in self._beginning:
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
