"""The chain of the audit: each line carries a keyed digest over itself and over the digest of the line before it.

**The digest.** ``mac`` is HMAC-SHA256 under the audit key (made of the index key, which the database keeps sealed) over
the ``mac`` of the line before (nothing for the first line) and then the canonical bytes of the line: a JSON array of
its columns in the order of ``COLUMNS``, without spaces, as RFC 8785 writes strings and numbers, ``member_key`` in
hexadecimal digits; nulls at its end are left out, so that a later version may add a column.

**Strands.** A line of a chain can be written only when the line before it is certain to stand. To let several
processes commit at the same time, each writing connection to PostgreSQL extends a strand of its own: it holds a session
lock on the strand's number until it is closed, and remembers the end of the strand. ``seq`` is the strand's number
followed by the line's number in 40 bits. SQLite has one writer at a time and therefore one strand, number 0.

**A cut while a process runs.** A connection remembers the last line that it committed. Where that line is gone, the
next one is linked to it all the same: the gap shows when the audit is verified, and the log says so at once.
"""

from hmac import HMAC
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from service.security.encryption import Sealer
from service.store.statements import fetch_first, fetch_scalar, run_text
from service.store.tables import AUDIT, Value

log = structlog.get_logger()

COLUMNS = tuple(column.name for column in AUDIT.columns if column.name != "mac")
"""The columns under the digest. A new column is added at the end of the table."""

STRAND_BITS = 40
"""A strand has 2 ** 40 numbers; the bits of ``seq`` above them are the number of the strand."""

MOST_STRANDS = 4096

LOCK_CLASS = 6_112_027
"""The first number of the advisory locks on a PostgreSQL server; the second is the number of the strand."""

_CLAIM = (
    f"SELECT strand FROM generate_series(0, {MOST_STRANDS - 1}) AS strand"  # noqa: S608 - constants of ours
    f" WHERE pg_try_advisory_lock({LOCK_CLASS}, strand) LIMIT 1"
)
_LAST = (
    sa.select(AUDIT.c.seq, AUDIT.c.mac)
    .where(AUDIT.c.seq >= sa.bindparam("first"), AUDIT.c.seq < sa.bindparam("end"))
    .order_by(AUDIT.c.seq.desc())
    .limit(1)
)
_HIGHEST = sa.select(sa.func.max(AUDIT.c.seq)).where(AUDIT.c.seq < sa.bindparam("end"))
_STRAND, _HEAD, _COMMITTED = "audit_strand", "audit_head", "audit_committed"


class Head(NamedTuple):
    """The last line of a strand: its ``seq`` and its digest."""

    seq: int
    mac: bytes


def line_digest(key: HMAC, previous: bytes, values: Any) -> bytes:  # noqa: ANN401 - a row, or a tuple
    """Return the digest of the line with ``values`` (in the order of ``COLUMNS``) after one with ``previous``."""
    digest = key.copy()
    digest.update(previous + canonical(values))
    return digest.digest()


def canonical(values: Any) -> bytes:  # noqa: ANN401 - a row, or a tuple
    """Return the canonical bytes of a line."""
    written = orjson.dumps(values, default=bytes.hex)[:-1]
    while written.endswith(b",null"):
        written = written[:-5]
    return written + b"]"


def next_link(connection: Connection, sealer: Sealer, values: tuple[Value, ...]) -> Head:
    """Return the ``seq`` and the digest of a line with ``values`` that is to be written now. Raises ``KeysMissing``."""
    key, head = sealer.audit_key, _head(connection)
    seq = head.seq + 1
    link = Head(seq, line_digest(key, head.mac, (seq, *values)))
    connection.info[_HEAD] = link
    return link


def forget_head(connection: Connection) -> None:
    """Look for the end of the strand again: a transaction was undone, or another process may have written."""
    connection.info.pop(_HEAD, None)


def keep_committed(connection: Connection) -> None:
    """Remember the end of the strand as of a commit."""
    head = connection.info.get(_HEAD)
    if head is not None:
        connection.info[_COMMITTED] = head


def first_of(strand: int) -> int:
    """Return the lowest ``seq`` that a strand may have."""
    return strand << STRAND_BITS


def strand_of(seq: int) -> int:
    """Return the number of the strand that a line belongs to."""
    return seq >> STRAND_BITS


def last_of(connection: Connection, strand: int) -> Head:
    """Return the end of a strand, one without a digest where there is no line yet."""
    first = first_of(strand)
    row = fetch_first(connection, _LAST, {"first": first, "end": first_of(strand + 1)})
    return Head(first, b"") if row is None else Head(row["seq"], row["mac"] or b"")


def ends_of(connection: Connection) -> dict[int, Head]:
    """Return the end of each strand that has a line, by the strand's number."""
    ends: dict[int, Head] = {}
    last = fetch_scalar(connection, _HIGHEST, {"end": 2**63 - 1})
    while last is not None:
        strand = strand_of(last)
        ends[strand] = last_of(connection, strand)
        last = fetch_scalar(connection, _HIGHEST, {"end": first_of(strand)})
    return dict(sorted(ends.items()))


def _head(connection: Connection) -> Head:
    known: Head | None = connection.info.get(_HEAD)
    if known is not None:
        return known
    last, committed = last_of(connection, _strand(connection)), connection.info.get(_COMMITTED)
    if committed is None or last.seq >= committed.seq:
        return last
    log.error("audit.cut_off", count=committed.seq - last.seq)
    return Head(*committed)


def _strand(connection: Connection) -> int:
    """Return the strand of this connection; it is nobody else's for as long as the connection lasts."""
    if connection.dialect.name == "sqlite":
        return 0
    strand: int | None = connection.info.get(_STRAND)
    if strand is None:
        strand = run_text(connection, _CLAIM, None).fetchone()[0]
        connection.info[_STRAND] = strand
    return strand
