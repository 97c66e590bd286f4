"""Removes lines of the audit after their time, so that what is left still verifies.

Of each strand only its beginning is removed, and never its last line. The lines are verified before they go, and a
mark keeps the digest of the last of them, from which the chain goes on (``audit_marks.py``). A line of the audit says
how many were removed. Source: 45 CFR 164.316(b)(2)(i): six years.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import Sealer
from service.store import audit
from service.store.audit_marks import Mark, MarkKind, marks, put_marks
from service.store.chain import COLUMNS, Head, ends_of, first_of, line_digest, strand_of
from service.store.errors import StoreUnavailable
from service.store.statements import execute, fetch_scalar, fetch_tuples
from service.store.tables import AUDIT

LINES = 1_000
"""Lines that are removed in one transaction."""

_FIRST_KEPT = (
    sa.select(AUDIT.c.seq)
    .where(
        AUDIT.c.seq > sa.bindparam("after"), AUDIT.c.seq <= sa.bindparam("end"), AUDIT.c.at >= sa.bindparam("before")
    )
    .order_by(AUDIT.c.seq)
    .limit(1)
)
_BETWEEN = AUDIT.c.seq.between(sa.bindparam("first"), sa.bindparam("last"))
_LINES = sa.select(*(AUDIT.c[name] for name in COLUMNS), AUDIT.c.mac).where(_BETWEEN).order_by(AUDIT.c.seq).limit(LINES)
_COUNT = sa.select(sa.func.count()).select_from(AUDIT).where(_BETWEEN)
_REMOVE = sa.delete(AUDIT).where(_BETWEEN)
_WRITTEN_AT = sa.select(AUDIT.c.at).where(AUDIT.c.seq == sa.bindparam("line"))


class AuditNotWhole(Exception):
    """A line that was to be removed is not what was written: nothing of its strand is removed."""

    def __init__(self, seq: int) -> None:
        """Name the line."""
        super().__init__(f"line {seq} of the audit is broken: nothing is removed; see `benefits audit verify`")


def last_line_at(connection: Connection) -> int | None:
    """Return the stamp of the latest line; None where there is none."""
    return max(
        (fetch_scalar(connection, _WRITTEN_AT, {"line": seq}) for seq, _ in ends_of(connection).values()), default=None
    )


def count_due_lines(connection: Connection, sealer: Sealer, before: int) -> int:
    """Return how many lines may go that were written before the stamp ``before``. Raises ``KeysMissing``."""
    removed = marks(connection, sealer, MarkKind.REMOVED)
    spans = [_due_span(connection, end, removed, before) for end in ends_of(connection).values()]
    return sum(int(fetch_scalar(connection, _COUNT, span)) for span in spans)


def remove_some_lines(connection: Connection, sealer: Sealer, before: int, now: int) -> int:
    """Remove some lines that were written before the stamp ``before``; returns how many.

    Raises ``AuditNotWhole``, ``StoreUnavailable`` and ``KeysMissing``.
    """
    removed = marks(connection, sealer, MarkKind.REMOVED)
    for strand, end in ends_of(connection).items():
        span = _due_span(connection, end, removed, before)
        rows = fetch_tuples(connection, _LINES, span)
        if not rows:
            continue
        earlier = removed.get(strand, Mark(first_of(strand), b"", 0, now))
        last = _verify_lines(sealer, earlier.head, rows)
        if execute(connection, _REMOVE, {"first": span["first"], "last": last.seq}) != len(rows):
            # What this process would mark is not what it removed.
            raise StoreUnavailable("another process removes lines of the audit")
        mark = Mark(*last, lines=earlier.lines + len(rows), at=now)
        put_marks(connection, sealer, MarkKind.REMOVED, [mark])
        entry = audit.by_ourselves("audit.lines_removed", outcome=f"{rows[0][0]}-{last.seq}")
        audit.append(connection, sealer, entry._replace(times=len(rows)), now)
        return len(rows)
    return 0


def _due_span(connection: Connection, end: Head, removed: dict[int, Mark], before: int) -> dict[str, int]:
    """Return the lines of a strand that may go: up to the first that is kept, and never the last one."""
    first = first_of(strand_of(end.seq))
    mark = removed.get(strand_of(end.seq))
    after = first if mark is None else mark.seq
    kept = fetch_scalar(connection, _FIRST_KEPT, {"after": after, "end": end.seq, "before": before})
    return {"first": first, "last": min(end.seq, kept or end.seq) - 1}


def _verify_lines(sealer: Sealer, before: Head, rows: Sequence[Any]) -> Head:
    """Return the last of ``rows``, which follow the line ``before``. Raises ``AuditNotWhole``."""
    mac = before.mac
    for row in rows:
        if row[-1] != line_digest(sealer.audit_key, mac, row[:-1]):
            raise AuditNotWhole(row[0])
        mac = row[-1]
    return Head(rows[-1][0], mac)
