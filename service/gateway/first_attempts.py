"""The first attempt of a question is committed with the question: a transaction fewer before a byte leaves.

What a payer was asked first, the last time about the same conditions, is probably asked first again. Where that may go
at once, an attempt for it is opened in the transaction of the new question. When the inquiry comes to be sent, it takes
that attempt if it is the very one and comes soon; otherwise it opens one of its own, and the attempt under which
nothing was sent is closed as such when the question is settled. Until then it counts as sent, so that whatever becomes
of this process, the question is not sent again too soon.
"""

from collections.abc import Callable
from typing import NamedTuple

from contracts import AttemptNumbers, Condition, Question
from service.store.attempts import NewAttempt
from service.store.rows import FirstAttempt

USED_WITHIN = 0.5
"""Seconds within which such an attempt is used: the time to the next sending counts from its opening."""


class FirstAttempts:
    """What each payer was asked first, the last time that the same conditions were wanted."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._known: dict[tuple[str, frozenset[Condition]], FirstAttempt] = {}

    def of(self, question: Question) -> FirstAttempt | None:
        """What the payer of ``question`` is probably asked first; None when it was not asked yet."""
        return self._known.get(_kind_of(question))

    def note(self, question: Question, first: FirstAttempt) -> None:
        """Remember what ``question`` began with."""
        self._known[_kind_of(question)] = first


def _kind_of(question: Question) -> tuple[str, frozenset[Condition]]:
    return question.payer, frozenset(question.conditions)


class Reserved(NamedTuple):
    """An attempt that was opened with its question, at ``opened_at`` or later on the clock that never jumps."""

    first: FirstAttempt
    attempt_id: str
    numbers: AttemptNumbers
    opened_at: float


class FirstInquiry:
    """The beginning of one question: notes what is asked first, and gives it the attempt that was opened for it."""

    def __init__(
        self, question: Question, known: FirstAttempts, reserved: Reserved | None, clock: Callable[[], float]
    ) -> None:
        """Take the attempt that was opened with ``question``, if there is one."""
        self._question = question
        self._known = known
        self._reserved = reserved
        self._clock = clock
        self._begun = False

    @property
    def unused(self) -> str | None:
        """The id of the attempt that was opened with the question, while nothing was sent under it."""
        return None if self._reserved is None else self._reserved.attempt_id

    def take(self, new: NewAttempt) -> tuple[str, AttemptNumbers] | None:
        """The attempt for ``new``, which is about to be sent; None when it needs one of its own."""
        if new.payer != self._question.payer:
            return None
        asked, reserved = FirstAttempt(new.route, new.service_types), self._reserved
        if self._begun:
            # Attempts stand in the order of asking: no later inquiry takes the one that was opened first.
            return None
        self._begun = True
        self._known.note(self._question, asked)
        if reserved is None or reserved.first != asked or self._clock() - reserved.opened_at > USED_WITHIN:
            return None
        self._reserved = None
        return reserved.attempt_id, reserved.numbers
