"""A gateway's own error as JSON, in place of a payer's reply: it says nothing of the member.

Source: ``PROTOCOLS.md`` 4.3.1, 4.3.3 (Optum), 4.4.1, 4.4.4 (Stedi).
"""

from typing import Final

from contracts import Acknowledgment, Benefits
from payers.routes.shared.json_replies.codes import fold
from payers.routes.shared.json_replies.tree import Node

_LATER: Final = frozenset({"TOOMANYREQUESTS", "SERVICEUNAVAILABLE", "GATEWAYTIMEOUT", "INTERNALSERVERERROR", "TIMEOUT"})
_OURS: Final = frozenset(
    {"INVALIDREQUEST", "INVALIDPRODUCT", "INVALIDCLIENT", "INVALIDTOKEN", "UNAUTHORIZED", "ACCESSDENIED", "FORBIDDEN"}
)
"""The codes that may be shown; anything else may be a gateway's own words."""


def fits(root: Node) -> bool:
    """Whether this is such an error."""
    return refusal(root) is not None


def read(root: Node) -> tuple[Benefits, ...]:
    """Return the acknowledgment alone. Raises nothing."""
    return (read_json(root),)


def read_json(root: Node) -> Benefits:
    """Return the same; there is no raw reply inside."""
    return Benefits(acknowledgment=refusal(root), trace=root.text("traceId", "id"))


def refusal(root: Node) -> Acknowledgment | None:
    """Return the acknowledgment: accepted when the gateway was only busy, refused otherwise; None when it is no error.

    An error is known by two fields, or by a list of what was wrong with a request.
    """
    paired = all(map(root.has, ("error", "error_description"))) or all(map(root.has, ("message", "code")))
    if not paired and not _has_faults(root):
        return None
    word = fold(root.text("code", "error"))
    later = word in _LATER
    code = word.lower() if later or word in _OURS else ""
    return Acknowledgment(at=root.path, text=root.json(), kind="gateway", accepted=later, code=code)


def is_about_provider(root: Node) -> bool:
    """Whether everything that was wrong with the request is about the asking provider."""
    paths = [node.text("path", "field").lstrip("/$.").lower() for node in root.each("errors")]
    return bool(paths) and all(path.startswith("provider") for path in paths)


def _has_faults(root: Node) -> bool:
    """Errors as plain sentences, or with the field that was wrong; an AAA has a code."""
    errors = list(root.each("errors"))
    return bool(errors) and all(
        node.plain() or (node.has("path", "field") and node.has("message", "description")) for node in errors
    )
