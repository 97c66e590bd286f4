"""Which inquiries a question costs: what goes out at once, what follows, and how many service types share an inquiry.

A reply to a behavioral service type usually carries plan, dates and accumulators too, so it is asked first. Whether a
payer answers several types in one inquiry is often unknown: they then go together, what the reply leaves open is asked
alone, and the replies show which kind of payer it is. Source: ``PROTOCOLS.md`` 3.1, 5.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from contracts import Answer, Benefits, Condition, Dialect, InquiryPlan, Several
from payers.reading.follow_up import (
    adds_nothing,
    answered_types,
    has_base_answer,
    is_about,
    lacks_plan,
    left_open,
    says_more,
    worth_asking,
)

Types = tuple[str, ...]
"""The service types of one inquiry."""

_PLAN_TYPE = "30"

IN_A_ROW = 5
"""After so many replies in a row that answer the first type alone, a payer that answered each is asked alone once: a
few members have nothing else, and a payer may have changed."""


class InquiryPlanner:
    """Plans the inquiries of one payer's questions, and remembers whether it answers several types at once.

    What was seen is kept by route and by the types that went together, since a clearinghouse may cut a list short.
    """

    def __init__(self, plan: InquiryPlan) -> None:
        """Follow ``plan``; nothing is known beyond it yet."""
        self._plan = plan
        self._service_types = plan.service_types
        self._answers_each: dict[tuple[str | None, Types], bool] = {}
        self._first_alone: Counter[tuple[str | None, Types]] = Counter()
        """How many replies in a row answered the first of several types alone."""
        self._tells_the_plan: set[tuple[str | None, Types]] = set()
        """Where a reply to several types held all that the payer then said of the plan alone."""

    def at_once(self, conditions: Collection[Condition]) -> tuple[Types, ...]:
        """Return the inquiries that go out side by side before anything is known; one of them at least."""
        plan = self._plan
        all_of_it = tuple(code for code in self._service_types if is_about(code, conditions)) or plan.first
        if self._asks_together(all_of_it):
            return (all_of_it,)
        early = tuple(code for code in (*plan.first, *plan.beside) if is_about(code, conditions))
        return _alone(early or all_of_it)

    def follow_up(
        self, answer: Answer, replies: Sequence[Benefits], dialect: Dialect, conditions: Collection[Condition]
    ) -> tuple[Types, ...]:
        """Return the inquiries about what ``answer``, which ``replies`` came to, leaves open; empty when there is none.

        A reply to several types of a payer that is known to answer them leaves nothing but a missing plan open, unless
        many in a row answered the first type alone.
        """
        together = [benefits for benefits in replies if _is_together(benefits)]
        for benefits in together:
            self._note(benefits)
        asked = {code for benefits in replies if not _is_together(benefits) for code in benefits.asked}
        left = [code for code in self._service_types if is_about(code, conditions) and code not in asked]
        if together and all(self._is_known_to_answer(benefits) for benefits in together):
            left = [code for code in left if code == _PLAN_TYPE and code not in answered_types(replies)]
        if any((benefits.route, benefits.asked) in self._tells_the_plan for benefits in together):
            left = [code for code in left if code != _PLAN_TYPE]
        return _alone(
            code
            for code in left
            if (
                lacks_plan(answer, replies, conditions)
                if code == _PLAN_TYPE
                else self._is_open(code, answer, replies, dialect)
            )
        )

    def learn(self, replies: Sequence[Benefits], later: Sequence[Benefits]) -> None:
        """Take note of what the types that were asked alone ``later`` add to the reply to several."""
        for benefits in filter(_is_together, replies):
            key = (benefits.route, benefits.asked)
            more = [alone for alone in later if says_more(alone, benefits)]
            if any(alone.asked != (_PLAN_TYPE,) for alone in more):
                self._answers_each[key] = False
            elif more:
                self._answers_each.setdefault(key, False)
            if any(alone.asked == (_PLAN_TYPE,) and adds_nothing(alone, benefits) for alone in later):
                self._tells_the_plan.add(key)

    def _asks_together(self, service_types: Types) -> bool:
        if self._plan.several is not Several.UNKNOWN:
            return self._plan.several is Several.YES
        seen = [each for (_, types), each in self._answers_each.items() if types == service_types]
        return any(seen) or False not in self._answers_each.values()

    def _note(self, benefits: Benefits) -> None:
        """Take note of which types a reply to several answers."""
        key = (benefits.route, benefits.asked)
        if self._shows_each(benefits):
            self._answers_each.setdefault(key, True)
            self._first_alone[key] = 0
        elif benefits.lines:
            self._first_alone[key] += 1

    def _is_known_to_answer(self, benefits: Benefits) -> bool:
        if self._plan.several is Several.YES:
            return True
        key = (benefits.route, benefits.asked)
        in_a_row = self._first_alone[key]
        return self._answers_each.get(key, False) and not (in_a_row and in_a_row % IN_A_ROW == 0)

    def _is_open(self, code: str, answer: Answer, replies: Sequence[Benefits], dialect: Dialect) -> bool:
        """Whether asking for ``code`` alone may tell more than ``replies`` do."""
        if not any(map(_is_together, replies)):
            return worth_asking(code, answer, replies, dialect)
        if code in answered_types(replies):
            return False
        return left_open(code, answer, dialect, explicitly=code in self._plan.first)

    def _shows_each(self, benefits: Benefits) -> bool:
        """Whether a reply answers a type that was not the first: of another condition where one was asked, else 30."""
        others, of_first = _beyond_the_first(benefits.asked)
        if not others:
            return _PLAN_TYPE in benefits.asked and has_base_answer(benefits)
        return any(
            not others.isdisjoint(line.service_types)
            and not any(is_about(code, of_first) for code in line.service_types)
            for line in benefits.lines
        )


@lru_cache(maxsize=256)
def _beyond_the_first(asked: Types) -> tuple[frozenset[str], tuple[Condition, ...]]:
    """Return those of the types ``asked`` that are of another condition than the first, and the first one's."""
    of_first = tuple([one for one in Condition if is_about(asked[0], (one,))])
    return frozenset([code for code in asked if not is_about(code, of_first)]), of_first


def _is_together(benefits: Benefits) -> bool:
    return len(benefits.asked) > 1


def _alone(codes: Iterable[str]) -> tuple[Types, ...]:
    return tuple((code,) for code in codes)
