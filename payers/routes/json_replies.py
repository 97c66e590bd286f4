"""What the routes to JSON gateways share: a body out, a reply of one form in, the raw reply inside it in agreement.

A business rejection comes inside HTTP 200 or inside a 400, so the body of either is read before its status is judged; a
5xx is a gateway's own trouble whatever stands in it, since outages are known to look like an unknown member.
Source: ``PROTOCOLS.md`` 4.3.3, 4.4.2; ``RELIABILITY.md`` D2.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Protocol

from contracts import (
    Benefits,
    Echo,
    NoReplyAtAll,
    PayerRefused,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    Responsible,
    plain_id,
    plain_name,
)
from payers.routes.http import Received, refuse_status
from payers.routes.offload import offload
from payers.routes.replies import gateway
from payers.routes.replies.raw_inside import better, is_whole, raw_reply, speaks
from payers.routes.replies.tree import Node, grow

MEDIA_TYPE = "application/json"
HEADERS = {"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE}

_MAY_SPEAK = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})

Read = Callable[[Node], Reply]


class JsonForm(Protocol):
    """A form of reply: how it is known, and what its JSON says without the raw reply inside."""

    def fits(self, root: Node) -> bool:
        """Whether ``root`` is of this form."""
        ...

    def read_json(self, root: Node) -> Benefits:
        """What its JSON alone says."""
        ...


def body_of(inquiry: Mapping[str, object]) -> bytes:
    """The bytes of a request, without the fields that hold nothing."""
    return json.dumps(_drop_empty(inquiry), separators=(",", ":")).encode("ascii")


def _drop_empty(value: Mapping[str, object]) -> dict[str, object]:
    found = {key: _drop_empty(one) if isinstance(one, Mapping) else one for key, one in value.items()}
    return {key: one for key, one in found.items() if one not in ("", None, {}, [])}


async def reply_of(received: Received, read: Read) -> Reply:
    """The reply in ``received``, read by ``read``.

    Raises ``ReplyUnreadable`` for no JSON and for JSON that says nothing, else what the status means.
    """
    if received.status // 100 != HTTPStatus.OK // 100 and received.status not in _MAY_SPEAK:
        refuse_status(received)
    return await offload(lambda: _read(received, read), len(received.body))


def _read(received: Received, read: Read) -> Reply:
    refused = received.status in _MAY_SPEAK
    try:
        root = grow(received.body)
        reply = read(root)
    except (NoReplyAtAll, ReplyUnreadable) as error:
        if refused:
            refuse_status(received)
        raise ReplyUnreadable(str(error)) from None
    if refused and not _rejects(reply.people):
        raise PayerRefused(
            f"http_{received.status}",
            responsible=Responsible.PROVIDER if gateway.about_provider(root) else Responsible.SERVICE,
        )
    if not speaks(reply.people):
        raise ReplyUnreadable("says_nothing")
    return reply


def _rejects(people: tuple[Benefits, ...]) -> bool:
    return any(one.lines or one.rejections for one in people)


def open_reply(root: Node, forms: Sequence[JsonForm]) -> tuple[tuple[Benefits, ...], Echo]:
    """What a reply of the first of ``forms`` that fits says, and what was broken in the raw reply inside.

    Raises ``NoReplyAtAll`` when none fits, ``ReplyMismatched`` when the raw reply is about somebody else.
    """
    form = next((form for form in forms if form.fits(root)), None)
    if form is None:
        raise NoReplyAtAll("no_reply")
    told, inside = form.read_json(root), raw_reply(root)
    if inside is None:
        return (told,), Echo()
    if is_whole(inside) and not _agree(told, inside.people):
        raise ReplyMismatched("x12")
    people = better(root, (told,), inside)
    # Of the raw envelope only what was broken on the way matters: its numbers are the gateway's own.
    return tuple(map(_drop_number, people)), Echo(
        inside.echo.interchanges, inside.echo.transactions, inside.echo.faults
    )


def _drop_number(benefits: Benefits) -> Benefits:
    """An acknowledgment without the number that it answers, which the gateway gave out."""
    said = benefits.acknowledgment
    return benefits if said is None else benefits._replace(acknowledgment=said._replace(answers=""))


def names_somebody(people: tuple[Benefits, ...]) -> bool:
    """Whether a reply says whom it is about."""
    return any(any(_who(one)) for one in people)


def _agree(told: Benefits, people: tuple[Benefits, ...]) -> bool:
    """Whether the JSON and the raw reply beside it name the same member, as far as both name one."""
    mine = _who(told)
    return any(
        all(not one or not other or one == other for one, other in zip(mine, _who(person), strict=True))
        for person in people
    )


def _who(benefits: Benefits) -> tuple[str, str, str]:
    one = benefits.patient
    if one is None:
        return "", "", ""
    return plain_name(one.last_name), one.birth_date, plain_id(one.member_id)
