"""A page of plain text for a terminal: headings, fields and items that are wrapped, and harmless whoever wrote them."""

from collections.abc import Callable
from textwrap import wrap

from contracts.report.terminal import escape_for_terminal

WIDTH = 80
"""Columns of a line at most; a terminal that nobody widened has as many."""

_LABEL = 16
"""Columns of the widest label with its colon and a space."""


class Page:
    """Lines of text in the order in which they are read, without colour, frames or columns that a voice would jumble.

    Everything that is put on the page is made harmless here, so that no caller can forget it.
    """

    def __init__(self, emphasise: Callable[[str], str] = str) -> None:
        """Begin an empty page; ``emphasise`` sets off a heading, where the terminal can."""
        self._lines: list[str] = []
        self._emphasise = emphasise

    def heading(self, text: str) -> None:
        """Begin a section, after an empty line."""
        if self._lines:
            self._lines.append("")
        self._lines += [self._emphasise(line) for line in _wrap_item(text, "", "  ")]

    def field(self, label: str, text: str, *, depth: int = 1) -> None:
        """Write ``label: text``; the text of neighbouring fields begins in one column."""
        margin = "  " * depth
        self._lines += _wrap_item(f"{label + ':':<{_LABEL}}{text}", margin, margin + " " * _LABEL)

    def text(self, text: str, *, depth: int = 1) -> None:
        """Write a paragraph."""
        self._lines += _wrap_item(text, "  " * depth, "  " * depth)

    def item(self, text: str, *, depth: int = 1) -> None:
        """Write one item of a list."""
        self._lines += _wrap_item(text, "  " * depth + "- ", "  " * depth + "  ")

    def __str__(self) -> str:
        """All of the page, without a line break at its end."""
        return "\n".join(self._lines)


def _wrap_item(text: str, first: str, other: str) -> list[str]:
    return wrap(
        escape_for_terminal(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=other,
        break_on_hyphens=False,
        fix_sentence_endings=False,
    ) or [first.rstrip()]
