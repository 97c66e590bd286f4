"""C3, the record: everything that is known of one verification, each figure with the line that it rests on."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Request, Response, Security
from fastapi.responses import RedirectResponse

from contracts import Answer, State
from contracts.report import words as report_words
from contracts.wording import format_phone, format_time
from service.guidance.authorization import authorizations_of, rule_book
from service.guidance.parity import parity_signals_of
from service.guidance.watch_list import watch_list_of
from service.security.access import Caller, StaffRole
from service.security.projection import project
from service.store import HistoryRequest
from service.verification.history import HistoryTry, history_of
from service.verification.question_fields import check_words
from service.web.api.guidance import VerificationId
from service.web.api.verifications import find_whole, is_id, look_again_in
from service.web.dependencies import PageDeadlineDependency, Right, ServicesDependency, get_person, rights_of
from service.web.pages.desk import evidence, figures, record_view
from service.web.pages.desk.call_sheet import find_points_by_phone
from service.web.pages.desk.navigation import RECORD_PATH, WORK_PATH, record_path, render_desk
from service.web.pages.forms import read_form
from service.web.problems import RequestRefused
from service.web.services import Services

log = structlog.get_logger()

router = APIRouter(prefix=RECORD_PATH, include_in_schema=False)

Looking = Annotated[Caller, Security(get_person, scopes=[Right.LOOK])]

SOONEST, LATEST = 3, 60
"""Seconds after which a pending record is looked at again."""

SHORTEST_REASON, LONGEST_REASON = 10, 500


@router.get("/{verification_id}")
async def show_record(
    verification_id: VerificationId,
    caller: Looking,
    deadline: PageDeadlineDependency,
    services: ServicesDependency,
    reply: Literal["whole"] | None = None,
    glass: Literal["reason"] | None = None,
) -> Response:
    """Show the record of a verification; ``reply`` asks for every line of the payer's replies."""
    looked = await find_whole(verification_id, caller, deadline, services)
    answer = project(looked.answer, caller)
    sees_words = any(one.text is not None for one in answer.evidence)
    may_read_whole = Right.RAW in rights_of(caller)
    is_whole = reply == "whole" and may_read_whole
    replies = await _replies_of(verification_id, caller, services) if is_whole else []
    consent = await services.store.consent_of(verification_id)
    tries = await _tries_of(verification_id, caller, services) if answer.state is State.FINAL else ()
    return render_desk(
        "record.html.jinja",
        caller,
        here=WORK_PATH,
        **_view(answer, services),
        about=looked.about,
        name=record_view.member_name(looked.about),
        member=tuple(record_view.member_pairs(looked.about, consent, part_two=services.part_two)),
        payer_name=looked.about.card.name if looked.about.card else answer.payer,
        tries=tries,
        by_phone=await find_points_by_phone(verification_id, caller, deadline, services),
        replies=evidence.evidence_replies(answer, replies),
        whole=is_whole,
        may_read_whole=may_read_whole,
        glass_error="Give a reason of 10 to 500 characters." if glass else "",
        sees_words=sees_words,
        may_break_glass=StaffRole.BREAK_GLASS in (caller.staff_roles or ()) and not caller.in_emergency,
        paths={part: record_path(verification_id, part) for part in ("call", "cost", "report", "history")},
        here_path=record_path(verification_id),
    )


async def _replies_of(verification_id: str, caller: Caller, services: Services) -> list[bytes]:
    """Return the replies as they came; the audit says who read them."""
    fetched = await services.store.fetch(verification_id, caller)
    return [] if fetched is None else [one.raw for one in await services.store.kept_replies(fetched.job.id, caller)]


def _view(answer: Answer, services: Services) -> dict[str, Any]:
    """Return what the page shows of ``answer``, which is what its reader may see."""
    now = datetime.now(UTC)
    is_pending = answer.state is State.PENDING
    return {
        "answer": answer,
        "is_pending": is_pending,
        "live": min(max(SOONEST, look_again_in(answer, now)), LATEST) if is_pending else None,
        "plan_status": report_words.STATUS[answer.coverage.status.value],
        "plan_tone": record_view.STATUS_TONES.get(answer.coverage.status.value, "caution"),
        "plan": tuple(record_view.plan_pairs(answer)),
        "answered": record_view.answered_by(answer),
        "as_of": format_time(answer.as_of).en,
        "problems": tuple(record_view.shown_problems(answer)),
        "doubts": record_view.doubts_in(answer),
        "down_since": record_view.down_since(answer, services.guards, now) if is_pending else "",
        "watched": watch_list_of(answer, services.roster),
        "programs": figures.shown_programs(answer),
        "sides": figures.shown_sides(answer),
        "rejected": figures.rejected_values(answer),
        "administrators": tuple(record_view.administrator_words(answer)),
        "unread": evidence.unread_words(answer),
        "parity": parity_signals_of(answer),
        "authorizations": record_view.authorization_words(
            authorizations_of(answer, rule_book(services.roster, services.directory.cards), services.today())
        ),
        "phone": format_phone,
        "say_status": report_words.STATUS,
        "conditions": report_words.CONDITION,
    }


async def _tries_of(verification_id: str, caller: Caller, services: Services) -> tuple[HistoryTry, ...]:
    """Return the tries of the same search. A history is long only for a member who is asked about by a schedule."""
    page = await services.store.history(HistoryRequest(verification_id, 20), caller)
    return (
        ()
        if page is None
        else record_view.tries_with(verification_id, history_of(verification_id, page, services.directory))
    )


@router.post("/{verification_id}/break-glass")
async def break_glass(
    verification_id: VerificationId, request: Request, caller: Looking, services: ServicesDependency
) -> Response:
    """Open everything to the person for an hour, for a reason that others review; then show the record."""
    if StaffRole.BREAK_GLASS not in (caller.staff_roles or ()) or not is_id(verification_id):
        raise RequestRefused(403, "forbidden")
    form = await read_form(request)
    try:
        reason = check_words(form.get("reason", ""))
    except ValueError:
        reason = ""
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        return RedirectResponse(f"{record_path(verification_id)}?glass=reason#glass", status_code=303)
    await services.store.break_glass(caller, reason)
    log.warning("glass.broken", caller_id=caller.id)
    return RedirectResponse(record_path(verification_id), status_code=303)
