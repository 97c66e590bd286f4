"""The payer's raw 271 inside a gateway's JSON: the better evidence, when it is whole.

Gateways send the raw reply beside their own reading of it. It still holds what they leave out (an empty EB02, EB12
``U``, the order of lines). When it is cut off, broken or a bare example, the JSON is read in its place.
Source: ``PROTOCOLS.md`` 4.3.2, 4.3.3, 4.4.1, 4.4.2.
"""

from collections.abc import Iterable

from contracts import Benefits, NoReplyAtAll
from payers.routes.shared.json_replies.tree import Node
from payers.x12 import X12Reply, read_interchange

_FIELDS = ("x12", "x12-271")


def raw_reply(root: Node) -> X12Reply | None:
    """Return what the raw reply inside ``root`` says; None when there is none that can be read."""
    # Read without the limit on texts: it may be as long as a whole reply.
    texts = (root.at(field).value for field in _FIELDS)
    text = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    if not text:
        return None
    try:
        found = read_interchange(text.encode("utf-8", "replace"))
    except NoReplyAtAll:
        return None
    # A bare ISA, as documents show it in examples, is no reply.
    return found if found.echo.transactions else None


def is_whole(raw: X12Reply) -> bool:
    """Whether it is one reply, nothing of it broken, that says something."""
    one = (raw.echo.interchanges, raw.echo.transactions) == (1, 1)
    return one and not raw.echo.faults and has_content(raw.people)


def has_content(people: Iterable[Benefits]) -> bool:
    """Whether anybody has a line, a rejection or an acknowledgment."""
    return any(one.lines or one.rejections or one.acknowledgment is not None for one in people)


def read_best(root: Node, people: tuple[Benefits, ...]) -> tuple[Benefits, ...]:
    """Return the raw reply inside ``root`` when it is whole or the JSON says nothing, else ``people`` of the JSON."""
    return prefer_raw(root, people, raw_reply(root))


def prefer_raw(root: Node, people: tuple[Benefits, ...], raw: X12Reply | None) -> tuple[Benefits, ...]:
    """Return the same for a raw reply that was read already."""
    if raw is None or not (is_whole(raw) or not has_content(people)):
        return people
    at = answered_at(root)
    return tuple(one._replace(answered_at=at) for one in raw.people) if at else raw.people


def answered_at(root: Node) -> str:
    """Return when the payer gave this answer: a gateway may repeat an earlier one (``sourceType``) with its time."""
    return root.text("processedDate")
