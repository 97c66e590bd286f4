"""The processes that share one database: each gives a sign of life, and the work of a silent one is anybody's."""

from collections.abc import Callable, Mapping

import sqlalchemy as sa
from sqlalchemy import Connection

from service.store.tables import PROCESSES, upsert

SILENT_SECONDS = 60.0
"""A process that gave no sign for so long is taken for dead. Signs come many times more often (``durable.py``)."""

_BEAT = upsert(
    PROCESSES, lambda beat: beat.on_conflict_do_update(index_elements=["name"], set_={"seen_at": beat.excluded.seen_at})
)
_LEAVE = sa.update(PROCESSES).where(PROCESSES.c.name == sa.bindparam("process")).values(seen_at=0)
_SILENT = sa.select(PROCESSES.c.name).where(PROCESSES.c.seen_at <= sa.bindparam("before")).order_by(PROCESSES.c.name)
_AHEAD = sa.select(PROCESSES).where(PROCESSES.c.seen_at > sa.bindparam("ahead"))
_BURY = sa.delete(PROCESSES).where(
    PROCESSES.c.name == sa.bindparam("process"),
    sa.or_(PROCESSES.c.seen_at <= sa.bindparam("before"), PROCESSES.c.seen_at > sa.bindparam("ahead")),
)


def beat(connection: Connection, name: str, now: int) -> None:
    """Say that the process ``name`` lives."""
    connection.execute(_BEAT[connection.dialect.name], {"name": name, "seen_at": now})


def leave(connection: Connection, name: str) -> None:
    """Say that the process ``name`` ends, so that nobody waits for it to fall silent."""
    connection.execute(_LEAVE, {"process": name})


def silent(connection: Connection, before: int) -> list[str]:
    """The processes that gave no sign after ``before``."""
    return list(connection.scalars(_SILENT, {"before": before}))


def ahead_of_us(connection: Connection, ahead: int) -> dict[str, int]:
    """The last signs that are later than ``ahead``: those who gave them had a clock that was wrong, or have one."""
    return {row.name: row.seen_at for row in connection.execute(_AHEAD, {"ahead": ahead})}


class SignsOfLife:
    """Of processes whose signs are no times, who still gives any: by what changes while we look."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """Count by ``seconds``, which never jumps."""
        self._seconds = seconds
        self._last: dict[str, tuple[int, float]] = {}

    def find_unchanged(self, signs: Mapping[str, int], silence: float) -> list[str]:
        """Those whose sign has been the same for ``silence`` seconds."""
        now = self._seconds()
        for name, sign in signs.items():
            if self._last.get(name, (None, now))[0] != sign:
                self._last[name] = (sign, now)
        self._last = {name: seen for name, seen in self._last.items() if name in signs}
        return sorted(name for name, (_, since) in self._last.items() if now - since >= silence)


def bury(connection: Connection, name: str, before: int, ahead: int) -> bool:
    """Forget a silent process; true for one caller alone, who sees to what it left."""
    return connection.execute(_BURY, {"process": name, "before": before, "ahead": ahead}).rowcount == 1
