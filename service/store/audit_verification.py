"""Verifies the audit: recomputes its chain, compares it to signed heads, and names the first line that is broken."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from hmac import HMAC
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import Sealer
from service.security.signed_heads import SignedHead
from service.store.audit_marks import Mark, MarkKind, forged_marks, marks
from service.store.chain import COLUMNS, Head, ends_of, first_of, line_digest, strand_of
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
    """A signed head or a mark names it as a line that stood; it is missing, with all lines of its strand after it."""
    REWRITTEN = "rewritten"
    """A signed head or a mark names it with another digest: it was written anew."""

    MARK_FORGED = "mark_forged"
    """This service did not write the mark that names it."""


class Broken(NamedTuple):
    """The first broken line of a strand."""

    seq: int
    damage: Damage
    named_at: int | None = None
    """The stamp of the signed head, or of the mark, that says so."""


class AuditState(NamedTuple):
    """What was found: the number of lines, the end of each strand, and the broken lines, first the earliest.

    ``removed`` is how many lines were removed after their time, by the word of the marks.
    """

    lines: int
    ends: dict[int, Head]
    broken: tuple[Broken, ...]
    removed: int = 0


def count_lines(connection: Connection) -> int:
    """Return how many lines there are."""
    return int(fetch_scalar(connection, _COUNT))


def verify(
    connection: Connection, sealer: Sealer, heads: Sequence[SignedHead] = (), progress: Progress = lambda _: None
) -> AuditState:
    """Verify every line that stood when this began, and each of ``heads``. Raises ``KeysMissing``."""
    seen = marks(connection, sealer, MarkKind.SEEN)
    ends, named, count = ends_of(connection), _named_lines(heads, seen.values()), 0
    broken: list[Broken] = []
    for end in ends.values():
        strand_check = _check_strand(connection, sealer, end, named, partial(_add, progress, count))
        count += strand_check.lines
        broken += strand_check.broken()
    for strand in named.keys() - ends.keys():
        broken.append(Broken(first_of(strand) + 1, Damage.CUT_OFF, named[strand][min(named[strand])].at))
    removed = marks(connection, sealer, MarkKind.REMOVED)
    for strand in removed.keys() - ends.keys() - named.keys():
        # The last line of a strand is never removed.
        broken.append(Broken(removed[strand].seq + 1, Damage.CUT_OFF, removed[strand].at))
    broken += [Broken(seq, Damage.MARK_FORGED) for seq in forged_marks(connection, sealer)]
    return AuditState(count, ends, tuple(sorted(broken)), sum(mark.lines for mark in removed.values()))


def _add(progress: Progress, before: int, lines: int) -> None:
    progress(before + lines)


def _check_strand(
    connection: Connection, sealer: Sealer, end: Head, named: "Mapping[int, dict[int, _Named]]", progress: Progress
) -> "_StrandCheck":
    """Go along a strand from where its lines were removed; again when some were removed meanwhile."""
    strand = strand_of(end.seq)
    while True:
        begin = marks(connection, sealer, MarkKind.REMOVED).get(strand)
        strand_check = _StrandCheck(sealer.audit_key, begin, end, named.get(strand, {}))
        for rows in _chunks(connection, end.seq):
            if strand_check.finds_damage(rows):
                break
            progress(strand_check.lines)
        if not strand_check.broken() or marks(connection, sealer, MarkKind.REMOVED).get(strand) == begin:
            return strand_check


class _Named(NamedTuple):
    """A line as a signed head, or a mark, names it."""

    mac: bytes
    at: int


def _named_lines(heads: Sequence[SignedHead], seen: Iterable[Mark]) -> dict[int, dict[int, _Named]]:
    """The lines that ``heads`` and the marks ``seen`` name, by strand and ``seq``."""
    named: dict[int, dict[int, _Named]] = {}
    for head in heads:
        for seq, mac in head.ends:
            named.setdefault(strand_of(seq), {}).setdefault(seq, _Named(mac, head.at))
    for mark in seen:
        named.setdefault(strand_of(mark.seq), {}).setdefault(mark.seq, _Named(mark.line_mac, mark.at))
    return named


class _StrandCheck:
    """Goes along a strand until the first line that is broken."""

    def __init__(self, key: HMAC, removed: Mark | None, end: Head, named: dict[int, _Named]) -> None:
        begin = Head(first_of(strand_of(end.seq)), b"") if removed is None else removed.head
        self._key = key
        self._end = end
        self._named = named
        # What was removed after its time stands nowhere any more.
        self._unseen = {seq for seq in named if seq > begin.seq}
        self._before, self._digest = begin
        self.lines = 0
        self._found: Broken | None = None

    def finds_damage(self, rows: Sequence[Any]) -> bool:
        """Go along ``rows``, each a tuple with its digest behind."""
        key, previous, named = self._key, self._digest, self._named
        self.lines += len(rows)
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
