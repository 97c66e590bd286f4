"""Announced outages: the weekly windows of a card, in US Eastern time as payers publish them."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from contracts import EASTERN, Card, Window


def back_at(card: Card, now: datetime) -> datetime | None:
    """When the payer comes back, if ``now`` falls into one of its windows; None otherwise."""
    return end_of_window(card.outages, now)


def end_of_window(windows: Iterable[Window], now: datetime) -> datetime | None:
    """When the window ends into which ``now`` falls; None when it falls into none.

    A window whose end is not after its beginning ends on the next day.
    """
    here = now.astimezone(EASTERN)
    for window in windows:
        for back in (0, 1):
            day = here.date() - timedelta(days=back)
            if day.weekday() != window.weekday:
                continue
            begins = datetime.combine(day, time.fromisoformat(window.begins), EASTERN)
            ends = datetime.combine(day, time.fromisoformat(window.ends), EASTERN)
            if ends <= begins:
                ends += timedelta(days=1)
            if begins <= here < ends:
                return ends.astimezone(UTC)
    return None
