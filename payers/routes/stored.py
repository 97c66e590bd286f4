"""A stored reply of any route, read into ``Benefits``: its form tells which route it came over."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol

from contracts import Benefits, NoReplyAtAll
from payers.routes.shared.json_replies import gateway_errors
from payers.routes.shared.json_replies.raw_271 import raw_reply
from payers.routes.shared.json_replies.tree import Node, parse_json
from payers.x12 import read_interchange

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
def _modules() -> tuple[str, ...]:
    """Return the modules that the entry points of the installed routes name, in the order in which they are tried."""
    modules = {point.name: point.module for point in entry_points(group=GROUP)}
    ordered = sorted(modules, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    return tuple(modules[name] for name in ordered)


def list_forms() -> Iterator[StoredForm]:
    """Yield the ``reply`` of every installed route that has one, with a gateway's own errors last.

    ``reply`` is a name in the module that the route's entry point names. One module is imported after the other, so
    that a route which can't be imported keeps none before it from being read.
    """
    for module in _modules():
        form = getattr(import_module(module), "reply", None)
        if form is not None and hasattr(form, "fits"):
            yield form
    yield gateway_errors


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


def read_reply(raw: bytes) -> Sequence[Benefits]:
    """Return the members of a stored reply, X12 or JSON; JSON is recognised by its first sign.

    It is what the entry point ``benefit_verification.replies`` names. Raises ``NoReplyAtAll``.
    """
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        return read_stored(raw)
    return read_interchange(raw).people
