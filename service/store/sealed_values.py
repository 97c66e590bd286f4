"""Every sealed column of every table, as a rotation of keys and a shredding go through them."""

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from service.security.encryption import Place, Sealer, key_id_of
from service.store.row_digests import COVERED
from service.store.tables import METADATA, Row

PREFIX = "sealed_"

SEALED: Mapping[str, tuple[str, ...]] = {
    name: columns
    for name in COVERED
    if (columns := tuple(column.name for column in METADATA.tables[name].columns if column.name.startswith(PREFIX)))
}
"""By table: its sealed columns. The key ring holds keys, and is no table of these."""


def place_of(table: str, row: Row, column: str) -> Place:
    """Return the place that a sealed value of ``row`` is bound to."""
    keys = [str(row[key.name]) for key in METADATA.tables[table].primary_key.columns]
    return Place(table, ":".join(keys), column.removeprefix(PREFIX))


def data_keys_of(table: str, row: Row, sealer: Sealer) -> Iterator[str]:
    """Yield the data keys that sealed values of ``row``; a value that a sealing key sealed itself has none.

    Raises ``SealBroken``.
    """
    for column in SEALED[table]:
        if row[column]:
            name = key_id_of(row[column])
            if name not in sealer.key_ids:
                yield name


def is_sealed_under(column: sa.Column[bytes], marker: bytes, at: int) -> sa.ColumnElement[bool]:
    """Return the condition that the values of ``column`` name the key with ``marker``, from their byte ``at``."""
    return sa.func.substr(column, at, len(marker), type_=sa.LargeBinary) == sa.literal(marker, sa.LargeBinary)
