"""Reads what visitors type: every well-meant spelling is taken, and none is given another meaning."""

from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class InputReading(NamedTuple, Generic[Value]):
    """What an input was read as; ``value`` is None when it can't be read.

    ``doubt`` is the code of something that the visitor is asked about once; it refuses nothing.
    """

    value: Value | None
    doubt: str | None = None
