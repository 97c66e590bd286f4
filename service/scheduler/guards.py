"""One step for all questions that are made within two seconds: it finds those that were never settled.

Nearly every question is settled within seconds, and then needs no step. So a question has none of its own at first: it
is committed with a *guard*, a step that stands for all questions of a short time, and is there already for most. When a
guard runs, each of its questions that is still pending and has no later step is given one.

A guard is named by its thread too, since a thread has one transaction at a time: none waits for another one's guard.
Where nobody else writes while a transaction lasts, a guard that waits in it is looked for once, by the first question.
"""

import time
from datetime import datetime
from threading import get_ident
from typing import Any, NamedTuple

import sqlalchemy as sa

from service.scheduler.steps import LaterStep
from service.store.identifiers import stamp
from service.store.statements import ByDialect, fetch_first, has_one_writer
from service.store.tables import Row

SHARE = 45
"""A guard stands for the questions of a time that is this part of the pause before a step: 2 seconds of 90."""

SECOND = 1_000_000

_KNOWN = "known_guard"


class Guard(NamedTuple):
    """A guard of the questions that are made from ``since`` until before ``until``, in microseconds since 1970."""

    name: str
    since: int
    until: int
    delay: float
    """Seconds from now until it runs: no question of its time has to wait less than its own step would."""

    @classmethod
    def of(cls, step: LaterStep, made_at: datetime, process: str) -> "Guard":
        """Return the guard of the question, made at ``made_at``, whose first step is ``step``."""
        at = stamp(made_at)
        length = max(1, round(step.seconds * SECOND / SHARE))
        since = at - at % length
        name = f"guard:{process}:{get_ident()}:{length}:{since}"
        return cls(name, since, since + length, step.seconds + (since + length - at) / SECOND)

    def is_known_in(self, connection: sa.Connection) -> bool:
        """Return whether the transaction of ``connection`` has found, or enqueued, this guard and found it to wait."""
        transaction, name = connection.info.get(_KNOWN, (None, None))
        return name == self.name and transaction is connection.get_transaction()

    def remember_in(self, connection: sa.Connection) -> None:
        """Remember for the rest of the transaction that this guard waits."""
        if has_one_writer(connection):
            connection.info[_KNOWN] = connection.get_transaction(), self.name

    def state_in(self, connection: sa.Connection) -> "GuardState":
        """Return how it stands in the transaction of ``connection``."""
        row = _find_step(connection, self.name)
        if row is None:
            return GuardState(exists=False, waits=False)
        left = (row["delay_until_epoch_ms"] or 0) / 1000 - time.time()
        # One that is about to run, by a clock that was wrong, may miss a question that is committed meanwhile.
        return GuardState(exists=True, waits=row["status"] == "DELAYED" and left > self.delay / 2)


class GuardState(NamedTuple):
    """Whether a guard ``exists``, and whether it ``waits`` for long enough to stand for one more question."""

    exists: bool
    waits: bool


def is_enqueued(connection: sa.Connection, name: str) -> bool:
    """Return whether there is a step of that name, one that ended a short time ago included."""
    return _find_step(connection, name) is not None


def _find_step(connection: sa.Connection, name: str) -> Row | None:
    return fetch_first(connection, _STEP, {"name": name})


def _step_in(schema: str | None) -> sa.Select[Any]:
    status, delay = sa.column("status", sa.String), sa.column("delay_until_epoch_ms", sa.BigInteger)
    name = sa.column("workflow_uuid", sa.String)
    steps = sa.table("workflow_status", name, status, delay, schema=schema)
    return sa.select(steps.c.status, steps.c.delay_until_epoch_ms).where(steps.c.workflow_uuid == sa.bindparam("name"))


_STEP: ByDialect = {"sqlite": _step_in(None), "postgresql": _step_in("dbos")}
