"""The processes that share one database: each gives a sign of life, and the work of a silent one is anybody's."""

from service.store.engine import Session

SILENT_SECONDS = 60.0
"""A process that gave no sign for so long is taken for dead. Signs come many times more often (``durable.py``)."""

_BEAT = """
INSERT INTO processes (name, seen_at) VALUES (:name, :now) ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
"""
_LEAVE = "UPDATE processes SET seen_at = 0 WHERE name = :name"
_SILENT = "SELECT name FROM processes WHERE seen_at <= :before ORDER BY name"
_BURY = "DELETE FROM processes WHERE name = :name AND seen_at <= :before"


def beat(session: Session, name: str, now: int) -> None:
    """Say that the process ``name`` lives."""
    session.run(_BEAT, name=name, now=now)


def leave(session: Session, name: str) -> None:
    """Say that the process ``name`` ends, so that nobody waits for it to fall silent."""
    session.run(_LEAVE, name=name)


def silent(session: Session, before: int) -> list[str]:
    """The processes that gave no sign after ``before``."""
    return [row["name"] for row in session.all(_SILENT, before=before)]


def bury(session: Session, name: str, before: int) -> bool:
    """Forget a silent process; true for one caller alone, who sees to what it left."""
    return session.run(_BURY, name=name, before=before) == 1
