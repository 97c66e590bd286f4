"""A look at a database from outside: nothing in it is made, migrated or written, and nobody is held up."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import SealBroken, Sealer
from service.store import key_ring, keys
from service.store.data_keys import DataKeys
from service.store.errors import DATA_KEYS_ABSENT, FAILURES, KEY_ABSENT, KEY_DIFFERS, NO_KEY
from service.store.schema import REVISION, head, revisions
from service.store.statements import fetch_scalar
from service.store.tables import COUNTERS

HAS_DATA_KEYS = sa.select(COUNTERS.c.value).where(COUNTERS.c.name == "data_keys")
"""1 when the database has had data keys, which lie outside it."""


_MAY_CHANGE_AUDIT = sa.text(
    "SELECT has_any_column_privilege('audit', 'UPDATE') OR has_table_privilege('audit', 'DELETE, TRUNCATE')"
    " OR pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'audit'::regclass), 'MEMBER')"
)


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
    may_change_audit: bool = False
    """Whether the role of a PostgreSQL server may change or delete lines of the audit, or give itself the right."""


def inspect(  # noqa: PLR0911 - one thing after the other may be wrong
    connection: Connection, sealer: Sealer, data_keys: DataKeys, now: int
) -> Inspection:
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
    had_some = bool(fetch_scalar(connection, HAS_DATA_KEYS))
    wrapped = data_keys.count_by_sealing_key()
    trouble = trouble_of_data_keys(sealer, wrapped, absent=had_some and not data_keys.is_made())
    if trouble is not None:
        return Inspection(SchemaState.CURRENT, trouble)
    sealed = {key: count + wrapped.get(key, 0) for key, count in key_ring.seals(connection).items()}
    has_live_key = keys.any_live(connection, sealer, now)
    return Inspection(SchemaState.CURRENT, None, has_live_key, sealed, _may_change_audit(connection))


def _may_change_audit(connection: Connection) -> bool:
    # Who writes a SQLite file writes all of it.
    return connection.dialect.name == "postgresql" and bool(connection.scalar(_MAY_CHANGE_AUDIT))


def trouble_of_data_keys(sealer: Sealer, wrapped: Mapping[str, int], *, absent: bool) -> str | None:
    """Return what is wrong with the data keys, by the sealing keys that they are wrapped under; None when they fit."""
    unknown = sorted({*wrapped} - {*sealer.key_ids})
    if absent:
        return DATA_KEYS_ABSENT
    return f"{KEY_ABSENT}: {', '.join(unknown)}" if unknown else None
