"""The scheduler: registers what runs steps, starts DBOS, enqueues, and looks after what dead processes left."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, error as engine_errors

from contracts.wait_limits import LONGEST_STEP
from contracts.wording import EASTERN
from service.errors import ServiceRefusal
from service.scheduler.codec import JsonCodec
from service.scheduler.guards import Guard, is_enqueued
from service.scheduler.sqlite import EnqueueingConnection, spread_overdue_steps, sqlite_engine
from service.scheduler.steps import LaterStep, Processes, RunGuard, RunSchedule, RunStep, StepBlocked
from service.store import StoreUnavailable
from service.store.errors import FAILURES
from service.store.identifiers import instant, new_id
from service.store.opening import sqlite_file

log = structlog.get_logger()

HEARTBEAT_SECONDS = 10.0
"""From one heartbeat to the next."""

POLL_SECONDS = 0.5
"""From one look at the queue to the next; with 100,000 steps that wait, it costs 1.5 % of a core."""

STEPS_OF_PAYER = 25
"""Steps of one payer that run at once in a process: half of the payer's places, so callers who wait find the others."""

KEPT = timedelta(minutes=10)
"""How long a step that ended is remembered."""

MOST_CLEARED = 10_000
"""Ended steps that are removed at once."""

AHEAD = timedelta(minutes=10)
"""A step that was enqueued later than so long from now was enqueued by a clock that was wrong."""

STEP = "finish"
SCHEDULE = "schedule"
GUARD = "guard"
BY_GUARD = "guarded"
"""The name of the step that guards give to a question; DBOS keeps one of two that are enqueued under it at once."""

QUEUE = "steps"
_NAME = "benefit-verification"
_VERSION = "1"
"""Fixed, as the names above are, since rows that wait carry them. DBOS would take a hash of the code for a version,
and a new release would strand what waits."""


class Scheduler:
    """DBOS with what we ask of it: ``register`` what runs steps, ``start``, then ``enqueue`` them."""

    def __init__(
        self, database_url: str, processes: Processes, *, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        """Work in the database at ``database_url``, as one of ``processes``."""
        path = sqlite_file(database_url)
        self._processes = processes
        self._heartbeat_seconds = heartbeat_seconds
        self._config: DBOSConfig = {
            "name": _NAME,
            # One process at a time works on a file, and DBOS resumes what the one before it left running.
            "executor_id": processes.process if path is None else "local",
            "application_version": _VERSION,
            "serializer": JsonCodec(),
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        self._engine: sa.Engine | None = None
        if path is None:
            self._config["system_database_url"] = database_url.replace("postgres://", "postgresql://", 1)
        else:
            self._engine = self._config["system_database_engine"] = sqlite_engine(path)
        self._client: DBOSClient | None = None
        self._run: RunStep | None = None
        self._crons: Mapping[str, str] = {}
        self._run_schedule: RunSchedule | None = None
        self._run_guard: RunGuard | None = None
        self._open = False
        self._unknown: set[str] = set()
        self._running: set[asyncio.Task[Any]] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def register(self, run: RunStep, run_guard: RunGuard) -> None:
        """Have steps run by ``run``, and guards by ``run_guard``. To be called before ``start``."""
        self._run, self._run_guard = run, run_guard

    def enqueue(self, connection: sa.Connection, step: LaterStep) -> None:
        """Enqueue ``step`` in the transaction of ``connection``, which its owner commits or rolls back.

        To be called in the thread that owns the connection. The first step of a question is left to a guard.
        """
        if step.made_at is not None:
            guard = Guard.of(step, step.made_at, self._processes.process)
            if guard.is_known_in(connection):
                return
            state = guard.state_in(connection)
            if not state.exists:
                queued = _Queued(GUARD, guard.name, GUARD, 1, guard.delay)
                self._enqueue(connection, queued, guard.since, guard.until)
            if state.waits or not state.exists:
                guard.remember_in(connection)
                return
        name = f"{step.job_id}:{BY_GUARD if step.by_guard else new_id('step')}"
        if step.by_guard and is_enqueued(connection, name):
            return
        queued = _Queued(STEP, name, step.payer, step.priority, step.seconds)
        self._enqueue(connection, queued, step.job_id, None if step.at is None else step.at.astimezone(UTC).isoformat())

    def _enqueue(self, connection: sa.Connection, queued: "_Queued", *arguments: object) -> None:
        if self._client is None:
            # With the very engine of the connection, DBOS compiles its statements once.
            self._client = DBOSClient(
                system_database_engine=connection.engine, serializer=JsonCodec(), application_name=_NAME, lazy=True
            )
        on_file = connection.dialect.name == "sqlite"
        self._client.enqueue_in_transaction(
            cast("sa.Connection", EnqueueingConnection(connection)) if on_file else connection,
            {
                "workflow_name": queued.workflow,
                "queue_name": QUEUE,
                "workflow_id": queued.id,
                "app_version": _VERSION,
                "delay_seconds": min(max(0.0, queued.seconds), LONGEST_STEP),
                "priority": queued.priority,
                "queue_partition_key": queued.partition,
            },
            *arguments,
        )

    def schedule(self, crons: Mapping[str, str], run: RunSchedule) -> None:
        """Have ``run`` called by name at the times of its cron, in US Eastern: once, however many processes there are.

        To be called before ``start``. A time at which no process runs is passed over.
        """
        self._crons = crons
        self._run_schedule = run

    async def start(self) -> None:
        """Begin on the running loop, and resume what an earlier process left running. Raises ``StoreUnavailable``."""
        await self._processes.heartbeat()
        logging.getLogger("dbos").propagate = True
        DBOS(config=self._config)

        async def run_step(job_id: str, at: str | None = None) -> None:
            await self._in_turn(self._run, job_id, None if at is None else datetime.fromisoformat(at))

        async def run_guard(since: int, until: int) -> None:
            await self._in_turn(self._run_guard, instant(since), instant(until))

        async def run_schedule(at: str, name: str) -> None:
            await self._in_turn(self._run_schedule, name, datetime.fromisoformat(at))

        # However often a process died with it, a step is never given up.
        DBOS.workflow(name=STEP, max_recovery_attempts=None)(run_step)
        DBOS.workflow(name=SCHEDULE, max_recovery_attempts=None)(run_schedule)
        DBOS.workflow(name=GUARD, max_recovery_attempts=None)(run_guard)
        self._open = True
        try:
            if self._engine is not None:
                await asyncio.to_thread(spread_overdue_steps, self._engine)
            DBOS.launch()
            await DBOS.register_queue_async(
                QUEUE,
                partition_worker_concurrency=STEPS_OF_PAYER,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )
            if self._run_schedule is not None:
                await asyncio.to_thread(_apply_schedules, self._crons, run_schedule)
        except (*FAILURES, engine_errors.DBOSException) as failure:
            await self._end()
            raise StoreUnavailable(f"scheduler:{type(failure).__name__}") from None
        # Each by itself: a process whose heartbeat waits for other work would be taken for dead.
        every = self._heartbeat_seconds
        self._tasks = [
            asyncio.create_task(repeat(self._processes.heartbeat, every)),
            asyncio.create_task(repeat(self._look_after, every)),
        ]

    def pause(self) -> None:
        """Begin no step any more; what is dequeued from now on is left to the next process."""
        self._open = False

    async def stop(self) -> None:
        """End; what waits, and what was running, is kept for the next process."""
        self.pause()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._tasks:
            self._tasks = []
            await self._end()
            with suppress(ServiceRefusal):
                await self._processes.leave()

    async def _end(self) -> None:
        # A step that is cancelled, or dequeued in the moment of the end, stays what it was; DBOS has lines for each.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        left = tuple(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        if self._engine is not None:
            self._engine.dispose()

    async def _in_turn(self, run: Callable[..., Awaitable[None]] | None, *arguments: object) -> None:
        task = asyncio.current_task()
        if task is None or run is None or not self._open:
            # It was dequeued in the very moment of the end, and waits for the next process.
            raise asyncio.CancelledError
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await run(*arguments)
        except StepBlocked:
            # DBOS leaves a cancelled step as it was: one that its process was running.
            raise asyncio.CancelledError from None

    async def _look_after(self) -> None:
        """Resume what dead processes left, and what a wrong clock put far away; remove what ended long ago."""
        for process in await self._processes.silent_processes():
            # It is forgotten last: who dies in between, or fails, leaves its steps to the next one who finds it.
            await _resume_steps_of(process)
            await self._processes.remove_process(process)
        if self._engine is None:
            await self._resume_steps_of_unknown()
        ahead = datetime.now(UTC) + AHEAD
        while steps := await _list_steps(status="DELAYED", start_time=ahead.isoformat()):
            await DBOS.resume_workflows_async(steps, queue_name=QUEUE)
        before = (datetime.now(UTC) - KEPT).isoformat()
        ended = await _list_steps(status=["SUCCESS", "ERROR", "CANCELLED"], completed_before=before)
        if ended:
            await DBOS.delete_workflows_async(ended)

    async def _resume_steps_of_unknown(self) -> None:
        """Resume what was taken by processes that are not known any more.

        One that was only slow and was taken for dead goes on to take steps; when it dies before its next heartbeat,
        nobody finds it silent. One that lives has given a heartbeat from one look to the next.
        """
        found = await DBOS.list_workflows_async(
            status="PENDING", limit=MOST_CLEARED, load_input=False, load_output=False
        )
        owners = {workflow.executor_id for workflow in found if workflow.executor_id is not None}
        unknown = owners - set(await self._processes.known_processes())
        for process in unknown & self._unknown:
            await _resume_steps_of(process)
        self._unknown = unknown


async def repeat(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Do ``work`` again and again, ``seconds`` apart; what fails is logged, and tried again the next time."""
    while True:
        try:
            await work()
        except (ServiceRefusal, *FAILURES, engine_errors.DBOSException) as failure:
            log.warning("scheduler.failed", detail=type(failure).__name__)
        await asyncio.sleep(seconds)


def _apply_schedules(crons: Mapping[str, str], run: Callable[..., Any]) -> None:
    """Let the schedules be those of ``crons`` and no others."""
    for known in DBOS.list_schedules():
        if known["schedule_name"] not in crons:
            DBOS.delete_schedule(known["schedule_name"])
    DBOS.apply_schedules([
        {"schedule_name": name, "workflow_fn": run, "schedule": cron, "context": name, "cron_timezone": EASTERN.key}
        for name, cron in crons.items()
    ])  # fmt: skip


class _Queued(NamedTuple):
    """A workflow to be enqueued under an id: which one, in which partition of the queue, how urgent, in how long."""

    workflow: str
    id: str
    partition: str
    priority: int
    seconds: float


async def _list_steps(**which: Any) -> list[str]:  # noqa: ANN401 - what DBOS takes
    """Return the ids of at most ``MOST_CLEARED`` steps."""
    found = await DBOS.list_workflows_async(limit=MOST_CLEARED, load_input=False, load_output=False, **which)
    return [workflow.workflow_id for workflow in found]


async def _resume_steps_of(process: str) -> None:
    """Enqueue again what ``process`` was running."""
    found = await DBOS.list_workflows_async(status="PENDING", executor_id=process, load_input=False, load_output=False)
    ours = [workflow.workflow_id for workflow in found if workflow.queue_name == QUEUE]
    # An earlier version ran its steps without a queue; DBOS has one for those.
    others = [workflow.workflow_id for workflow in found if workflow.queue_name != QUEUE]
    if ours:
        await DBOS.resume_workflows_async(ours, queue_name=QUEUE)
    if others:
        await DBOS.resume_workflows_async(others)
    log.info("scheduler.resumed", count=len(found))
