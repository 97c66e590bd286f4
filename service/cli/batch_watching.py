"""Watch a batch until it ends: a table that is drawn anew at a terminal, and a line now and then elsewhere."""

import asyncio
import sys
from collections.abc import Callable
from time import monotonic

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from service.batches.preflight import Preflight
from service.batches.views import BatchView, PayerProgress
from service.cli.batch_places import BatchPlace
from service.cli.tables import NOTHING
from service.store.batch_values import BatchState

LOOK_SECONDS = 1.0
LINE_SECONDS = 15.0
"""From one line to the next where nobody sits at a terminal."""


class Progress:
    """Rates between looks: rows done at each payer a second, smoothed over a few looks."""

    def __init__(self) -> None:
        """Begin with no look."""
        self._last: dict[str, tuple[float, int]] = {}
        self._rates: dict[str, float] = {}

    def rate(self, payer: PayerProgress, now: float) -> float | None:
        """Return how many rows a second end at ``payer``; None before there were two looks."""
        done = payer.answered + payer.could_not_check
        at, before = self._last.get(payer.payer, (now, done))
        if now > at:
            latest = max(0.0, (done - before) / (now - at))
            self._rates[payer.payer] = latest * 0.3 + self._rates.get(payer.payer, latest) * 0.7
        self._last[payer.payer] = (now, done)
        return self._rates.get(payer.payer)


async def watch_batch(place: BatchPlace, batch_id: str, *, pause: float = LOOK_SECONDS) -> BatchView:
    """Show how far a batch is until it has ended or is paused; returns it as it is then."""
    console = Console(stderr=True, highlight=False, markup=False)
    progress = Progress()
    if not console.is_terminal:
        return await _watch_lines(place, batch_id, pause)
    view = await place.look(batch_id)
    with Live(progress_table(view, progress), console=console, refresh_per_second=4, transient=False) as live:
        while view.state is BatchState.RUNNING:
            await asyncio.sleep(pause)
            view = await place.look(batch_id)
            live.update(progress_table(view, progress))
    return view


async def _watch_lines(place: BatchPlace, batch_id: str, pause: float) -> BatchView:
    shown_at = float("-inf")
    while True:
        view = await place.look(batch_id)
        if view.state is not BatchState.RUNNING:
            return view
        if monotonic() - shown_at >= LINE_SECONDS:
            shown_at = monotonic()
            done = view.answered + view.could_not_check
            click.echo(f"{batch_id}: {done} of {done + view.open} done", file=sys.stderr)
        await asyncio.sleep(pause)


def progress_table(view: BatchView, progress: Progress, clock: Callable[[], float] = monotonic) -> Table:
    """Return how far a batch is, a line for each payer."""
    table = Table(
        box=None, pad_edge=False, padding=(0, 1), title=f"{view.id}  {view.state.value}", title_justify="left"
    )
    table.add_column("payer", no_wrap=True)
    for heading in ("done", "waiting", "asking", "failing", "rows/s", "permitted", "left", "breaker"):
        table.add_column(heading, justify="right", no_wrap=True)
    for payer in view.payers:
        rate = progress.rate(payer, clock())
        remaining, live = payer.waiting + payer.asking, payer.live
        state = NOTHING if live is None else live.breaker or NOTHING
        if live is not None and live.closed_until is not None:
            state = f"closed until {live.closed_until:%H:%M} UTC"
        table.add_row(
            payer.payer,
            str(payer.answered),
            str(payer.waiting),
            str(payer.asking),
            str(payer.could_not_check),
            NOTHING if rate is None else f"{rate:.1f}",
            NOTHING if live is None else f"{live.per_second:g}/s",
            format_seconds(remaining / rate) if rate and remaining else NOTHING,
            state,
        )
    return table


def format_seconds(seconds: float) -> str:
    """Return a span of time in its two largest units: ``2 h 5 min``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def describe_preflight(view: BatchView, preflight: Preflight) -> str:
    """Return what starting a batch would come to, in lines for people."""
    ready = f"{preflight.rows} rows: {preflight.ready} ready, {preflight.refused_rows} refused"
    lines = [f"{view.id}: {ready}, {preflight.duplicates} duplicates, {preflight.warnings} with warnings"]
    for one in preflight.payers:
        cost = f"{one.inquiries} to {one.inquiries_at_most} inquiries to pay for"
        lines.append(f"  {one.payer}: {one.rows} rows, {cost}, {format_seconds(one.seconds)} at {one.per_second:g}/s")
    lines += [
        f"  row {one.number}: {fault.column}: {fault.code}; {fault.mend}"
        for one in preflight.refused
        for fault in one.faults
    ]
    shown = len(preflight.refused)
    if preflight.refused_rows > shown:
        lines.append(f"  and {preflight.refused_rows - shown} refused rows more")
    if preflight.expected_end is not None:
        lines.append(f"Started now, it would end about {preflight.expected_end:%b %d, %Y, %H:%M} UTC.")
    return "\n".join(lines)


def describe_end(view: BatchView) -> str:
    """Return how a batch ended, in one line."""
    return (
        f"{view.id}: {view.state.value}: {view.answered} answered, {view.could_not_check} could not be checked, "
        f"{view.open} open, {view.refused} refused, {view.duplicates} duplicates, {view.cancelled} cancelled"
    )
