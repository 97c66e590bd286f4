"""Who is at the door: a key becomes a caller, and a caller has rights."""

from collections.abc import Mapping
from enum import StrEnum

from fastapi import Request

from service.access import Caller, Role, authenticate
from service.api.problems import Refused
from service.api.rooms import Rooms


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


async def caller_of(request: Request, rooms: Rooms, right: Right) -> Caller:
    """The caller of ``request``. Raises ``Refused``: 401 without a live key, 403 without the ``right``."""
    caller = await authenticate(rooms.store, request.headers.get("authorization"))
    if caller is None:
        rooms.store.count_refused_key(request.client.host if request.client else "unknown")
        raise Refused(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})
    if right not in RIGHTS[caller.role]:
        raise Refused(403, "forbidden")
    request.state.caller_id = caller.id
    request.state.role = caller.role
    return caller
