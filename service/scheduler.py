"""Later steps: DBOS Transact runs each at its time, whichever process is there then.

A step looks at a question again. It is enqueued in the transaction of the fact that needs it, so both are committed or
neither is. It waits as a row of the same database, and no coroutine waits with it. It runs at least once, so what it
does must be idempotent (``Verifier.finish`` is). Ids and instants are all that is stored here: no member's data.
Source: ``RELIABILITY.md`` 9.1.

A step that waits belongs to no process. One that was running when its process died is resumed by any process that finds
the heartbeat of the dead one missing; DBOS leaves that to its operator.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig
from dbos import Serializer as EngineSerializer
from dbos import error as engine_errors
from dbos._schemas import SCHEMA_PLACEHOLDER
from dbos._serialization import DefaultSerializer as PickleSerializer

from contracts.wait_limits import LONGEST_STEP
from service.errors import ServiceRefusal
from service.store import StoreUnavailable
from service.store.engine import FAILURES
from service.store.identifiers import new_id
from service.store.opening import sqlite_file
from service.store.sqlite import connect
from service.store.statements import run_text

log = structlog.get_logger()

HEARTBEAT_SECONDS = 10.0
"""From one heartbeat to the next."""

POLL_SECONDS = 0.5
"""From one look at the queue to the next; with 100,000 steps that wait, it costs 1.5 % of a core."""

STEPS_OF_PAYER = 25
"""Steps of one payer that run at once in a process: half of the payer's places, so callers who wait find the others."""

REMOVE_SECONDS = 1.0
"""From one removal of steps that are needed no more to the next."""

KEPT = timedelta(minutes=10)
"""How long a step that ended is remembered."""

MOST_CLEARED = 10_000
"""Ended steps that are removed at once."""

DUE_IN_A_SECOND = 200
"""Of the steps that came due while nobody ran them, so many come due in a second; as many as can be begun."""

POOL = 8
"""Connections to a file that DBOS holds at most; it has one writer at a time anyway."""

AHEAD = timedelta(minutes=10)
"""A step that was enqueued later than so long from now was enqueued by a clock that was wrong."""

STEP = "finish"
QUEUE = "steps"
_NAME = "benefit-verification"
_VERSION = "1"
"""Fixed, as the two names above are, since rows that wait carry them. DBOS would take a hash of the code for a version,
and a new release would strand what waits."""

FIRST = "first"
"""The end of the id of the step that is enqueued with a question."""


class _Json(EngineSerializer):
    """Arguments as JSON: the engine's default is pickle, which logs an argument that it cannot write.

    Of what a step raised only the type is written, since words may be about a member.
    """

    def serialize(self, data: Any) -> str:  # noqa: ANN401 - the codec's edge
        """Write ``data``."""
        return json.dumps(data, default=lambda other: type(other).__name__)

    def deserialize(cls, serialized_data: str) -> Any:  # noqa: ANN401, N805 - as the engine declares it
        """Read what ``serialize`` wrote."""
        return json.loads(serialized_data)


def _refuse_pickle(*_: object) -> Any:  # noqa: ANN401 - as the engine declares it
    """Read nothing: reading a pickle runs whatever its writer wants."""
    raise TypeError("a pickle is not read")


# Each row names the codec that it is read by, so whoever writes the database would choose pickle, and run code here.
PickleSerializer.deserialize = _refuse_pickle  # type: ignore[method-assign,assignment]


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
    first: bool = False
    """Whether it is enqueued with the question itself, and may be removed by the question's id."""


RunStep = Callable[[str, datetime | None], Awaitable[None]]
"""What runs a step: it takes the question's id and the instant ``LaterStep.at``."""


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

    async def remove_process(self, process: str) -> bool:
        """Forget a silent one, after its steps were resumed; true for one caller alone."""
        ...


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
            "serializer": _Json(),
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
        self._open = False
        self._running: set[asyncio.Task[Any]] = set()
        self._needless: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []

    def register(self, run: RunStep) -> None:
        """Have steps run by ``run``. To be called before ``start``."""
        self._run = run

    def enqueue(self, connection: sa.Connection, step: LaterStep) -> None:
        """Enqueue ``step`` in the transaction of ``connection``, which its owner commits or rolls back.

        To be called in the thread that owns the connection.
        """
        if self._client is None:
            # With the very engine of the connection, DBOS compiles its statements once.
            self._client = DBOSClient(
                system_database_engine=connection.engine, serializer=_Json(), application_name=_NAME, lazy=True
            )
        on_file = connection.dialect.name == "sqlite"
        self._client.enqueue_in_transaction(
            cast("sa.Connection", _EnqueueingConnection(connection)) if on_file else connection,
            {
                "workflow_name": STEP,
                "queue_name": QUEUE,
                "workflow_id": _first_id(step.job_id) if step.first else f"{step.job_id}:{new_id('step')}",
                "app_version": _VERSION,
                "delay_seconds": min(max(0.0, step.seconds), LONGEST_STEP),
                "priority": step.priority,
                "queue_partition_key": step.payer,
            },
            step.job_id,
            None if step.at is None else step.at.astimezone(UTC).isoformat(),
        )

    def remove_first(self, job_id: str) -> None:
        """Have the step that was enqueued with a question removed soon: the question got on without it.

        Run after all, when this process ends before, it would find nothing to do.
        """
        self._needless.append(_first_id(job_id))

    async def start(self) -> None:
        """Begin on the running loop, and resume what an earlier process left running. Raises ``StoreUnavailable``."""
        await self._processes.heartbeat()
        logging.getLogger("dbos").propagate = True
        DBOS(config=self._config)

        async def run_step(job_id: str, at: str | None = None) -> None:
            await self._run_step(job_id, at)

        # However often a process died with it, a step is never given up.
        DBOS.workflow(name=STEP, max_recovery_attempts=None)(run_step)
        self._open = True
        try:
            if self._engine is not None:
                await asyncio.to_thread(_spread_overdue_steps, self._engine)
            DBOS.launch()
            await DBOS.register_queue_async(
                QUEUE,
                partition_worker_concurrency=STEPS_OF_PAYER,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
            )
        except (*FAILURES, engine_errors.DBOSException) as failure:
            await self._end()
            raise StoreUnavailable(f"scheduler:{type(failure).__name__}") from None
        # Each by itself: a process whose heartbeat waits for other work would be taken for dead.
        every = self._heartbeat_seconds
        self._tasks = [
            asyncio.create_task(repeat(self._processes.heartbeat, every)),
            asyncio.create_task(repeat(self._look_after, every)),
            asyncio.create_task(repeat(self._remove_needless, REMOVE_SECONDS)),
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

    async def _run_step(self, job_id: str, at: str | None) -> None:
        task = asyncio.current_task()
        if task is None or self._run is None or not self._open:
            # It was dequeued in the very moment of the end, and waits for the next process.
            raise asyncio.CancelledError
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await self._run(job_id, None if at is None else datetime.fromisoformat(at))
        except StepBlocked:
            # DBOS leaves a cancelled step as it was: one that its process was running.
            raise asyncio.CancelledError from None

    async def _look_after(self) -> None:
        """Resume what dead processes left, and what a wrong clock put far away; remove what ended long ago."""
        for process in await self._processes.silent_processes():
            # It is forgotten last: who dies in between, or fails, leaves its steps to the next one who finds it.
            await _resume_steps_of(process)
            await self._processes.remove_process(process)
        ahead = datetime.now(UTC) + AHEAD
        while steps := await _list_steps(status="DELAYED", start_time=ahead.isoformat()):
            await DBOS.resume_workflows_async(steps, queue_name=QUEUE)
        before = (datetime.now(UTC) - KEPT).isoformat()
        ended = await _list_steps(status=["SUCCESS", "ERROR", "CANCELLED"], completed_before=before)
        if ended:
            await DBOS.delete_workflows_async(ended)

    async def _remove_needless(self) -> None:
        steps, self._needless = self._needless, []
        if steps:
            await DBOS.delete_workflows_async(steps)


async def repeat(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Do ``work`` again and again, ``seconds`` apart; what fails is logged, and tried again the next time."""
    while True:
        try:
            await work()
        except (ServiceRefusal, *FAILURES, engine_errors.DBOSException) as failure:
            log.warning("scheduler.failed", detail=type(failure).__name__)
        await asyncio.sleep(seconds)


class _EnqueueingConnection:
    """A connection to a file, as DBOS uses it to enqueue a step, which compiles each of its two inserts once.

    DBOS does that for PostgreSQL alone. For SQLite it has SQLAlchemy compile and rewrite them for every step, which
    costs more processor time than all other statements of a question. Source: ``dbos/_sys_db.py``,
    ``_execute_prepared`` (read 2026-11-29).
    """

    def __init__(self, connection: sa.Connection) -> None:
        """Insert over ``connection``, in its transaction."""
        self._connection = connection
        self.dialect = connection.dialect

    def get_execution_options(self) -> dict[str, Any]:
        """Return no options."""
        return {}

    def execution_options(self, **_: Any) -> None:  # noqa: ANN401 - as the engine calls it
        """Take DBOS's name of the schema, of which a file has none."""

    def execute(self, insert: Any, values: dict[str, Any]) -> "_Inserted":  # noqa: ANN401 - as the engine calls it
        """Insert ``values``."""
        key = (insert.table.name, *values)
        compiled = _INSERTS.get(key)
        if compiled is None:
            compiled = _INSERTS[key] = _CompiledInsert.of(insert, list(values), self.dialect)
        return _Inserted(run_text(self._connection, compiled.text, compiled.parameters(values)))


class _CompiledInsert(NamedTuple):
    """An insert of DBOS as the driver takes it: its text, and its parameters in their order with what converts them."""

    text: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    @classmethod
    def of(cls, insert: sa.Insert, columns: list[str], dialect: sa.Dialect) -> "_CompiledInsert":
        """Compile ``insert``, without the name of a schema."""
        compiled = insert.compile(
            dialect=dialect,
            column_keys=columns,
            schema_translate_map={SCHEMA_PLACEHOLDER: None},
            render_schema_translate=True,
        )
        types = {name: bind.type.dialect_impl(dialect) for name, bind in compiled.binds.items()}
        order = compiled.positiontup or []
        return cls(str(compiled), tuple((name, types[name].bind_processor(dialect)) for name in order))

    def parameters(self, values: dict[str, Any]) -> list[Any]:
        """Return ``values`` in the order of the parameters."""
        return [values[name] if convert is None else convert(values[name]) for name, convert in self.columns]


_INSERTS: dict[tuple[str, ...], _CompiledInsert] = {}


class _Inserted:
    """What an insert returned, as DBOS reads it."""

    def __init__(self, cursor: Any) -> None:  # noqa: ANN401 - the driver's own
        self._cursor = cursor
        self._mapping: dict[str, Any] = {}

    def fetchone(self) -> "_Inserted | None":
        """Return the row, whose columns are in ``_mapping``."""
        row = self._cursor.fetchone()
        if row is None:
            return None
        self._mapping = dict(zip((column[0] for column in self._cursor.description), row, strict=True))
        return self


def _first_id(job_id: str) -> str:
    return f"{job_id}:{FIRST}"


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


def _spread_overdue_steps(engine: sa.Engine) -> None:
    """Let the steps that came due while nobody ran them come due bit by bit.

    DBOS moves all that are due in one statement, and a file has one writer at a time: callers would wait for it.
    """
    with engine.begin() as connection:
        if not sa.inspect(connection).has_table("workflow_status"):
            return
        overdue = "status = 'DELAYED' AND delay_until_epoch_ms <= :now"
        now = {"now": time.time_ns() // 1_000_000}
        count = connection.scalar(sa.text(f"SELECT count(*) FROM workflow_status WHERE {overdue}"), now) or 0  # noqa: S608 - ours
        seconds = count // DUE_IN_A_SECOND
        if seconds:
            spread = "delay_until_epoch_ms = :now + rowid % :seconds * 1000"
            statement = f"UPDATE workflow_status SET {spread} WHERE {overdue}"  # noqa: S608 - as above
            connection.execute(sa.text(statement), {**now, "seconds": seconds})


def sqlite_engine(path: Path) -> sa.Engine:
    """Return an engine for DBOS on the file ``path``: as the store connects to it, with DBOS's own transactions."""

    def open_connection() -> Any:  # noqa: ANN401 - a connection of the driver
        connection = connect(path, timeout=30.0)
        connection.isolation_level = "IMMEDIATE"
        return connection

    return sa.create_engine(
        "sqlite://",
        creator=open_connection,
        poolclass=sa.QueuePool,
        pool_size=POOL,
        max_overflow=0,
        hide_parameters=True,
    )
