"""A listener with the bounded protocol."""

from collections.abc import AsyncIterator
from socket import create_server

import pytest
import uvicorn

from service.cli.serve import Server
from service.security.access import Role
from service.verification.admission import Admission
from service.web.connections import Connections
from service.web.key_lookups import KeyLookups
from service.web.problems import safety_headers
from tests.service.web.protocol.serving import CROWD, HELD, SEEN, Crowded, Impatient, Nobody, Served, answering


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    places = Connections(most=20, per_peer=10, spare=2, fair=0.0)
    overload = Crowded(Admission(64), KeyLookups(Nobody()), dict.fromkeys(Role, 8.0))
    protocol = type("Bounded", (Impatient,), {"places": places, "overload": overload})
    config = uvicorn.Config(
        answering,
        log_config=None,
        access_log=False,
        lifespan="off",
        http=protocol,
        headers=safety_headers(strict_transport=False),
    )
    listening = create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = Server(config, listening, places, overload)
    config.load()
    server.lifespan = config.lifespan_class(config)
    SEEN.clear()
    HELD.clear()
    CROWD.clear()
    await server.startup()
    server.server_state.default_headers = config.encoded_headers
    yield Served(port, places)
    for held in HELD:
        held.set()
    server.should_exit = True
    await server.shutdown()


@pytest.fixture
def port(server: Served) -> int:
    return server.port
