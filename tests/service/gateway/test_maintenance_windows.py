"""What announced outages promise: the weekly windows of a card, in the East's own time."""

from datetime import UTC, datetime

import pytest

from contracts.card import Window
from service.gateway.maintenance_windows import back_at
from tests.service.staging import card

MORNING = Window(weekday=5, begins="07:30", ends="16:00", source="test")
OVERNIGHT = Window(weekday=6, begins="22:00", ends="04:00", source="test")
SATURDAY_NIGHT = Window(weekday=5, begins="22:00", ends="04:00", source="test")
ALL_DAY = Window(weekday=2, begins="00:00", ends="00:00", source="test")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "back"),
    [
        ("2026-07-18T11:29:59", None),
        ("2026-07-18T11:30:00", "2026-07-18T20:00:00"),
        ("2026-07-18T19:59:59", "2026-07-18T20:00:00"),
        ("2026-07-18T20:00:00", None),
        ("2026-07-19T12:00:00", None),
        # In winter the East is an hour further from UTC.
        ("2026-01-17T12:30:00", "2026-01-17T21:00:00"),
        # Sunday night and Monday morning are one window.
        ("2026-07-20T02:00:00", "2026-07-20T08:00:00"),
        ("2026-07-20T07:59:00", "2026-07-20T08:00:00"),
        ("2026-07-20T08:00:00", None),
        ("2026-07-22T04:00:00", "2026-07-23T04:00:00"),
        ("2026-07-23T03:59:00", "2026-07-23T04:00:00"),
        # The clocks go back in the night to 1 November 2026: 22:00 is EDT and 04:00 is EST.
        ("2026-11-01T02:00:00", "2026-11-01T09:00:00"),
        ("2026-11-01T08:59:00", "2026-11-01T09:00:00"),
    ],
)
def test_a_window_is_kept_in_eastern_time(now: str, back: str | None) -> None:
    found = back_at(card(outages=(MORNING, OVERNIGHT, SATURDAY_NIGHT, ALL_DAY)), at(now))

    assert found == (None if back is None else at(back))


def test_a_payer_that_announces_nothing_is_always_there() -> None:
    assert back_at(card(), at("2026-07-18T12:00:00")) is None
