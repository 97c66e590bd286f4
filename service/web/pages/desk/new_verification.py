"""C2, a new verification: what a clerk pastes is split into fields, confirmed, and asked once."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.responses import RedirectResponse

from contracts import Question, spell
from contracts.vocabulary import ProblemCode
from service.plugins.payer_search import PayerSearch
from service.security.access import Caller
from service.security.random_bytes import random_bytes
from service.store import LatelyAsked, RetriesRefused
from service.web.api.verifications import find_whole, is_id
from service.web.dependencies import DeadlineDependency, PageDeadlineDependency, Right, ServicesDependency, get_person
from service.web.pages.desk.consent_form import ConsentForm, read_consent, typed_consent
from service.web.pages.desk.navigation import NEW_PATH, record_path, render_desk
from service.web.pages.desk.paste import LONGEST_PASTE, split_paste
from service.web.pages.desk.question_form import QuestionForm, needed_fields, read_question
from service.web.pages.desk.work_rows import age_words
from service.web.pages.forms import read_form
from service.web.problems import RequestRefused
from service.web.services import Services

router = APIRouter(include_in_schema=False)

Asking = Annotated[Caller, Security(get_person, scopes=[Right.VERIFY])]

LATELY = timedelta(hours=24)
"""A question that was asked so lately is shown before it is asked again."""

ANSWER_SECONDS = 1.5
"""A payer that answers within this is not waited for on the record."""

_TICKET = re.compile(r"(\d{10})-[0-9a-f]{32}")

AGAIN = Annotated[str | None, Query(max_length=40)]


@router.get(NEW_PATH)
async def show_form(
    caller: Asking, services: ServicesDependency, deadline: PageDeadlineDependency, again: AGAIN = None
) -> Response:
    """Show the empty form, or that of a verification that is asked ``again``."""
    typed: dict[str, str] = {}
    if again is not None:
        looked = await find_whole(again, caller, deadline, services)
        typed = _typed_in(looked.about.question) | {"again": "yes"}
        typed |= typed_consent(await services.store.consent_of(again))
        if any(one.code is ProblemCode.MEMBER_REJECTED for one in looked.answer.problems):
            typed["retries"] = again
    return _show(caller, services, typed)


@router.post(f"{NEW_PATH}/split")
async def split(request: Request, caller: Asking, services: ServicesDependency) -> Response:
    """Show the form with what was pasted in its fields. Nothing is asked, and nothing is kept."""
    form = await read_form(request, most=4 * LONGEST_PASTE)
    search = PayerSearch(services.directory)

    def find_payer(text: str) -> bool:
        match = search.find(text)
        return match.payer is not None

    found = split_paste(form.get("paste", ""), find_payer, services.today())
    return _show(caller, services, found.fields, unplaced=found.unplaced, pasted=form.get("paste", ""))


@router.post(NEW_PATH)
async def ask(request: Request, caller: Asking, services: ServicesDependency, deadline: DeadlineDependency) -> Response:
    """Ask, once however often the form is sent, and lead to the record; or show what has to be looked at first."""
    typed = await read_form(request)
    read, stated = read_question(typed, services), read_consent(typed, services, datetime.now(UTC))
    unseen = {name: text for name, text in read.doubts.items() if name not in typed.get("seen", "").split()}
    if read.question is None or unseen or stated.errors:
        return _show(caller, services, typed, read=read, stated=stated, status=422)
    if typed.get("again") != "yes":
        lately = await _asked_lately(read.question, typed, services)
        if lately is not None:
            return _show(caller, services, typed, read=read, lately=lately, status=409)
    retries = typed.get("retries") or None
    deadline.shorten(ANSWER_SECONDS)
    try:
        answer = await services.verifier.verify(
            read.question,
            caller=caller,
            deadline=deadline,
            idempotency_key=_idempotency_key(typed, read.question),
            retries=retries if retries and is_id(retries) else None,
            consent=stated.consent,
        )
    except RetriesRefused:
        return _show(caller, services, {**typed, "retries": ""}, read=read, is_other_person=True, status=422)
    if answer.verification_id is None:  # pragma: no cover - every verification has an id
        raise RequestRefused(500, "internal_error")
    return RedirectResponse(record_path(answer.verification_id), status_code=303)


async def _asked_lately(question: Question, typed: Mapping[str, str], services: Services) -> LatelyAsked | None:
    """Return the same question of the last day, unless this very form asked it: then the form was sent twice."""
    now = datetime.now(UTC)
    card = services.directory.adapter(question.payer).card
    found = await services.store.asked_lately(spell(question, card), now - LATELY)
    ticket = _TICKET.fullmatch(typed.get("ticket", ""))
    shown_at = datetime.fromtimestamp(int(ticket[1]), UTC) if ticket else now
    return None if found is None or found.asked_at >= shown_at else found


def _idempotency_key(typed: Mapping[str, str], question: Question) -> str | None:
    """Return what makes the same form with the same fields one question; another field makes it another one."""
    ticket = typed.get("ticket", "")
    if not _TICKET.fullmatch(ticket):
        return None
    return f"{ticket}-{sha256(question.model_dump_json().encode()).hexdigest()[:32]}"


def _typed_in(question: Question) -> dict[str, str]:
    """Return the fields of ``question`` as they are typed."""
    typed = {"payer": question.payer, "purpose": question.purpose.value, "reference": question.reference or ""}
    for prefix, person in (("", question.member), ("subscriber_", question.subscriber)):
        if person is None:
            continue
        typed[f"{prefix}birth_date"] = f"{person.birth_date:%m/%d/%Y}" if person.birth_date else ""
        for name in ("first_name", "last_name", "member_id", "group_number"):
            typed[prefix + name] = getattr(person, name, None) or ""
    if question.subscriber is not None:
        typed["relationship"] = question.subscriber.relationship.value
    return typed


def _show(
    caller: Caller,
    services: Services,
    typed: Mapping[str, str],
    *,
    read: QuestionForm | None = None,
    stated: ConsentForm | None = None,
    lately: LatelyAsked | None = None,
    status: int = 200,
    **more: object,
) -> Response:
    now = datetime.now(UTC)
    known = read or read_question(typed, services)
    consent = stated or read_consent(typed, services, now)
    is_first = read is None
    card = known.card
    values = {
        "unplaced": (),
        "pasted": "",
        "is_other_person": False,
        **more,
        "typed": typed,
        "card": card,
        "needs": needed_fields(card),
        "candidates": [(*one, "") for one in known.candidates],
        "errors": {} if is_first else {**known.errors, **consent.errors},
        "consent": consent,
        "doubts": {} if is_first else dict(known.doubts),
        "has_subscriber": any(name.startswith("subscriber_") and text for name, text in typed.items()),
        "ticket": typed.get("ticket") or f"{int(now.timestamp())}-{random_bytes(16).hex()}",
        "lately": lately,
        "lately_path": "" if lately is None else record_path(lately.verification_id),
        "lately_age": "" if lately is None else age_words((now - lately.asked_at).total_seconds()),
    }
    return render_desk("new_verification.html.jinja", caller, here=NEW_PATH, status=status, **values)
