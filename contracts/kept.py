"""A bounded memory of what was found out: a dictionary of which the older half goes when it is full."""

from contextlib import suppress
from itertools import islice
from typing import Any


class Kept(dict[Any, Any]):
    """The last ``most`` things that were kept, by their keys; when it is full, the older half goes."""

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        """Begin empty."""
        super().__init__()
        self._most = most

    def find(self, key: object) -> Any:  # noqa: ANN401 - whatever was kept
        """Return what is kept under ``key``; None when nothing is.

        A route of somebody else's may have written values that are not plain: under a list nothing is ever kept.
        """
        try:
            return self.get(key)
        except TypeError:
            return None

    def keep(self, key: object, found: object) -> None:
        """Keep ``found`` under ``key``, unless that has values in it that are not plain."""
        if len(self) >= self._most:
            # Another thread may keep something at this very moment; then room is made next time.
            with suppress(RuntimeError):
                for oldest in list(islice(self, (self._most + 1) // 2)):
                    self.pop(oldest, None)
        with suppress(TypeError):
            self[key] = found
