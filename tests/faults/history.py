"""Jepsen's way: while faults are injected a history is written, and a checker judges it afterwards.

An event is ``invoke`` (a caller is about to ask), ``ok`` (it was answered), ``info`` (it does not know: the connection
ended) or ``fail`` (the service refused, and nothing was accepted). What the checker finds are sentences; none is right.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import Any, NamedTuple

from tests.faults.driver import Said


class Event(NamedTuple):
    """One line of a history. ``subject`` is whom it is about, ``told`` what the caller was given."""

    kind: str
    subject: str
    at: float
    verification_id: str | None = None
    state: str | None = None
    told: Any = None
    key: str | None = None


class History:
    """What callers did and were told, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def invoke(self, subject: str, key: str | None = None) -> None:
        """A caller is about to ask about ``subject``; ``key`` is its idempotency key."""
        self.events.append(Event("invoke", subject, monotonic(), key=key))

    def came(self, subject: str, reply: Said, key: str | None = None) -> None:
        """What a caller who asked about ``subject`` was given."""
        if reply.status in {200, 202}:
            answer = reply.json
            self.events.append(
                Event("ok", subject, monotonic(), answer["verification_id"], answer["state"], answer, key)
            )
        else:
            self.events.append(Event("info" if reply.status == 0 else "fail", subject, monotonic(), key=key))

    def accepted(self) -> dict[str, str]:
        """Whom each verification that was answered is about."""
        return {event.verification_id: event.subject for event in self.events if event.verification_id}


def faults(history: History, *, final: bool = True, own: Any = None) -> list[str]:
    """What is wrong with a history.

    With ``final`` everything accepted must have ended final. ``own`` is a function of a subject and an answer that
    says whether the answer is that subject's.
    """
    by_id: dict[str, list[Event]] = defaultdict(list)
    for event in history.events:
        if event.verification_id:
            by_id[event.verification_id].append(event)
    found = [fault for events in by_id.values() for fault in _of_one(events, final=final)]
    found += _unanswered(history.events)
    found += _doubled(history.events)
    if own is not None:
        found += [
            f"{event.verification_id}: another member's answer"
            for event in history.events
            if event.kind == "ok" and event.state == "final" and not own(event.subject, event.told)
        ]
    return found


def _of_one(events: list[Event], *, final: bool) -> Iterator[str]:
    name = events[0].verification_id
    if len({event.subject for event in events}) > 1:
        yield f"{name}: two subjects under one id"
    ended = None
    for event in events:
        if ended is not None and event.state != "final":
            yield f"{name}: went back from final"
        if event.state == "final":
            said = _meaning(event.told)
            if ended is not None and said != ended:
                yield f"{name}: a final answer that changed"
            ended = said
    if final and ended is None:
        yield f"{name}: lost, it never became final"


def _meaning(answer: Any) -> Any:
    """A final answer without what is measured anew at every look."""
    return {name: value for name, value in answer.items() if name != "timing"}


def _unanswered(events: Iterable[Event]) -> Iterator[str]:
    """Callers who asked and of whom nothing more is written."""
    open_: dict[str, int] = defaultdict(int)
    for event in events:
        if event.kind == "invoke":
            open_[event.subject] += 1
        elif open_[event.subject]:
            open_[event.subject] -= 1
    yield from (f"{subject}: asked and never answered" for subject, left in open_.items() if left)


def _doubled(events: Iterable[Event]) -> Iterator[str]:
    """One idempotency key that was given two verifications."""
    of_key: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.key and event.verification_id:
            of_key[event.key].add(event.verification_id)
    yield from (f"{key}: doubled, {len(ids)} verifications" for key, ids in of_key.items() if len(ids) > 1)
