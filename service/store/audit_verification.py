"""Verifies the audit: recomputes its chain, compares it to signed heads, and names the first line that is broken."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from hmac import HMAC
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import Sealer
from service.security.signed_heads import SignedHead
from service.store.chain import COLUMNS, Head, first_of, last_of, line_digest, strand_of
from service.store.statements import fetch_scalar, fetch_tuples
from service.store.tables import AUDIT

CHUNK = 5_000
"""Lines that are read at once."""

_LINES = (
    sa.select(*(AUDIT.c[name] for name in COLUMNS), AUDIT.c.mac)
    .where(AUDIT.c.seq > sa.bindparam("after"), AUDIT.c.seq < sa.bindparam("end"))
    .order_by(AUDIT.c.seq)
    .limit(CHUNK)
)
_COUNT = sa.select(sa.func.count()).select_from(AUDIT)
_LAST = sa.select(sa.func.max(AUDIT.c.seq)).where(AUDIT.c.seq < sa.bindparam("end"))

Progress = Callable[[int], None]
"""Is called with the number of lines that were verified so far."""


class Damage(StrEnum):
    """What is wrong with a line."""

    ALTERED = "altered"
    """Its content, its digest, or its place is not what was written."""
    UNLINKED = "unlinked"
    """It carries no digest: this service did not write it."""
    REMOVED_BEFORE = "removed_before"
    """The lines between the one before and this one are missing."""
    CUT_OFF = "cut_off"
    """A signed head names it as a line that stood, and it is missing, with all lines of its strand after it."""
    REWRITTEN = "rewritten"
    """A signed head names it with another digest: it was written anew with the key."""


class Broken(NamedTuple):
    """The first broken line of a strand."""

    seq: int
    damage: Damage
    signed_at: int | None = None
    """The stamp of the signed head that says so."""


class AuditState(NamedTuple):
    """What was found: the number of lines, the end of each strand, and the broken lines, first the earliest."""

    lines: int
    ends: dict[int, Head]
    broken: tuple[Broken, ...]


def count_lines(connection: Connection) -> int:
    """Return how many lines there are."""
    return int(fetch_scalar(connection, _COUNT))


def ends_of(connection: Connection) -> dict[int, Head]:
    """Return the end of each strand that has a line, by the strand's number."""
    ends: dict[int, Head] = {}
    last = fetch_scalar(connection, _LAST, {"end": 2**63 - 1})
    while last is not None:
        strand = strand_of(last)
        ends[strand] = last_of(connection, strand)
        last = fetch_scalar(connection, _LAST, {"end": first_of(strand)})
    return dict(sorted(ends.items()))


def verify(
    connection: Connection, sealer: Sealer, heads: Sequence[SignedHead] = (), progress: Progress = lambda _: None
) -> AuditState:
    """Verify every line that stood when this began, and each of ``heads``. Raises ``KeysMissing``."""
    ends, named, count = ends_of(connection), _named_lines(heads), 0
    broken: list[Broken] = []
    for strand, end in ends.items():
        strand_check = _StrandCheck(sealer.audit_key, end, named.get(strand, {}))
        for rows in _chunks(connection, end.seq):
            count += len(rows)
            if strand_check.finds_damage(rows):
                break
            progress(count)
        broken += strand_check.broken()
    for strand in named.keys() - ends.keys():
        broken.append(Broken(first_of(strand) + 1, Damage.CUT_OFF, named[strand][min(named[strand])].at))
    return AuditState(count, ends, tuple(sorted(broken)))


class _Named(NamedTuple):
    """A line as a signed head names it."""

    mac: bytes
    at: int


def _named_lines(heads: Sequence[SignedHead]) -> dict[int, dict[int, _Named]]:
    """The lines that ``heads`` name, by strand and ``seq``."""
    named: dict[int, dict[int, _Named]] = {}
    for head in heads:
        for seq, mac in head.ends:
            named.setdefault(strand_of(seq), {}).setdefault(seq, _Named(mac, head.at))
    return named


class _StrandCheck:
    """Goes along a strand until the first line that is broken."""

    def __init__(self, key: HMAC, end: Head, named: dict[int, _Named]) -> None:
        self._key = key
        self._end = end
        self._named = named
        self._unseen = set(named)
        self._before, self._digest = first_of(strand_of(end.seq)), b""
        self._found: Broken | None = None

    def finds_damage(self, rows: Sequence[Any]) -> bool:
        """Go along ``rows``, each a tuple with its digest behind."""
        key, previous, named = self._key, self._digest, self._named
        for row in rows:
            seq, mac = row[0], row[-1]
            if line_digest(key, previous, row[:-1]) != mac:
                self._found = Broken(seq, _damage_of(seq, self._before, mac))
                return True
            if seq in named:
                self._unseen.discard(seq)
                if named[seq].mac != mac:
                    self._found = Broken(seq, Damage.REWRITTEN, named[seq].at)
                    return True
            self._before, previous = seq, mac
        self._digest = previous
        return False

    def broken(self) -> list[Broken]:
        """The first line that is broken, when the strand was gone along; one that only a head names counts too."""
        if self._found is not None:
            return [self._found]
        if not self._unseen:
            return []
        seq = min(self._unseen)
        at = self._named[seq].at
        if seq > self._end.seq:
            return [Broken(self._end.seq + 1, Damage.CUT_OFF, at)]
        return [Broken(seq, Damage.REWRITTEN, at)]


def _damage_of(seq: int, before: int, mac: bytes | None) -> Damage:
    if mac is None:
        return Damage.UNLINKED
    return Damage.REMOVED_BEFORE if seq > before + 1 else Damage.ALTERED


def _chunks(connection: Connection, end: int) -> Iterator[Sequence[Any]]:
    """The lines of a strand up to ``end``."""
    after = first_of(strand_of(end)) - 1
    while rows := fetch_tuples(connection, _LINES, {"after": after, "end": end + 1}):
        yield rows
        after = rows[-1][0]
