"""The endpoint for the history of a member, who is named by a verification and never in an address."""

from typing import Annotated

from fastapi import APIRouter, Query, Security

from contracts import Deadline
from service.security.access import Caller
from service.store import HistoryRequest
from service.verification.history import MemberHistory, history_of
from service.web.api.guidance import VerificationId
from service.web.api.verifications import PATH, is_id
from service.web.dependencies import DeadlineDependency, Right, ServicesDependency, authorize
from service.web.problems import RequestRefused, problem_responses
from service.web.services import Services

router = APIRouter(prefix=PATH, tags=["verifications"])

MOST_SEARCHES = 50

Limit = Annotated[int, Query(ge=1, le=MOST_SEARCHES, description="Searches on a page.")]
After = Annotated[
    str | None, Query(max_length=40, description="The `after` of the page before; the first page without it.")
]


@router.get(
    "/{verification_id}/history",
    summary="List what was asked about the same member",
    responses=problem_responses(401, 403, 404, 422, 429, 503),
)
async def show_history(
    verification_id: VerificationId,
    caller: Annotated[Caller, Security(authorize, scopes=[Right.LOOK])],
    deadline: DeadlineDependency,
    services: ServicesDependency,
    limit: Limit = 20,
    after: After = None,
) -> MemberHistory:
    """Oldest first, the tries of one question together. A batch sees its own verifications alone."""
    return await find_history(verification_id, limit, after, caller=caller, deadline=deadline, services=services)


async def find_history(
    verification_id: str, limit: int, after: str | None, *, caller: Caller, deadline: Deadline, services: Services
) -> MemberHistory:
    """Return a page of a member's history. Raises ``RequestRefused`` 404 when ``caller`` may not see it."""
    page = None
    if is_id(verification_id):
        wanted = HistoryRequest(verification_id, limit, after)
        page = await services.verifier.history(wanted, caller=caller, deadline=deadline)
    if page is None:
        raise RequestRefused(404, "not_found")
    return history_of(verification_id, page, services.directory)
