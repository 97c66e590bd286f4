"""The door that says which payers there are, what each needs, and over which routes it is asked."""

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from service.web.api.description import PAYERS, problem_responses
from service.web.api.schemas import PayerView, payer_view
from service.web.dependencies import Right, caller_of
from service.web.services import Services

PATH = "/v1/payers"


LISTED: TypeAdapter[tuple[PayerView, ...]] = TypeAdapter(tuple[PayerView, ...])


def payers(services: Services) -> APIRouter:
    """The routes of this door."""
    router = APIRouter()

    @router.get(
        PATH,
        operation_id="payers",
        responses={**PAYERS, **problem_responses(401, 403, 429, 503)},
        response_class=Response,
    )
    async def list_payers(request: Request) -> Response:
        """List the payers."""
        caller_of(request, Right.PAYERS)
        views = tuple(payer_view(card, services.guards) for card in services.directory.cards)
        return Response(LISTED.dump_json(views), media_type="application/json")

    return router
