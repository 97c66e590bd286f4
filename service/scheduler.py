"""Work that outlives the process: DBOS Transact, on a SQLite file beside the database or on the same PostgreSQL.

A step is named and given an id of a job and an instant; it runs at that instant or, after a crash, as soon as the
process is back, at least once. What runs must therefore be idempotent (``Verifier.finish`` is). Ids and instants are
all that is stored here: no member's data. Source: ``RELIABILITY.md`` 9.1.

On PostgreSQL several processes share the work, and the engine takes up a process's own steps only. So every process
gives a sign of life in rounds, and whoever finds another one silent resumes what it left.
"""

import asyncio
import json
import logging
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos import Serializer as EngineSerializer
from dbos import error as engine_errors
from dbos._serialization import DefaultSerializer as PickleSerializer
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from contracts.wait_limits import LONGEST_STEP
from service.errors import ServiceRefusal
from service.store import StoreUnavailable
from service.store.files import make
from service.store.opening import beside, sqlite_path
from service.store.schema import engine_url

log = structlog.get_logger()

Step = Callable[[str], Awaitable[None]]

Round = Callable[[], Awaitable[None]]

ROUND_SECONDS = 10.0
"""From one sign of life to the next."""

CLEARING = 6
"""Every so many rounds the steps that ended are cleared away."""

KEPT = timedelta(days=1)
"""How long a step that ended is remembered."""

MOST_CLEARED = 1000
"""Steps cleared away at once."""

_NAME = "benefit-verification"
_VERSION = "1"
"""Fixed: the engine's default is a hash of the code, and a new release would strand what waits."""


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


class Company(Protocol):
    """The processes that share one database. The store knows them."""

    process: str
    """The name of this one."""

    async def beat(self) -> None:
        """Give a sign of life."""
        ...

    async def leave(self) -> None:
        """Say that this process ends."""
        ...

    async def silent(self) -> list[str]:
        """Those that left, or gave no sign for long."""
        ...

    async def bury(self, process: str) -> bool:
        """Forget a silent one; true for one caller alone."""
        ...


class Durable:
    """The durable engine: ``register`` steps, ``start``, then ``schedule`` them."""

    def __init__(self, database_url: str, company: Company, *, round_seconds: float = ROUND_SECONDS) -> None:
        """Stand beside the database at ``database_url``, in ``company``; a round is made every ``round_seconds``."""
        path = sqlite_path(database_url)
        self._company = company
        self._round_seconds = round_seconds
        config: DBOSConfig = {
            "name": _NAME,
            # One process at a time works on a file, and takes up what the one before it left.
            "executor_id": company.process if path is None else "local",
            "application_version": _VERSION,
            "serializer": _Json(),
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        self._engine: sa.Engine | None = None
        if path is None:
            config["system_database_url"] = database_url.replace("postgres://", "postgresql://", 1)
        else:
            self._engine = sqlite_engine(beside(database_url, ".jobs", otherwise=path))
            config["system_database_engine"] = self._engine
        self._config = config
        self._steps: dict[str, Step] = {}
        self._running: dict[str, Callable[[str, str], Any]] = {}
        self._started = False
        self._waiting: set[asyncio.Task[Any]] = set()
        self._rounds: list[Round] = []
        self._own: list[asyncio.Task[None]] = []

    def register(self, name: str, step: Step) -> None:
        """Give ``step`` a name that waiting rows carry; it never changes. To be called before ``start``."""
        self._steps[name] = step

    def each_round(self, work: Round) -> None:
        """Do ``work`` in every round, after what silent processes left has been resumed."""
        self._rounds.append(work)

    async def start(self) -> None:
        """Begin, and take up what an earlier process left: on the running loop, as the steps need it.

        Raises ``StoreUnavailable``.
        """
        await self._company.beat()
        logging.getLogger("dbos").propagate = True
        DBOS(config=self._config)
        for name, step in self._steps.items():
            self._running[name] = DBOS.workflow(name=name)(self._at_its_time(step))
        try:
            DBOS.launch()
        except (SQLAlchemyError, engine_errors.DBOSException) as failure:
            await self._end()
            raise StoreUnavailable(f"durable:{type(failure).__name__}") from None
        self._started = True
        # A round may take long, and a process that gives no sign meanwhile would be taken for dead.
        self._own = [asyncio.create_task(self._give_signs()), asyncio.create_task(self._make_rounds())]

    async def stop(self) -> None:
        """End; what waits is kept for the next process."""
        for task in self._own:
            task.cancel()
        await asyncio.gather(*self._own, return_exceptions=True)
        if self._started:
            self._started = False
            await self._end()
            with suppress(ServiceRefusal):
                await self._company.leave()

    async def _end(self) -> None:
        # A step that is cancelled stays what it was, and the engine has a line of warning for each.
        logging.getLogger("dbos").setLevel(logging.ERROR)
        left = tuple(self._waiting)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        if self._engine is not None:
            self._engine.dispose()

    async def schedule(self, workflow_id: str, name: str, job_id: str, at: datetime) -> None:
        """Run step ``name`` for ``job_id`` at ``at``, also across a crash; the same ``workflow_id`` runs once."""
        if not self._started:
            log.warning("durable.not_started", job_id=job_id)
            return
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(self._running[name], job_id, at.astimezone(UTC).isoformat())

    def _at_its_time(self, step: Step) -> Callable[[str, str], Any]:
        async def wait_and_run(job_id: str, at: str) -> None:
            task = asyncio.current_task()
            if task is None or not self._started:
                # It was taken up in the very moment of the end, and waits for the next process.
                raise asyncio.CancelledError
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
            left = seconds_until(datetime.fromisoformat(at), datetime.now(UTC))
            if left > 0:
                await asyncio.sleep(left)
            await step(job_id)

        wait_and_run.__qualname__ = f"durable.{getattr(step, '__name__', 'step')}"
        return wait_and_run

    async def _give_signs(self) -> None:
        while True:
            with suppress(ServiceRefusal):
                await self._company.beat()
            await asyncio.sleep(self._round_seconds)

    async def _make_rounds(self) -> None:
        for number in count():  # pragma: no branch - it ends by being cancelled
            try:
                for process in await self._company.silent():
                    # Of several who find it, one does.
                    if await self._company.bury(process):  # pragma: no branch - a matter of milliseconds
                        await _resume(process)
                for work in self._rounds:
                    await work()
                if number % CLEARING == 0:
                    await _clear()
            except (ServiceRefusal, SQLAlchemyError, engine_errors.DBOSException) as failure:
                log.warning("durable.round_failed", detail=type(failure).__name__)
            await asyncio.sleep(self._round_seconds)


def seconds_until(at: datetime, now: datetime) -> float:
    """How long a step at ``at`` is waited for, in seconds.

    One that is further away than any question lives was planned by a clock that was wrong; one that comes early waits
    again.
    """
    return min((at - now).total_seconds(), LONGEST_STEP)


async def _clear() -> None:
    """Forget the steps that ended long ago; their names hold instants and never come again."""
    before = (datetime.now(UTC) - KEPT).isoformat()
    ended = await DBOS.list_workflows_async(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=before,
        limit=MOST_CLEARED,
        load_input=False,
        load_output=False,
    )
    if ended:
        await DBOS.delete_workflows_async([workflow.workflow_id for workflow in ended])


async def _resume(executor: str) -> None:
    """Give what ``executor`` had under way to whoever lives."""
    left = await DBOS.list_workflows_async(status="PENDING", executor_id=executor, load_input=False, load_output=False)
    if left:
        await DBOS.resume_workflows_async([workflow.workflow_id for workflow in left])
    log.info("durable.resumed", count=len(left))


def sqlite_engine(path: Path) -> sa.Engine:
    """The engine's SQLite with what it lacks by itself: WAL, and fine clocks (``RELIABILITY.md`` 9.1)."""
    make(path)
    engine = sa.create_engine(engine_url(path), pool_size=20, max_overflow=0, pool_timeout=30)

    @event.listens_for(engine, "connect")
    def prepare_connection(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        if sys.version_info >= (3, 12):  # pragma: no cover - the older Python is the one that is measured
            if sqlite3.sqlite_version_info < (3, 42):
                connection.create_function("unixepoch", 1, lambda _: time.time())
        else:
            connection.create_function("strftime", 2, lambda form, _: time.time() if form == "%s" else None)

    return engine
