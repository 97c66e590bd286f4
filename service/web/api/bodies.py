"""What callers send: the question, as a strict model."""

from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from contracts import (
    Condition,
    Confidential,
    Delivery,
    Member,
    Provider,
    Purpose,
    Question,
    Relationship,
    Subscriber,
    is_service_date_near,
)
from service.plugins.loading import Directory
from service.security.consent import Consent
from service.verification.question_fields import BirthDate, GroupNumber, MemberId, Name
from service.web.problems import FieldError, RequestRefused


def _take_whole_number(value: object) -> object:
    """Take 5.0 for 5: JSON has one kind of number, and JSON Schema calls both an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_take_whole_number)
"""Stands behind the bounds of every integer that callers send."""


CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a caller's clock may be ahead of ours."""


class RequestBody(Confidential):
    """The base of what callers send."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe no defaults: client generators take a field that has one for a field that must be sent."""
        described = super().__get_pydantic_json_schema__(schema, handler)
        for field in handler.resolve_ref_schema(described)["properties"].values():
            field.pop("default", None)
        return described


class _PersonBody(RequestBody):
    first_name: Name | None = None
    last_name: Name | None = None
    birth_date: BirthDate | None = None
    member_id: MemberId | None = None


class MemberBody(_PersonBody):
    """The patient. The payer's card says which fields it needs; see ``GET /v1/payers``."""

    group_number: GroupNumber | None = None


class SubscriberBody(_PersonBody):
    """The person who holds the insurance, when the patient is a dependent.

    ``relationship`` is ``other`` when absent.
    """

    relationship: Relationship = Relationship.OTHER


class ConsentBody(RequestBody):
    """What the member agreed to before their payer is asked (42 CFR Part 2).

    ``text_sha256`` is the SHA-256 of the text that was shown, in hexadecimal; ``version`` and ``language`` name it.
    """

    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
    given_at: AwareDatetime
    text_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


_PERSON: JsonDict = {"first_name": "LULU", "last_name": "WORDWELL", "birth_date": "1990-02-12"}
_EXAMPLE: JsonDict = {"payer": "aetna", "member": {**_PERSON, "member_id": "W900000101"}}


class VerificationBody(RequestBody):
    """One question: who the member is, and which payer to ask.

    ``payer`` is a card's id or one of its aliases. ``service_date`` is today in US Eastern when absent or null, and
    within three years of today; ``delivery`` is ``either``. ``conditions`` are those that are wanted, both when
    absent: no inquiry is paid for the other one, and its rows read what the replies happen to say. ``reference`` is
    the caller's own id, returned as given and never sent to a payer. ``retries`` is the id of an earlier
    verification of the same person that this one mends, for example after a mistyped birth date: the member's
    history shows both as one search. ``purpose`` decides which schedules ask again by themselves, and how long the
    answer is kept.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    payer: Annotated[str, Field(min_length=1, max_length=80)]
    member: MemberBody
    subscriber: SubscriberBody | None = None
    service_date: date | None = None
    delivery: Delivery = Delivery.EITHER
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=2)] = tuple(Condition)
    reference: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    retries: Annotated[str, Field(pattern="^ver_[A-Z2-7]{26}$")] | None = None
    purpose: Purpose = Purpose.PROSPECT
    consent: ConsentBody | None = None


def consent_in(body: VerificationBody, now: datetime) -> Consent | None:
    """Return the consent that ``body`` brings. Raises ``RequestRefused`` for one that is given later than ``now``."""
    if body.consent is None:
        return None
    if body.consent.given_at > now + CLOCKS_DIFFER:
        raise RequestRefused(422, "invalid_request", (FieldError(field="consent.given_at", code="in_the_future"),))
    return Consent(**dict(body.consent))


def question_of(body: VerificationBody, directory: Directory, provider: Provider, today: date) -> Question:
    """Return the question that ``body`` asks.

    Raises ``RequestRefused`` for an unknown payer, a birth date in the future, and a service date far from today.
    """
    payer = directory.resolve(body.payer)
    wrong: list[FieldError] = []
    if payer is None:
        wrong.append(FieldError(field="payer", code="unknown"))
    for name, person in (("birth_date", body.member), ("subscriber.birth_date", body.subscriber)):
        if person is not None and person.birth_date is not None and person.birth_date > today:
            wrong.append(FieldError(field=name, code="in_the_future"))
    if body.service_date is not None and not is_service_date_near(body.service_date, today):
        wrong.append(FieldError(field="service_date", code="far_from_today"))
    if payer is None or wrong:
        raise RequestRefused(422, "invalid_request", tuple(wrong))
    return Question(
        payer=payer,
        member=Member(**dict(body.member)),
        subscriber=None if body.subscriber is None else Subscriber(**dict(body.subscriber)),
        provider=provider,
        service_date=body.service_date or today,
        delivery=body.delivery,
        conditions=tuple(one for one in Condition if one in body.conditions),
        purpose=body.purpose,
        reference=body.reference,
    )
