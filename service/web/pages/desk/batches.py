"""C6, batches: a roster is sent and checked, started by somebody, and looked at while it runs."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.responses import RedirectResponse

from service.batches.batches import WrongBatchState
from service.batches.reading import RosterRefused
from service.batches.views import BatchView
from service.security.access import Caller
from service.store.batch_values import BatchState, ItemState
from service.web.api.batches import (
    MOST_AFTER,
    BatchId,
    BatchWord,
    check_batch_id,
    require_batch,
)
from service.web.api.sent_rosters import read_roster_of
from service.web.dependencies import Right, ServicesDependency, get_person
from service.web.pages.desk.batch_view import (
    ITEM_STATES,
    REFUSED,
    STATES,
    WINDOW,
    WORDS,
    actions_for,
    describe_progress,
    payer_lines,
)
from service.web.pages.desk.formats import FORMATS
from service.web.pages.desk.navigation import BATCHES_PATH, RECORD_PATH, render_desk
from service.web.pages.uploads import MEDIA_TYPE, media_type_of
from service.web.problems import RequestRefused
from service.web.services import Services

router = APIRouter(prefix=BATCHES_PATH, include_in_schema=False)

Batching = Annotated[Caller, Security(get_person, scopes=[Right.BATCH])]

LIVE_SECONDS = 3
"""Seconds after which the table of a running batch is looked at again."""

NO_ROSTER = "This file cannot be read as a roster."
NO_MAPPING_FILE = "The mapping file cannot be read. Correct it, or leave it out."


@router.get("")
async def show_batches(caller: Batching, services: ServicesDependency) -> Response:
    """Show the newest batches, and the form for another roster."""
    return await _render_list(caller, services)


async def _render_list(caller: Caller, services: Services, error: str = "") -> Response:
    found = await services.batches.list_batches(caller)
    return render_desk(
        "batches.html.jinja",
        caller,
        here=BATCHES_PATH,
        status=422 if error else 200,
        # What was no roster left a batch without a row behind.
        batches=[one for one in found.batches if one.rows],
        states=STATES,
        path=BATCHES_PATH,
        error=error,
        **FORMATS,
    )


@router.post("")
async def send_roster(request: Request, caller: Batching, services: ServicesDependency) -> Response:
    """Check the roster that was sent, and show what starting it would come to. Nobody is asked."""
    if media_type_of(request) != MEDIA_TYPE:
        raise RequestRefused(415, "unsupported_media_type")
    try:
        sent = await read_roster_of(request)
        checked = await services.batches.check(sent.file, sent.form, caller, sent.mapping)
    except RosterRefused as refused:
        return await _render_list(caller, services, REFUSED.get(refused.code, NO_ROSTER))
    except RequestRefused as refused:
        if refused.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return await _render_list(caller, services, REFUSED["file_too_large"])
        if refused.status_code != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        is_mapping = any(one.field == "mapping" for one in refused.errors)
        return await _render_list(caller, services, NO_MAPPING_FILE if is_mapping else REFUSED["empty_file"])
    return RedirectResponse(f"{BATCHES_PATH}/{checked.id}", status_code=303)


@router.get("/{batch_id}")
async def show_batch(batch_id: BatchId, caller: Batching, services: ServicesDependency) -> Response:
    """Show a batch: what it would come to before it is started, then how far it is at each payer."""
    view = require_batch(await services.batches.look(check_batch_id(batch_id), caller))
    return await _render_batch(view, caller, services)


async def _render_batch(view: BatchView, caller: Caller, services: Services, refusal: str = "") -> Response:
    now = datetime.now(UTC)
    runs = view.state is BatchState.RUNNING
    settled = await services.store.settled_since(view.id, now - WINDOW) if runs else {}
    names = {card.id: card.name for card in services.directory.cards}
    return render_desk(
        "batch.html.jinja",
        caller,
        here=BATCHES_PATH,
        status=409 if refusal else 200,
        batch=view,
        path=f"{BATCHES_PATH}/{view.id}",
        state=STATES[view.state],
        progress=describe_progress(view),
        lines=payer_lines(view, settled, services.guards, services.directory, now),
        actions=tuple(actions_for(view)),
        live=LIVE_SECONDS if runs else 0,
        payer_names=names,
        refusal=refusal,
        **FORMATS,
    )


@router.post("/{batch_id}/{word:batch_word}")
async def change_batch(batch_id: BatchId, word: BatchWord, caller: Batching, services: ServicesDependency) -> Response:
    """Start, pause, resume, cancel or retry a batch, and show it again."""
    try:
        view = require_batch(await services.batches.change(check_batch_id(batch_id), word.value, caller))
    except WrongBatchState as wrong:
        view = require_batch(await services.batches.look(check_batch_id(batch_id), caller))
        refusal = f"“{WORDS[word.value]}” is not possible: the batch is {STATES[wrong.state][1]} by now."
        return await _render_batch(view, caller, services, refusal)
    return RedirectResponse(f"{BATCHES_PATH}/{view.id}", status_code=303)


@router.get("/{batch_id}/rows")
async def show_rows(
    batch_id: BatchId,
    caller: Batching,
    services: ServicesDependency,
    state: Annotated[ItemState | None, Query()] = None,
    after: Annotated[int, Query(ge=0, le=MOST_AFTER)] = 0,
) -> Response:
    """Show rows of a batch in the order of the file, a hundred at a time; ``state`` narrows them."""
    found = await services.batches.items(check_batch_id(batch_id), caller, after=after, state=state)
    if found is None:
        raise RequestRefused(404, "not_found")
    return render_desk(
        "batch_rows.html.jinja",
        caller,
        here=BATCHES_PATH,
        path=f"{BATCHES_PATH}/{batch_id}",
        rows=found.items,
        next_after=found.next_after,
        chosen=state,
        item_states=ITEM_STATES,
        records=RECORD_PATH,
        payer_names={card.id: card.name for card in services.directory.cards},
    )
