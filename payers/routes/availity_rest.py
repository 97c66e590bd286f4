"""Availity Coverages v1: a form goes out, and a coverage comes back at once or is polled until it is done.

The form is sent once. What follows asks for the coverage that it made, by its id alone, so a gateway that falters in
between costs a poll and not a second inquiry. Source: ``PROTOCOLS.md`` 4.2; ``RELIABILITY.md`` 4, 5.3.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from itertools import chain, repeat
from time import monotonic
from typing import NamedTuple

import httpx

from contracts import (
    AttemptNumbers,
    Benefits,
    Deadline,
    Echo,
    Inquiry,
    MemberRejected,
    NoReplyAtAll,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    Relationship,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    Responsible,
    Route,
    RouteSettings,
    basic,
)
from payers.routes.http import HttpRoom, Received, refuse_status
from payers.routes.offload import offload
from payers.routes.probing import ProbedRoute
from payers.routes.replies import availity
from payers.routes.replies.availity import Outline
from payers.routes.replies.tree import grow
from payers.routes.tokens import Tokens

NAME = "availity_rest"
ATTEMPT_CAP = 120.0
"""Seconds that one inquiry is polled for. Source: ``RELIABILITY.md`` 8.1."""

POLLS = (1.0, 2.0, 5.0, 10.0)
"""Seconds before each poll; the last is repeated. Source: ``PROTOCOLS.md`` 4.2.3 [S11]."""

POLL_SECONDS = 20.0
"""What one poll may take, so that a hung one is followed by another."""

SCOPE = "healthcare-hipaa-transactions healthcare-hipaa-transactions-standard"
"""When the settings name none. The scope alone tells Availity's environments apart."""

MOCK_HEADER = "x-api-mock-response"
MEDIA_TYPE = "application/json"

_RELATIONSHIPS = {Relationship.SPOUSE: "01", Relationship.CHILD: "19", Relationship.OTHER: "34"}
_SELF = "18"
_REFUSED_FIELDS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MEMBER_ID = re.compile(r"[A-Z0-9-]{2,80}")
_GROUP = re.compile(r"[A-Z0-9./_-]{1,50}")
_DROPPED = re.compile(r"['.`]")
_APART = re.compile(r"[^A-Za-z0-9-]+")
_LONGEST_NAME = 60

Sleep = Callable[[float], Awaitable[None]]
Form = Mapping[str, str | list[str]]


class CoverageBody(NamedTuple):
    """A response's JSON, read: who stands in it, and each coverage's id and state."""

    people: tuple[Benefits, ...]
    outlines: tuple[Outline, ...]

    @property
    def outline(self) -> Outline | None:
        """The first coverage's id and state; None when the body holds none."""
        return self.outlines[0] if self.outlines else None

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is to come: an error, or a coverage that is no longer worked on."""
        return not any(benefits.in_progress for benefits in self.people)


class _Asked(NamedTuple):
    """The coverage that our form made: where it is polled, and its id."""

    url: httpx.URL
    id: str


class AvailityRest(ProbedRoute):
    """The route; a token is shared by its exchanges, and nothing else is."""

    name = NAME
    provider_fields = frozenset({"npi", "name"})
    imaginary_settings = frozenset[str]()

    def __init__(
        self, settings: RouteSettings, *, sleep: Sleep = asyncio.sleep, clock: Callable[[], float] = monotonic
    ) -> None:
        """Take the settings. Raises ``ValueError``, naming the setting, when one is missing or unsafe."""
        self._room = HttpRoom.of(settings)
        self._tokens = Tokens(settings, default_scope=SCOPE)
        self._demo = is_demo(settings.scope or SCOPE)
        self._sleep = sleep
        self._clock = clock
        self.attempt_cap = settings.attempt_cap or ATTEMPT_CAP

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """Send the form, and ask for its coverage until it is done or the seconds are used up.

        Raises a leaf of the error tree; ``PayerUnreachable`` only when nothing was sent.
        """
        del numbers  # The form has no word for a number of ours: the coverage's id is what ties a reply to it.
        form = form_of(inquiry)
        deadline = Deadline(seconds, self._clock)
        received = await self._send("POST", deadline.seconds_left(), data=form)
        if _refuses_fields(received):
            return await _reply(received)
        refuse_status(received)
        if received.status != HTTPStatus.ACCEPTED:
            said = await _read(received)
            if said.is_complete and not (said.outline and said.outline.summary):
                return _make_reply(received, said)
            asked = self._poll_target(received, said)
            if said.is_complete:
                return await self._fetch_whole(asked, received, said, deadline)
            return await self._poll_until_done(asked, deadline)
        return await self._poll_until_done(self._poll_target(received, await _read_if_any(received)), deadline)

    async def _send(
        self, method: str, seconds: float, *, url: httpx.URL | None = None, data: Form | None = None
    ) -> Received:
        received = await self._room.send(
            method, seconds=seconds, url=url, data=data, headers={"Accept": MEDIA_TYPE}, auth=self._tokens
        )
        mocked = received.headers.get(MOCK_HEADER, "false").strip().lower() != "false"
        if mocked and not self._demo:
            raise PayerRefused("mock_reply")
        if self._demo and not mocked and received.status // 100 == 2:
            # The scope chooses the environment, and this one was not ours to choose: a member's data may be elsewhere.
            raise PayerRefused("no_mock_header")
        return received

    def _poll_target(self, received: Received, said: CoverageBody | None) -> _Asked:
        """Where to poll: the ``Location``, which must lead to a coverage of this route, else the id that came."""
        named = said.outline.id if said and said.outline else ""
        location = received.headers.get("location", "").strip()
        if not location:
            if not _ID.fullmatch(named):
                raise ReplyUnreadable("no_location")
            return _Asked(self._room.url.copy_with(raw_path=self._below(named)), named)
        try:
            url = self._room.url.join(location)
        except (httpx.InvalidURL, ValueError, TypeError):
            raise PayerRefused("location_elsewhere") from None
        id_ = url.raw_path.rpartition(b"/")[2].decode("ascii")
        if not self._is_ours(url, id_):
            raise PayerRefused("location_elsewhere")
        if named and named != id_:
            raise ReplyMismatched("location")
        return _Asked(url, id_)

    def _below(self, id_: str) -> bytes:
        """The path of a coverage: directly below that of the form."""
        return self._room.url.raw_path.partition(b"?")[0].rstrip(b"/") + b"/" + id_.encode("ascii")

    def _is_ours(self, url: httpx.URL, id_: str) -> bool:
        """Whether ``url`` is that of a coverage at our own origin; our token and the member's data go nowhere else."""
        ours = self._room.url
        same_origin = (url.scheme, url.host, url.port) == (ours.scheme, ours.host, ours.port) and not url.userinfo
        return same_origin and _ID.fullmatch(id_) is not None and url.raw_path == self._below(id_)

    async def _poll_until_done(self, asked: _Asked, deadline: Deadline) -> Reply:
        failure: PayerSilent | ReplyUnreadable | PayerBusy | None = None
        for nap in chain(POLLS, repeat(POLLS[-1])):
            if deadline.seconds_left() <= nap:
                break
            await self._sleep(nap)
            failure = None
            try:
                reply = await self._poll(asked, deadline.slice(POLL_SECONDS))
            except (PayerSilent, ReplyUnreadable, PayerBusy) as error:
                if _names_a_time(error):
                    raise
                failure = error
                continue
            if reply is not None:
                return reply
        # The payer is slow about this member alone and names no time: one would close the way to everybody else.
        raise failure or PayerBusy("still_working")

    async def _poll(self, asked: _Asked, seconds: float) -> Reply | None:
        """The reply when the coverage is done; None while it is not.

        Raises ``PayerSilent`` and ``ReplyUnreadable`` for a poll that failed and may be made again, and ``PayerBusy``
        for one that may be made again unless it names a time.
        """
        try:
            received = await self._send("GET", seconds, url=asked.url)
        except PayerUnreachable as error:
            # This poll did not leave us, but the inquiry did.
            raise (PayerRefused if error.responsible is Responsible.SERVICE else PayerSilent)(
                f"poll:{error.detail}"
            ) from None
        if _refuses_fields(received):
            return await _reply(received)
        if received.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise PayerSilent(f"poll:http_{received.status}")
        refuse_status(received)
        if received.status == HTTPStatus.ACCEPTED:
            return None
        said = await _read(received)
        came = said.outline.id if said.outline else ""
        if came not in {"", asked.id}:
            return _foreign(received, said, asked.id, came)
        return _make_reply(received, said, asked.id) if said.is_complete else None

    async def _fetch_whole(self, asked: _Asked, received: Received, said: CoverageBody, deadline: Deadline) -> Reply:
        """The whole of a coverage that came as a summary; the summary when Availity no longer keeps the whole."""
        try:
            return await self._poll(asked, deadline.slice(POLL_SECONDS)) or await self._poll_until_done(asked, deadline)
        except PayerSilent as error:
            if error.detail == f"poll:http_{HTTPStatus.NOT_FOUND}":
                return _make_reply(received, said)
            return await self._poll_until_done(asked, deadline)
        except (ReplyUnreadable, PayerBusy) as error:
            if _names_a_time(error):
                raise
            return await self._poll_until_done(asked, deadline)


def _names_a_time(error: PayerError) -> bool:
    """Whether a poll was turned away until a time, which holds for everybody and not for this coverage alone.

    Without one the coverage is still being worked on, and giving it up would send its form a second time. Source:
    ``PROTOCOLS.md`` 6: 429, 502, 503 and 504 are polled again.
    """
    return isinstance(error, PayerBusy) and error.retry_at is not None


def is_demo(scope: str) -> bool:
    """Whether a scope is of Availity's demo plan, which answers with mock replies."""
    return any(word.endswith("-demo") for word in scope.lower().split())


def form_of(inquiry: Inquiry) -> Form:
    """The form of an inquiry; a dependent is the patient, under the subscriber's member id.

    Raises ``MemberRejected`` or ``PayerRefused``, naming the field and never its value; nothing was sent then.
    """
    member, holder = inquiry.member, inquiry.subscriber
    held = holder.member_id if holder else None
    id_field = "subscriber.member_id" if held else "member_id"
    fields: dict[str, str | list[str]] = {
        "payerId": inquiry.payer_id,
        "providerLastName": _name(inquiry.provider.name, "provider"),
        "providerNpi": inquiry.provider.npi,
        "providerTaxId": inquiry.provider.tax_id or "",
        "memberId": _id(held or member.member_id or "", id_field, _MEMBER_ID),
        "groupNumber": _id(member.group_number or "", "group_number", _GROUP),
        "patientLastName": _name(member.last_name or "", "last_name"),
        "patientFirstName": _name(member.first_name or "", "first_name"),
        "patientBirthDate": member.birth_date.isoformat() if member.birth_date else "",
        "subscriberRelationship": _SELF if holder is None else _RELATIONSHIPS[holder.relationship],
        "asOfDate": inquiry.service_date.isoformat(),
        "serviceType": list(inquiry.service_types),
    }
    return {field: value for field, value in fields.items() if value}


def _name(value: str, field: str) -> str:
    """``value`` without the signs that Availity's allow-list turns away ("inbound injection")."""
    letters = basic(value).strip()
    plain = _APART.sub(" ", _DROPPED.sub("", letters)).strip().upper()
    if not letters.isascii() or (value and not plain) or len(plain) > _LONGEST_NAME:
        raise _unwritable(field)
    return plain


def _id(value: str, field: str, form: re.Pattern[str]) -> str:
    """An id as it is written, without spaces. It is refused and never mended: another id is another member's."""
    plain = "".join(value.split()).upper()
    if plain and not form.fullmatch(plain):
        raise _unwritable(field)
    return plain


def _unwritable(field: str) -> MemberRejected | PayerRefused:
    refused: MemberRejected | PayerRefused
    if field == "provider":
        refused = PayerRefused(f"unwritable:{field}")
    else:
        refused = MemberRejected(f"unwritable:{field}", fields=(field,))
    refused.sent = False
    return refused


def _refuses_fields(received: Received) -> bool:
    """Whether an error of Availity's names what is wrong in the codes of an AAA."""
    if received.status not in _REFUSED_FIELDS:
        return False
    try:
        root = grow(received.body)
        return availity.fits(root) and any(benefits.rejections for benefits in availity.read(root))
    except NoReplyAtAll:
        return False


async def _reply(received: Received) -> Reply:
    return _make_reply(received, await _read(received))


async def _read(received: Received) -> CoverageBody:
    """Raises ``ReplyUnreadable`` for anything but one coverage or an error of Availity's."""
    return await offload(lambda: _read_coverages(received.body), len(received.body))


async def _read_if_any(received: Received) -> CoverageBody | None:
    """What stands in an acceptance; it counts for nothing beside its ``Location``."""
    try:
        return await _read(received)
    except ReplyUnreadable:
        return None


def _read_coverages(body: bytes) -> CoverageBody:
    try:
        root = grow(body)
        if not availity.fits(root):
            raise ReplyUnreadable("no_coverage")
        outlines = availity.outlines(root)
        if len(outlines) > 1 or not availity.counts(root):
            raise ReplyUnreadable("count")
        return CoverageBody(availity.read(root), outlines)
    except NoReplyAtAll as error:
        raise ReplyUnreadable(str(error)) from None


def _make_reply(received: Received, said: CoverageBody, polled: str | None = None) -> Reply:
    """The reply. What ties it to the inquiry is the id that was polled; without one, the member that it names.

    One that has neither is said to need a trace, which no coverage carries: the gate refuses it.
    """
    tied = polled is not None or all(_is_about_somebody(benefits) for benefits in said.people)
    return Reply(said.people, Echo(request_id=polled), received.body, MEDIA_TYPE, traced=not tied)


def _foreign(received: Received, said: CoverageBody, polled: str, came: str) -> Reply:
    """A coverage under another id than was polled: it goes on as a number of nobody's, for the gate to quarantine."""
    return _make_reply(received, said)._replace(echo=Echo(request_id=polled, control_number=came))


def _is_about_somebody(benefits: Benefits) -> bool:
    """Whether a coverage names its member so that the gate can tell them from another; an error names nobody."""
    patient, holder = benefits.patient, benefits.subscriber
    if patient is None:
        return not benefits.lines
    member_id = patient.member_id or (holder.member_id if holder else "")
    return bool(patient.last_name and (patient.birth_date or member_id))


def open_route(settings: RouteSettings) -> Route:
    """The route with its settings; nothing is sent. Raises ``ValueError``, naming the setting."""
    return AvailityRest(settings)
