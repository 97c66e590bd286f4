"""Whose data an actor touched, and who touched a member's: answered from the audit alone, by blind indexes and ids."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.store.identifiers import instant
from service.store.statements import fetch_all, fetch_scalar
from service.store.tables import AUDIT, JOBS, VERIFICATIONS

CHUNK = 5_000
"""Lines that are read at once."""

_OF_ACTOR = (
    sa.select(AUDIT)
    .where(AUDIT.c.actor == sa.bindparam("actor"), AUDIT.c.job_id.is_not(None), AUDIT.c.seq > sa.bindparam("after"))
    .where(AUDIT.c.at >= sa.bindparam("since"), AUDIT.c.at < sa.bindparam("until"))
    .order_by(AUDIT.c.seq)
    .limit(CHUNK)
)
_MEMBER = (
    sa.select(JOBS.c.member_key)
    .join(VERIFICATIONS, VERIFICATIONS.c.job_id == JOBS.c.id)
    .where(VERIFICATIONS.c.id == sa.bindparam("verification"))
)
_MEMBER_BY_AUDIT = (
    sa.select(AUDIT.c.member_key)
    .where(AUDIT.c.verification_id == sa.bindparam("verification"), AUDIT.c.member_key.is_not(None))
    .limit(1)
)
_ABOUT = AUDIT.alias("about")
# A line of before the chain names no member: its job does, for as long as it is kept.
_JOBS_OF_MEMBER = (
    sa.select(_ABOUT.c.job_id)
    .where(_ABOUT.c.member_key == sa.bindparam("member"), _ABOUT.c.job_id.is_not(None))
    .union(sa.select(JOBS.c.id).where(JOBS.c.member_key == sa.bindparam("member")))
)
_OF_MEMBER = (
    sa.select(AUDIT)
    .where(AUDIT.c.job_id.in_(_JOBS_OF_MEMBER), AUDIT.c.seq > sa.bindparam("after"))
    .where(AUDIT.c.at >= sa.bindparam("since"), AUDIT.c.at < sa.bindparam("until"))
    .order_by(AUDIT.c.seq)
    .limit(CHUNK)
)


class Touch(NamedTuple):
    """A line of the audit about a member's data. ``member`` is a blind index: the same member has the same one."""

    at: datetime
    actor: str
    role: str
    action: str
    verification_id: str | None
    job_id: str
    member: str | None
    payer: str | None
    outcome: str | None
    line: int


class Period(NamedTuple):
    """From the stamp ``since`` until before ``until``."""

    since: int = 0
    until: int = 2**63 - 1


def by_actor(connection: Connection, actor: str, period: Period) -> Iterator[Touch]:
    """Yield what ``actor`` did with any member's data, in the order of the audit."""
    yield from _touches(connection, _OF_ACTOR, {"actor": actor, **period._asdict()})


def of_member(connection: Connection, verification_id: str, period: Period) -> Iterator[Touch] | None:
    """Who did what with the data of the member whom a verification is about; None when there is no such verification.

    That includes every other question about the same member, and each payer that was asked.
    """
    which = {"verification": verification_id}
    member = fetch_scalar(connection, _MEMBER_BY_AUDIT, which) or fetch_scalar(connection, _MEMBER, which)
    if member is None:
        return None
    return _touches(connection, _OF_MEMBER, {"member": member, **period._asdict()})


def _touches(
    connection: Connection, statement: sa.Select[tuple[object, ...]], which: dict[str, object]
) -> Iterator[Touch]:
    after = -1
    while rows := fetch_all(connection, statement, {**which, "after": after}):
        for row in rows:
            member: bytes | None = row["member_key"]
            yield Touch(
                at=instant(row["at"]),
                actor=row["actor"],
                role=row["role"],
                action=row["action"],
                verification_id=row["verification_id"],
                job_id=row["job_id"],
                member=None if member is None else member.hex(),
                payer=row["payer"],
                outcome=row["outcome"],
                line=row["seq"],
            )
        after = rows[-1]["seq"]
