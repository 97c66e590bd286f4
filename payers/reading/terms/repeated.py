"""What the terms of a plan come to, read once for all replies that say the same of them.

Members of one plan get the same lines about its benefits, at the same places of their replies; what differs is what
each of them has used up. So a part of the answer that rests on some lines alone is remembered by these lines, element
by element, together with what it entered into the book.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar, cast

from contracts.kept_json import keep_json
from contracts.vocabulary import Frozen
from payers.reading.evidence import Book
from payers.reading.lines.line import Line
from payers.reading.lines.of_plan import is_of_plan
from payers.reading.memory import remember_apart

MOST_LINES = 64
"""Lines of a part that is remembered. The parts of usual replies rest on some forty."""

MOST_ENTERED = 200
"""What stands in the book before such a part; an answer of a hundred lines enters some eighty in all."""

Found = TypeVar("Found")

_FOUND = remember_apart(256)


def read_once(
    read: Callable[[], Found],
    lines: Sequence[Line],
    beside: Hashable,
    book: Book,
    rows_of: Callable[[Found], Iterable[Frozen]],
) -> Found:
    """Return what ``read`` finds, which rests on ``lines`` and ``beside`` alone, and what it enters into ``book``.

    It is remembered where all of ``lines`` are the plan's; ``beside`` must hold nothing of a member either. ``rows_of``
    returns what of it stands in the answer.
    """
    if len(lines) > MOST_LINES or not all(line.is_kept or is_of_plan(line.benefit) for line in lines):
        return read()
    before = book.state
    if len(before) > MOST_ENTERED:
        return read()
    key = (beside, before, *[line if line.is_kept else _all_of(line) for line in lines])
    known = _FOUND.find(key)
    if known is None:
        found = read()
        entered = book.entered_since(before)
        _FOUND.keep(key, (found, entered))
        keep_json((*rows_of(found), *entered.evidence))
        return found
    book.enter(known[1])
    return cast("Found", known[0])


def _all_of(line: Line) -> tuple[Hashable, ...]:
    return line.reply, line.benefit, line.facts, line.age_fits, line.is_base_only, line.is_in_period
