"""A look at a database from outside: nothing in it is made, migrated or written, and nobody is held up."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection

from service.security.encryption import SealBroken, Sealer
from service.store import key_ring, keys
from service.store.data_keys import DataKeys
from service.store.engine import FAILURES
from service.store.errors import KEY_ABSENT, KEY_DIFFERS, NO_KEY
from service.store.schema import head, revisions
from service.store.tables import REVISION


class SchemaState(StrEnum):
    """How the schema of a database stands to the one of this code."""

    NONE = "none"
    """There is no table yet: the first start makes them."""
    OLDER = "older"
    """The next start migrates it."""
    CURRENT = "current"
    NEWER = "newer"
    """A newer version has migrated it, and this one does not start."""


class Inspection(NamedTuple):
    """What was found.

    ``trouble`` is a code of the sealing keys, as ``way_out`` reads it; None when they fit. ``sealed`` is how many
    values each sealing key seals.
    """

    schema: SchemaState
    trouble: str | None = None
    has_live_key: bool = False
    sealed: Mapping[str, int] = MappingProxyType({})


def inspect(connection: Connection, sealer: Sealer, data_keys: DataKeys, now: int) -> Inspection:
    """Look over a connection that only reads."""
    try:
        revision = connection.scalar(REVISION)
    except FAILURES:
        return Inspection(SchemaState.NONE)
    if revision != head():
        known = revision is None or revision in revisions()
        return Inspection(SchemaState.OLDER if known else SchemaState.NEWER)
    try:
        ring = key_ring.look(connection, sealer)
    except key_ring.KeyAbsent as absent:
        return Inspection(SchemaState.CURRENT, f"{KEY_ABSENT}: {absent}")
    except SealBroken:
        return Inspection(SchemaState.CURRENT, KEY_DIFFERS)
    if ring is None:
        return Inspection(SchemaState.CURRENT, NO_KEY)
    sealer.adopt_index_key(ring.index_key)
    wrapped = data_keys.count_by_sealing_key()
    sealed = {key: count + wrapped.get(key, 0) for key, count in key_ring.seals(connection).items()}
    return Inspection(SchemaState.CURRENT, None, keys.any_live(connection, sealer, now), sealed)
