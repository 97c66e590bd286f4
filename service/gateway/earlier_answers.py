"""What earlier runs of a job were answered: it is read again, and neither asked nor paid for again.

A question makes several inquiries, of the payer and of an administrator. When one of them fails the question stays
pending, and the next run asks what failed alone: the other replies are kept with the pending answer, sealed with it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, Self

import structlog
from pydantic import TypeAdapter, ValidationError

from contracts import Benefits, Frozen, Inquiry, MemberRejected

log = structlog.get_logger()

ANSWERING_CODES = frozenset(
    "15 35 49 52 58 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 98 AA AE AO CI E8".split(),
)
"""AAA03 by which a payer answers about the member or for good; any other one is asked again, since waiting may mend it.

Source: ``REFERENCE.md`` 7, the classes user and final.
"""


class AnsweredInquiry(NamedTuple):
    """One inquiry and its answer: ``benefits``, or the request's fields that the payer called wrong.

    ``key`` is a digest of the inquiry as the adapter asked it.
    """

    key: str
    benefits: Benefits | None = None
    wrong_fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return f"AnsweredInquiry(answered={self.benefits is not None})"


class AnsweredInquiries(Frozen):
    """What a job was answered so far, in the form in which it is kept. ``shape`` names the form of a reply."""

    shape: str
    replies: tuple[AnsweredInquiry, ...]

    @classmethod
    def of(cls, replies: Iterable[AnsweredInquiry]) -> Self:
        """``replies`` in today's form."""
        return cls(shape=shape_of_a_reply(), replies=tuple(replies))

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"AnsweredInquiries({len(self.replies)})"


def key_of(inquiry: Inquiry, procedures: Sequence[str] = ()) -> str:
    """The same for inquiries that ask one payer the same about the same person, and about the same ``procedures``.

    What a route calls the payer makes no difference.
    """
    asked = inquiry.model_dump_json(exclude={"payer_id", "payer_name"})
    return hashlib.sha256(" ".join((asked, *procedures)).encode()).hexdigest()


def is_answer(benefits: Benefits) -> bool:
    """Whether a reply answers its inquiry, so that nothing else is to be expected from asking again."""
    rejections = (*benefits.rejections, *benefits.rejections_below)
    if benefits.in_progress or benefits.acknowledgment is not None or benefits.truncated:
        return False
    if any(rejection.code not in ANSWERING_CODES for rejection in rejections):
        return False
    return bool(benefits.lines or rejections)


def read_again(reply: AnsweredInquiry) -> Benefits:
    """What the payer answered to the inquiry. Raises ``MemberRejected`` when that was that the details are wrong."""
    if reply.benefits is None:
        raise MemberRejected("answered_before", fields=reply.wrong_fields)
    return reply.benefits


@lru_cache(maxsize=1)
def shape_of_a_reply() -> str:
    """A digest of the fields of a reply: what another version of this program kept is asked again, never misread."""
    fields = TypeAdapter(tuple[AnsweredInquiry, ...]).json_schema()
    return hashlib.sha256(repr(fields).encode()).hexdigest()[:16]


def replies_of(kept: bytes) -> tuple[AnsweredInquiry, ...]:
    """The replies in ``kept``; none when they have another form."""
    try:
        found = AnsweredInquiries.model_validate_json(kept)
    except ValidationError:
        log.warning("gateway.kept_replies_unread")
        return ()
    return found.replies if found.shape == shape_of_a_reply() else ()
