"""A JSON reply of any shape, read without exceptions and with a path for each value.

A payer's JSON may have a list in place of an object, a string in place of a number, or nothing at all. ``Node`` answers
every question about it with a text, an empty tuple or ``None``, so that a mapping is a plain list of what to look for.
"""

import json
from collections.abc import Iterator
from math import isfinite

from contracts import Message, NoReplyAtAll

MAX_BYTES = 2_000_000
"""Bytes of one reply, as many as ``intake`` lets in; replies are far below 200 kB."""

MAX_DEPTH = 64
"""Levels of nesting that are read; replies have about ten."""

MAX_VALUES = 60_000
"""Values of one reply, counted before it is read; one of a thousand benefits has some 15,000."""

MAX_TEXT = 8_000
"""Signs of a text that is read, apart from a raw reply; notes and names have some hundreds."""

_MAX_DIGITS = 40

MAX_LINES = 20_000
"""Benefit lines of one reply that are kept, as many as segments of an interchange."""


class Node:
    """A value of a JSON tree with its path."""

    __slots__ = ("path", "value")

    def __init__(self, value: object, path: str = "$") -> None:
        """Hold ``value``, which stands at ``path``."""
        self.value = value
        self.path = path

    def __bool__(self) -> bool:
        """Whether there is anything here: an empty text, list or object is nothing."""
        return self.value is not None and self.value not in ("", [], {})

    def at(self, *keys: str) -> "Node":
        """Return the node below, key by key; an empty node when any of them is missing."""
        value, path = self.value, self.path
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
            path = f"{path}.{key}"
        return Node(value, path)

    def has(self, *keys: str) -> bool:
        """Whether any of ``keys`` stands directly below with something in it."""
        return any(self.at(key) for key in keys)

    def text(self, *keys: str) -> str:
        """Return the first of ``keys`` that holds a text or a number, trimmed; ``""`` when none does."""
        for key in keys:
            found = self.at(key).plain()
            if found:
                return found
        return ""

    def plain(self) -> str:
        """Return the value as text when it is a text or a number, else ``""``."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return ""
        if isinstance(value, float) and not isfinite(value):
            return ""
        text = str(value)
        if len(text) > MAX_TEXT:
            raise NoReplyAtAll("long_text")
        return _printable(text.strip())

    def flag(self, key: str) -> bool | None:
        """Return a boolean below, also one that was written as a word; None for anything else."""
        value = self.at(key).value
        if isinstance(value, bool):
            return value
        return _WORDS.get(value.strip().upper()) if isinstance(value, str) else None

    def each(self, *keys: str) -> Iterator["Node"]:
        """Return the members of the lists under ``keys`` in their order; a lone value counts as a list of one."""
        for key in keys:
            below = self.at(key)
            yield from below.members()
            if below and not isinstance(below.value, list):
                yield below

    def members(self) -> Iterator["Node"]:
        """Return the members of this list; nothing when it is none."""
        if isinstance(self.value, list):
            for number, value in enumerate(self.value):
                yield Node(value, f"{self.path}[{number}]")

    def keys(self) -> tuple[str, ...]:
        """Return the names below, in the order sent."""
        return tuple(str(key) for key in self.value) if isinstance(self.value, dict) else ()

    def notes(self, key: str, *inner: str) -> tuple[Message, ...]:
        """Return the notes under ``key``: texts, or objects that hold the text under one of ``inner``."""
        notes = ((node, node.plain() or node.text(*inner)) for node in self.each(key))
        return tuple(Message(node.path, text) for node, text in notes if text)

    def json(self) -> str:
        """Return the element as compact JSON."""
        return _printable(json.dumps(self.value, ensure_ascii=False, separators=(",", ":")))

    def own_json(self) -> str:
        """Return the plain members of this element as compact JSON, for elements that hold whole branches."""
        if not isinstance(self.value, dict):
            return self.json()
        plain = {key: value for key, value in self.value.items() if not isinstance(value, (dict, list))}
        return Node(plain).json()


_WORDS = {"TRUE": True, "YES": True, "Y": True, "FALSE": False, "NO": False, "N": False}


def _printable(text: str) -> str:
    # JSON may escape half of a surrogate pair, which no encoder takes.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def parse_json(raw: bytes) -> Node:
    """Return the tree of ``raw``.

    Raises ``NoReplyAtAll`` when it is no JSON object or list, too large, too deep, or names a member twice.
    """
    if len(raw) > MAX_BYTES:
        raise NoReplyAtAll("too_large")
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MAX_VALUES:
        raise NoReplyAtAll("too_many_values")
    try:
        text = raw.decode(json.detect_encoding(raw)).lstrip("\ufeff")
        value: object = json.loads(
            text, parse_constant=_read_constant, parse_int=_read_integer, object_pairs_hook=_read_object
        )
    except RecursionError:
        raise NoReplyAtAll("too_deep") from None
    except ValueError:
        # Without its cause, since a decoder's message quotes what it read.
        raise NoReplyAtAll("not_json") from None
    if not isinstance(value, (dict, list)):
        raise NoReplyAtAll("not_json")
    if _is_deeper(value, MAX_DEPTH):
        raise NoReplyAtAll("too_deep")
    return Node(value)


def _is_deeper(value: object, levels: int) -> bool:
    """Whether lists and objects stand more than ``levels`` deep within ``value``, itself counted."""
    layer: list[object] = [value]
    for _ in range(levels):
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, (dict, list))
        ]
        if not layer:
            return False
    return True


def _read_constant(_: str) -> None:
    """Return None for NaN and the infinities: they are not JSON, and no figures."""


def _read_integer(digits: str) -> int:
    """Return a whole number. A long one is refused: reading it takes time that grows with the square of its digits."""
    if len(digits) > _MAX_DIGITS:
        raise ValueError("digits")
    return int(digits)


def _read_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object. One that names a member twice is refused: readers differ in which of the two they take."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("repeated")
    return found
