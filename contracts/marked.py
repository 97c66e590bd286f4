"""Find the marked fields of a value and replace what they hold, through every value inside it.

Which fields a class has, and how they are marked, is read from the class itself: a field that is added is found.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from operator import is_
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Value = TypeVar("Value")
Wanted = Callable[[FieldInfo], object | None]
"""Gives what a field is replaced for, such as its mark; None for a field that stays. It is asked once for a field."""

Replace = Callable[[Any, Any, BaseModel], object]
"""Gives what a field becomes: from what ``Wanted`` gave for it, what it holds, and the value that has it."""


def marks_of(field: FieldInfo) -> tuple[object, ...]:
    """Return the marks in the type of a field, also those of the items of a list; not those of a value inside it."""
    return (*field.metadata, *_marks_in(field.annotation))


def types_of(field: FieldInfo) -> frozenset[object]:
    """Return the plain types that a field may hold, alone or as items of a list."""
    return frozenset(_types_in(field.annotation))


def replace_marked(value: Value, wanted: Wanted, replace: Replace) -> Value:
    """Return ``value`` with every field that is ``wanted``, at any depth, as ``replace`` has it."""
    kind: type = type(value)
    plan = _plan(kind, wanted)
    if plan:
        held: dict[str, Any] = value.__dict__
        changed: dict[str, object] = {}
        for name, found in plan:
            old = held[name]
            new = replace_marked(old, wanted, replace) if found is None else replace(found, old, value)  # type: ignore[arg-type]
            if new is not old:
                changed[name] = new
        return value.model_copy(update=changed) if changed else value  # type: ignore[attr-defined]
    if isinstance(value, list | tuple):
        items = [replace_marked(item, wanted, replace) for item in value]
        return value if all(map(is_, items, value)) else type(value)(items)
    if isinstance(value, dict):
        return type(value)((key, replace_marked(item, wanted, replace)) for key, item in value.items())
    return value


@lru_cache(maxsize=256)
def _plan(kind: type, wanted: Wanted) -> tuple[tuple[str, object | None], ...]:
    """Return the fields of ``kind`` to look at: those to replace, and those that may hold such; often none."""
    if not issubclass(kind, BaseModel):
        return ()
    found = ((name, field, wanted(field)) for name, field in kind.model_fields.items())
    return tuple((name, one) for name, field, one in found if one is not None or not _is_plain(field))


_PLAIN = (str, int, float, bytes, Enum, NoneType, date, Decimal)


def _is_plain(field: FieldInfo) -> bool:
    """Return whether a field can hold no value with fields of its own."""
    return all(isinstance(one, type) and issubclass(one, _PLAIN) for one in types_of(field))


def _marks_in(annotation: object) -> Iterator[object]:
    if get_origin(annotation) is Annotated:
        yield from annotation.__metadata__  # type: ignore[attr-defined]
    for inner in get_args(annotation):
        yield from _marks_in(inner)


def _types_in(annotation: object) -> Iterator[object]:
    if get_origin(annotation) is Annotated:
        yield from _types_in(get_args(annotation)[0])
    elif get_args(annotation):
        for inner in get_args(annotation):
            yield from _types_in(inner)
    elif annotation is not Ellipsis:
        yield NoneType if annotation is None else annotation
