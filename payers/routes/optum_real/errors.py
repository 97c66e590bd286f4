"""What Optum Real's GraphQL errors mean: an unknown member or provider, or a fault of ours or of its own.

They come with HTTP 200 or 400. Only what a message plainly names is read as the AAA of a 271; the message itself is
never shown. Source: ``PROTOCOLS.md`` 4.5 (S7, errors and the catalogue of Benefit Check).
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from contracts import Acknowledgment, Rejection
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import fold
from payers.routes.shared.json_replies.elements import drop_repeats, usual_loop
from payers.routes.shared.json_replies.tree import Node


class GraphqlFault(StrEnum):
    """What an error without an AAA means: our query is wrong, their side failed, or the words are unknown."""

    OURS = "validation"
    THEIRS = "internal"
    UNKNOWN = "unknown"


_OURS: Final = frozenset(
    "VALIDATIONERROR INVALIDSYNTAX BADREQUEST OPERATIONNOTSUPPORTED UNAUTHORIZED UNAUTHENTICATED FORBIDDEN"
    " GRAPHQLVALIDATIONFAILED GRAPHQLPARSEFAILED BADUSERINPUT".split()
)
_THEIRS: Final = frozenset(
    "INTERNALERROR INTERNALSERVERERROR DATAFETCHINGEXCEPTION EXECUTIONABORTED TIMEOUT SERVICEUNAVAILABLE".split()
)

_WORDS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"system\s+(?:is\s+)?(?:currently\s+)?(?:unavailable|down)|try\s+again\s+later|temporarily", "42"),
        (r"(?:multiple|more\s+than\s+one|several)\s+(?:members?|patients?|subscribers?)", "76"),
        (r"\b(?:member|patient|subscriber|insured|beneficiary)\b(?!\s*id\b)[^.;]{0,40}\bnot\s+(?:be\s+)?found", "75"),
        (
            r"\b(?:no|not\s+find|not\s+locate|not\s+identify)\s+(?:a\s+|the\s+)?(?:matching\s+)?(?:member|patient)\b",
            "75",
        ),
        (r"\b(?:date\s*of\s*birth|birth\s*date|dob)\b", "71"),
        (r"\b(?:member|subscriber|beneficiary)\s*id\b", "72"),
        (r"\b(?:first|last)\s*name\b", "73"),
        (r"\b(?:service\s+(?:start\s+|end\s+)?date|date\s+of\s+service|servicestartdate|serviceenddate)\b", "62"),
        (r"\b(?:npi|tin|mpin|tax\s*id|provider\s*tax\s*id|provider)\b", "43"),
        (r"\b(?:unknown|invalid|unsupported)\s+payer\b", "79"),
    )
)
"""Words of a message and their AAA03; the first that is found counts."""


def rejections(root: Node) -> tuple[Rejection, ...]:
    """Return the errors about the member, the provider, the payer or the time of day."""
    return drop_repeats(_rejections(root))


def _rejections(root: Node) -> Iterator[Rejection]:
    for node in root.each("errors"):
        code = _code(node)
        if code:
            yield Rejection(node.path, node.json(), usual_loop(code), "N", code)


def _code(node: Node) -> str:
    if _classification(node) in _OURS:
        # A validation error quotes our query, so it may hold any word.
        return ""
    message = node.text("message")
    code = codes.REJECTIONS.get(fold(message), "") or next(
        (code for words, code in _WORDS if words.search(message)), ""
    )
    return code or ("75" if _classification(node) == "NOTFOUND" else "")


def _classification(node: Node) -> str:
    return fold(node.at("extensions").text("classification", "code", "errorType"))


def find_fault(root: Node) -> GraphqlFault | None:
    """Return the fault of the errors that are no AAA: ours before theirs, theirs before unknown; None without any."""
    found = {_fault_of(node) for node in root.each("errors") if not _code(node)}
    return next((one for one in GraphqlFault if one in found), None)


def _fault_of(node: Node) -> GraphqlFault:
    classification = _classification(node)
    if classification in _OURS:
        return GraphqlFault.OURS
    return GraphqlFault.THEIRS if classification in _THEIRS else GraphqlFault.UNKNOWN


def acknowledgment(root: Node) -> Acknowledgment | None:
    """Return the fault of a stored reply as an acknowledgment: rejected when it is ours, else accepted."""
    found = find_fault(root)
    if found is None:
        return None
    errors = root.at("errors")
    return Acknowledgment(
        at=errors.path, text=errors.json(), kind="graphql", accepted=found is not GraphqlFault.OURS, code=found.value
    )
