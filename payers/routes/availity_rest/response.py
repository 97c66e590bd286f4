"""From a response of Availity to a reply: whether the coverage is done, and what ties it to the inquiry."""

from http import HTTPStatus
from typing import NamedTuple

from contracts import Benefits, Echo, NoReplyAtAll, Reply, ReplyUnreadable
from payers.routes.availity_rest import reply
from payers.routes.availity_rest.reply import Outline
from payers.routes.shared.http import Received
from payers.routes.shared.json_replies.tree import parse_json
from payers.routes.shared.offload import offload

MEDIA_TYPE = "application/json"
_REFUSED_FIELDS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})


class CoverageBody(NamedTuple):
    """The JSON of a response, as it was read: the members in it, and the id and state of each coverage."""

    people: tuple[Benefits, ...]
    outlines: tuple[Outline, ...]

    @property
    def outline(self) -> Outline | None:
        """The first coverage's id and state; None when the body holds none."""
        return self.outlines[0] if self.outlines else None

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is to come: an error, or a coverage that Availity is no longer working on."""
        return not any(benefits.in_progress for benefits in self.people)


def refuses_fields(received: Received) -> bool:
    """Whether the response is an error of Availity's that names what is wrong in the codes of an AAA."""
    if received.status not in _REFUSED_FIELDS:
        return False
    try:
        root = parse_json(received.body)
        return reply.fits(root) and any(benefits.rejections for benefits in reply.read(root))
    except NoReplyAtAll:
        return False


async def read_rejection(received: Received) -> Reply:
    """Return the reply of a response that rejects fields of the form."""
    return make_reply(received, await read_coverage(received))


async def read_coverage(received: Received) -> CoverageBody:
    """Return what a response holds. Raises ``ReplyUnreadable`` for anything but one coverage or one error."""
    return await offload(lambda: _read_coverages(received.body), len(received.body))


async def read_coverage_if_any(received: Received) -> CoverageBody | None:
    """Return what an acceptance holds, if it holds anything: its ``Location`` alone is enough."""
    try:
        return await read_coverage(received)
    except ReplyUnreadable:
        return None


def _read_coverages(body: bytes) -> CoverageBody:
    try:
        root = parse_json(body)
        if not reply.fits(root):
            raise ReplyUnreadable("no_coverage")
        outlines = reply.outlines(root)
        if len(outlines) > 1 or not reply.counts(root):
            raise ReplyUnreadable("count")
        return CoverageBody(reply.read(root), outlines)
    except NoReplyAtAll as error:
        raise ReplyUnreadable(str(error)) from None


def make_reply(received: Received, body: CoverageBody, polled: str | None = None) -> Reply:
    """Return the reply. The id that was polled ties it to the inquiry; without one, the member that it names does.

    A reply with neither is marked as one that must carry our trace. No coverage does, so the correlation check
    refuses it.
    """
    tied = polled is not None or all(_is_about_somebody(benefits) for benefits in body.people)
    return Reply(body.people, Echo(request_id=polled), received.body, MEDIA_TYPE, traced=not tied)


def make_foreign_reply(received: Received, body: CoverageBody, polled: str, found: str) -> Reply:
    """Return the reply of a coverage under another id than was polled, for the correlation check to set aside."""
    return make_reply(received, body)._replace(echo=Echo(request_id=polled, control_number=found))


def _is_about_somebody(benefits: Benefits) -> bool:
    """Whether a coverage names its member well enough to tell them from another; an error names nobody."""
    patient, holder = benefits.patient, benefits.subscriber
    if patient is None:
        return not benefits.lines
    member_id = patient.member_id or (holder.member_id if holder else "")
    return bool(patient.last_name and (patient.birth_date or member_id))
