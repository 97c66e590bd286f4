"""Sessions of people who signed in, and the times for which somebody broke the glass.

A session is a random secret in a cookie, of which only a digest is kept. It ends at its time, after a time without a
request, by signing out, with the person's access, and when the same browser signs in again.
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.access import Caller, Role, StaffRole
from service.security.encryption import Place, Sealer
from service.store import audit, staff
from service.store.identifiers import instant
from service.store.keys import NO_DIGEST, Minted, digest_of, split
from service.store.row_digests import check, covered_columns, fetch_checked, fetch_checked_first, row_digest
from service.store.rows import AuditEntry, EmergencyRow
from service.store.statements import execute, fetch_first, upsert
from service.store.tables import EMERGENCIES, SESSIONS, USED_SIGN_INS, Row, Value

SESSION_PREFIX = "bvs"

SECOND = 1_000_000

_ADD = sa.insert(SESSIONS)
_FIND = sa.select(*covered_columns(SESSIONS), SESSIONS.c.seen_at).where(SESSIONS.c.id == sa.bindparam("session"))
_END = sa.update(SESSIONS).where(SESSIONS.c.id == sa.bindparam("session"), SESSIONS.c.ended_at.is_(None))
_SEEN = sa.update(SESSIONS).where(SESSIONS.c.id == sa.bindparam("session"), SESSIONS.c.seen_at < sa.bindparam("at"))
_USE = upsert(USED_SIGN_INS, lambda insert: insert.on_conflict_do_nothing(index_elements=["digest"]))
_FORGET_USED = sa.delete(USED_SIGN_INS).where(USED_SIGN_INS.c.expires_at <= sa.bindparam("now"))
_BREAK = sa.insert(EMERGENCIES)
_BROKEN = (
    sa.select(*covered_columns(EMERGENCIES))
    .where(EMERGENCIES.c.staff_id == sa.bindparam("person"), EMERGENCIES.c.ends_at > sa.bindparam("now"))
    .order_by(EMERGENCIES.c.ends_at.desc())
    .limit(1)
)
_EMERGENCIES = sa.select(*covered_columns(EMERGENCIES)).order_by(EMERGENCIES.c.started_at, EMERGENCIES.c.id)


class SessionLimits(NamedTuple):
    """How long a session lasts, in seconds: ``idle`` without a request, ``absolute`` in all."""

    idle: float = 900.0
    absolute: float = 28_800.0


class SessionOpening(NamedTuple):
    """A session that begins: for whom, until when, and the session of the same browser that ends with it."""

    minted: Minted
    person_id: str
    ends_at: int
    replaces: str | None
    how: str


def open_session(connection: Connection, sealer: Sealer, opening: SessionOpening, now: int) -> None:
    """Record a session. Raises ``RowForged`` when the one that it replaces is not ours."""
    if opening.replaces is not None:
        end(connection, sealer, opening.replaces, now)
    row: dict[str, Value] = {
        "id": opening.minted.id,
        "digest": opening.minted.digest,
        "staff_id": opening.person_id,
        "created_at": now,
        "ends_at": opening.ends_at,
    }
    mac = row_digest(sealer, "sessions", {**row, "ended_at": None})
    execute(connection, _ADD, {**row, "seen_at": now, "mac": mac})
    audit.append(connection, sealer, AuditEntry(opening.person_id, "staff", "session.opened", outcome=opening.how), now)


class SessionLookup(NamedTuple):
    """A look for a session as of ``now``.

    It was last used in this process at ``used_at`` (0: never), and is over when it was not used since ``idle_since``.
    """

    plain: str
    now: int
    used_at: int
    idle_since: int

    def __repr__(self) -> str:
        """Show no secret."""
        return "SessionLookup(…)"


def find(connection: Connection, sealer: Sealer, looking: SessionLookup) -> Caller | None:
    """Return the person whose live session it is; None when there is none. Raises ``RowForged``."""
    prefix, session_id, secret = split(looking.plain)
    row = fetch_first(connection, _FIND, {"session": session_id})
    kept: bytes = NO_DIGEST if row is None else row["digest"]
    same = compare_digest(kept, digest_of(secret))
    if not same or row is None or prefix != SESSION_PREFIX:
        return None
    check(sealer, "sessions", row)
    is_over = row["ended_at"] is not None or row["ends_at"] <= looking.now
    if is_over or not isinstance(row["seen_at"], int) or max(row["seen_at"], looking.used_at) <= looking.idle_since:
        return None
    person = staff.find(connection, sealer, row["staff_id"])
    return None if person is None else caller_of(connection, sealer, person, looking.now)


def caller_of(connection: Connection, sealer: Sealer, person: Row, now: int) -> Caller:
    """Return the person of a row as a caller, with what breaking the glass gives for now. Raises ``RowForged``."""
    return Caller(
        id=person["id"],
        role=Role.STAFF,
        staff_roles=staff.roles_of(person),
        in_emergency=_is_broken(connection, sealer, person["id"], now),
    )


def end(connection: Connection, sealer: Sealer, session_id: str, now: int) -> bool:
    """End a session; false when there is no live one of that id. Raises ``RowForged``."""
    row = fetch_first(connection, _FIND, {"session": session_id})
    if row is None or row["ended_at"] is not None:
        return False
    check(sealer, "sessions", row)
    mac = row_digest(sealer, "sessions", {**row, "ended_at": now})
    if execute(connection, _END, {"session": session_id, "ended_at": now, "mac": mac}) != 1:
        return False
    audit.append(connection, sealer, AuditEntry(row["staff_id"], "staff", "session.ended"), now)
    return True


def note_uses(connection: Connection, uses: Mapping[str, int]) -> None:
    """Write down when sessions were last used: a stamp by the session's id."""
    for session_id, at in uses.items():
        execute(connection, _SEEN, {"session": session_id, "at": at, "seen_at": at})


def use_once(connection: Connection, digest: bytes, expires_at: int, now: int) -> bool:
    """Return whether ``digest`` is used for the first time; it is remembered until ``expires_at``."""
    execute(connection, _FORGET_USED, {"now": now})
    return execute(connection, _USE, {"digest": digest, "expires_at": expires_at}) == 1


class Breaking(NamedTuple):
    """A time for which somebody breaks the glass; stamps."""

    id: str
    person_id: str
    sealed_reason: bytes
    ends_at: int


def reason_place(emergency_id: str) -> Place:
    """Where a reason is sealed."""
    return Place("emergencies", emergency_id, "reason")


def break_glass(connection: Connection, sealer: Sealer, breaking: Breaking, now: int) -> None:
    """Record that somebody broke the glass, with its line of the audit."""
    row: dict[str, Value] = {
        "id": breaking.id,
        "staff_id": breaking.person_id,
        "sealed_reason": breaking.sealed_reason,
        "started_at": now,
        "ends_at": breaking.ends_at,
    }
    execute(connection, _BREAK, {**row, "mac": row_digest(sealer, "emergencies", row)})
    audit.append(
        connection,
        sealer,
        AuditEntry(breaking.person_id, StaffRole.BREAK_GLASS, "glass.broken", outcome=breaking.id),
        now,
    )


def emergencies(connection: Connection, sealer: Sealer) -> list[EmergencyRow]:
    """Return every time that the glass was broken, oldest first. Raises ``SealBroken``."""
    return [
        EmergencyRow(
            id=row["id"],
            staff_id=row["staff_id"],
            started_at=instant(row["started_at"]),
            ends_at=instant(row["ends_at"]),
            reason=sealer.open(row["sealed_reason"], reason_place(row["id"])).decode(),
        )
        for row in fetch_checked(connection, sealer, "emergencies", _EMERGENCIES)
    ]


def _is_broken(connection: Connection, sealer: Sealer, person: str, now: int) -> bool:
    values = {"person": person, "now": now}
    return fetch_checked_first(connection, sealer, "emergencies", _BROKEN, values) is not None
