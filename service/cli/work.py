"""``benefits work``: a process that works on batches and later steps, and listens to nobody."""

import asyncio
from functools import partial

import click
import structlog

from service.cli.bootstrap import Service, build
from service.cli.process import PROCESS, print_line
from service.cli.refusals import refusing, reporting
from service.settings.model import Settings, load_settings
from service.shutdown import Shutdown
from service.telemetry.allocator import give_back_in_rounds, share_heaps
from service.telemetry.collector import collect_in_rounds
from service.telemetry.logs import logging_process

log = structlog.get_logger()


@click.command("work")
def command() -> None:
    """Work on the batches that run, and on every later step, without listening.

    On PostgreSQL any number of such processes share the work, on any number of machines, beside any number that serve;
    each keeps to its part of a payer's pace. A SQLite database has one process. SIGTERM and SIGINT end it within
    BENEFITS_GRACE seconds; what it was doing goes on in the next one.
    """
    share_heaps()
    with Shutdown(Settings.model_fields["grace"].default) as shutdown, refusing():
        alone = click.get_current_context().obj is PROCESS
        with logging_process(takes_stderr=True, stays=alone), reporting():
            settings = load_settings()
            shutdown.grace = settings.grace
            service = build(settings)
            with asyncio.Runner() as runner:
                shutdown.loop = runner.get_loop()
                runner.run(_work(service, shutdown))


async def _work(service: Service, shutdown: Shutdown) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    end = partial(loop.call_soon_threadsafe, asked.set)
    shutdown.on_signal(end, end)
    async with service:
        service.start_batches()
        beside = [asyncio.create_task(collect_in_rounds()), asyncio.create_task(give_back_in_rounds())]
        print_line(f"benefits work ready on {service.services.store.engine}")
        await asked.wait()
        log.info("service.draining")
        for task in beside:
            task.cancel()
        await service.drain()
