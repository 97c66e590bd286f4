"""The endpoint that lists the payers, what each needs, and over which routes it is asked."""

from typing import Annotated

from fastapi import APIRouter, Security

from service.security.access import Caller
from service.web.api.schemas import PayerView, payer_view
from service.web.dependencies import Right, ServicesDependency, authorize
from service.web.problems import problem_responses

router = APIRouter(prefix="/v1/payers", tags=["payers"])


@router.get(
    "",
    summary="List the payers",
    response_description="Every payer.",
    responses=problem_responses(401, 403, 429, 503),
)
async def list_payers(
    _caller: Annotated[Caller, Security(authorize, scopes=[Right.PAYERS])], services: ServicesDependency
) -> tuple[PayerView, ...]:
    """Each payer with the fields that it needs, its routes, and how they do in this process."""
    return tuple(payer_view(card, services.guards) for card in services.directory.cards)
