"""A payer as data: what it is called, how it is reached, what it needs, what it answers, who runs its benefit.

A fact from outside carries its source: the key of the shared domain document, or its confidence mark.
"""

from contracts.authorization import AuthorizationRule
from contracts.question import Question
from contracts.vocabulary import Condition, Frozen, Program, Repair, Several


class RouteEntry(Frozen):
    """One route to a payer, and what the payer is called on it (ids differ by route and by transaction).

    ``pace`` is how many inquiries a second the route lets a customer send, where a limit is known: Availity takes 100
    calls a second, and an inquiry is two of them or more (``RELIABILITY.md`` 1.4).
    """

    route: str
    payer_id: str
    payer_name: str | None = None
    pace: float | None = None
    source: str


class MemberIdHint(Frozen):
    """What this payer's member ids usually look like. A hint warns; it never refuses.

    ``pattern`` is matched in full against the id in upper case without spaces. ``separators`` are signs that people
    write between the parts of an id: an id that fits the pattern without them is asked about without them. ``example``
    is imaginary.
    """

    pattern: str
    separators: str = "-./_"
    words: str
    example: str
    source: str


class BehavioralAdministrator(Frozen):
    """A company that may run this payer's behavioral benefit. ``payer`` is its card's id, if it has one."""

    name: str
    aliases: tuple[str, ...] = ()
    payer: str | None = None
    covers: tuple[Condition, ...] = tuple(Condition)
    note: str = ""
    source: str


class BillingCodes(Frozen):
    """The codes under which this payer wants a program billed for a condition, where they are known."""

    program: Program
    condition: Condition
    procedures: tuple[str, ...] = ()
    revenue_codes: tuple[str, ...] = ()
    source: str


class InquiryPlan(Frozen):
    """Which service types to ask a payer, and when.

    ``first`` are asked always, and ``beside`` at the same time, because a reply to the first ones probably leaves open
    what they tell. ``then`` are asked only for what those replies left open. ``several`` says whether one inquiry may
    carry all of them: with ``unknown`` they go together until a reply shows that the payer does not answer that, and
    what such a reply left open is asked alone. A type of a condition that nobody wants is left out. ``source`` names
    where each type and ``several`` come from.
    """

    first: tuple[str, ...] = ("MH",)
    beside: tuple[str, ...] = ()
    then: tuple[str, ...] = ("30",)
    several: Several = Several.NO
    source: str

    @property
    def service_types(self) -> tuple[str, ...]:
        """All of them once, in the order of the plan."""
        return tuple(dict.fromkeys((*self.first, *self.beside, *self.then)))


class Echoes(Frozen):
    """What this payer repeats of an inquiry; the correlation check requires what stands true here.

    All of it is the rule: what a payer found the member by must come back. Source: ``REFERENCE.md`` 2
    (R 1293).
    """

    trace: bool = True
    member_id: bool = True
    birth_date: bool = True


class Window(Frozen):
    """An announced outage of every week. ``weekday`` 0 is Monday; times are ``HH:MM``, US Eastern."""

    weekday: int
    begins: str
    ends: str
    source: str


class Card(Frozen):
    """A payer as data.

    ``known_as`` are names that people use for it, as a form shows them beside ``name`` to choose by.
    ``authorization_routes`` are asked about authorization alone where the replies over ``routes`` leave it open.
    ``needs`` are groups: of each group at least one field must be given. ``reply_ids`` are ids under which the payer
    names itself in replies, beside those of its routes. ``own_arms`` are names of units of the payer that run the
    behavioral benefit without its being delegated. ``member_id_suffix`` is the number of trailing digits of a member
    id that name the person and may be dropped, ``holder_suffix`` those of the person who holds the plan. ``repairs``
    are what is tried, in this order and two at most, when the payer says that the member's details are wrong. ``pace``
    is how many inquiries a second the payer is sent at most, beside a burst as large as one question, unless one of its
    routes lets fewer through; ``usual_seconds`` how long it usually takes to answer.
    """

    id: str
    name: str
    legal_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()
    routes: tuple[RouteEntry, ...]
    reply_ids: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = (("member_id",), ("last_name",), ("first_name",), ("birth_date",))
    member_id: MemberIdHint | None = None
    member_id_suffix: int = 0
    holder_suffix: str | None = None
    repairs: tuple[Repair, ...] = (
        Repair.WITHOUT_SUFFIX,
        Repair.WITH_SUFFIX,
        Repair.PLAIN_NAME,
        Repair.AS_SUBSCRIBER,
        Repair.AS_DEPENDENT,
        Repair.OTHER_NPI,
    )
    usual_seconds: float = 2.4
    pace: float = 500.0
    own_arms: tuple[str, ...] = ()
    administrators: tuple[BehavioralAdministrator, ...] = ()
    billing_codes: tuple[BillingCodes, ...] = ()
    authorization_rules: tuple[AuthorizationRule, ...] = ()
    authorization_routes: tuple[RouteEntry, ...] = ()
    plan: InquiryPlan
    echoes: Echoes = Echoes()
    outages: tuple[Window, ...] = ()
    phone: str | None = None
    sources: tuple[str, ...] = ()

    def on(self, route: str) -> RouteEntry | None:
        """Return what the payer is called on ``route``; None when the card names no such route."""
        entries = (*self.routes, *self.authorization_routes)
        return next((entry for entry in entries if entry.route == route), None)

    def __hash__(self) -> int:
        """By its id alone: what follows from a card is remembered by the card, and asked for in every question."""
        return hash(self.id)

    def missing(self, question: Question) -> tuple[str, ...]:
        """Return the fields that this payer needs and ``question`` lacks, first of each group; empty when none.

        The subscriber's member id stands in for a dependent's own.
        """
        member, holder = question.member, question.subscriber

        def is_given(name: str) -> bool:
            return bool(getattr(member, name)) or (
                name == "member_id" and holder is not None and bool(holder.member_id)
            )

        return tuple(group[0] for group in self.needs if not any(map(is_given, group)))
