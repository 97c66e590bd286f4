"""Work that outlives the process: DBOS Transact, on a SQLite file beside the database or on the same PostgreSQL.

A step is named and given an id of a job and an instant; it runs at that instant or, after a crash, as soon as the
process is back, at least once. What runs must therefore be idempotent (``Verifier.finish`` is). Ids and instants are
all that is stored here: no member's data. Source: ``stack.md`` 1.3 to 1.6.
"""

import asyncio
import json
import logging
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos import Serializer as EngineSerializer
from sqlalchemy import event

from service.store.doors import beside, sqlite_path

log = structlog.get_logger()

Step = Callable[[str], Awaitable[None]]

_NAME = "benefit-verification"
_VERSION = "1"
"""Fixed: the engine's default is a hash of the code, and a new release would strand what waits."""


class _Json(EngineSerializer):
    """Arguments as JSON: the engine's default is pickle, which logs an argument that it cannot write."""

    def serialize(self, data: Any) -> str:  # noqa: ANN401 - the codec's edge
        """Write ``data``."""
        return json.dumps(data, default=str)

    def deserialize(cls, serialized_data: str) -> Any:  # noqa: ANN401, N805 - as the engine declares it
        """Read what ``serialize`` wrote."""
        return json.loads(serialized_data)


class Durable:
    """The durable engine: ``register`` steps, ``start``, then ``schedule`` them."""

    def __init__(self, database_url: str, *, executor: str = "local") -> None:
        """Stand beside the database at ``database_url``; ``executor`` is this process's stable name."""
        path = sqlite_path(database_url)
        config: DBOSConfig = {
            "name": _NAME,
            "executor_id": executor,
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

    def register(self, name: str, step: Step) -> None:
        """Give ``step`` a name that waiting rows carry; it never changes. To be called before ``start``."""
        self._steps[name] = step

    async def start(self) -> None:
        """Begin, and take up what an earlier process of this name left: on the running loop, as the steps need it."""
        logging.getLogger("dbos").propagate = True
        DBOS(config=self._config)
        for name, step in self._steps.items():
            self._running[name] = DBOS.workflow(name=name)(_at_its_time(step))
        DBOS.launch()
        self._started = True

    async def stop(self) -> None:
        """End; what waits is kept for the next process."""
        if self._started:
            self._started = False
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


def _at_its_time(step: Step) -> Callable[[str, str], Any]:
    async def wait_and_run(job_id: str, at: str) -> None:
        left = (datetime.fromisoformat(at) - datetime.now(UTC)).total_seconds()
        if left > 0:
            await asyncio.sleep(left)
        await step(job_id)

    wait_and_run.__qualname__ = f"durable.{getattr(step, '__name__', 'step')}"
    return wait_and_run


def sqlite_engine(path: Path) -> sa.Engine:
    """The engine's SQLite with what it lacks by itself: WAL, and clocks finer than a second (``stack.md`` 1.3)."""
    engine = sa.create_engine(f"sqlite:///{path}", pool_size=20, max_overflow=0, pool_timeout=30)

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        if sys.version_info >= (3, 12):
            if sqlite3.sqlite_version_info < (3, 42):
                connection.create_function("unixepoch", 1, lambda _: time.time())
        else:
            connection.create_function("strftime", 2, lambda form, _: time.time() if form == "%s" else None)

    return engine
