"""A payer's pace, shared by every process on one server: turns are handed out in order, each for one inquiry.

The row ``pace:…`` of the counters says when the next turn begins, by the clock of the server, which is everybody's.
"""

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

from service.store.statements import fetch_first
from service.store.tables import COUNTERS

_NOW = sa.cast(sa.extract("epoch", sa.func.clock_timestamp()) * 1_000_000, sa.BigInteger)
_SPAN = sa.bindparam("span", type_=sa.BigInteger)
_INSERT = postgresql.insert(COUNTERS).values(name=sa.bindparam("pace"), value=_NOW + _SPAN)
_RESERVE = _INSERT.on_conflict_do_update(
    index_elements=["name"], set_={"value": sa.func.greatest(COUNTERS.c.value, _NOW) + _SPAN}
).returning((COUNTERS.c.value - _SPAN - _NOW).label("ahead"))

MICROSECONDS = 1_000_000


def reserve(connection: Connection, payer: str, seconds: float) -> float:
    """Reserve so many ``seconds`` of a payer's time on a PostgreSQL server; returns in how many they begin."""
    span = round(seconds * MICROSECONDS)
    row = fetch_first(connection, _RESERVE, {"pace": f"pace:{payer}", "span": span})
    return 0.0 if row is None else max(0.0, row["ahead"] / MICROSECONDS)
