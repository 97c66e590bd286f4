"""Instants as the database holds them (whole microseconds since 1970), and ids that nobody can guess."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from service.security.encryption import SealBroken
from service.security.random_bytes import random_bytes

Word = TypeVar("Word", bound=StrEnum)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

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


def unguessable() -> str:
    """130 random bits as 26 capital letters and digits: fits every field that carries a number of ours."""
    return random_bytes(26).translate(_SIGNS).decode("ascii")


def new_id(kind: str) -> str:
    """A fresh id such as ``ver_…``: opaque, unguessable, safe in a URL."""
    return f"{kind}_{unguessable()}"
