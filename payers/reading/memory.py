"""What reading remembers: what codes, words, dates and figures mean, each found out once for all replies.

Payers write the same few combinations again and again. What is remembered are meanings, least used first to go; no
function that is remembered may depend on anything but its arguments.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_CLEAR: list[Callable[[], None]] = []


def remember(most: int) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Decorate a pure function so that its last ``most`` results are kept, by its arguments."""

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        remembering = lru_cache(maxsize=most)(function)
        _CLEAR.append(remembering.cache_clear)
        return cast("Callable[Arguments, Result]", remembering)

    return decorate


def forget() -> None:
    """Forget everything, as if the process had just begun."""
    for clear in _CLEAR:
        clear()
