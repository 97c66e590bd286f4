"""A stored JSON reply of any route, read into ``Benefits``: its form tells which route it came over."""

from typing import Protocol

from contracts import Benefits, NoReplyAtAll
from payers.routes.replies import availity, gateway, optum_real, optum_v3, stedi
from payers.routes.replies.raw_inside import raw_reply
from payers.routes.replies.tree import Node, grow


class StoredForm(Protocol):
    """How one route's replies are known, and read."""

    def fits(self, root: Node) -> bool:
        """Whether ``root`` is of this form."""
        ...

    def read(self, root: Node) -> tuple[Benefits, ...]:
        """What it says."""
        ...


FORMATS: tuple[StoredForm, ...] = (stedi, optum_real, optum_v3, availity, gateway)
"""Each has ``fits``, which knows its own form, and ``read``; a gateway's errors come last."""


def read_stored(raw: bytes) -> tuple[Benefits, ...]:
    """One ``Benefits`` for each member level that speaks; raises ``NoReplyAtAll`` for JSON that is no reply."""
    root = grow(raw)
    for form in FORMATS:
        if form.fits(root):
            return form.read(root)
    inside = raw_reply(root)
    if inside is not None:
        return inside.people
    raise NoReplyAtAll("json:no_reply")
