"""History and changes: every verification of a member in order, and two answers side by side."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response, Security

from contracts import Answer, Deadline
from contracts.report.words import STATUS
from service.guidance.changes import changes_between
from service.security.access import Caller
from service.security.projection import project
from service.web.api.guidance import VerificationId
from service.web.api.history import After, find_history
from service.web.api.verifications import find_answer
from service.web.dependencies import PageDeadlineDependency, Right, ServicesDependency, get_person, rights_of
from service.web.pages.desk.batch_changes import SEVERITIES
from service.web.pages.desk.comparison import compare
from service.web.pages.desk.formats import FORMATS
from service.web.pages.desk.navigation import RECORD_PATH, WORK_PATH, record_path, render_desk
from service.web.problems import RequestRefused
from service.web.services import Services

router = APIRouter(prefix=RECORD_PATH, include_in_schema=False)

Looking = Annotated[Caller, Security(get_person, scopes=[Right.LOOK])]

SEARCHES = 20
"""Searches on a page."""

MOST_PAGES = 50
"""Pages of a history that are looked through for the answer to compare with."""

OTHER = Query(alias="with", max_length=40, description="The verification of the same member to compare with.")


@router.get("/{verification_id}/history")
async def show_history(
    verification_id: VerificationId,
    caller: Looking,
    deadline: PageDeadlineDependency,
    services: ServicesDependency,
    other: Annotated[str | None, OTHER] = None,
    after: After = None,
) -> Response:
    """Show what was asked about the member; ``with`` names another verification of the same one to compare with."""
    history = await find_history(verification_id, SEARCHES, after, caller=caller, deadline=deadline, services=services)
    here = await find_answer(verification_id, caller, deadline, services)
    compared: dict[str, object] = {}
    if other is not None and other != verification_id:
        asked = await _require_same_member(verification_id, other, caller, deadline, services)
        there = await find_answer(other, caller, deadline, services)
        compared = _compare(*sorted(((asked[0], there), (asked[1], here)), key=lambda one: one[0]), caller=caller)
    return render_desk(
        "history.html.jinja",
        caller,
        here=WORK_PATH,
        history=history,
        verification_id=verification_id,
        record=record_path(verification_id),
        records=RECORD_PATH,
        other=other,
        status_words=STATUS,
        payer_names={card.id: card.name for card in services.directory.cards},
        severities=SEVERITIES,
        compared=compared,
        now=datetime.now(UTC),
        **FORMATS,
    )


def _compare(before: tuple[datetime, Answer], after: tuple[datetime, Answer], *, caller: Caller) -> dict[str, object]:
    """Return what the page shows of two answers, the earlier one first, as ``caller`` may see them."""
    one, other = project(before[1], caller), project(after[1], caller)
    with_money = Right.COST in rights_of(caller)
    return {
        "before": one,
        "after": other,
        "times": (before[0], after[0]),
        "changes": changes_between(one, other) if with_money else (),
        "groups": compare(one, other, with_money=with_money),
        "with_money": with_money,
    }


async def _require_same_member(
    verification_id: str, other: str, caller: Caller, deadline: Deadline, services: Services
) -> tuple[datetime, datetime]:
    """Return when ``other`` and ``verification_id`` were asked.

    Raises ``RequestRefused`` 404 unless both stand in one history: answers about two people are never put side by side.
    """
    times: dict[str, datetime] = {}
    after = None
    for _ in range(MOST_PAGES):
        page = await find_history(verification_id, SEARCHES, after, caller=caller, deadline=deadline, services=services)
        times |= {one.verification_id: one.asked_at for search in page.searches for one in search.tries}
        after = page.after
        if after is None or {verification_id, other} <= times.keys():
            break
    if not {verification_id, other} <= times.keys():
        raise RequestRefused(404, "not_found")
    return times[other], times[verification_id]
