"""What the store keeps of attempts and their replies, opened as whoever asks for evidence would."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import ExchangeOutcome
from service.security.encryption import Place
from service.store import Store
from service.store.identifiers import instant, maybe_instant
from service.store.row_digests import check, covered_columns
from service.store.tables import ATTEMPTS, QUARANTINE, REPLIES


class AttemptRow(NamedTuple):
    """One attempt as it stands. ``outcome`` is None while it is under way."""

    id: str
    payer: str
    route: str
    service_types: tuple[str, ...]
    interchange: str
    trace: str
    sent_at: datetime
    closed_at: datetime | None
    outcome: ExchangeOutcome | None
    sent: bool
    ms: int | None
    consumed: bool


async def attempts_of(store: Store, job_id: str) -> list[AttemptRow]:
    """Every attempt of a job, in the order of sending."""
    select = sa.select(*covered_columns(ATTEMPTS)).where(ATTEMPTS.c.job_id == job_id)

    def read(connection: Connection) -> list[AttemptRow]:
        rows = connection.execute(select.order_by(ATTEMPTS.c.sent_at, ATTEMPTS.c.interchange)).mappings().all()
        for row in rows:
            check(store._sealer, "attempts", row)
        return [
            AttemptRow(
                id=row["id"],
                payer=row["payer"],
                route=row["route"],
                service_types=tuple(row["service_types"].split()),
                interchange=row["interchange"],
                trace=row["trace"],
                sent_at=instant(row["sent_at"]),
                closed_at=maybe_instant(row["closed_at"]),
                outcome=None if row["outcome"] is None else ExchangeOutcome(row["outcome"]),
                sent=bool(row["sent"]),
                ms=row["ms"],
                consumed=bool(row["consumed"]),
            )
            for row in rows
        ]

    return await store._read(read)


async def kept_reply(store: Store, attempt_id: str, *, quarantined: bool = False) -> bytes | None:
    """The raw reply of an attempt; from quarantine only when asked for there."""
    table = QUARANTINE if quarantined else REPLIES
    select = sa.select(*covered_columns(table)).where(table.c.attempt_id == attempt_id)

    def read(connection: Connection) -> bytes | None:
        row = connection.execute(select).mappings().first()
        if row is None:
            return None
        check(store._sealer, table.name, row)
        return store._sealer.open(row["sealed_body"], Place(table.name, attempt_id, "body"))

    return await store._read(read)


async def last_sent_at(store: Store, job_id: str) -> datetime | None:
    """When the job's question last left us so that it may not be sent again yet."""
    job = await store.job(job_id)
    return None if job is None else job.last_sent_at
