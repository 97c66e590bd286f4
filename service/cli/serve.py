"""``benefits serve``: the service as a process."""

import asyncio
import gc
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from socket import AF_INET, AF_INET6, create_server, socket

import click
import structlog
import uvicorn

from service.cli.bootstrap import Service, build
from service.cli.process import PROCESS, print_line
from service.cli.refusals import refusing, reporting
from service.security.urls import is_loopback
from service.settings.model import Limits, Profile, Settings, SettingsWrong, load_settings
from service.settings.sources import PREFIX
from service.shutdown import Shutdown
from service.store import first_staff_key
from service.telemetry.allocator import give_back_in_rounds, share_heaps
from service.telemetry.collector import collect_in_rounds, hold_whole_rounds
from service.telemetry.culprits import culprit_of
from service.telemetry.logs import logging_process
from service.web.app import create_app
from service.web.connections import Connections, files_for
from service.web.listener import Accepted, Listener
from service.web.overload import Overload
from service.web.problems import safety_headers
from service.web.protocol import bounded_protocol

log = structlog.get_logger()

LINGER = {Profile.DEVELOPMENT: 0.5, Profile.PRODUCTION: 5.0}
"""Seconds for which a draining process still listens and says so: who sends it requests needs time to notice."""


class Server(uvicorn.Server):
    """A server that says when it is ready, and leaves listening and signals to us.

    uvicorn accepts a connection a turn of the loop, and at a signal it would close its listener at once.
    """

    def __init__(self, config: uvicorn.Config, listening: socket, places: Connections, overload: Overload) -> None:
        """Serve whoever connects to ``listening``."""
        super().__init__(config)
        self._address = listening.getsockname()[:2]
        self._listener = Listener(listening, self._make_protocol, overload, places.refusals)
        self._listener.default_headers = lambda: self.server_state.default_headers

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen, then print the one line that says where."""
        del sockets
        await super().startup(sockets=[])
        self._listener.start()
        host, port = self._address
        shown = f"[{host}]" if ":" in host else host
        print_line(f"benefits ready on http://{shown}:{port}")

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Listen no more, and end what is open."""
        self._listener.close()
        await super().shutdown(sockets)

    def _make_protocol(self, accepted: Accepted) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]  # as uvicorn calls it
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state, accepted=accepted
        )
        return made

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
def command(host: str, port: int) -> None:
    """Run the service.

    Prints one line with its address when it is ready. SIGTERM, SIGINT and SIGHUP let everybody inside be answered, then
    end it, within BENEFITS_GRACE seconds whatever a plugin does; a second one hurries it.
    """
    share_heaps()
    # A signal that comes before there is anything to drain ends the process at once.
    with Shutdown(Settings.model_fields["grace"].default) as shutdown, refusing():
        alone = click.get_current_context().obj is PROCESS
        # The settings are read within: what is wrong with them is a line of the log as well.
        with logging_process(takes_stderr=True, stays=alone), reporting():
            settings = load_settings()
            shutdown.grace = settings.grace
            _refuse_the_open(host, settings)
            service = build(settings)
            with _listening(host, port) as listener, asyncio.Runner(loop_factory=_loop) as runner:
                shutdown.loop = runner.get_loop()
                _run(shutdown.loop, _serve(service, settings, listener, shutdown))


def _refuse_the_open(host: str, settings: Settings) -> None:
    """Refuse to listen at ``host`` beyond loopback unless the settings say that it is meant."""
    if is_loopback(host):
        return
    if settings.profile is Profile.DEVELOPMENT:
        raise SettingsWrong((f"{PREFIX}PROFILE: the profile development listens on loopback only",))
    if not settings.behind_tls:
        fault = "beyond loopback callers would send their keys and members in the clear: have a proxy of yours end TLS"
        raise SettingsWrong((f"{PREFIX}BEHIND_TLS: {fault}, and say so by true",))


def _run(loop: asyncio.AbstractEventLoop, serving: Coroutine[object, object, None]) -> None:
    """Run ``serving`` to its end. A plugin's own task that ends the process ends the loop alone, which goes on."""
    main = loop.create_task(serving, name="serve")
    while True:
        try:
            return loop.run_until_complete(main)
        except (SystemExit, KeyboardInterrupt) as end:
            # Signals are heard by another thread, so nobody else can have raised it.
            if main.done():
                raise
            culprit = culprit_of(end)
            log.error("service.end_refused", error=type(end).__name__, plugin=culprit.plugin, function=culprit.place)


async def _serve(service: Service, settings: Settings, listener: socket, shutdown: Shutdown) -> None:
    places = _places(settings.limits)
    app = create_app(service.services, connections=places, show_documentation=settings.profile is Profile.DEVELOPMENT)
    overload = Overload(service.services.verifier.admission, app.state.key_lookups, service.services.waits)
    server = Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            date_header=True,
            proxy_headers=False,
            ws="none",
            http=bounded_protocol(places, overload),
            headers=safety_headers(strict_transport=settings.profile is Profile.PRODUCTION),
            timeout_graceful_shutdown=max(1, round(settings.grace - service.for_work)),
        ),
        listener,
        places,
        overload,
    )
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    shutdown.on_signal(
        partial(loop.call_soon_threadsafe, asked.set),
        partial(loop.call_soon_threadsafe, _hurry, server),
    )
    # Before the service starts: a whole round takes long, and would count as a loop that is blocked.
    gc.collect()
    async with service:
        service.start_batches()
        if settings.profile is Profile.DEVELOPMENT:
            key = await first_staff_key(service.services.store)
            if key is not None:
                print_line(f"staff key, shown this once: {key}", sys.__stderr__)
        _favour_the_loop()
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve())
            beside = [
                group.create_task(_drain_when_asked(service, server, asked)),
                group.create_task(collect_in_rounds()),
                group.create_task(give_back_in_rounds()),
                group.create_task(places.refusals.report_regularly()),
            ]
            await serving
            for task in beside:
                task.cancel()


def _places(limits: Limits) -> Connections:
    most = files_for(limits.connections)
    if most < limits.connections:
        log.warning("connections.fewer", count=most)
    return Connections(most, limits.connections_per_peer)


def _favour_the_loop() -> None:
    """Let nothing hold the loop up that can be helped: the collector's rounds, and long replies read beside it."""
    hold_whole_rounds()
    # Threads that read replies share the interpreter with the loop, which waits this long for each of its turns.
    sys.setswitchinterval(SWITCH_SECONDS)


SWITCH_SECONDS = 0.001
"""A fifth of the usual: long replies that are read in threads then keep the loop waiting no longer than that. Shorter
ones cost every question: the thread that writes has the loop's thread give way as often."""


async def _drain_when_asked(service: Service, server: uvicorn.Server, asked: asyncio.Event) -> None:
    await asked.wait()
    log.info("service.draining")
    shown = asyncio.get_running_loop().time() + min(LINGER[service.settings.profile], service.for_work)
    await service.drain()
    await asyncio.sleep(shown - asyncio.get_running_loop().time())
    server.should_exit = True


def _hurry(server: uvicorn.Server) -> None:
    """End the drain: whoever is still inside loses the connection, and finds the answer later."""
    server.should_exit = server.force_exit = True


def _listening(host: str, port: int) -> socket:
    """A socket bound to the address, before anything else is started."""
    try:
        family = AF_INET6 if ":" in host else AF_INET
        return create_server((host, port), family=family, backlog=2048)
    except OSError as failure:
        raise click.ClickException(f"the address can't be listened on ({failure.strerror})") from None


def _loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # pragma: no cover - where uvloop has no wheel
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
