"""Whether a request is refused for overload, decided by its head alone, before its key is looked up or a body read.

Two things are overload: more questions under way than there are places, and a queue for the start that is too long for
the caller's wait. Of both a batch may use a half, the public four fifths and staff all. A key that nobody knows yet
counts as staff's: when it has been looked up, its role is checked again.
"""

from collections.abc import Iterable, Mapping

from contracts.readings import READINGS
from contracts.wait_limits import LONGEST_START, SHORTEST_WAIT
from service.security.access import Role, credential_shown
from service.verification.admission import Admission, share_of
from service.web.key_lookups import KeyLookups
from service.web.start_queue import StartQueue
from service.web.waits import wait_of

SHARE_OF_WAIT = 0.25
"""Of the caller's wait, for its start; the rest is the payer's."""

LOOKED_AT = frozenset({b"authorization", b"cookie", b"prefer"})
"""The headers that say whether a question is refused."""


class Overload:
    """The requests of one listener that wait for their start, and which new ones are too many."""

    def __init__(self, admission: Admission, lookups: KeyLookups, waits: Mapping[Role, float]) -> None:
        """Refuse by the places of ``admission``, and by the roles that ``lookups`` remember.

        ``waits`` are default waits by role, in seconds.
        """
        self.questions = StartQueue(lambda: READINGS.are_piling_up)
        self.others = StartQueue()
        """Looks and the like: they cost little, so they are begun beside the questions and not behind them."""
        self._admission = admission
        self._lookups = lookups
        self._waits = waits
        shortest = min([SHORTEST_WAIT, *(wait for wait in waits.values() if wait)])
        self._refused_first = min(LONGEST_START, shortest * SHARE_OF_WAIT) * min(map(share_of, Role))
        """Seconds that the start may be away before the first is refused: a batch's question with the shortest wait."""

    def is_possible(self, coming: int = 0) -> bool:
        """Whether a request may have to be refused, so that its head is worth a look.

        ``coming``, here and below, are the questions that were let in and have not come to their queue yet.
        """
        return (
            self.questions.delay(coming) > self._refused_first
            or self.others.delay() > LONGEST_START
            or self._admission.is_full(Role.BATCH, len(self.questions) + coming)
        )

    def refuses_every_question(self, coming: int = 0) -> bool:
        """Whether a question is one too many whoever asks it: with far too many callers a closer look is too dear."""
        inside = len(self.questions) + coming
        return self.questions.delay(coming) > LONGEST_START or self._admission.is_full(Role.STAFF, inside)

    def refuses_question(self, headers: Iterable[tuple[bytes, bytes]], coming: int = 0) -> bool:
        """Whether the question with these headers, their names in lower case, is one too many."""
        given = [(name, value.decode("latin-1")) for name, value in headers if name in LOOKED_AT]
        shown = [value for name, value in given if name == b"authorization"]
        credential = credential_shown(shown[:1], (value for name, value in given if name == b"cookie"))
        known = None if credential is None else self._lookups.recall(credential)
        role = Role.STAFF if known is None else known.role
        if self._admission.is_full(role, len(self.questions) + coming):
            return True
        wait = wait_of([value for name, value in given if name == b"prefer"], self._waits[role])
        # Who waits for nothing wants a receipt alone.
        longest = min(LONGEST_START, wait * SHARE_OF_WAIT) if wait else LONGEST_START
        return self.questions.delay(coming) > longest * share_of(role)

    def refuses_others(self) -> bool:
        """Whether a request that asks no payer is one too many."""
        return self.others.delay() > LONGEST_START
