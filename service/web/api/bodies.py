"""The body of a question: read with a bound, judged strictly, and never repeated in what is said about it."""

import asyncio
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import Request
from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from contracts import Deadline, Delivery, Frozen, Member, Provider, Question, Relationship, Subscriber, tidy
from service.plugins.loading import Directory
from service.verification.step_timeouts import share
from service.web.problems import FieldError, Refused

MOST_BYTES = 16 * 1024
"""Bytes of the longest body of one question."""

READ_SECONDS = 5.0
"""Seconds within which the whole body has to come, and never more than the caller waits."""

OLDEST = date(1880, 1, 1)
"""No member was born before this day."""

_IN_MEMBER = "member"


def _words(value: str) -> str:
    plain = tidy(value)
    if not plain:
        raise PydanticCustomError("blank", "blank")
    if any(unicodedata.category(letter).startswith("C") for letter in plain):
        raise PydanticCustomError("bad_value", "control characters")
    return plain


def _id(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9 ./_-]*[A-Za-z0-9])?", value):
        raise PydanticCustomError("bad_value", "not an id")
    return value


def _member_id(value: str) -> str:
    """An id of two signs or more: no payer has shorter ones, and no form of an inquiry takes them (NM109)."""
    if len(value.replace(" ", "")) < 2:
        raise PydanticCustomError("too_short", "too short")
    return value


def _born(value: date) -> date:
    if value < OLDEST:
        raise PydanticCustomError("bad_value", "too long ago")
    return value


Name = Annotated[str, Field(max_length=60), AfterValidator(_words)]
Id = Annotated[str, Field(max_length=80), AfterValidator(_words), AfterValidator(_id)]
MemberId = Annotated[Id, AfterValidator(_member_id)]
GroupNumber = Annotated[str, Field(max_length=50), AfterValidator(_words), AfterValidator(_id)]
Birth = Annotated[date, AfterValidator(_born)]


class MemberBody(Frozen):
    """The patient. The payer's card says which fields it needs; see ``GET /v1/payers``."""

    first_name: Name | None = None
    last_name: Name | None = None
    birth_date: Birth | None = None
    member_id: MemberId | None = None
    group_number: GroupNumber | None = None


class SubscriberBody(Frozen):
    """The person who holds the insurance, when the patient is a dependent."""

    first_name: Name | None = None
    last_name: Name | None = None
    birth_date: Birth | None = None
    member_id: MemberId | None = None
    relationship: Relationship = Relationship.OTHER


class VerificationBody(Frozen):
    """One question: who the member is, and which payer to ask.

    ``payer`` is a card's id or one of its aliases. ``service_date`` is today in US Eastern when null. ``reference`` is
    the caller's own id, returned as given and never sent to a payer.
    """

    payer: Annotated[str, Field(min_length=1, max_length=80)]
    member: MemberBody
    subscriber: SubscriberBody | None = None
    service_date: date | None = None
    delivery: Delivery = Delivery.EITHER
    reference: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    def __repr__(self) -> str:
        """Show nothing of the member."""
        return "VerificationBody(…)"

    def question(self, payer: str, provider: Provider, today: date) -> Question:
        """The question that this body asks of the payer with the id ``payer``."""
        subscriber = self.subscriber
        return Question(
            payer=payer,
            member=Member(**dict(self.member)),
            subscriber=None if subscriber is None else Subscriber(**dict(subscriber)),
            provider=provider,
            service_date=self.service_date or today,
            delivery=self.delivery,
            reference=self.reference,
        )


async def read_body(request: Request, deadline: Deadline) -> VerificationBody:
    """The question in the body of ``request``. Raises ``Refused``: 415, 413, 408, or 422 with the fields at fault."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != "application/json" or _other_charset(parameters):
        raise Refused(415, "unsupported_media_type")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused(415, "unsupported_media_type")
    try:
        async with asyncio.timeout(share(deadline, READ_SECONDS)):
            raw = await _read_bounded(request)
    except TimeoutError:
        raise Refused(408, "request_timeout") from None
    return parse_body(raw)


def parse_body(raw: bytes) -> VerificationBody:
    """The question in the JSON text ``raw``. Raises ``Refused`` with the fields at fault."""
    try:
        body = VerificationBody.model_validate_json(raw, strict=True)
    except ValidationError as wrong:
        errors = [_field_error(error) for error in wrong.errors(include_input=False, include_url=False)]
    else:
        errors = list(_find_repeated(json.loads(raw, object_pairs_hook=_Pairs)))
        if not errors:
            return body
    raise Refused(422, "invalid_request", tuple(dict.fromkeys(errors)))


class _Pairs(tuple[tuple[str, object], ...]):
    """A JSON object as it was written, every one of its names included."""

    __slots__ = ()


def _find_repeated(pairs: object, place: tuple[str, ...] = ()) -> Iterator[FieldError]:
    """The fields that were given twice, in a body whose every name is one of ours."""
    if not isinstance(pairs, _Pairs):
        return
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            yield FieldError(field=_field_path((*place, name)), code="repeated")
        seen.add(name)
        yield from _find_repeated(value, (*place, name))


def question_of(body: VerificationBody, directory: Directory, provider: Provider, today: date) -> Question:
    """The question that ``body`` asks.

    Raises ``Refused`` for a payer that nobody goes by and for a birth date that has not come yet.
    """
    payer = directory.resolve(body.payer)
    wrong: list[FieldError] = []
    if payer is None:
        wrong.append(FieldError(field="payer", code="unknown"))
    for name, person in (("birth_date", body.member), ("subscriber.birth_date", body.subscriber)):
        if person is not None and person.birth_date is not None and person.birth_date > today:
            wrong.append(FieldError(field=name, code="in_the_future"))
    if payer is None or wrong:
        raise Refused(422, "invalid_request", tuple(wrong))
    return body.question(payer, provider, today)


async def _read_bounded(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > MOST_BYTES:
        raise Refused(413, "body_too_large")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise Refused(413, "body_too_large")
    return bytes(raw)


def _other_charset(parameters: str) -> bool:
    for parameter in parameters.lower().split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('" ') not in {"utf-8", "utf8"}:
            return True
    return False


def _field_error(error: ErrorDetails) -> FieldError:
    """Which field, by its plain name, and a code; of an unknown one, whose name may be a value, where it stands."""
    place = tuple(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        place = place[:-1]
    return FieldError(field=_field_path(place), code=_CODES.get(error["type"], "bad_value"))


def _field_path(place: tuple[str, ...]) -> str:
    if len(place) > 1 and place[0] == _IN_MEMBER:
        place = place[1:]
    return ".".join(place) or "body"


_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "json_invalid": "malformed_json",
    "json_type": "malformed_json",
    "string_too_long": "too_long",
    "string_too_short": "blank",
    "too_short": "too_short",
    "blank": "blank",
    "string_type": "wrong_type",
    "date_type": "wrong_type",
    "model_type": "wrong_type",
    "date_parsing": "not_a_date",
    "date_from_datetime_parsing": "not_a_date",
    "date_from_datetime_inexact": "not_a_date",
    "enum": "not_one_of",
}
