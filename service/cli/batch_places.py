"""Where batches are: in a running service, in this process, or in the database beside whoever serves it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import click
import orjson

from service.batches.batches import Batches, BatchViews, WrongBatchState
from service.batches.changes import ChangedRow, changed_rows
from service.batches.reading import RosterRefused, format_of, load_mapping
from service.batches.results import Cell, result_rows
from service.batches.views import BatchList, BatchView
from service.cli.local import CALLER, running_service
from service.cli.remote import RemoteService
from service.cli.stores import store_beside
from service.plugins.loading import load_payers
from service.plugins.reply_reader import load_reply_reader
from service.settings.model import load_settings
from service.store import Store, StoreInUse
from service.telemetry.logs import logging_process
from service.verification.replay import Replay

CHECK_SECONDS = 600.0
"""Seconds that a running service may take to check a roster."""

REFUSED = 2
"""The exit code of a roster that was refused before anybody was asked."""

_NO_SUCH_ID = "no batch has this id"

ResultRow = Mapping[str, Cell]


class BatchPlace(Protocol):
    """Where batches are looked at and changed."""

    is_working: bool
    """Whether a process works on them here, now."""

    async def check(self, roster: Path, mapping: str) -> BatchView:
        """Check a roster by the text of a mapping file, which was read once. Raises ``RosterNotAccepted``."""
        ...

    async def list_batches(self) -> BatchList:
        """Return the newest batches."""
        ...

    async def look(self, batch_id: str) -> BatchView:
        """Return a batch. Raises ``click.ClickException`` when there is none."""
        ...

    async def change(self, batch_id: str, word: str) -> BatchView:
        """Start, pause, resume, cancel or retry a batch. Raises ``click.ClickException``."""
        ...

    def results(self, batch_id: str) -> AsyncIterator[ResultRow]:
        """Yield the results of a batch."""
        ...

    def changes(self, batch_id: str) -> AsyncIterator[ChangedRow]:
        """Yield what changed for the members of a batch."""
        ...


class RosterNotAccepted(click.ClickException):
    """A file that is no roster, as a whole."""

    exit_code = REFUSED


class BatchesHere:
    """Batches in the database of this machine's settings; this process works on them if it has a service."""

    def __init__(self, store: Store, batches: BatchViews) -> None:
        """Take a store that is open; only ``Batches`` can check a roster."""
        self._store = store
        self._batches = batches
        self.is_working = isinstance(batches, Batches)

    async def check(self, roster: Path, mapping: str) -> BatchView:
        """Check a roster in this process."""
        if not isinstance(self._batches, Batches):
            raise StoreInUse
        with roster.open("rb") as file:
            try:
                return await self._batches.check(file, format_of(roster.name), CALLER, load_mapping(mapping))
            except RosterRefused as refused:
                raise RosterNotAccepted(f"this file is refused as a whole: {refused}") from None

    async def list_batches(self) -> BatchList:
        """Return the newest batches."""
        return await self._batches.list_batches(CALLER)

    async def look(self, batch_id: str) -> BatchView:
        """Return a batch."""
        return _require(await self._batches.look(batch_id, CALLER))

    async def change(self, batch_id: str, word: str) -> BatchView:
        """Change a batch."""
        try:
            return _require(await self._batches.change(batch_id, word, CALLER))
        except WrongBatchState as wrong:
            raise click.ClickException(f"this batch is {wrong.state.value}: it can't {word}") from None

    def results(self, batch_id: str) -> AsyncIterator[ResultRow]:
        """Yield the results of a batch."""
        return result_rows(self._store, batch_id, CALLER, load_settings().redisclosure_notice)

    def changes(self, batch_id: str) -> AsyncIterator[ChangedRow]:
        """Yield what changed for the members of a batch."""
        replay = Replay(load_payers(), self._store, load_reply_reader())
        return changed_rows(self._store, replay, batch_id, CALLER, load_settings().redisclosure_notice)


class BatchesThere:
    """Batches in a running service, which works on them."""

    is_working = True

    def __init__(self, service: RemoteService) -> None:
        """Ask ``service``."""
        self._service = service

    async def check(self, roster: Path, mapping: str) -> BatchView:
        """Send a roster to be checked, with its mapping beside it."""
        content = await asyncio.to_thread(roster.read_bytes)
        # The name of the file stays here: it may be a person's.
        files = {"roster": (f"roster{roster.suffix}", content), "mapping": ("mapping.toml", mapping.encode())}
        return await self._service.send_form("/v1/batches", files, BatchView, CHECK_SECONDS)

    async def list_batches(self) -> BatchList:
        """Return the newest batches."""
        return await self._service.fetch("/v1/batches", BatchList)

    async def look(self, batch_id: str) -> BatchView:
        """Return a batch."""
        return await self._service.fetch(f"/v1/batches/{batch_id}", BatchView)

    async def change(self, batch_id: str, word: str) -> BatchView:
        """Change a batch."""
        return await self._service.fetch(f"/v1/batches/{batch_id}/{word}", BatchView, b"")

    async def results(self, batch_id: str) -> AsyncIterator[ResultRow]:
        """Yield the results of a batch."""
        async for line in self._service.stream_lines(f"/v1/batches/{batch_id}/results?format=jsonl"):
            yield orjson.loads(line)

    async def changes(self, batch_id: str) -> AsyncIterator[ChangedRow]:
        """Yield what changed for the members of a batch."""
        async for line in self._service.stream_lines(f"/v1/batches/{batch_id}/changes"):
            yield ChangedRow.model_validate_json(line)


def _require(found: BatchView | None) -> BatchView:
    if found is None:
        raise click.ClickException(_NO_SUCH_ID)
    return found


@asynccontextmanager
async def batches_at(url: str, key: str) -> AsyncIterator[BatchPlace]:
    """The batches of the running service at ``url``, while the block runs."""
    async with RemoteService(url, key) as service:
        yield BatchesThere(service)


@asynccontextmanager
async def batches_worked_on() -> AsyncIterator[BatchPlace]:
    """The batches of this machine's settings, which this process works on. Raises as a start does."""
    async with running_service() as service:
        service.start_batches()
        yield BatchesHere(service.services.store, service.services.batches)


@asynccontextmanager
async def stored_batches() -> AsyncIterator[BatchPlace]:
    """The batches in the database of this machine's settings, beside whoever serves it."""
    with logging_process(level=logging.ERROR):
        async with store_beside() as store:
            yield BatchesHere(store, BatchViews(store))
