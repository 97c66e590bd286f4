"""What reading remembers: what codes, words, dates and figures mean, each found out once for all replies.

Payers write the same few combinations again and again. What is remembered are meanings, oldest or least used first to
go; no function that is remembered may depend on anything but its arguments.
"""

from collections.abc import Callable
from functools import lru_cache
from inspect import signature
from typing import Any, ParamSpec, TypeVar, cast

from contracts.kept import Kept
from contracts.kept_json import forget_json

MOST_LINES = 200
"""Lines of a reply of which what they come to is remembered; usual replies have some hundred, and a long one would
drive all others out."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_CLEAR: list[Callable[[], None]] = [forget_json]


class Remembered(Kept):
    """What a function of one argument came to, found out when it is first looked up.

    A look costs a third of one into ``lru_cache``, which keeps an order.
    """

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[Any], object], most: int) -> None:
        """Keep the last ``most`` results of a pure ``function``."""
        super().__init__(most)
        self._function = function

    def __missing__(self, argument: Any) -> object:  # noqa: ANN401 - what the function takes
        """Find out what ``argument`` comes to."""
        found = self._function(argument)
        self.keep(argument, found)
        return found


def remember(most: int) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Decorate a pure function so that its last ``most`` results are kept, by its arguments.

    A function of one argument is called by its place alone; when ``most`` are kept of it, the older half goes.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        if len(signature(function).parameters) == 1:
            found = Remembered(cast("Callable[[Any], object]", function), most)
            _CLEAR.append(found.clear)
            return cast("Callable[Arguments, Result]", found.__getitem__)
        remembering = lru_cache(maxsize=most)(function)
        _CLEAR.append(remembering.cache_clear)
        return cast("Callable[Arguments, Result]", remembering)

    return decorate


def remember_apart(most: int) -> Kept:
    """Return a place where a caller keeps what it found out by keys of its own; ``forget`` empties it too."""
    kept = Kept(most)
    _CLEAR.append(kept.clear)
    return kept


def forget() -> None:
    """Forget everything, as if the process had just begun."""
    for clear in _CLEAR:
        clear()
