"""What changed of the limits of a program between two answers: a new one, one that is used up, or nearly."""

from collections.abc import Iterator, Sequence

from contracts import Answer, FindingCode, Limit, LimitPeriod, Terms
from contracts.report.words import describe_limit
from service.guidance.change_values import Actor, Change, ChangeCode, Severity, change_in
from service.guidance.watch_list import WatchCode, watch_limit


def is_used_up(terms: Terms, answer: Answer) -> bool:
    """Whether the lines that ``terms`` rest on say that a benefit is used up."""
    if any(watch_limit(one) is WatchCode.EXHAUSTED for one in terms.limits):
        return True
    lines = {(line.segment, line.path) for line in answer.evidence if line.id in terms.evidence}
    return any(one.code is FindingCode.EXHAUSTED and (one.segment, one.path) in lines for one in answer.findings)


_OF_WATCH = {
    WatchCode.EXHAUSTED: (ChangeCode.EXHAUSTED, Severity.URGENT),
    WatchCode.NEARLY_EXHAUSTED: (ChangeCode.NEARLY_EXHAUSTED, Severity.SOON),
}


def changes_of_limits(name: str, was: Terms, now: Terms, after: Answer, about: dict[str, object]) -> Iterator[Change]:
    """Yield the limits of ``now`` that are new or, other than in ``was``, used up or nearly.

    ``name`` is what the terms are about, and ``about`` the same as fields of a change.
    """
    for limit in now.limits:
        known = _find_limit(limit, was.limits)
        before = known and describe_limit(known)
        values = {**about, "before": before, "after": describe_limit(limit), "evidence": limit.evidence}
        watched = watch_limit(limit)
        if watched is not None and (known is None or watch_limit(known) is not watched):
            code, severity = _OF_WATCH[watched]
            yield change_in(after, code, severity, Actor.BILLING, f"{name}: {describe_limit(limit)}.", **values)
        elif known is None:
            text = f"{name}: a limit that was not stated before: {describe_limit(limit)}."
            yield change_in(after, ChangeCode.LIMIT_NEW, Severity.SOON, Actor.BILLING, text, **values)


def _find_limit(limit: Limit, limits: Sequence[Limit]) -> Limit | None:
    """Return the one of ``limits`` that ``limit`` is.

    A reply may tell what is left of a limit and keep its size or its period to itself, and tell them the next time.
    """

    def fits(one: Limit) -> bool:
        sizes, periods = {one.quantity, limit.quantity} - {None}, {one.period, limit.period} - {LimitPeriod.UNKNOWN}
        return one.unit is limit.unit and len(sizes) <= 1 and len(periods) <= 1

    found = [one for one in limits if fits(one)]
    return max(found, key=lambda one: (one.quantity == limit.quantity, one.period is limit.period), default=None)
