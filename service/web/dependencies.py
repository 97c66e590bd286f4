"""The FastAPI dependencies that endpoints share: services, the caller and its rights, what its headers ask for.

A new permission is a ``Right``; ``RIGHTS`` gives it to roles, and an endpoint asks for it as a scope.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from time import monotonic
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import APIKeyCookie, HTTPBearer, SecurityScopes
from pydantic.json_schema import SkipJsonSchema

from contracts import Deadline
from service.security.access import SESSION_COOKIE, Caller, Position, Role, StaffRole
from service.web.problems import FieldError, RequestRefused
from service.web.services import Services
from service.web.waits import wait_of

LONGEST_IDEMPOTENCY_KEY = 200

OptionalHeader = str | SkipJsonSchema[None]
"""A header that may be absent; JSON's null, which no header can hold, is not described."""


class Right(StrEnum):
    """What a caller may do; an endpoint names the right that it needs as a scope of its ``Security``."""

    VERIFY = "verify"
    LOOK = "look"
    PAYERS = "payers"
    CALL = "call"
    BATCH = "batch"
    COST = "cost"
    AUDIT = "audit"
    METRICS = "metrics"
    RAW = "raw"
    """To read whole replies as they came, which say more of a member than the answer does."""


_ASKING = frozenset({Right.VERIFY, Right.LOOK, Right.PAYERS})

RIGHTS: Mapping[Position, frozenset[Right]] = {
    Role.STAFF: frozenset(Right) - {Right.AUDIT},
    # A call sheet holds what was sent of the member, and the payer's own words.
    Role.BATCH: _ASKING | {Right.COST, Right.BATCH, Right.METRICS},
    # A visitor of the website has a view of its own, which is no answer and is served elsewhere.
    Role.PUBLIC: frozenset(),
    # What a call sheet says, and what a stay costs, is the patient's share: it belongs to billing and above.
    StaffRole.INTAKE: _ASKING,
    StaffRole.BILLING: _ASKING | {Right.CALL, Right.COST, Right.BATCH},
    StaffRole.SUPERVISOR: _ASKING | {Right.CALL, Right.COST, Right.BATCH, Right.METRICS},
    # Who watches over what others did asks no payer.
    StaffRole.PRIVACY_OFFICER: frozenset(Right) - {Right.VERIFY, Right.BATCH},
    StaffRole.BREAK_GLASS: frozenset(Right) - {Right.AUDIT},
}
"""What each role may do; a person with several roles may do what any of them may."""


def rights_of(caller: Caller) -> frozenset[Right]:
    """Return what ``caller`` may do."""
    return frozenset().union(*(RIGHTS[position] for position in caller.positions))


def services_of(request: Request) -> Services:
    """Return the services that the application was created with."""
    services: Services = request.app.state.services
    return services


async def get_services(request: Request) -> Services:
    """Return what ``services_of`` does. Each dependency costs a question some: the two endpoints for one do without."""
    return services_of(request)


class TokenOrKey(HTTPBearer):
    """Describes a key or an access token in ``Authorization``; ``LoadShedding`` has looked it up."""

    async def __call__(self, request: Request) -> None:  # type: ignore[override]
        """Nothing is left to do."""


class SessionCookie(APIKeyCookie):
    """Describes the cookie of a person who signed in; ``LoadShedding`` has looked it up."""

    async def __call__(self, request: Request) -> None:  # type: ignore[override]
        """Nothing is left to do."""


_KEY = TokenOrKey(
    scheme_name="key",
    description="A key that `benefits keys create` made, or an access token of your identity provider.",
)
_SESSION = SessionCookie(
    name=SESSION_COOKIE, scheme_name="session", description="The session of a person who signed in."
)


async def authorize(
    request: Request,
    rights: SecurityScopes,
    _key: Annotated[None, Depends(_KEY)] = None,
    _session: Annotated[None, Depends(_SESSION)] = None,
) -> Caller:
    """Return the caller. The dependency of every endpoint: ``Security(authorize, scopes=[Right.LOOK])``.

    Raises ``RequestRefused`` 403 unless its roles have every right that the endpoint needs.
    """
    return require_rights(request, rights.scopes)


def require_rights(request: Request, rights: Iterable[str]) -> Caller:
    """Return the caller. Raises ``RequestRefused`` 403 unless its roles have every one of ``rights``."""
    caller: Caller = request.state.caller
    if not rights_of(caller).issuperset(rights):
        raise RequestRefused(403, "forbidden")
    return caller


async def get_person(caller: Annotated[Caller, Depends(authorize)]) -> Caller:
    """Return the person who signed in, with roles. Raises ``RequestRefused`` 403 for a key, which is nobody's."""
    if not caller.is_person:
        raise RequestRefused(403, "forbidden")
    return caller


def deadline_of(request: Request) -> Deadline:
    """Return the one deadline of the request: the caller's wait, which began when the request arrived."""
    state = request.scope["state"]
    deadline: Deadline | None = state.get("deadline")
    if deadline is None:
        wait = wait_of(request.headers.getlist("prefer"), services_of(request).waits[state["caller"].role])
        deadline = state["deadline"] = Deadline(wait, spent=monotonic() - state["arrived"])
    return deadline


PreferHeader = Annotated[
    OptionalHeader,
    Header(
        alias="Prefer",
        description="`wait=N`: answer within N seconds, 0 to 60 (RFC 7240). Malformed ones are ignored.",
        examples=["wait=8"],
    ),
]
"""Describes the header that ``deadline_of`` reads."""


async def get_deadline(request: Request, _prefer: PreferHeader = None) -> Deadline:
    """Return the deadline by which the caller wants its response. The wait may stand in any of several headers."""
    return deadline_of(request)


async def get_deadline_of_page() -> Deadline:
    """Return the deadline of a page: it shows what is known, waits for no payer, and has the store's usual patience."""
    return Deadline(0.0)


IdempotencyKeyHeader = Annotated[
    OptionalHeader,
    Header(
        alias="Idempotency-Key",
        description="The same key with the same body within 24 hours gets the same verification.",
        json_schema_extra={"maxLength": LONGEST_IDEMPOTENCY_KEY, "pattern": "^[ -~]*[!-~][ -~]*$"},
    ),
]
"""Describes the header that ``idempotency_key_of`` reads."""


def idempotency_key_of(request: Request) -> str | None:
    """Return the caller's key that makes two requests one, or None.

    Raises ``RequestRefused`` for a blank, too long or unprintable one, and for two.
    """
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    first, *others = given
    well_formed = first.strip() and len(first) <= LONGEST_IDEMPOTENCY_KEY and first.isascii() and first.isprintable()
    if not well_formed or others:
        raise RequestRefused(422, "invalid_request", (FieldError(field="Idempotency-Key", code="bad_value"),))
    return first


ServicesDependency = Annotated[Services, Depends(get_services)]
DeadlineDependency = Annotated[Deadline, Depends(get_deadline)]
PageDeadlineDependency = Annotated[Deadline, Depends(get_deadline_of_page)]
PersonDependency = Annotated[Caller, Depends(get_person)]
