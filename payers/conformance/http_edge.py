"""Where respx answers in place of payers and of other servers: at the edge of httpx, over which everything is sent."""

from collections.abc import Callable, Coroutine
from typing import Any

import httpx
from respx.mocks import HTTPXMocker
from respx.models import PassThrough

Handle = Callable[[object, httpx.Request], Coroutine[Any, Any, httpx.Response]]


class EdgeMocker(HTTPXMocker):
    """Answers the requests of httpx's clients, and those that routes hand to a transport of ours."""

    name = "edge"
    targets = [*HTTPXMocker.targets, "payers.routes.shared.transport.FreshConnections"]  # noqa: RUF012 - as respx declares it
    target_methods = ["_transport_for_url", "handle_async_request"]  # noqa: RUF012

    @classmethod
    def mock(cls, spec: Any) -> Any:  # noqa: ANN401 - as respx declares it
        """Return what stands in place of the method ``spec``."""
        if spec.__name__ == "handle_async_request":
            return cls._handle_or_pass(spec)
        return super().mock(spec)  # type: ignore[no-untyped-call]

    @classmethod
    def _handle_or_pass(cls, handle: Handle) -> Handle:
        async def answer(transport: object, request: httpx.Request) -> httpx.Response:
            try:
                return await httpx.MockTransport(cls.async_handler).handle_async_request(request)
            except PassThrough:
                return await handle(transport, request)

        return answer
