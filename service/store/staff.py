"""People of the staff, and the links by which the operator lets them sign in: each link opens one session, once.

A person whom the operator invites has the roles that the invitation gives. A person whom the identity provider knows
is named after its word for them (a keyed index of issuer and subject), and has the roles that it says at each sign-in.
"""

from base64 import b32encode
from collections.abc import Iterable
from hmac import compare_digest
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.access import StaffRole
from service.security.encryption import Sealer
from service.store import audit
from service.store.identifiers import instant, maybe_instant
from service.store.keys import NO_DIGEST, Minted, digest_of, split
from service.store.row_digests import check, covered_columns, fetch_checked_first, is_authentic, row_digest
from service.store.rows import AuditEntry, StaffRow
from service.store.statements import execute, fetch_all, fetch_first
from service.store.tables import SIGN_IN_LINKS, STAFF, Row, Value

LINK_PREFIX = "bvl"

_ADD = sa.insert(STAFF)
_FIND = sa.select(*covered_columns(STAFF)).where(STAFF.c.id == sa.bindparam("person"))
_LIST = sa.select(*covered_columns(STAFF)).order_by(STAFF.c.created_at, STAFF.c.id)
_CHANGE = sa.update(STAFF).where(STAFF.c.id == sa.bindparam("person"))
_ADD_LINK = sa.insert(SIGN_IN_LINKS)
_FIND_LINK = sa.select(*covered_columns(SIGN_IN_LINKS)).where(SIGN_IN_LINKS.c.id == sa.bindparam("link"))
_USE_LINK = sa.update(SIGN_IN_LINKS).where(
    SIGN_IN_LINKS.c.id == sa.bindparam("link"), SIGN_IN_LINKS.c.used_at.is_(None)
)


class PersonUnknown(Exception):
    """There is no such person, or their access was ended."""


class NewPerson(NamedTuple):
    """Somebody who is added: by the operator (``invited``), or because the identity provider knows them."""

    id: str
    label: str
    roles: frozenset[StaffRole]
    invited: bool


class NewLink(NamedTuple):
    """A link that lets a person sign in once, until the stamp ``expires_at``."""

    minted: Minted
    person_id: str
    expires_at: int


def person_id(sealer: Sealer, issuer: str, subject: str) -> str:
    """Return the id of the person whom ``issuer`` calls ``subject``. Raises ``KeysMissing``."""
    return "usr_" + b32encode(sealer.blind("staff", issuer, subject)[:16]).decode("ascii").rstrip("=")


def roles_text(roles: Iterable[StaffRole]) -> str:
    """Return roles as they are kept."""
    return ",".join(sorted(roles))


def roles_of(row: Row) -> frozenset[StaffRole]:
    """Return the roles of a person's row."""
    return frozenset(StaffRole(word) for word in row["roles"].split(",") if word)


def add(connection: Connection, sealer: Sealer, person: NewPerson, now: int) -> None:
    """Record a person."""
    row: dict[str, Value] = {
        "id": person.id,
        "label": person.label,
        "roles": roles_text(person.roles),
        "invited": int(person.invited),
        "created_at": now,
    }
    execute(connection, _ADD, {**row, "mac": row_digest(sealer, "staff", {**row, "ended_at": None})})
    _note(connection, sealer, person.id, "staff.added", roles_text(person.roles), now)


def find(connection: Connection, sealer: Sealer, person: str) -> Row | None:
    """Return the row of a person whose access was not ended. Raises ``RowForged``."""
    row = fetch_checked_first(connection, sealer, "staff", _FIND, {"person": person})
    return None if row is None or row["ended_at"] is not None else row


def is_known(connection: Connection, person: str) -> bool:
    """Return whether there is such a person, access ended or not."""
    return fetch_first(connection, _FIND, {"person": person}) is not None


def set_roles(connection: Connection, sealer: Sealer, person: str, roles: Iterable[StaffRole], now: int) -> None:
    """Give a person these roles in place of those before. Raises ``PersonUnknown``, and ``RowForged``."""
    row = find(connection, sealer, person)
    if row is None:
        raise PersonUnknown
    text = roles_text(roles)
    if row["roles"] == text:
        return
    mac = row_digest(sealer, "staff", {**row, "roles": text})
    execute(connection, _CHANGE, {"person": person, "roles": text, "mac": mac})
    _note(connection, sealer, person, "staff.roles_changed", text, now)


def end(connection: Connection, sealer: Sealer, person: str, now: int) -> bool:
    """End a person's access, sessions included; false when there is no such person, or it was ended before."""
    row = fetch_first(connection, _FIND, {"person": person})
    if row is None or row["ended_at"] is not None:
        return False
    mac = row_digest(sealer, "staff", {**row, "ended_at": now}) if is_authentic(sealer, "staff", row) else row["mac"]
    execute(connection, _CHANGE, {"person": person, "ended_at": now, "mac": mac})
    _note(connection, sealer, person, "staff.ended", None, now)
    return True


def list_people(connection: Connection, sealer: Sealer) -> list[StaffRow]:
    """Return every person, oldest first, those whose access was ended included."""
    return [
        StaffRow(
            id=row["id"],
            label=row["label"],
            roles=tuple(word for word in row["roles"].split(",") if word),
            invited=bool(row["invited"]),
            created_at=instant(row["created_at"]),
            ended_at=maybe_instant(row["ended_at"]),
            authentic=is_authentic(sealer, "staff", row),
        )
        for row in fetch_all(connection, _LIST)
    ]


def any_invited(connection: Connection, sealer: Sealer) -> bool:
    """Return whether the operator invited anybody whose access was not ended."""
    rows = fetch_all(connection, _LIST)
    return any(row["invited"] and row["ended_at"] is None and is_authentic(sealer, "staff", row) for row in rows)


def add_link(connection: Connection, sealer: Sealer, link: NewLink, now: int) -> None:
    """Record a link for a person. Raises ``PersonUnknown``, and ``RowForged``."""
    if find(connection, sealer, link.person_id) is None:
        raise PersonUnknown
    row: dict[str, Value] = {
        "id": link.minted.id,
        "digest": link.minted.digest,
        "staff_id": link.person_id,
        "created_at": now,
        "expires_at": link.expires_at,
    }
    mac = row_digest(sealer, "sign_in_links", {**row, "used_at": None})
    execute(connection, _ADD_LINK, {**row, "mac": mac})
    _note(connection, sealer, link.person_id, "staff.link_made", None, now)


def use_link(connection: Connection, sealer: Sealer, plain: str, now: int) -> str | None:
    """Return the id of the person whom the link ``plain`` lets in, and use the link up; None when it lets nobody in.

    Raises ``RowForged``.
    """
    prefix, link_id, secret = split(plain)
    row = fetch_first(connection, _FIND_LINK, {"link": link_id})
    kept: bytes = NO_DIGEST if row is None else row["digest"]
    same = compare_digest(kept, digest_of(secret))
    if not same or row is None or prefix != LINK_PREFIX:
        return None
    check(sealer, "sign_in_links", row)
    if row["used_at"] is not None or row["expires_at"] <= now or find(connection, sealer, row["staff_id"]) is None:
        return None
    mac = row_digest(sealer, "sign_in_links", {**row, "used_at": now})
    if execute(connection, _USE_LINK, {"link": link_id, "used_at": now, "mac": mac}) != 1:
        return None
    found: str = row["staff_id"]
    return found


def _note(connection: Connection, sealer: Sealer, person: str, action: str, outcome: str | None, now: int) -> None:
    audit.append(connection, sealer, AuditEntry(person, "operator", action, outcome=outcome), now)
