"""JSON of values that many answers share, written once: members of a plan are shown the same lines, rows and findings.

A value is known by its identity, so that no copy of it is taken for it.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from pydantic_core import to_json

from contracts.kept import Kept
from contracts.vocabulary import Frozen

MOST = 16_384
"""Values whose JSON is kept, with the values some 25 MB: more of them than what reading remembers, so that those which
are still shown outlive it. When there are more, the older half goes."""

_KEPT = Kept(MOST)

Found = TypeVar("Found")


def keep_json(values: Iterable[Frozen]) -> None:
    """Keep the JSON of ``values``, which will stand in more answers than one and hold nothing of a member."""
    for value in values:
        if id(value) not in _KEPT:
            _KEPT.keep(id(value), (value, write_json(value)))


class FoundOnce:
    """What follows from values whose JSON is kept: found once, by the identity of the values."""

    def __init__(self, most: int) -> None:
        """Keep the last ``most`` results."""
        self._found = Kept(most)

    def find(self, values: tuple[Frozen, ...], beside: tuple[Hashable, ...], find: Callable[[], Found]) -> Found:
        """Return what ``find`` finds of ``values`` and ``beside``; it is kept where all of ``values`` are."""
        if not all(id(value) in _KEPT for value in values):
            return find()
        key = (*map(id, values), *beside)
        known: tuple[object, Found] | None = self._found.get(key)
        if known is None:
            # The values are held with it, so that nothing else can have their identity.
            known = (values, find())
            self._found.keep(key, known)
        return known[1]


def json_of(values: Iterable[Frozen]) -> bytes:
    """Return the JSON of ``values``, one after another, with commas between them."""
    pieces: list[bytes] = []
    new: list[Frozen] = []
    # What is kept is held here as well, so nothing else can have its identity.
    for value in values:
        kept: tuple[Frozen, bytes] | None = _KEPT.get(id(value))
        if kept is None:
            new.append(value)
            continue
        if new:
            pieces.append(_write_all(new))
            new = []
        pieces.append(kept[1])
    if new:
        pieces.append(_write_all(new))
    return b",".join(pieces)


def _write_all(values: list[Frozen]) -> bytes:
    """Return the JSON of ``values`` as ``write_json`` writes each, with commas; one call for all costs half."""
    return to_json(values, by_alias=False)[1:-1]


def write_json(value: Frozen, **which: set[str]) -> bytes:
    """Return the bytes of the JSON of ``value``, which ``model_dump_json`` would decode.

    ``include`` or ``exclude`` name fields, as there.
    """
    written: bytes = type(value).__pydantic_serializer__.to_json(value, **which)  # type: ignore[arg-type]
    return written


def forget_json() -> None:
    """Forget everything, as if the process had just begun."""
    _KEPT.clear()
