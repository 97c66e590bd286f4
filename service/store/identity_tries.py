"""Counts inquiries of visitors: about an identity on a day, by all on a day, and by those without a proof of work.

A count is taken in the transaction of the intent that it is for, by statements that add one only below the cap. So no
number of processes takes one too many, none is lost by a restart, and an intent that is not committed counts nothing.
"""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.encryption import Sealer
from service.store.statements import execute, fetch_scalar, upsert
from service.store.tables import IDENTITY_TRIES
from service.store.visitor_values import Caps, NotAsked

_ADD_ONE = upsert(
    IDENTITY_TRIES,
    lambda insert: insert.on_conflict_do_update(
        index_elements=IDENTITY_TRIES.primary_key.columns,
        set_={"count": IDENTITY_TRIES.c.count + 1},
        where=IDENTITY_TRIES.c.count < sa.bindparam("cap"),
    ),
)
_ITS = (IDENTITY_TRIES.c.day == sa.bindparam("its_day"), IDENTITY_TRIES.c.bucket == sa.bindparam("its_bucket"))
_TAKE_ONE = sa.update(IDENTITY_TRIES).where(*_ITS).values(count=IDENTITY_TRIES.c.count - 1)
_COUNT = sa.select(IDENTITY_TRIES.c.count).where(*_ITS)
_RAISE = sa.update(IDENTITY_TRIES).where(*_ITS)
_DROP_EARLIER = sa.delete(IDENTITY_TRIES).where(IDENTITY_TRIES.c.day < sa.bindparam("before"))


class _Bucket(NamedTuple):
    bucket: bytes
    cap: int
    reached: NotAsked


def take(connection: Connection, sealer: Sealer, caps: Caps) -> NotAsked | None:
    """Count one inquiry in each of its buckets; returns the cap that was reached, and then none is counted.

    Counts of earlier days are removed.
    """
    day, taken = caps.day.toordinal(), list[_Bucket]()
    execute(connection, _DROP_EARLIER, {"before": day})
    for one in _buckets(sealer, caps):
        counted = one.cap > 0 and execute(
            connection, _ADD_ONE, {"day": day, "bucket": one.bucket, "count": 1, "cap": one.cap}
        )
        if not counted:
            for before in taken:
                execute(connection, _TAKE_ONE, {"its_day": day, "its_bucket": before.bucket})
            return one.reached
        taken.append(one)
    _level(connection, day, [one.bucket for one in taken if one.reached is NotAsked.CAP_OF_IDENTITY])
    return None


def _level(connection: Connection, day: int, buckets: list[bytes]) -> None:
    """Raise the buckets of one inquiry to the highest of them, which are locked by us: they are of one person now.

    So who knows a name, and tries ids and birth dates in turn, is counted together.
    """
    counts = {one: fetch_scalar(connection, _COUNT, {"its_day": day, "its_bucket": one}) for one in buckets}
    for bucket, count in counts.items():
        if count < max(counts.values()):
            execute(connection, _RAISE, {"its_day": day, "its_bucket": bucket, "count": max(counts.values())})


def _buckets(sealer: Sealer, caps: Caps) -> list[_Bucket]:
    """The buckets of an inquiry, in one order for everybody: two transactions never wait for each other in a circle."""
    identities = {sealer.blind("visitor_identity", identity) for identity in caps.identities}
    found = [_Bucket(one, caps.of_identity, NotAsked.CAP_OF_IDENTITY) for one in sorted(identities)]
    if caps.without_proof is not None:
        found.append(_Bucket(sealer.blind("visitor_day", "without_proof"), caps.without_proof, NotAsked.CAP_OF_DAY))
    # The row of everybody comes last, so that it is locked for the shortest time.
    return [*found, _Bucket(sealer.blind("visitor_day", "all"), caps.of_day, NotAsked.CAP_OF_DAY)]
