"""Rosters of imaginary members, and an office that works on batches of them."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from contracts import Window
from service.batches.batches import Batches
from service.batches.dispatch import Dispatcher
from service.batches.reading import RosterFormat
from service.batches.views import BatchView
from tests.service.staging import PROVIDER, STAFF, START, Office, ScriptedRoute, opened

HEADER = ("payer", "first_name", "last_name", "birth_date", "member_id", "reference")


def member(number: int, payer: str = "acme") -> tuple[str, ...]:
    """The cells of one imaginary member."""
    name = "Testcase" + "".join(ascii_lowercase[int(digit)] for digit in str(number))
    return (payer, "Ima", name, "1990-04-12", f"ZZ9{number:08}", f"R-{number}")


def roster(rows: Sequence[Sequence[str]], *, purpose: bool = False) -> io.BytesIO:
    """A CSV file of ``rows``, whose last cell is a purpose when ``purpose`` is true."""
    text = io.StringIO()
    csv.writer(text).writerows(((*HEADER, *(["purpose"] if purpose else [])), *rows))
    return io.BytesIO(text.getvalue().encode())


class BatchOffice:
    """An office with its batches, whose dispatcher is moved by hand."""

    def __init__(self, office: Office, quiet: tuple[Window, ...] = ()) -> None:
        self.office = office
        self.store = office.store
        self.batches = Batches(
            store=office.store,
            directory=office.directory,
            guards=office.guards,
            provider=PROVIDER,
            lanes=office.verifier.lanes,
            quiet=quiet,
            today=START.date,
        )
        self.dispatcher = Dispatcher(
            directory=office.directory,
            guards=office.guards,
            store=office.store,
            verifier=office.verifier,
            quiet=quiet,
        )

    async def check(self, rows: Sequence[Sequence[str]], *, purpose: bool = False) -> BatchView:
        return await self.batches.check(roster(rows, purpose=purpose), RosterFormat.CSV, STAFF)

    async def start(self, rows: Sequence[Sequence[str]], *, purpose: bool = False) -> str:
        """A batch of ``rows`` that runs."""
        view = await self.check(rows, purpose=purpose)
        await self.batches.change(view.id, "start", STAFF)
        return view.id

    async def look(self, batch_id: str) -> BatchView:
        found = await self.batches.look(batch_id, STAFF)
        assert found is not None
        return found

    async def work(self) -> None:
        """Dispatch what waits, until no lane takes any more and what was taken has ended."""
        await self.dispatcher._look()
        for lane in self.dispatcher._lanes.values():
            await lane
        await self.office.quiet()
        await self.dispatcher._look()

    async def look_once(self) -> None:
        """Dispatch until the payer has no room any more, and let what was taken end."""
        await self.dispatcher._look()
        lanes = self.office.verifier.lanes
        while lanes.capacity(self.office.card):  # noqa: ASYNC110 - a breaker has no event
            await asyncio.sleep(0)
        await self.office.quiet()


@asynccontextmanager
async def batch_office(folder: Path, *routes: ScriptedRoute, **given: Any) -> AsyncIterator[BatchOffice]:
    """An office that works on batches, whose store stands in ``folder``."""
    quiet = given.pop("quiet", ())
    async with opened(folder, *routes, **given) as office:
        here = BatchOffice(office, quiet)
        yield here
        await here.dispatcher.stop()
