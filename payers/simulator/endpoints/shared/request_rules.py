"""A JSON request checked against its documentation; a wrong field is named by its path, and its value never shown."""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from payers.simulator.http_messages import Request

Rules = Mapping[str, "str | type[bool] | Rules"]
"""A pattern, ``bool``, or the rules of an object, by name.

``!`` after a name: it must be there; ``[]``: a list of such. An object without rules may hold anything.
"""

_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")


def body_of(request: Request) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return the JSON of a request; None when the body or the media type is something else."""
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        return None
    try:
        return json.loads(request.body)
    except ValueError:
        return None


def find_violation(value: object, rules: Rules, path: str = "") -> str | None:
    """Return the path of the first field that is missing, unknown or wrong; None when all is right."""
    if not isinstance(value, dict):
        return path or "body"
    named = {name.strip("![]"): name for name in rules}
    for name in value:
        if name not in named:
            return f"{path}.{name}".lstrip(".") if _NAME.fullmatch(str(name)) else f"{path}.unknown".lstrip(".")
    for plain, name in named.items():
        here = f"{path}.{plain}".lstrip(".")
        if plain not in value:
            if name.endswith("!"):
                return here
            continue
        violation = _find_in_value(value[plain], rules[name], here, several="[]" in name)
        if violation is not None:
            return violation
    return None


def _find_in_value(value: object, rule: "str | type[bool] | Rules", path: str, *, several: bool) -> str | None:
    if several:
        if not isinstance(value, list) or not value:
            return path
        return next((violation for one in value if (violation := _find_in_value(one, rule, path, several=False))), None)
    if isinstance(rule, str):
        return None if isinstance(value, str) and re.fullmatch(rule, value) else path
    if isinstance(rule, type):
        return None if isinstance(value, rule) else path
    if not rule:
        return None if isinstance(value, dict) else path
    return find_violation(value, rule, path)


def is_uuid(text: str) -> bool:
    """Whether ``text`` is a UUID as it is usually written."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
