"""The members who were asked about, each with the newest verification: whom a schedule may ask about again."""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts import Answer, Purpose, Question
from service.security.encryption import SealBroken, Sealer
from service.store import call_notes, jobs
from service.store.identifiers import instant
from service.store.statements import fetch_all, fetch_first
from service.store.tables import JOBS, VERIFICATIONS, Row

_MEMBERS = (
    sa.select(JOBS.c.member_key)
    .where(JOBS.c.member_key > sa.bindparam("after"))
    .distinct()
    .order_by(JOBS.c.member_key)
    .limit(sa.bindparam("most"))
)
_NEWEST = (
    sa.select(VERIFICATIONS.c.id)
    .join_from(JOBS, VERIFICATIONS, VERIFICATIONS.c.job_id == JOBS.c.id)
    .where(JOBS.c.member_key == sa.bindparam("member"))
    .order_by(VERIFICATIONS.c.created_at.desc(), VERIFICATIONS.c.id)
    .limit(1)
)


class FollowedMember(NamedTuple):
    """A member with the newest verification: what was asked, when, for what, and what came of it.

    ``question`` has the purpose and the reference of that verification.
    """

    member_key: bytes
    verification_id: str
    question: Question
    answer: Answer | None
    asked_at: datetime
    notes: tuple[call_notes.KeptNote, ...] = ()

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"FollowedMember(verification_id={self.verification_id!r})"


class FollowedPage(NamedTuple):
    """Some members; the following ones are after ``after``, None at the end."""

    members: list[FollowedMember]
    after: bytes | None


def followed_members(connection: Connection, sealer: Sealer, after: bytes, most: int) -> FollowedPage:
    """Return the ``most`` next members after the index ``after``; what was shredded is passed over.

    Raises ``SealBroken``.
    """
    keys = [bytes(row["member_key"]) for row in fetch_all(connection, _MEMBERS, {"after": after, "most": most})]
    found = [_member(connection, sealer, key) for key in keys]
    return FollowedPage([one for one in found if one is not None], keys[-1] if len(keys) == most else None)


def newest_purpose(connection: Connection, sealer: Sealer, member_key: bytes) -> Purpose | None:
    """Return the purpose of a member's newest verification; None when there is none, or its record is broken."""
    try:
        row = _newest(connection, sealer, member_key)
    except SealBroken:
        return None
    return None if row is None else _purpose_of(row)


def _newest(connection: Connection, sealer: Sealer, member_key: bytes) -> Row | None:
    newest = fetch_first(connection, _NEWEST, {"member": member_key})
    return None if newest is None else jobs.verification(connection, sealer, newest["id"])


def _purpose_of(verification: Row) -> Purpose:
    return Purpose(verification["purpose"]) if verification["purpose"] else Purpose.PROSPECT


def _member(connection: Connection, sealer: Sealer, member_key: bytes) -> FollowedMember | None:
    row = _newest(connection, sealer, member_key)
    job = None if row is None else jobs.read_job(connection, sealer, row["job_id"])
    if row is None or job is None:
        return None
    return FollowedMember(
        member_key=member_key,
        verification_id=row["id"],
        question=job.question.model_copy(update={"purpose": _purpose_of(row)}),
        answer=job.answer,
        asked_at=instant(row["created_at"]),
        notes=tuple(call_notes.notes_of(connection, sealer, row["id"])),
    )
