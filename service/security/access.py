"""Who may ask, and who may look: keys, sessions and tokens become callers, and callers have roles.

Source: ``ANSWER.md`` 5 and 6; ``RELIABILITY.md`` 6.3.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from pydantic import Field

from contracts import Frozen


class Role(StrEnum):
    """What a caller is: a visitor of the website, the intake staff, or a batch."""

    PUBLIC = "public"
    STAFF = "staff"
    BATCH = "batch"


class StaffRole(StrEnum):
    """What a person of the staff does. A person may have several roles, and their rights add up.

    ``break_glass`` gives nothing by itself: whoever has it may open everything for an hour by giving a reason.
    """

    INTAKE = "intake"
    BILLING = "billing"
    SUPERVISOR = "supervisor"
    PRIVACY_OFFICER = "privacy_officer"
    BREAK_GLASS = "break_glass"


Position = Role | StaffRole
"""What rights are given to: the role of a key, or one of the roles of a person."""

URGENCY = (Role.STAFF, Role.PUBLIC, Role.BATCH)
"""People first: who is served first and shed last, in order."""


class Caller(Frozen):
    """Who asks: ``id`` is the public part of a key, or a person's id (never a secret), safe in logs and audit entries.

    ``staff_roles`` are a person's; None for a key, which has all that its role has. ``in_emergency`` says that the
    person has broken the glass and the time for it has not run out. ``networks`` are the only ones from which the
    caller may come, as CIDR; none means from anywhere.
    """

    id: str
    role: Role
    staff_roles: frozenset[StaffRole] | None = None
    in_emergency: bool = False
    networks: tuple[str, ...] = Field(default=(), exclude=True, repr=False)

    @property
    def is_person(self) -> bool:
        """Whether this is somebody who signed in, and not a key."""
        return self.staff_roles is not None

    @property
    def positions(self) -> frozenset[Position]:
        """What the caller's rights follow from; breaking the glass counts only while it lasts."""
        if self.staff_roles is None:
            return frozenset({self.role})
        return self.staff_roles if self.in_emergency else self.staff_roles - {StaffRole.BREAK_GLASS}

    @property
    def role_name(self) -> str:
        """What the audit calls the role: ``staff`` or ``batch`` of a key, ``billing+intake`` of a person with both."""
        return self.role.value if self.staff_roles is None else "+".join(sorted(self.positions)) or "none"


SESSION_COOKIE = "__Host-benefits"
"""The cookie that holds a session. Browsers keep a name with this prefix from every other host, path and plain HTTP."""

LONGEST_AUTHORIZATION = 200
"""Characters of the longest ``Authorization`` with a key that is looked at."""

LONGEST_TOKEN = 8_192
"""Characters of the longest access token that is looked at."""

LONGEST_COOKIES = 8_192

_KEY = re.compile(r"bv_(?P<id>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
"""What a key looks like; nothing else is looked up. The store makes them."""

_SESSION = re.compile(r"bvs_(?P<id>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
"""What the value of a session's cookie looks like."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""What a signed token looks like (JWS compact, RFC 7515)."""


class CredentialKind(StrEnum):
    """How a caller shows who it is."""

    KEY = "key"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a word, and no secret


class Credential(NamedTuple):
    """What a caller showed: ``key_id`` is its public part (empty for a token), ``plain`` is all of it."""

    key_id: str
    plain: str
    kind: CredentialKind = CredentialKind.KEY

    @property
    def digest(self) -> bytes:
        """What it may be remembered by."""
        return sha256(self.plain.encode()).digest()

    def __repr__(self) -> str:
        """Show the id alone."""
        return f"Credential(key_id={self.key_id!r}, kind={self.kind.value!r})"


def credential_of(authorization: str | None) -> Credential | None:
    """Return the key or token in ``Authorization: Bearer …``; None when there is none, or none of the form of ours."""
    if authorization is None or len(authorization) > LONGEST_TOKEN:
        return None
    scheme, _, plain = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return None
    key = _KEY.fullmatch(plain.strip())
    if key and len(authorization) <= LONGEST_AUTHORIZATION:
        return Credential(key["id"], key[0])
    token = _TOKEN.fullmatch(plain.strip())
    return Credential("", token[0], CredentialKind.TOKEN) if token else None


def credential_shown(authorization: Sequence[str], cookies: Iterable[str]) -> Credential | None:
    """Return the one credential of a request with these headers; a session's cookie counts where nothing else is shown.

    Two ``Authorization`` headers, and two cookies of the session's name, are none.
    """
    if authorization:
        return credential_of(authorization[0]) if len(authorization) == 1 else None
    return session_of(cookies)


def session_of(cookies: Iterable[str]) -> Credential | None:
    """Return the session in ``Cookie`` headers; None when there is none, or not exactly one."""
    found = list(cookie_values(cookies, SESSION_COOKIE))
    session = _SESSION.fullmatch(found[0]) if len(found) == 1 else None
    return Credential(session["id"], session[0], CredentialKind.SESSION) if session else None


def cookie_values(cookies: Iterable[str], name: str) -> list[str]:
    """Return every value of the cookie ``name`` in ``Cookie`` headers."""
    values: list[str] = []
    for header in cookies:
        if len(header) <= LONGEST_COOKIES:
            pairs = (pair.strip().partition("=") for pair in header.split(";"))
            values += [value for found, _, value in pairs if found == name]
    return values


def may_see(caller: Caller, owner: str) -> bool:
    """Return whether ``caller`` may look at what the caller with the id ``owner`` asked for.

    Staff may look at everything, everybody else at their own.
    """
    return caller.role is Role.STAFF or caller.id == owner
