"""By when a person gets in touch: so many hours of those in which people work, Monday to Friday in US Eastern."""

from datetime import UTC, datetime, time, timedelta

from contracts import EASTERN
from service.settings.model import PublicSettings

SATURDAY = 5


def promised_by(now: datetime, public: PublicSettings) -> datetime:
    """Return by when somebody gets in touch with a visitor who asks ``now``."""
    opens, closes = (time.fromisoformat(one) for one in public.hours.split("-"))
    left, here = timedelta(hours=public.call_within), now.astimezone(EASTERN)
    day = here.date()
    while True:
        begins = max(here, datetime.combine(day, opens, EASTERN))
        ends = datetime.combine(day, closes, EASTERN)
        # In UTC, since hours of a day with a change of the clock are counted as they pass.
        span = ends.astimezone(UTC) - begins.astimezone(UTC)
        if day.weekday() < SATURDAY and span > timedelta(0):
            if left <= span:
                return begins.astimezone(UTC) + left
            left -= span
        day += timedelta(days=1)
