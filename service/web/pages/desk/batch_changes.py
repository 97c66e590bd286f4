"""What changed for the members of a batch since the answers before: who acts, and by when."""

from typing import Annotated

from fastapi import APIRouter, Response, Security

from contracts.report.words import AUTHORIZATION, STATUS, VERDICT
from service.batches.changes import ChangedRow, changed_rows, morning_summary
from service.guidance.change_values import Change, Severity
from service.security.access import Caller
from service.web.api.batches import BatchId, check_batch_id, require_batch
from service.web.dependencies import Right, ServicesDependency, get_person
from service.web.pages.desk.formats import FORMATS, NOT_STATED
from service.web.pages.desk.navigation import BATCHES_PATH, RECORD_PATH, render_desk

router = APIRouter(prefix=BATCHES_PATH, include_in_schema=False)

Batching = Annotated[Caller, Security(get_person, scopes=[Right.BATCH])]

MOST_SHOWN = 300
"""Members whose changes a page shows; the file of changes holds all of them."""

SEVERITIES = {
    Severity.URGENT: ("trouble", "before the next day"),
    Severity.SOON: ("caution", "within the week"),
    Severity.NOTE: ("plain", "good to know"),
}

_CODES = {**AUTHORIZATION, **STATUS, **VERDICT}
"""Words for the codes that a change holds; everything else it holds is words already."""


@router.get("/{batch_id}/changes")
async def show_changes(batch_id: BatchId, caller: Batching, services: ServicesDependency) -> Response:
    """Show what the payers say otherwise than before, the most urgent first: who acts, and by when."""
    view = require_batch(await services.batches.look(check_batch_id(batch_id), caller))
    rows = [row async for row in changed_rows(services.store, services.replay, batch_id, caller)]
    return render_desk(
        "batch_changes.html.jinja",
        caller,
        here=BATCHES_PATH,
        batch=view,
        path=f"{BATCHES_PATH}/{batch_id}",
        summary=morning_summary(view, rows),
        rows=sorted(rows, key=urgency_of)[:MOST_SHOWN],
        total=len(rows),
        severities=SEVERITIES,
        say_value=lambda value: _CODES.get(value, value) or NOT_STATED,
        records=RECORD_PATH,
        payer_names={card.id: card.name for card in services.directory.cards},
        **FORMATS,
    )


def urgency_of(row: ChangedRow) -> tuple[int, str, int]:
    """Return what rows are sorted by: how much the worst change matters, by when somebody should act, the row."""
    order = list(Severity)

    def key(change: Change) -> tuple[int, str]:
        return order.index(change.severity), change.by.isoformat() if change.by else "9999"

    return (*min(key(one) for one in row.changes), row.row)
