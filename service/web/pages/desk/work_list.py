"""C1, the work list: what is to be done, the most urgent first. Filters are links that hold codes and never a name."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.responses import RedirectResponse

from service.batches.result_files import csv_lines
from service.batches.results import verification_row
from service.security.access import Caller
from service.security.encryption import SealBroken
from service.store import Owner, StoreUnavailable, WorkChange, WorkQuery, WorkView
from service.store.identifiers import stamp
from service.store.visitor_values import ASSIGN, CLAIM, CLOSE, RELEASE, REOPEN, RequestChange
from service.web.api.verifications import is_id
from service.web.dependencies import Right, ServicesDependency, get_person
from service.web.pages.desk.formats import dial
from service.web.pages.desk.navigation import RECORD_PATH, WORK_PATH, render_desk
from service.web.pages.desk.work_rows import reader_for
from service.web.pages.forms import read_form
from service.web.problems import FieldError, RequestRefused
from service.web.services import Services
from service.web.sign_in_pages import local_path

router = APIRouter(include_in_schema=False)

Looking = Annotated[Caller, Security(get_person, scopes=[Right.LOOK])]

VISITORS = "visitors"
PAGE = 25
MOST_EXPORTED = 1_000
KEPT = timedelta(days=60)
"""How old work may be to stand in a list: what nobody did for two months is no work any more."""

LABELS: Mapping[str, tuple[str, str]] = {
    VISITORS: ("Visitors", "No visitor waits for a call."),
    WorkView.CALL: ("Needs a call", "Nobody has to be called. Every answer is complete, or closed."),
    WorkView.CORRECT: ("Details to correct", "No payer has refused the details of a member."),
    WorkView.WAITING: ("Waiting on payer", "No payer owes an answer."),
    WorkView.CHANGED: ("Changed", "No answer differs from the one before."),
    WorkView.ENDING: ("Ends this month", "No coverage that we know of ends this month."),
    WorkView.MINE: ("Mine", "Nothing is yours. Take work from the other lists."),
    WorkView.ALL: ("All", "Nothing was asked in the last 60 days. Begin with a new verification."),
}
"""By view: its name, and what stands in place of an empty list."""

View = Literal["visitors", "call", "correct", "waiting", "changed", "ending", "mine", "all"]
PayerQuery = Annotated[str | None, Query(max_length=80, pattern=r"^[a-z0-9_]+$")]


@router.get(WORK_PATH)
async def show_work(
    caller: Looking,
    services: ServicesDependency,
    view: View = "call",
    payer: PayerQuery = None,
    owner: Owner | None = None,
    page: Annotated[int, Query(ge=1, le=1_000)] = 1,
) -> Response:
    """Show a page of a view of the work list."""
    wanted = _query(view, caller, services, payer, owner)._replace(skip=PAGE * (page - 1), most=PAGE + 1)
    reader, broken = await reader_for(caller, services), list[SealBroken]()
    if view == VISITORS:
        requests = await services.store.visitor_requests(caller, broken=broken)
        rows = [reader.visitor_row(one) for one in sorted(requests, key=lambda one: one.promised_by)]
        rows = rows[wanted.skip : wanted.skip + PAGE + 1]
    else:
        rows = [reader.row_of(one) for one in await services.store.list_work(wanted, caller, broken)]
    filters = {"payer": payer, "owner": owner}
    if not rows and page > 1:
        # Whoever does the last row of a page comes back to it: it must not say that nothing is left.
        return RedirectResponse(_address(view, filters), status_code=303)
    here = _address(view, filters, page)
    return render_desk(
        "work_list.html.jinja",
        caller,
        here=WORK_PATH,
        views=await _views(view, wanted, filters, services),
        title=LABELS[view][0],
        empty=LABELS[view][1],
        rows=rows[:PAGE],
        broken=len(broken),
        is_visitors=view == VISITORS,
        is_filtered=any(filters.values()),
        unfiltered=_address(view, {}),
        payers=_payer_links(view, filters, services),
        owners=_owner_links(view, filters),
        people=sorted(reader.people.items(), key=lambda one: one[1].lower()),
        export=f"{WORK_PATH}/work.csv?{urlencode(_codes(view, filters))}",
        before=_address(view, filters, page - 1) if page > 1 else "",
        after=_address(view, filters, page + 1) if len(rows) + len(broken) > PAGE else "",
        back=here,
        dial=dial,
    )


@router.get(f"{WORK_PATH}/work.csv")
async def export_work(
    caller: Looking,
    services: ServicesDependency,
    view: Literal["call", "correct", "waiting", "changed", "ending", "mine", "all"] = "call",
    payer: PayerQuery = None,
    owner: Owner | None = None,
) -> Response:
    """Return what the same filters select, at most a thousand rows, in the columns of a batch's results."""
    wanted = _query(view, caller, services, payer, owner)
    reader, lines = await reader_for(caller, services), [csv_lines(None)]
    for skip in range(0, MOST_EXPORTED, 100):
        broken = list[SealBroken]()
        items = await services.store.list_work(wanted._replace(skip=skip, most=100), caller, broken)
        if broken:
            # Whoever works on with the file would not learn that a row is missing.
            raise StoreUnavailable("seal:row_in_a_file")
        lines.append(
            csv_lines(
                {
                    **verification_row(one.fetched.question, one.fetched.verification_id, reader.answer_of(one)),
                    "redisclosure_notice": services.redisclosure_notice,
                }
                for one in items
            )
        )
        if len(items) < 100:
            break
    # Spreadsheet programs take a file for UTF-8 by its mark alone.
    content = "\ufeff" + "".join(lines)
    named = {"Content-Disposition": f'attachment; filename="work-{view}.csv"'}
    return Response(content.encode(), media_type="text/csv; charset=utf-8", headers=named)


@router.post(f"{RECORD_PATH}/{{verification_id}}/work")
async def change_work(
    verification_id: str, request: Request, caller: Looking, services: ServicesDependency
) -> Response:
    """Claim, assign, release, close or reopen a verification."""
    form = await read_form(request)
    if not is_id(verification_id):
        raise RequestRefused(404, "not_found")
    action, mark = form.get("action", ""), await services.store.work_mark(verification_id)
    assignee = await _assignee(form, caller, services)
    changes = {
        "claim": WorkChange(verification_id, "assigned", caller.id),
        "assign": WorkChange(verification_id, "assigned", assignee),
        "release": WorkChange(verification_id, "released", None),
        "close": WorkChange(verification_id, "closed", mark.assignee or caller.id, is_closed=True),
        "reopen": WorkChange(verification_id, "reopened", mark.assignee),
    }
    if action not in changes:
        raise RequestRefused(422, "invalid_request", (FieldError(field="action", code="bad_value"),))
    if not await services.store.change_work(changes[action], caller):
        raise RequestRefused(404, "not_found")
    return _go_back(form)


_REQUEST_CHANGES: Mapping[str, RequestChange] = {
    "claim": CLAIM,
    "assign": ASSIGN,
    "release": RELEASE,
    "close": CLOSE,
    "reopen": REOPEN,
}


@router.post(f"{WORK_PATH}/visitors/{{request_id}}")
async def change_visitor_request(
    request_id: str, request: Request, caller: Looking, services: ServicesDependency
) -> Response:
    """Claim, assign, release, close or reopen a visitor's request; who was slower sees who was faster."""
    form = await read_form(request)
    change = _REQUEST_CHANGES.get(form.get("action", ""))
    if change is None:
        raise RequestRefused(422, "invalid_request", (FieldError(field="action", code="bad_value"),))
    assignee = await _assignee(form, caller, services)
    if await services.store.change_visitor_request(request_id, change, caller, assignee=assignee) is None:
        raise RequestRefused(404, "not_found")
    return _go_back(form)


async def _assignee(form: Mapping[str, str], caller: Caller, services: Services) -> str:
    """Return the person whom a form names, who must have access here; else the caller."""
    person = form.get("person", "")
    known = {one.id for one in await services.store.list_staff() if one.ended_at is None} if person else set()
    return person if person in known else caller.id


def _go_back(form: Mapping[str, str]) -> Response:
    back = local_path(form.get("back", ""), WORK_PATH)
    return RedirectResponse(back if back.startswith(WORK_PATH) else WORK_PATH, status_code=303)


def _query(view: str, caller: Caller, services: Services, payer: str | None, owner: Owner | None) -> WorkQuery:
    return WorkQuery(
        view=WorkView.ALL if view == VISITORS else WorkView(view),
        caller_id=caller.id,
        since=stamp(datetime.now(UTC) - KEPT),
        today=services.today(),
        payer=payer,
        owner=owner,
    )


def _codes(view: str, filters: Mapping[str, str | None]) -> dict[str, str]:
    return {"view": view, **{name: value for name, value in filters.items() if value}}


def _address(view: str, filters: Mapping[str, str | None], page: int = 1) -> str:
    codes = _codes(view, filters) | ({"page": str(page)} if page > 1 else {})
    return f"{WORK_PATH}?{urlencode(codes)}"


async def _views(
    here: str, wanted: WorkQuery, filters: Mapping[str, str | None], services: Services
) -> list[tuple[str, str, int, bool]]:
    """Return address, name and count of each view, and whether it is the one that is shown."""
    counts = await services.store.count_work(wanted)
    waiting = sum((await services.store.visitor_request_counts()).values())
    return [
        (_address(view, filters), label, waiting if view == VISITORS else counts[WorkView(view)], view == here)
        for view, (label, _) in LABELS.items()
    ]


def _payer_links(view: str, filters: Mapping[str, str | None], services: Services) -> list[tuple[str, str, bool]]:
    chosen = filters["payer"]
    every = [(_address(view, {**filters, "payer": None}), "Every payer", chosen is None)]
    return every + [
        (_address(view, {**filters, "payer": card.id}), card.name, chosen == card.id)
        for card in services.directory.cards
    ]


def _owner_links(view: str, filters: Mapping[str, str | None]) -> list[tuple[str, str, bool]]:
    return [
        (_address(view, {**filters, "owner": code}), label, filters["owner"] == code)
        for code, label in ((None, "Anybody's"), ("me", "Assigned to me"), ("nobody", "Nobody's yet"))
    ]
