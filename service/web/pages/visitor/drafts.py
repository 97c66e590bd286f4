"""Drafts between the screens: begun, found, and kept for another half hour with each screen that is sent."""

from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from service.web.pages.visitor.draft import MINUTES, VisitorDraft
from service.web.services import Services

KEPT = timedelta(minutes=MINUTES)


async def start_draft(services: Services, draft: VisitorDraft) -> str:
    """Keep a new draft; returns the opaque reference under which it is found."""
    return await services.store.start_draft(_write(draft), KEPT)


async def change_draft(services: Services, reference: str, draft: VisitorDraft) -> bool:
    """Keep what the draft of ``reference`` holds now; false when it was deleted meanwhile."""
    return await services.store.change_draft(reference, _write(draft), KEPT)


async def find_draft(services: Services, reference: str) -> VisitorDraft | None:
    """Return the draft of ``reference``; None when there is none, its time is over, or an older version wrote it."""
    content = await services.store.draft(reference)
    if content is None:
        return None
    try:
        return VisitorDraft.model_validate_json(content)
    except ValidationError:
        return None


def _write(draft: VisitorDraft) -> bytes:
    kept_until = datetime.now(UTC) + KEPT
    return draft.model_copy(update={"kept_until": kept_until}).model_dump_json().encode()
