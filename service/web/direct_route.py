"""Routes whose endpoints are called directly: the two endpoints for one question get nearly all requests.

FastAPI finds out the values of an endpoint's parameters by walking its dependencies, anew for each request, which costs
as much processor time as the exchange with a payer does. An endpoint of a ``DirectRoute`` declares its parameters as
usual, and FastAPI describes it by them; it is called with what it needs of the request.
"""

from collections.abc import Callable, Coroutine
from typing import Any, get_args, get_type_hints

from fastapi import Request, Response
from fastapi.params import Security
from fastapi.routing import APIRoute

from service.web.body_route import parse_body, read_body
from service.web.dependencies import authorize, deadline_of, require_rights


class DirectRoute(APIRoute):
    """A route whose endpoint takes the ``caller``, the ``request``, its path's parameters, and one model as ``body``.

    Whatever else it declares is a header that is only described. It returns the whole response.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return a handler that checks the caller's rights, then reads the body, then calls the endpoint."""
        endpoint, rights = self.endpoint, _rights_of(self.endpoint)
        model: Any = None if self.body_field is None else self.body_field.field_info.annotation

        async def handle(request: Request) -> Response:
            given: dict[str, Any] = {"caller": require_rights(request, rights), "request": request}
            if model is not None:
                given["body"] = parse_body(await read_body(request, deadline_of(request)), model)
            response: Response = await endpoint(**given, **request.path_params)
            return response

        return handle


def operation_id(route: APIRoute) -> str:
    """Return what an operation is called in the description: clients that are generated name their functions so."""
    return route.name


def _rights_of(endpoint: Callable[..., Any]) -> tuple[str, ...]:
    """Return the rights that an endpoint asks of its ``caller``. Raises ``TypeError`` when it asks for none."""
    declared = get_args(get_type_hints(endpoint, include_extras=True)["caller"])
    rights = [one.scopes for one in declared if isinstance(one, Security) and one.dependency is authorize]
    if len(rights) != 1 or not rights[0]:
        raise TypeError(f"{endpoint.__name__} asks for no right")
    return tuple(rights[0])
