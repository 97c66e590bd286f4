"""How the simulated JSON gateways write values."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Written = dict[str, Any]


def drop_empty(value: Mapping[str, Any]) -> Written:
    """Return the fields that hold something: an absent field is no field."""
    return {key: one for key, one in value.items() if one not in ("", None, [], {})}


def percent_of(share: str) -> str:
    """Return a share in percent; what is no number stays as it is."""
    try:
        percent = Decimal(share) * 100
    except InvalidOperation:
        return share
    return f"{percent.normalize():f}" if percent.is_finite() else share
