"""Rows of the work list: a verification or a visitor's request in words."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from contracts import Answer, Deadline, State
from contracts.report import words
from contracts.wording import format_phone, format_time
from service.security.access import Caller
from service.security.projection import project
from service.store import WorkItem
from service.store.visitor_values import RequestRow
from service.verification.shown_answer import About, card_of, view
from service.web.pages.desk.navigation import record_path
from service.web.pages.desk.record_view import STATUS_TONES, member_name
from service.web.services import Services

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class WorkRow(NamedTuple):
    """A row: who it is about, where it stands, what is next, its age, and who works on it.

    ``action`` is where a change of it is sent; ``promised`` is when a visitor was promised a call, and ``is_late``
    whether that has passed; ``phone`` is where, as it is written, and ``contact`` what else is known of how to reach
    them. ``nobody`` is what stands where nobody works on it.
    """

    name: str
    path: str
    payer: str
    tone: str
    status: str
    next: str
    age: str
    assignee: str
    is_mine: bool
    is_closed: bool
    action: str
    promised: str = ""
    is_late: bool = False
    phone: str = ""
    contact: tuple[str, ...] = ()
    nobody: str = "Nobody"


class WorkReader(NamedTuple):
    """Who reads the list, what is needed to open its rows, and the names of the people of the staff by id."""

    caller: Caller
    services: Services
    people: Mapping[str, str]
    now: datetime

    def answer_of(self, item: WorkItem) -> Answer:
        """Return the answer of ``item`` as its reader may see it."""
        return project(view(item.fetched.job.answer, self._about(item), Deadline(0)), self.caller)

    def row_of(self, item: WorkItem) -> WorkRow:
        """Return ``item`` in words."""
        answer, about, fetched = self.answer_of(item), self._about(item), item.fetched
        is_pending = answer.state is State.PENDING
        status = answer.coverage.status.value
        return WorkRow(
            name=member_name(about),
            path=record_path(fetched.verification_id),
            payer=about.card.name if about.card else fetched.question.payer,
            tone="plain" if is_pending else STATUS_TONES.get(status, "caution"),
            status="waiting" if is_pending else words.STATUS[status].partition(";")[0],
            next=answer.next_step.text,
            age=age_words((self.now - fetched.created_at).total_seconds()),
            assignee=self.name_of(item.mark.assignee),
            is_mine=item.mark.assignee == self.caller.id,
            is_closed=item.mark.is_closed,
            action=record_path(fetched.verification_id, "work"),
            nobody="Nobody; you asked" if fetched.caller_id == self.caller.id else "Nobody",
        )

    def name_of(self, person_id: str | None) -> str:
        """Return what a person is called here; empty for nobody."""
        return "" if person_id is None else self.people.get(person_id, person_id)

    def _about(self, item: WorkItem) -> About:
        fetched = item.fetched
        card = card_of(fetched.question, self.services.directory)
        return About(fetched.question, fetched.verification_id, card, fetched.created_at, fetched.job.life_ends_at)

    def visitor_row(self, request: RequestRow) -> WorkRow:
        """Return a visitor's request in words: whom to call, how, and by when."""
        typed = json.loads(request.content)
        directory, payer = self.services.directory, typed.get("payer") or ""
        card = directory.adapter(payer).card if payer in directory else None
        is_done = request.closed_at is not None
        return WorkRow(
            name=" ".join(filter(None, (typed.get("first_name"), typed.get("last_name")))) or "No name given",
            path=record_path(request.verification_id) if request.verification_id else "",
            payer=card.name if card else (typed.get("payer_typed") or payer.replace("_", " ") or "not given"),
            tone="plain",
            status=f"code {request.code}",
            next=_why(request),
            age=age_words((self.now - request.created_at).total_seconds()),
            assignee=self.name_of(request.assignee),
            is_mine=request.assignee == self.caller.id,
            is_closed=is_done,
            action=f"/desk/visitors/{request.id}",
            promised=format_time(request.promised_by).en,
            is_late=not is_done and request.promised_by < self.now,
            phone=format_phone(str(typed["phone"])) if typed.get("phone") else "",
            contact=tuple(_contact(typed)),
        )


_WHY = {
    "not_wanted": "The visitor did not agree that the insurer is asked.",
    "incomplete": "The details were not enough to ask the insurer.",
    "consent": "The consent could not be used to ask the insurer.",
    "cap_of_identity": "The insurer was asked about this person as often as it may be today.",
    "cap_of_day": "The insurers were asked as often as they may be today.",
    "overloaded": "Too much was asked at once.",
}


def _why(request: RequestRow) -> str:
    if request.not_asked is None:
        return "The insurer is asked: look at the record, then call."
    return f"{_WHY.get(request.not_asked.value, request.not_asked.value)} Call."


def _contact(typed: Mapping[str, object]) -> Iterable[str]:
    if typed.get("phone"):
        yield "a message may be left" if typed.get("may_leave_message") else "leave no message"
        if typed.get("may_text"):
            yield "may be texted"
    if typed.get("email"):
        yield str(typed["email"])
    if typed.get("best_time"):
        yield f"best time: {str(typed['best_time']).replace('_', ' ')}"
    if typed.get("language") == "es":
        yield "speaks Spanish"


def age_words(seconds: float) -> str:
    """Return how long ago something was, in the largest unit that fits."""
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min ago"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h ago"
    days = int(seconds // DAY)
    return "1 day ago" if days == 1 else f"{days} days ago"


async def reader_for(caller: Caller, services: Services) -> WorkReader:
    """Return what opens rows for ``caller``."""
    people = {one.id: one.label for one in await services.store.list_staff()}
    return WorkReader(caller, services, people, datetime.now(UTC))
