"""What earlier versions kept of an answer or a question reads as if today's had written it.

A field that was renamed keeps its meaning: what is kept under its earlier name is found, and never written again so.
What has no known form is a row that does not open, like one whose seal is broken; every other row is still read.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from contracts import Frozen
from service.security.encryption import SealBroken

Value = TypeVar("Value", bound=Frozen)

RENAMED: Mapping[str, str] = {
    "road": "route",
    "whose": "responsible",
    "says": "description",
    "told_apart_by": "distinguished_by",
}
"""Fields by their earlier names, wherever they stand. No field of today has one of these."""

REWORDED: Mapping[tuple[str, str], str] = {
    ("responsible", "ours"): "service",
    ("outcome", "no_road"): "no_route",
}
"""Values by today's name of their field and their earlier word."""


def read_stored(kind: type[Value], stored: bytes) -> Value:
    """The value that ``stored`` (JSON) holds in today's form or an earlier one. Raises ``SealBroken``."""
    try:
        return kind.model_validate_json(stored)
    except ValidationError:
        pass
    try:
        return kind.model_validate_json(orjson.dumps(_in_todays_words(orjson.loads(stored))))
    except (ValidationError, orjson.JSONDecodeError):
        # What was wrong with it is told with its values.
        raise SealBroken("form_unknown") from None


def _in_todays_words(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return [_in_todays_words(one) for one in value]
    if not isinstance(value, dict):
        return value
    return dict(_in_todays_field(name, kept) for name, kept in value.items())


def _in_todays_field(name: str, kept: Any) -> tuple[str, Any]:  # noqa: ANN401 - any JSON
    today = RENAMED.get(name, name)
    reworded = REWORDED.get((today, kept)) if isinstance(kept, str) else None
    return today, _in_todays_words(kept) if reworded is None else reworded
