"""More changes for ``launcher``: guards that are switched off, and plugins and names that misbehave."""

import asyncio
import threading
from pathlib import Path
from secrets import token_bytes
from time import monotonic, sleep
from typing import Any, TextIO

from contracts import Reply
from payers.routes.core_mime import CoreMime
from payers.routes.shared import lookup
from service.cli.bootstrap import Service
from service.gateway import guards, policy
from service.gateway.policy import GatewayPolicy
from service.gateway.retry_budget import RetryBudget
from service.store import intents

HUNG_HOST = "hung.example"
LOOK = 0.01
NARROW = 16


def record_lags() -> None:
    """Record by how much the loop was late, a hundred times a second; what the kernel took from it is taken off."""
    started = Service.start

    async def start(self: Service) -> None:
        await started(self)
        told = Path("lags.jsonl").open("w", buffering=1)  # noqa: SIM115, ASYNC230 - open as long as the process is
        self.lag_writer = asyncio.create_task(_write_lags(told))  # type: ignore[attr-defined]

    Service.start = start  # type: ignore[method-assign]


async def _write_lags(told: TextIO) -> None:
    while True:
        before, queued = monotonic(), _queued()
        await asyncio.sleep(LOOK)
        told.write(f"{max(0.0, monotonic() - before - LOOK - (_queued() - queued)):.4f}\n")


def _queued() -> float:
    """Seconds for which this thread was ready and the kernel ran another one."""
    return int(Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text().split()[1]) / 1e9


def narrow_payer() -> None:
    """Change of the simulator: it works on so many inquiries at a time, and on those that nobody waits for any more."""
    from payers.simulator.endpoints.core_mime import CoreMimeEndpoint

    answer, places = CoreMimeEndpoint.answer, asyncio.Semaphore(NARROW)

    async def answered(self: CoreMimeEndpoint, request: Any) -> Any:
        async with places:
            return await answer(self, request)

    CoreMimeEndpoint.answer = answered  # type: ignore[method-assign]


def single_flight_off() -> None:
    """Mutant: no question is the twin of another."""
    intents.twin_key = lambda sealer, question: token_bytes(32)


def one_bulkhead() -> None:
    """Mutant: all payers share one payer's places."""
    shared: list[guards.Bulkhead] = []

    def bulkhead(self: guards.Guards, payer: str) -> guards.Bulkhead:
        shared[:] = shared or [guards.Bulkhead(self.policy)]
        return shared[0]

    guards.Guards.bulkhead = bulkhead  # type: ignore[method-assign]


def one_resolver() -> None:
    """Mutant: all routes share the few look-ups of one."""
    shared = threading.BoundedSemaphore(6)
    made = lookup.Resolver.__init__

    def make(self: lookup.Resolver, *of: Any, **how: Any) -> None:
        made(self, *of, **how)
        self._free = shared

    lookup.Resolver.__init__ = make  # type: ignore[method-assign]


def hung_names() -> None:
    """The name of one payer's route is looked up for ever; every other name as usual."""
    ask = lookup._ask_the_system

    def asked(host: str, port: int) -> lookup.Found:
        if host == HUNG_HOST:
            sleep(30)
        return ask(host, port)

    lookup._ask_the_system = asked


def breaker_in_haste() -> None:
    """An open breaker tries again after a second or two, not after a quarter of a minute."""
    hasty = GatewayPolicy(breaker_open=(1.0, 2.0, 4.0))
    guards.GatewayPolicy = lambda: hasty  # type: ignore[assignment,misc]


def breaker_off() -> None:
    """No breaker, so that the retry budget alone bounds what a payer is sent."""
    never = GatewayPolicy(breaker_least_calls=100_000)
    guards.GatewayPolicy = lambda: never  # type: ignore[assignment,misc]


def budget_off() -> None:
    """Mutant: every further try is within the budget."""
    RetryBudget.take = lambda self: True  # type: ignore[method-assign]


def resends() -> None:
    """Mutant: what was sent without a verdict is sent again at once."""
    clauses: dict[policy.Phase, policy.PolicyRow] = policy.RETRY_RULES  # type: ignore[assignment]
    clauses[policy.Phase.NO_VERDICT] = clauses[policy.Phase.NO_VERDICT]._replace(within_wait=True)


def pause_ignored() -> None:
    """Mutant: nobody hears when the payer wants to be asked again."""
    guards.Guards.close_until = lambda self, payer, route, until: until  # type: ignore[method-assign]


def blocking_route() -> None:
    """A route that holds the loop up at each exchange."""
    exchange = CoreMime.exchange

    async def blocks(self: CoreMime, *of: Any, **how: Any) -> Reply:
        sleep(0.4)  # noqa: ASYNC251 - the fault itself
        return await exchange(self, *of, **how)

    CoreMime.exchange = blocks  # type: ignore[method-assign]


def endless() -> None:
    """Mutant: nothing cuts a process off whose grace is over."""
    from service.shutdown import Shutdown

    Shutdown._end_within = lambda self, seconds: None  # type: ignore[method-assign]


def forced_exit_off() -> None:
    """Mutant: no other process ends one whose interpreter is held."""
    from service import shutdown

    shutdown._start_forced_exit = lambda signals: None


def one_accept_a_turn() -> None:
    """Mutant: a turn of the loop accepts one connection, and the others stand in the kernel."""
    from service.web import listener

    listener.AT_ONCE = 1


def wait_from_the_start() -> None:
    """Mutant: a caller's wait begins when its request is begun, and everything is begun at once."""
    from service.web.load_shedding import LoadShedding
    from service.web.start_queue import StartQueue

    serve = LoadShedding.__call__

    async def serve_from_now(self: LoadShedding, scope: Any, receive: Any, send: Any) -> None:
        scope.get("state", {}).pop("arrived", None)
        await serve(self, scope, receive, send)

    LoadShedding.__call__ = serve_from_now  # type: ignore[method-assign]
    StartQueue.add = lambda self, start: start() and None  # type: ignore[method-assign,assignment]


def manners_off() -> None:
    """Mutant: uvicorn's own protocol, as many connections as it may have, and nobody who waits gives way."""
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    from service.cli import serve
    from service.web.connections import Connections
    from service.web.listener import Accepted

    def bounded(places: Connections, overload: Any) -> Any:
        del overload

        class Unmannered(HttpToolsProtocol):
            def __init__(self, *given: Any, accepted: Accepted, **named: Any) -> None:
                super().__init__(*given, **named)
                self._first = accepted.first

            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                if self._first:
                    asyncio.get_running_loop().call_soon(self.data_received, self._first)
                if not places.enter(self, "everybody"):  # type: ignore[arg-type]  # gives nothing up
                    transport.close()
                places.check(self)  # type: ignore[arg-type]

            def connection_lost(self, exc: Exception | None) -> None:
                places.leave(self)  # type: ignore[arg-type]
                super().connection_lost(exc)

        return Unmannered

    serve.bounded_protocol = bounded


def undescribed_state() -> None:
    """Mutant: an answer has a state that its description does not know."""
    from service.web.api import verifications

    verifications.project = lambda answer, role: answer.model_copy(update={"state": "nearly"})
