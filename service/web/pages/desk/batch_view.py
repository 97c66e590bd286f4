"""What the screens of batches show: how far a batch is at each payer, how fast, and since when one does not answer."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts import Card
from service.batches.batches import CHANGES
from service.batches.views import BatchView, PayerProgress
from service.gateway import Guards
from service.plugins.loading import Directory
from service.store.batch_values import BatchState, ItemState
from service.web.pages.desk.formats import write_time

WINDOW = timedelta(seconds=60)
"""How far back the rate at a payer is counted."""

STATES: Mapping[BatchState, tuple[str, str]] = {
    BatchState.CHECKING: ("plain", "being read"),
    BatchState.READY: ("caution", "ready, not started"),
    BatchState.RUNNING: ("plain", "running"),
    BatchState.PAUSED: ("caution", "paused"),
    BatchState.FINISHED: ("good", "finished"),
    BatchState.CANCELLED: ("trouble", "cancelled"),
}
"""The tone of a state, and its words."""

ITEM_STATES: Mapping[ItemState, str] = {
    ItemState.REFUSED: "refused",
    ItemState.DUPLICATE: "duplicate",
    ItemState.WAITING: "waiting",
    ItemState.ASKING: "being asked",
    ItemState.ANSWERED: "answered",
    ItemState.COULD_NOT_CHECK: "could not be checked",
    ItemState.CANCELLED: "cancelled",
}

WORDS: Mapping[str, str] = {
    "start": "Start: ask the payers",
    "pause": "Pause",
    "resume": "Go on",
    "retry": "Ask again what failed",
    "cancel": "Cancel the batch",
}
"""What may be done to a batch, in words."""

REFUSED: Mapping[str, str] = {
    "empty_file": "No file was chosen, or it is empty.",
    "file_too_large": "The file is larger than 64 MB. Send it in parts.",
    "too_many_rows": "The file has more than 100,000 rows. Send it in parts.",
    "too_many_columns": "The file has too many columns. Leave out those that are not about the insurance.",
    "line_too_long": "A line of the file is too long to be a row.",
    "no_header": "No row names our columns. The first row has to say what each column is, such as payer, member ID.",
    "no_payer_column": "No column names the payer. Add one, such as payer.",
    "two_columns_for_one": "Two columns mean the same. Keep one of them.",
    "several_sheets": "Several sheets of the workbook hold a roster. Keep one of them.",
    "not_a_table": "This file is no table. Save it as CSV or as an Excel workbook (.xlsx).",
    "old_or_locked_workbook": "This workbook is of the old form, or locked. Save it as .xlsx, without a password.",
    "not_text": "This file cannot be read as text. Save it as CSV in UTF-8, or as an Excel workbook (.xlsx).",
    "quote_not_closed": "A quotation mark opens and never closes, so that rows run into each other.",
}
"""Why a file is no roster, and what to do."""


class PayerLine(NamedTuple):
    """How far a batch is at one payer. Rate, pace and time are words; ``trouble`` is empty without one."""

    payer: str
    total: int
    done: int
    waiting: int
    asking: int
    failing: int
    rate: str
    permitted: str
    left: str
    trouble: str


def payer_lines(
    view: BatchView, settled: Mapping[str, int], guards: Guards, directory: Directory, now: datetime
) -> tuple[PayerLine, ...]:
    """Return a line for each payer; ``settled`` are its rows that ended within ``WINDOW``."""
    cards = {card.id: card for card in directory.cards}
    span = min(WINDOW, now - view.started_at) if view.started_at else WINDOW
    return tuple(
        _payer_line(one, settled.get(one.payer, 0) / max(1.0, span.total_seconds()), view, guards, cards.get(one.payer))
        for one in view.payers
    )


def _payer_line(one: PayerProgress, rate: float, view: BatchView, guards: Guards, card: Card | None) -> PayerLine:
    open_rows, ended = one.waiting + one.asking, one.answered + one.could_not_check
    runs = view.state is BatchState.RUNNING
    permitted = None if one.live is None else one.live.per_second
    seconds = open_rows / rate if rate else None
    return PayerLine(
        payer=card.name if card else one.payer,
        total=open_rows + ended + one.cancelled,
        done=one.answered,
        waiting=one.waiting,
        asking=one.asking,
        failing=one.could_not_check,
        rate=f"{rate:.1f} rows/s" if runs and rate else "",
        permitted="" if permitted is None else f"{permitted:g} inquiries/s",
        left=describe_span(seconds) if runs and seconds is not None and open_rows else "",
        trouble=_trouble_of(one, guards, card) if runs and open_rows else "",
    )


def _trouble_of(one: PayerProgress, guards: Guards, card: Card | None) -> str:
    if one.live is not None and one.live.closed_until is not None:
        return f"closed until {write_time(one.live.closed_until)}"
    since = None if card is None else failing_since(card, guards)
    return "" if since is None else f"does not answer since {write_time(since)}"


def failing_since(card: Card, guards: Guards) -> datetime | None:
    """Return since when every route to a payer fails, as far as this process has seen; None when one works."""
    spans = [guards.breaker(card.id, route.name).failing_seconds for _, route in guards.order(card)]
    known = [one for one in spans if one is not None]
    if not spans or len(known) < len(spans):
        return None
    return guards.clocks.now() - timedelta(seconds=min(known))


def describe_span(seconds: float) -> str:
    """Return a span of time as people say it: ``about 2 h 5 min``, ``less than a minute``."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    return f"about {hours} h {minutes} min" if hours else f"about {minutes} min"


def describe_progress(view: BatchView) -> str:
    """Return how far a batch is in one line, which is announced; it changes with every tenth of the rows."""
    ended = view.answered + view.could_not_check + view.cancelled
    rows = ended + view.open
    if view.state is BatchState.RUNNING:
        return f"Running: about {ended * 10 // rows * 10 if rows else 0}% of {rows} rows are done."
    return f"{STATES[view.state][1].capitalize()}: {ended} of {rows} rows are done."


def actions_for(view: BatchView) -> Iterator[tuple[str, str]]:
    """Yield what may be done to a batch now: a word and its label."""
    for word in WORDS:
        if view.state in CHANGES[word].allowed and (word != "retry" or view.could_not_check):
            yield word, WORDS[word]
