"""The payer's own X12 inside a gateway's JSON: the better evidence, when it is whole.

Gateways hand the raw reply on beside their own reading of it. What they leave out (an empty EB02, EB12 ``U``, the order
of lines) still stands there. One that is cut off, broken or only hinted at gives way to the JSON.
Source: ``PROTOCOLS.md`` 4.3.2, 4.3.3, 4.4.1, 4.4.2.
"""

from collections.abc import Iterable

from contracts import Benefits, NoReplyAtAll
from payers.routes.replies.tree import Node
from payers.x12 import X12Reply, read_interchange

_FIELDS = ("x12", "x12-271")


def raw_reply(root: Node) -> X12Reply | None:
    """What the raw reply inside ``root`` says; None when there is none that can be read."""
    # As long as a reply may be: it is no text of the JSON's own.
    texts = (root.at(field).value for field in _FIELDS)
    text = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    if not text:
        return None
    try:
        found = read_interchange(text.encode("utf-8", "replace"))
    except NoReplyAtAll:
        return None
    # A bare ISA, as in an example, is a hint at a reply and none.
    return found if found.echo.transactions else None


def is_whole(raw: X12Reply) -> bool:
    """Whether it is one reply, nothing of it broken, that says something."""
    one = (raw.echo.interchanges, raw.echo.transactions) == (1, 1)
    return one and not raw.echo.faults and speaks(raw.people)


def speaks(people: Iterable[Benefits]) -> bool:
    """Whether anybody has a line, a rejection or an acknowledgment."""
    return any(one.lines or one.rejections or one.acknowledgment is not None for one in people)


def best(root: Node, people: tuple[Benefits, ...]) -> tuple[Benefits, ...]:
    """The raw reply inside ``root`` when it is whole, or when ``people``, which the JSON gives, say nothing."""
    return better(root, people, raw_reply(root))


def better(root: Node, people: tuple[Benefits, ...], raw: X12Reply | None) -> tuple[Benefits, ...]:
    """The same of a raw reply that was read already."""
    if raw is None or not (is_whole(raw) or not speaks(people)):
        return people
    at = answered_at(root)
    return tuple(one._replace(answered_at=at) for one in raw.people) if at else raw.people


def answered_at(root: Node) -> str:
    """When the payer gave this answer: a gateway may answer with an earlier one (``sourceType``), and says of when."""
    return root.text("processedDate")
