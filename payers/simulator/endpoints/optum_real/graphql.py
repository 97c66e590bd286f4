"""As much of GraphQL as a strict endpoint needs: what a query selects, and whether the schema has it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Selection = Mapping[str, "Selection"]
"""Fields by name, each with what is selected of it; nothing for a plain value."""

_SIGN = re.compile(r"[{}()]|[^\s{}(),]+")
_DEEPEST = 20


class NoQuery(ValueError):
    """The text is no query."""


def selection_of(query: str) -> Selection:
    """Return what ``query`` selects. Raises ``NoQuery``."""
    signs = iter(_SIGN.findall(query))
    for sign in signs:
        if sign == "{":
            found = _fields(signs, 1)
            if next(signs, None) is not None:
                raise NoQuery("more")
            return found
        if sign == "(":
            _skip(signs)
    raise NoQuery("empty")


def _fields(signs: Iterator[str], depth: int) -> Selection:
    if depth > _DEEPEST:
        raise NoQuery("depth")
    found: dict[str, Selection] = {}
    last = ""
    for sign in signs:
        if sign == "}":
            if not found:
                raise NoQuery("no_fields")
            return found
        if sign == "(" and last:
            _skip(signs)
        elif sign == "{" and last:
            found[last] = _fields(signs, depth + 1)
        elif re.fullmatch(r"[A-Za-z_]\w*", sign):
            last = sign
            found[last] = {}
        else:
            raise NoQuery("sign")
    raise NoQuery("open")


def _skip(signs: Iterator[str]) -> None:
    """Skip the arguments of a field or an operation."""
    for sign in signs:
        if sign == ")":
            return
    raise NoQuery("open")


def unknown(selection: Selection, schema: Selection, path: str = "") -> str | None:
    """Return the path of the first field that the schema lacks or that is selected without its parts, else None."""
    for name, inner in selection.items():
        here = f"{path}.{name}".lstrip(".")
        if name not in schema or bool(inner) != bool(schema[name]):
            return here
        found = unknown(inner, schema[name], here)
        if found is not None:
            return found
    return None


def select_fields(value: Any, selection: Selection) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return the selected fields of ``value`` and nothing else; what it does not have is null."""
    if isinstance(value, list):
        return [select_fields(one, selection) for one in value]
    if not isinstance(value, dict) or not selection:
        return value
    return {name: select_fields(value.get(name), inner) for name, inner in selection.items()}
