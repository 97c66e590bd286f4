"""A stored JSON reply of any route, read into ``Benefits``: its form tells which route it came over."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol

from contracts import Benefits, NoReplyAtAll
from payers.routes.shared.json_replies import gateway_errors
from payers.routes.shared.json_replies.raw_271 import raw_reply
from payers.routes.shared.json_replies.tree import Node, parse_json

GROUP = "benefit_verification.routes"

FIRST = ("stedi_json", "optum_real", "optum_json", "availity_rest")
"""Routes whose forms are tried first, in this order: a reply of Stedi's without a plan also looks like Optum's."""


class StoredForm(Protocol):
    """How one route's replies are recognised, and read."""

    def fits(self, root: Node) -> bool:
        """Whether ``root`` is of this form."""
        ...

    def read(self, root: Node) -> tuple[Benefits, ...]:
        """Return what it says."""
        ...


@cache
def list_forms() -> tuple[StoredForm, ...]:
    """Return the ``reply`` of every installed route that has one, with a gateway's own errors last.

    ``reply`` is a name in the module that the route's entry point names.
    """
    modules = {point.name: point.module for point in entry_points(group=GROUP)}
    ordered = sorted(modules, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    found = (getattr(import_module(modules[name]), "reply", None) for name in ordered)
    return (*(form for form in found if form is not None and hasattr(form, "fits")), gateway_errors)


def read_stored(raw: bytes) -> tuple[Benefits, ...]:
    """Return one ``Benefits`` for each member level that says something.

    Raises ``NoReplyAtAll`` for JSON that is no reply.
    """
    root = parse_json(raw)
    for form in list_forms():
        if form.fits(root):
            return form.read(root)
    inside = raw_reply(root)
    if inside is not None:
        return inside.people
    raise NoReplyAtAll("json:no_reply")
