"""The dependency of every endpoint: a key becomes a caller, and a caller has rights."""

from collections.abc import Mapping
from enum import StrEnum

from fastapi import Request

from service.security.access import Caller, Role
from service.web.problems import Refused


class Right(StrEnum):
    """What a caller may do at this door."""

    VERIFY = "verify"
    LOOK = "look"
    PAYERS = "payers"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.STAFF: frozenset(Right),
    Role.BATCH: frozenset(Right),
    # A visitor has no key and no answer: the website's own door, with its own view, is the only one for him.
    Role.PUBLIC: frozenset(),
}


def caller_of(request: Request, right: Right) -> Caller:
    """The caller of ``request``, whose key the doorstep looked up. Raises ``Refused`` 403 without the ``right``."""
    caller: Caller = request.state.caller
    if right not in RIGHTS[caller.role]:
        raise Refused(403, "forbidden")
    return caller
