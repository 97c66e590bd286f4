"""A watch list as a page of plain text for people."""

from collections.abc import Callable

from contracts.report import Page
from contracts.report.terms import marks
from contracts.report.words import CONDITION
from service.guidance.watch_list import WatchList


def write_watch_list(watched: WatchList, emphasise: Callable[[str], str] = str) -> str:
    """Return the watch list as lines of at most 80 columns."""
    page = Page(emphasise)
    page.heading(f"Watch list of {watched.verification_id}")
    for one in watched.items:
        page.item(f"{one.text}{marks(one.evidence)}")
    if not watched.items:
        page.text("Nothing was found that must be watched. That is no promise: read the answer.")
    page.heading("Our network status")
    for status in watched.network:
        source = f" ({status.source})" if status.source else ""
        standing = status.standing.value.replace("_", " ")
        page.field(CONDITION[status.condition.value].capitalize(), f"{standing}: {status.text}{source}")
    return str(page)
