"""The endpoints for batches: check a roster, start it, look at it, change it, take its results."""

import asyncio
import re
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Security
from fastapi.responses import StreamingResponse
from starlette.convertors import StringConvertor, register_url_convertor

from service.batches.batches import CHANGES, WrongBatchState
from service.batches.changes import changed_rows
from service.batches.reading import RosterRefused
from service.batches.result_files import MEDIA_TYPES, ResultFormat, result_chunks
from service.batches.results import result_rows
from service.batches.views import BatchList, BatchView, ItemList
from service.security.access import Caller
from service.store.batch_values import ItemState
from service.web.api.sent_rosters import ROSTER_BODY, read_roster_of, wrong_field
from service.web.dependencies import Right, ServicesDependency, authorize
from service.web.media_types import choose_media_type
from service.web.problems import RequestRefused, problem_responses

PATH = "/v1/batches"

router = APIRouter(prefix=PATH, tags=["batches"])

_LINES = {"application/jsonl": {"schema": {"type": "string"}}}
_FILES = {
    kind: {"schema": {"type": "string", **({"format": "binary"} if form is ResultFormat.XLSX else {})}}
    for kind, form in MEDIA_TYPES.items()
}
_ID = re.compile(r"bat_[A-Z2-7]{26}")

BatchId = Annotated[str, Path(examples=["bat_ABCDEFGHIJKLMNOPQRSTUVWXYZ"])]
BatchCaller = Annotated[Caller, Security(authorize, scopes=[Right.BATCH])]
MOST_AFTER = 1_000_000_000
"""No roster has so many rows, and a database takes no number without end."""

BatchWord = StrEnum("BatchWord", {word.upper(): word for word in CHANGES})  # type: ignore[misc]
"""What may be done to a batch."""


@router.post(
    "",
    status_code=201,
    summary="Check a roster",
    openapi_extra=ROSTER_BODY,
    responses=problem_responses(401, 403, 408, 413, 422, 429, 503),
)
async def check_roster(request: Request, caller: BatchCaller, services: ServicesDependency) -> BatchView:
    """The roster becomes a batch that may be started: its `preflight` says what that would come to. Nobody is asked."""
    sent = await read_roster_of(request)
    try:
        return await services.batches.check(sent.file, sent.form, caller, sent.mapping)
    except RosterRefused as refused:
        raise wrong_field("roster", refused.code) from None


@router.get("", summary="List the newest batches", responses=problem_responses(401, 403, 429, 503))
async def list_batches(caller: BatchCaller, services: ServicesDependency) -> BatchList:
    """The caller's own batches, the newest first; all of them for staff."""
    return await services.batches.list_batches(caller)


@router.get("/{batch_id}", summary="Look at a batch", responses=problem_responses(401, 403, 404, 429, 503))
async def look_at_batch(batch_id: BatchId, caller: BatchCaller, services: ServicesDependency) -> BatchView:
    """How far it is, in all and at each payer."""
    return require_batch(await services.batches.look(check_batch_id(batch_id), caller))


@router.get("/{batch_id}/items", summary="List rows of a batch", responses=problem_responses(401, 403, 404, 429, 503))
async def list_items(
    batch_id: BatchId,
    caller: BatchCaller,
    services: ServicesDependency,
    state: Annotated[ItemState | None, Query()] = None,
    after: Annotated[int, Query(ge=0, le=MOST_AFTER)] = 0,
) -> ItemList:
    """Rows in the order of the file, a hundred at a time: the next ones are those `after` the `next_after`."""
    found = await services.batches.items(check_batch_id(batch_id), caller, after=after, state=state)
    if found is None:
        raise RequestRefused(404, "not_found")
    return found


@router.get(
    "/{batch_id}/results",
    summary="Take the results of a batch",
    response_class=StreamingResponse,
    responses={
        200: {"description": "One row a member, as far as it is known.", "content": _FILES},
        **problem_responses(401, 403, 404, 406, 429, 503),
    },
)
async def take_results(
    batch_id: BatchId,
    caller: BatchCaller,
    services: ServicesDependency,
    request: Request,
    wanted: Annotated[ResultFormat | None, Query(alias="format")] = None,
) -> StreamingResponse:
    """Every row of the roster with its answer or the reason why there is none, as `format` says, or else `Accept`."""
    media_type = choose_media_type(request.headers.getlist("accept"), tuple(MEDIA_TYPES))
    if wanted is not None:
        media_type = next(kind for kind, form in MEDIA_TYPES.items() if form is wanted)
    if media_type is None:
        raise RequestRefused(406, "not_acceptable")
    require_batch(await services.batches.look(check_batch_id(batch_id), caller))
    form = MEDIA_TYPES[media_type]
    chunks = result_chunks(form, result_rows(services.store, batch_id, caller, services.redisclosure_notice))

    async def write() -> AsyncIterator[bytes]:
        async for chunk in chunks:
            yield chunk
            # A row costs little, and there may be a hundred thousand of them: others have their turn in between.
            await asyncio.sleep(0)

    headers = {"Content-Disposition": f'attachment; filename="{batch_id}.{form.value}"', "Vary": "Accept"}
    return StreamingResponse(write(), media_type=media_type, headers=headers)


@router.get(
    "/{batch_id}/changes",
    summary="Say what changed since the last answers",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A row for each member whose answer is not what it was, as JSON lines.",
            "content": _LINES,
        },
        **problem_responses(401, 403, 404, 429, 503),
    },
)
async def list_changes(batch_id: BatchId, caller: BatchCaller, services: ServicesDependency) -> StreamingResponse:
    """What the payers say otherwise than before, with who acts and by when: a `ChangedRow` on each line."""
    require_batch(await services.batches.look(check_batch_id(batch_id), caller))
    rows = changed_rows(services.store, services.replay, batch_id, caller, services.redisclosure_notice)

    async def write() -> AsyncIterator[bytes]:
        async for row in rows:
            yield row.model_dump_json().encode() + b"\n"

    return StreamingResponse(write(), media_type="application/jsonl")


class WordConvertor(StringConvertor):
    """Lets a path stand for a change of a batch alone: another word there is another resource, or none."""

    regex = "|".join(CHANGES)


register_url_convertor("batch_word", WordConvertor())


@router.post(
    "/{batch_id}/{word:batch_word}",
    summary="Start, pause, resume, cancel or retry a batch",
    responses=problem_responses(401, 403, 404, 409, 429, 503),
)
async def change_batch(
    batch_id: BatchId, word: BatchWord, caller: BatchCaller, services: ServicesDependency
) -> BatchView:
    """`retry` asks again about the rows that could not be checked. 409 when the batch is in no state for it."""
    try:
        return require_batch(await services.batches.change(check_batch_id(batch_id), word.value, caller))
    except WrongBatchState:
        raise RequestRefused(409, "wrong_state") from None


def check_batch_id(batch_id: str) -> str:
    """Return ``batch_id`` when it looks like one of ours; nothing else is looked up. Raises ``RequestRefused`` 404."""
    if not _ID.fullmatch(batch_id):
        raise RequestRefused(404, "not_found")
    return batch_id


def require_batch(found: BatchView | None) -> BatchView:
    """Return a batch that was found. Raises ``RequestRefused`` 404."""
    if found is None:
        raise RequestRefused(404, "not_found")
    return found
