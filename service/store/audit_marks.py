"""Marks of the audit: lines that are known to have stood, by strand, each authenticated as a row.

``removed`` is the last line that was removed after its time: the chain goes on from its digest. ``seen`` is the last
line that stood at a heartbeat: a strand that ends before it was cut. Both cost a question nothing. An earlier copy of a
mark can be put back by whoever kept one; signed heads that lie elsewhere contradict that.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import SealBroken, Sealer
from service.store.chain import Head, ends_of, strand_of
from service.store.row_digests import check, covered_columns, row_digest
from service.store.statements import execute, fetch_all, upsert
from service.store.tables import AUDIT_MARKS, Row

_SET = upsert(
    AUDIT_MARKS,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["strand", "kind"],
        set_={name: insert.excluded[name] for name in ("seq", "line_mac", "lines", "at", "mac")},
    ),
)
_ALL = sa.select(*covered_columns(AUDIT_MARKS)).order_by(AUDIT_MARKS.c.seq)
_OF_KIND = sa.select(*covered_columns(AUDIT_MARKS)).where(AUDIT_MARKS.c.kind == sa.bindparam("which"))


class MarkKind(StrEnum):
    """Why a line is marked."""

    REMOVED = "removed"
    SEEN = "seen"


class Mark(NamedTuple):
    """A line of a strand; ``lines`` is how many lines were removed up to it, and ``at`` when it was marked."""

    seq: int
    line_mac: bytes
    lines: int
    at: int

    @property
    def head(self) -> Head:
        """Return the line as the one before the next."""
        return Head(self.seq, self.line_mac)


def marks(connection: Connection, sealer: Sealer, kind: MarkKind) -> dict[int, Mark]:
    """Return the marks of ``kind`` by strand; one that somebody else wrote is none. Raises ``KeysMissing``."""
    rows = fetch_all(connection, _OF_KIND, {"which": kind.value})
    return {row["strand"]: _mark_of(row) for row in rows if _is_authentic(sealer, row)}


def forged_marks(connection: Connection, sealer: Sealer) -> list[int]:
    """Return the lines that are marked by somebody else, by their ``seq``. Raises ``KeysMissing``."""
    return [row["seq"] for row in fetch_all(connection, _ALL) if not _is_authentic(sealer, row)]


def put_marks(connection: Connection, sealer: Sealer, kind: MarkKind, found: Iterable[Mark]) -> None:
    """Keep ``found`` in place of earlier marks of their strands. Raises ``KeysMissing``."""
    for mark in found:
        row = {"strand": strand_of(mark.seq), "kind": kind.value, **mark._asdict()}
        mac = row_digest(sealer, AUDIT_MARKS.name, row)
        execute(connection, _SET, {**row, "mac": mac})


def note_ends(connection: Connection, sealer: Sealer, now: int) -> None:
    """Mark the end of each strand that has grown since it was marked. Raises ``KeysMissing``."""
    seen = marks(connection, sealer, MarkKind.SEEN)
    grown = [end for strand, end in ends_of(connection).items() if strand not in seen or seen[strand].seq < end.seq]
    put_marks(connection, sealer, MarkKind.SEEN, (Mark(*end, 0, now) for end in grown))


def _mark_of(row: Row) -> Mark:
    return Mark(row["seq"], bytes(row["line_mac"]), row["lines"], row["at"])


def _is_authentic(sealer: Sealer, row: Row) -> bool:
    try:
        check(sealer, AUDIT_MARKS.name, row)
    except SealBroken:
        return False
    return True
