"""How the screens of the desk write dates, times, money and telephone numbers; templates call these by name."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from contracts.report.words import CONDITION, SIDE, format_day
from contracts.wording import format_money, format_phone, format_time

NOT_STATED = "not stated"
"""What stands where the payer said nothing."""


def write_time(instant: datetime) -> str:
    """Return an instant in US Eastern: ``10:05 AM EST on November 23``."""
    return format_time(instant).en


def write_money(amount: Decimal | None) -> str:
    """Return dollars; words where there is no figure."""
    return NOT_STATED if amount is None else format_money(amount)


def dial(phone: str) -> str:
    """Return a telephone number as a telephone dials it: digits alone, with the country's code before ten of them."""
    digits = re.sub(r"[^0-9]", "", re.split(r"(?i)x|ext", phone)[0])
    return f"+1{digits}" if len(digits) == 10 else f"+{digits}"


def count_things(number: int, thing: str) -> str:
    """Return how many there are of a thing: ``1 row``, ``2 rows``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


FORMATS: Mapping[str, Any] = {
    "day": format_day,
    "time": write_time,
    "money": write_money,
    "telephone": format_phone,
    "dial": dial,
    "count": count_things,
    "condition": CONDITION,
    "side_words": {side.value: words for side, words in SIDE.items()},
}
