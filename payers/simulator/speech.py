"""What ends and the server hand each other: a request as it came, a response as it should go out."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from payers.simulator.weather import FAIR, Weather


class Request(NamedTuple):
    """One request. ``path`` is without its query; names of ``headers`` are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type with its parameters, or nothing."""
        return self.headers.get("content-type", "")


class Response(NamedTuple):
    """What goes back: status, headers, body; ``weather`` is what the network does to it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    weather: Weather = FAIR


class End(Protocol):
    """One route's far end. The server gives it every request whose path is one of ``paths``, or below it.

    A POST to ``asked_at`` is an exchange with a payer and is counted; tokens and polls are none.
    """

    paths: Sequence[str]
    asked_at: str
    violations: list[str]
    """Codes of what was wrong with requests, in the order in which they came; nothing of a member."""

    async def answer(self, request: Request) -> Response:
        """The response to one request."""
        ...


@runtime_checkable
class Aside(Protocol):
    """An end whose one address takes more than exchanges."""

    def is_aside(self, request: Request) -> bool:
        """Whether ``request`` is no exchange, though it came to where exchanges come."""
        ...


def is_exchange(end: End, request: Request) -> bool:
    """Whether ``request`` is an exchange with a payer, which is counted."""
    if (request.method, request.path.rstrip("/")) != ("POST", end.asked_at):
        return False
    return not (isinstance(end, Aside) and end.is_aside(request))
