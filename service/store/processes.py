"""The processes that share one database: each gives a sign of life, and the work of a silent one is anybody's."""

from collections.abc import Callable, Mapping

from service.store.engine import Session

SILENT_SECONDS = 60.0
"""A process that gave no sign for so long is taken for dead. Signs come many times more often (``durable.py``)."""

_BEAT = """
INSERT INTO processes (name, seen_at) VALUES (:name, :now) ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
"""
_LEAVE = "UPDATE processes SET seen_at = 0 WHERE name = :name"
_SILENT = "SELECT name FROM processes WHERE seen_at <= :before ORDER BY name"
_AHEAD = "SELECT name, seen_at FROM processes WHERE seen_at > :ahead"
_BURY = "DELETE FROM processes WHERE name = :name AND (seen_at <= :before OR seen_at > :ahead)"


def beat(session: Session, name: str, now: int) -> None:
    """Say that the process ``name`` lives."""
    session.run(_BEAT, name=name, now=now)


def leave(session: Session, name: str) -> None:
    """Say that the process ``name`` ends, so that nobody waits for it to fall silent."""
    session.run(_LEAVE, name=name)


def silent(session: Session, before: int) -> list[str]:
    """The processes that gave no sign after ``before``."""
    return [row["name"] for row in session.all(_SILENT, before=before)]


def ahead_of_us(session: Session, ahead: int) -> dict[str, int]:
    """The last signs that are later than ``ahead``: those who gave them had a clock that was wrong, or have one."""
    return {row["name"]: row["seen_at"] for row in session.all(_AHEAD, ahead=ahead)}


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


def bury(session: Session, name: str, before: int, ahead: int) -> bool:
    """Forget a silent process; true for one caller alone, who sees to what it left."""
    return session.run(_BURY, name=name, before=before, ahead=ahead) == 1
