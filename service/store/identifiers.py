"""Instants as the database holds them (whole microseconds since 1970), and ids that nobody can guess.

Ids that callers show are random to their last bit (``RELIABILITY.md`` 6.3). Those of jobs and attempts, and the numbers
that go to payers, begin with the moment at which they were made: what is written in one moment lies side by side in
every index of them, and a transaction changes a few pages there and not one for each; the older part of an index rests.
Source: RFC 9562, section 6.11 (time-ordered UUIDs).
"""

import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from service.security.encryption import SealBroken
from service.security.random_bytes import random_bytes

Word = TypeVar("Word", bound=StrEnum)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_IN_ORDER = "234567ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOMENT_SIGNS = 7
_MOMENT_BITS = 27
"""A moment is 2 ** 27 nanoseconds (0.13 s) long, so that seven signs of five bits last until 2116."""

_RANDOM_SIGNS = 19

_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 8
"""For each byte one of 32 signs, each as often as any other."""


def stamp(at: datetime) -> int:
    """``at`` in microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def instant(stamped: int) -> datetime:
    """The instant of a stamp, aware, in UTC. Raises ``SealBroken`` for what is no stamp: SQLite keeps any value."""
    try:
        return EPOCH + stamped * MICROSECOND
    except (TypeError, OverflowError):
        raise SealBroken("not_an_instant") from None


def maybe_instant(stamped: int | None) -> datetime | None:
    """The instant of a stamp that may be absent."""
    return None if stamped is None else instant(stamped)


def word_of(kind: type[Word], kept: str) -> Word:
    """The word of ``kind`` that is kept. Raises ``SealBroken`` for another one: nobody here wrote it."""
    try:
        return kind(kept)
    except ValueError:
        raise SealBroken("not_a_word") from None


def unguessable(signs: int = 26) -> str:
    """Return capital letters and digits of five random bits each: 26 fit every field that carries a number of ours."""
    return random_bytes(signs).translate(_SIGNS).decode("ascii")


def new_id(kind: str) -> str:
    """Return a fresh id such as ``ver_…``: opaque, unguessable, safe in a URL."""
    return f"{kind}_{unguessable()}"


def make_number() -> str:
    """Return a fresh number in the form of ``unguessable``: seven signs of the moment, then 95 random bits."""
    return _signs_of(time.time_ns() >> _MOMENT_BITS) + unguessable(_RANDOM_SIGNS)


def make_ordered_id(kind: str) -> str:
    """Return a fresh id such as ``job_…`` that stands behind those of every moment before; for ids of ours alone."""
    return f"{kind}_{make_number()}"


@lru_cache(8)
def _signs_of(moment: int) -> str:
    """Return a moment as signs: of two moments, the later one stands behind the earlier one."""
    places = range(5 * (_MOMENT_SIGNS - 1), -1, -5)
    return "".join(_IN_ORDER[moment >> place & 31] for place in places)
