"""The frame of every screen of the desk: where the person may go, by right, and who is signed in."""

from typing import Any, NamedTuple

from fastapi.responses import HTMLResponse

from service.security.access import Caller
from service.web.dependencies import Right, rights_of
from service.web.pages.rendering import render_page

WORK_PATH, NEW_PATH, BATCHES_PATH = "/desk", "/desk/new", "/desk/batches"
RECORD_PATH = "/desk/verifications"

_ENTRIES = (
    (WORK_PATH, "Work", Right.LOOK),
    (NEW_PATH, "New verification", Right.VERIFY),
    (BATCHES_PATH, "Batches", Right.BATCH),
)
"""Path, label, and the right that a person needs for it."""


class NavigationEntry(NamedTuple):
    """One entry of the navigation; ``is_here`` marks the one that the screen belongs to."""

    path: str
    label: str
    is_here: bool


def entries_for(caller: Caller, here: str) -> tuple[NavigationEntry, ...]:
    """Return where ``caller`` may go; ``here`` is the path of the entry that the screen belongs to."""
    rights = rights_of(caller)
    return tuple(NavigationEntry(path, label, path == here) for path, label, right in _ENTRIES if right in rights)


def record_path(verification_id: str, part: str = "") -> str:
    """Return the path of a verification's record, or of a ``part`` of it: ``call``, ``cost``, ``work``."""
    path = f"{RECORD_PATH}/{verification_id}"
    return f"{path}/{part}" if part else path


def render_desk(template: str, caller: Caller, *, here: str = "", status: int = 200, **values: object) -> HTMLResponse:
    """Return a screen of the desk for ``caller``; ``here`` as in ``entries_for``."""
    roles = ", ".join(sorted(role.replace("_", " ") for role in caller.staff_roles or ()))
    frame: dict[str, Any] = {
        "navigation": entries_for(caller, here),
        "person": f"Signed in: {roles}",
        "rights": frozenset(right.value for right in rights_of(caller)),
    }
    return render_page(f"desk/{template}", status=status, **{**frame, **values})
