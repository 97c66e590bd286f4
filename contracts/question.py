"""What we ask: the question of a caller, and the inquiry (the neutral 270) that a route carries.

All the member data there is stands in ``Member`` and ``Subscriber``; their ``repr`` shows none of it.
"""

from datetime import date, timedelta

from contracts.vocabulary import Condition, Confidential, Delivery, Frozen, Purpose, Relationship, Repair

FURTHEST_SERVICE_DATE = timedelta(days=3 * 366)
"""How far from today care may begin: a year such as 0026 or 9999 was mistyped, and asking about it costs an inquiry.

Payers look less far (AAA03 62, ``REFERENCE.md`` 7: at least 12 months back); what they refuse themselves, they say.
"""


def is_service_date_near(service_date: date, today: date) -> bool:
    """Return whether a question may be about ``service_date``."""
    return abs(service_date - today) <= FURTHEST_SERVICE_DATE


class _Person(Confidential):
    """What is known of a person. Any field may be unknown to the caller."""

    first_name: str | None = None
    last_name: str | None = None
    birth_date: date | None = None
    member_id: str | None = None


class Member(_Person):
    """The patient. Any field may be unknown to the caller; the card says which ones its payer needs."""

    group_number: str | None = None


class Subscriber(_Person):
    """The person who holds the insurance, when the patient is a dependent.

    ``relationship`` is the patient's to the subscriber.
    """

    relationship: Relationship = Relationship.OTHER


class Provider(Frozen):
    """Who asks: the provider's NPI (ten digits), its name, and its tax id (nine digits) where a route wants it.

    ``other_npi`` is the individual's beside the group's, or the reverse: some payers know a provider by one of them.
    """

    npi: str
    name: str
    tax_id: str | None = None
    other_npi: str | None = None


class Question(Frozen):
    """One question of one caller about one member at one payer.

    ``payer`` is a card's id. ``conditions`` are those that are wanted: no inquiry is paid for another one, whose rows
    of the answer read what the replies happen to say. ``purpose`` and
    ``reference`` are the caller's own and are never sent to a payer.
    """

    payer: str
    member: Member
    subscriber: Subscriber | None = None
    provider: Provider
    service_date: date
    delivery: Delivery = Delivery.EITHER
    conditions: tuple[Condition, ...] = tuple(Condition)
    purpose: Purpose = Purpose.PROSPECT
    reference: str | None = None


class Inquiry(Frozen):
    """The neutral 270: one payer, one member, the service types of one exchange.

    ``payer`` is the card's id. ``payer_id`` and ``payer_name`` are what the route knows the payer by; the gateway fills
    them from the card for each route that it tries. ``repair`` tells how the member's details were put differently from
    the question; None when they are as asked.
    """

    payer: str
    payer_id: str = ""
    payer_name: str = ""
    member: Member
    subscriber: Subscriber | None = None
    provider: Provider
    service_date: date
    service_types: tuple[str, ...]
    repair: Repair | None = None
