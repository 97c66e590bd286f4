"""An exchange with a JSON gateway: the body that goes out, the reply that comes back, the raw 271 inside it.

A business rejection comes inside HTTP 200 or inside a 400, so the body of either is read before its status is judged; a
5xx is the gateway's own failure whatever it holds, since outages are known to look like an unknown member.
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
from payers.routes.shared.http import Received, refuse_status
from payers.routes.shared.json_replies import gateway_errors
from payers.routes.shared.json_replies.raw_271 import has_content, is_whole, prefer_raw, raw_reply
from payers.routes.shared.json_replies.tree import Node, parse_json
from payers.routes.shared.offload import offload

MEDIA_TYPE = "application/json"
HEADERS = {"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE}

_MAY_SPEAK = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})

Read = Callable[[Node], Reply]


class JsonForm(Protocol):
    """A form of reply: how to recognise it, and what its JSON says without the raw reply inside."""

    def fits(self, root: Node) -> bool:
        """Whether ``root`` is of this form."""
        ...

    def read_json(self, root: Node) -> Benefits:
        """Return what the JSON alone says."""
        ...


def write_json(document: Mapping[str, object]) -> bytes:
    """Return the bytes of a request, without the fields that hold nothing."""
    return json.dumps(_drop_empty(document), separators=(",", ":")).encode("ascii")


def _drop_empty(value: object) -> object:
    if isinstance(value, list):
        return [_drop_empty(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: _drop_empty(one) for key, one in value.items()}
    return {key: one for key, one in found.items() if one not in ("", None, {}, [])}


async def read_response(received: Received, read: Read) -> Reply:
    """Return the reply in ``received``, as ``read`` reads it.

    Raises ``ReplyUnreadable`` for no JSON and for JSON that says nothing, else what the status means.
    """
    if received.status // 100 != HTTPStatus.OK // 100 and received.status not in _MAY_SPEAK:
        refuse_status(received)
    return await offload(lambda: _read(received, read), len(received.body))


def _read(received: Received, read: Read) -> Reply:
    refused = received.status in _MAY_SPEAK
    try:
        root = parse_json(received.body)
        reply = read(root)
    except (NoReplyAtAll, ReplyUnreadable) as error:
        if refused:
            refuse_status(received)
        raise ReplyUnreadable(str(error)) from None
    if refused and not _rejects(reply.people):
        raise PayerRefused(
            f"http_{received.status}",
            responsible=Responsible.PROVIDER if gateway_errors.is_about_provider(root) else Responsible.SERVICE,
        )
    if not has_content(reply.people):
        raise ReplyUnreadable("says_nothing")
    return reply


def _rejects(people: tuple[Benefits, ...]) -> bool:
    return any(one.lines or one.rejections for one in people)


def read_first_form(root: Node, forms: Sequence[JsonForm]) -> tuple[tuple[Benefits, ...], Echo]:
    """Return what a reply says, read as the first of ``forms`` that fits, and what was broken in the raw reply inside.

    Raises ``NoReplyAtAll`` when none fits, ``ReplyMismatched`` when the raw reply is about somebody else.
    """
    form = next((form for form in forms if form.fits(root)), None)
    if form is None:
        raise NoReplyAtAll("no_reply")
    benefits, inside = form.read_json(root), raw_reply(root)
    if inside is None:
        return (benefits,), Echo()
    if is_whole(inside) and not _agree(benefits, inside.people):
        raise ReplyMismatched("x12")
    people = prefer_raw(root, (benefits,), inside)
    # Of the raw envelope only its faults matter: its numbers are the gateway's own.
    return tuple(map(_drop_number, people)), Echo(
        inside.echo.interchanges, inside.echo.transactions, inside.echo.faults
    )


def _drop_number(benefits: Benefits) -> Benefits:
    """Return the same without the number that an acknowledgment answers: the gateway chose that number."""
    acknowledgment = benefits.acknowledgment
    if acknowledgment is None:
        return benefits
    return benefits._replace(acknowledgment=acknowledgment._replace(answers=""))


def names_member(people: tuple[Benefits, ...]) -> bool:
    """Whether a reply says whom it is about."""
    return any(any(_identity(one)) for one in people)


def _agree(benefits: Benefits, people: tuple[Benefits, ...]) -> bool:
    """Whether the JSON and the raw reply beside it name the same member, as far as both name one."""
    mine = _identity(benefits)
    return any(
        all(not one or not other or one == other for one, other in zip(mine, _identity(person), strict=True))
        for person in people
    )


def _identity(benefits: Benefits) -> tuple[str, str, str]:
    one = benefits.patient
    if one is None:
        return "", "", ""
    return plain_name(one.last_name), one.birth_date, plain_id(one.member_id)
