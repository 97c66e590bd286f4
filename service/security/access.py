"""Who may ask, and who may look: keys become callers, and callers have a role.

Source: ``ANSWER.md`` 5 and 6.
"""

import re
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from contracts import Frozen


class Role(StrEnum):
    """What a caller is: a visitor of the website, the intake staff, or a batch."""

    PUBLIC = "public"
    STAFF = "staff"
    BATCH = "batch"


URGENCY = (Role.STAFF, Role.PUBLIC, Role.BATCH)
"""People first: who is served first and shed last, in order."""


class Caller(Frozen):
    """Who asks: ``id`` is the public part of a key (never its secret), safe in logs and audit entries."""

    id: str
    role: Role


LONGEST_AUTHORIZATION = 200
"""Characters of the longest ``Authorization`` that is looked at."""

_KEY = re.compile(r"bv_(?P<id>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
"""What a key looks like; nothing else is looked up. The store makes them."""


class Credential(NamedTuple):
    """A key as it was given: ``key_id`` is its public part, ``plain`` is all of it."""

    key_id: str
    plain: str

    @property
    def digest(self) -> bytes:
        """What it may be remembered by."""
        return sha256(self.plain.encode()).digest()

    def __repr__(self) -> str:
        """Show the id alone."""
        return f"Credential(key_id={self.key_id!r})"


def credential_of(authorization: str | None) -> Credential | None:
    """Return the key in ``Authorization: Bearer …``; None when there is none, or none of the form of ours."""
    if authorization is None or len(authorization) > LONGEST_AUTHORIZATION:
        return None
    scheme, _, plain = authorization.partition(" ")
    key = _KEY.fullmatch(plain.strip())
    return Credential(key["id"], key[0]) if key and scheme.lower() == "bearer" else None


def may_see(caller: Caller, owner: str) -> bool:
    """Return whether ``caller`` may look at what the caller with the id ``owner`` asked for.

    Staff may look at everything, everybody else at their own.
    """
    return caller.role is Role.STAFF or caller.id == owner
