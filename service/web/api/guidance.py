"""The endpoints for what an answer means for this person. They follow from a stored answer; no payer is asked."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Security

from service.guidance.authorization import AuthorizationAnswer, authorizations_of, rule_book
from service.guidance.cost_values import EpisodeCost
from service.guidance.stay_cost import estimate_with_us
from service.guidance.watch_list import WatchList, watch_list_of
from service.security.access import Caller
from service.security.projection import project
from service.web.api.plan_bodies import CostBody, plan_of
from service.web.api.verifications import PATH, find_answer
from service.web.body_route import BodyRoute
from service.web.dependencies import DeadlineDependency, Right, ServicesDependency, authorize
from service.web.problems import problem_responses

router = APIRouter(prefix=PATH, tags=["guidance"], route_class=BodyRoute)

VerificationId = Annotated[str, Path(examples=["ver_ABCDEFGHIJKLMNOPQRSTUVWXYZ"])]
LocationQuery = Annotated[
    str | None, Query(max_length=80, description="One of the operator's own names of its places.")
]
Looking = Annotated[Caller, Security(authorize, scopes=[Right.LOOK])]


@router.post(
    "/{verification_id}/cost",
    summary="Estimate what a stay may cost the patient",
    responses=problem_responses(401, 403, 404, 408, 413, 415, 422, 429, 503),
)
async def estimate(
    verification_id: VerificationId,
    body: CostBody,
    caller: Annotated[Caller, Security(authorize, scopes=[Right.LOOK, Right.COST])],
    deadline: DeadlineDependency,
    services: ServicesDependency,
) -> EpisodeCost:
    """The plan is walked day by day; the estimate is a range where an input is missing, and says which."""
    answer = await find_answer(verification_id, caller, deadline, services)
    plan = plan_of(body, answer)
    # A plan with much that is not known is walked in many cases, which would hold the event loop.
    return await asyncio.to_thread(
        lambda: estimate_with_us(answer, plan, services.roster, side=body.side, location=body.location)
    )


@router.get(
    "/{verification_id}/watch-list",
    summary="What must not be missed, and whether we are in network",
    responses=problem_responses(401, 403, 404, 422, 429, 503),
)
async def show_watch_list(
    verification_id: VerificationId,
    caller: Looking,
    deadline: DeadlineDependency,
    services: ServicesDependency,
    location: LocationQuery = None,
) -> WatchList:
    """The most harmful first. Our network status follows from the operator's contracts alone."""
    answer = await find_answer(verification_id, caller, deadline, services)
    return watch_list_of(project(answer, caller), services.roster, location)


@router.get(
    "/{verification_id}/authorization",
    summary="Whether authorization is needed, and who says so",
    responses=problem_responses(401, 403, 404, 429, 503),
)
async def show_authorization(
    verification_id: VerificationId, caller: Looking, deadline: DeadlineDependency, services: ServicesDependency
) -> AuthorizationAnswer:
    """What the reply says of the member goes first, then a dated rule of the payer; a rule never overrides a line."""
    answer = await find_answer(verification_id, caller, deadline, services)
    return authorizations_of(
        project(answer, caller), rule_book(services.roster, services.directory.cards), services.today()
    )
