"""What the server and the endpoints exchange: a request as it came, a response as it should go out."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from payers.simulator.faults import NO_FAULT, Fault


class Request(NamedTuple):
    """One request. ``path`` is without its query; names of ``headers`` are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """Return the media type with its parameters, or nothing."""
        return self.headers.get("content-type", "")


class Response(NamedTuple):
    """What goes back: status, headers, body; ``fault`` is what the server does to it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fault: Fault = NO_FAULT


JSON = (("Content-Type", "application/json"),)


def respond_json(status: int, body: Mapping[str, Any], headers: tuple[tuple[str, str], ...] = JSON) -> Response:
    """Return a response with ``body`` as JSON."""
    return Response(status=status, headers=headers, body=json.dumps(body).encode())


class Endpoint(Protocol):
    """The payers' side of one route. The server gives it every request whose path is one of ``paths``, or below it.

    A POST to ``asked_at`` is an exchange with a payer and is counted; tokens and polls are none.
    """

    paths: Sequence[str]
    asked_at: str
    violations: list[str]
    """Codes of what was wrong with requests, in the order in which they came; nothing of a member."""

    async def answer(self, request: Request) -> Response:
        """Return the response to one request."""
        ...


@runtime_checkable
class TakesSideRequests(Protocol):
    """An endpoint whose address takes more than exchanges."""

    def is_side_request(self, request: Request) -> bool:
        """Whether ``request`` is no exchange, although it came to the address of exchanges."""
        ...


def is_exchange(endpoint: Endpoint, request: Request) -> bool:
    """Whether ``request`` is an exchange with a payer, which is counted."""
    if (request.method, request.path.rstrip("/")) != ("POST", endpoint.asked_at):
        return False
    return not (isinstance(endpoint, TakesSideRequests) and endpoint.is_side_request(request))
