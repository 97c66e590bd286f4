"""The processes that share one database: each gives heartbeats, and the work of a silent one is anybody's."""

from collections.abc import Callable, Mapping

import sqlalchemy as sa
from sqlalchemy import Connection

from service.store.statements import execute, fetch_all, fetch_scalars, upsert
from service.store.tables import PROCESSES

SILENT_SECONDS = 60.0
"""A process that gave no heartbeat for so long is taken for dead. Heartbeats come more often (``scheduler/``)."""

_HEARTBEAT = upsert(
    PROCESSES,
    lambda insert: insert.on_conflict_do_update(index_elements=["name"], set_={"seen_at": insert.excluded.seen_at}),
)
_LEAVE = sa.update(PROCESSES).where(PROCESSES.c.name == sa.bindparam("process")).values(seen_at=0)
_SILENT = sa.select(PROCESSES.c.name).where(PROCESSES.c.seen_at <= sa.bindparam("before")).order_by(PROCESSES.c.name)
_AHEAD = sa.select(PROCESSES).where(PROCESSES.c.seen_at > sa.bindparam("ahead"))
_REMOVE = sa.delete(PROCESSES).where(
    PROCESSES.c.name == sa.bindparam("process"),
    sa.or_(PROCESSES.c.seen_at <= sa.bindparam("before"), PROCESSES.c.seen_at > sa.bindparam("ahead")),
)
_KNOWN = sa.select(PROCESSES.c.name)
_REMOVE_ALL = sa.delete(PROCESSES)


def note_heartbeat(connection: Connection, name: str, now: int) -> None:
    """Note that the process ``name`` lives."""
    execute(connection, _HEARTBEAT, {"name": name, "seen_at": now})


def leave(connection: Connection, name: str) -> None:
    """Note that the process ``name`` ends, so that nobody waits for it to fall silent."""
    execute(connection, _LEAVE, {"process": name})


def silent(connection: Connection, before: int) -> list[str]:
    """Return the processes that gave no heartbeat after ``before``."""
    return fetch_scalars(connection, _SILENT, {"before": before})


def ahead_of_us(connection: Connection, ahead: int) -> dict[str, int]:
    """Return the last heartbeats that are later than ``ahead``: the clocks of those processes were wrong, or are."""
    return {row["name"]: row["seen_at"] for row in fetch_all(connection, _AHEAD, {"ahead": ahead})}


class Heartbeats:
    """Whose heartbeats still come, of processes whose clocks are wrong: by what changes while we look."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """Count by ``seconds``, which never jumps."""
        self._seconds = seconds
        self._last: dict[str, tuple[int, float]] = {}

    def find_unchanged(self, heartbeats: Mapping[str, int], silence: float) -> list[str]:
        """Return those whose last heartbeat has been the same for ``silence`` seconds."""
        now = self._seconds()
        for name, seen_at in heartbeats.items():
            if self._last.get(name, (None, now))[0] != seen_at:
                self._last[name] = (seen_at, now)
        self._last = {name: seen for name, seen in self._last.items() if name in heartbeats}
        return sorted(name for name, (_, since) in self._last.items() if now - since >= silence)


def list_names(connection: Connection) -> list[str]:
    """Return the names of all processes that gave a heartbeat and were not forgotten since."""
    return fetch_scalars(connection, _KNOWN)


def remove(connection: Connection, name: str, before: int, ahead: int) -> bool:
    """Forget a silent process, whose steps were resumed before; true for one caller alone."""
    return execute(connection, _REMOVE, {"process": name, "before": before, "ahead": ahead}) == 1


def remove_all(connection: Connection) -> None:
    """Forget every process: where one works at a time, those of before are gone."""
    execute(connection, _REMOVE_ALL)
