"""What a clause says: its topic, its polarity, what it names, its attached conditions. Source: [T8], [T10]."""

from datetime import date
from decimal import Decimal
from enum import StrEnum, auto
from typing import NamedTuple

from contracts import Condition, CostRule, Figure, LimitPeriod, LimitUnit, Program, Side


class Topic(StrEnum):
    """What a record is about."""

    COVERAGE = auto()
    AUTHORIZATION = auto()
    COST = auto()
    LIMIT = auto()
    CONTACT = auto()
    STATUS = auto()
    EXHAUSTED = auto()
    OTHER = auto()
    LABEL = auto()


class Names(NamedTuple):
    """What the words of a subject name.

    ``programs``: as a service. ``services``: another service. ``parts``: a part of a program's day. ``office``,
    ``telehealth``, ``own``: the setting; ``own`` is the programs' own or in person. ``conditions``: mental health,
    substance use. ``behavioral``: a behavioral word. ``plan``: the plan, the policy or the member. ``provider``: the
    provider, its contract or its network.
    """

    programs: frozenset[Program] = frozenset()
    services: bool = False
    parts: bool = False
    office: bool = False
    telehealth: bool = False
    own: bool = False
    conditions: frozenset[Condition] = frozenset()
    behavioral: bool = False
    plan: bool = False
    provider: bool = False

    @property
    def is_service(self) -> bool:
        """Whether a program, another service or a part is named."""
        return bool(self.programs) or self.services or self.parts

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named that could be the subject of a clause."""
        return not (self.is_service or self.conditions or self.behavioral or self.plan or self.provider)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the office or telehealth alone is meant, and not a program's own setting."""
        return (self.office or self.telehealth) and not self.own

    def joined(self, other: "Names") -> "Names":
        """Return what both name."""
        return Names(*((one | two) for one, two in zip(self, other, strict=True)))  # type: ignore[operator]


class Attached(NamedTuple):
    """The conditions of a clause: each is met or not by what is known, never by assumption.

    ``ages``: lowest and highest age in years, of which one must hold. ``bounds``: ages that must all hold. ``begins``
    and ``ends``: days between which it is in force. ``unmet``: a condition that nobody can know. ``first``: it holds
    for some visits only.
    """

    ages: tuple[tuple[int, int], ...] = ()
    bounds: tuple[tuple[int, int], ...] = ()
    begins: date | None = None
    ends: date | None = None
    unmet: bool = False
    first: bool = False

    @property
    def has_age(self) -> bool:
        """Whether an age is attached."""
        return bool(self.ages or self.bounds)

    @property
    def asks_for_patient(self) -> bool:
        """Whether it may be met for one patient or day of service and not for another."""
        return self.has_age or self.begins is not None or self.ends is not None

    def age_holds(self, age: int | None) -> bool:
        """Whether the patient's age is within; false when ages are attached and the age is not known."""
        if not self.has_age:
            return True
        if age is None:
            return False
        return all(low <= age <= high for low, high in self.bounds) and (
            not self.ages or any(low <= age <= high for low, high in self.ages)
        )

    def day_holds(self, on: date) -> bool:
        """Whether the day of service is within."""
        return (self.begins is None or self.begins <= on) and (self.ends is None or on <= self.ends)

    def is_met(self, age: int | None, on: date) -> bool:
        """Whether every condition is met."""
        return not self.unmet and not self.first and self.age_holds(age) and self.day_holds(on)


class Quantity(NamedTuple):
    """A limit in words. ``remains``: it is what is left."""

    quantity: Decimal
    unit: LimitUnit
    period: LimitPeriod
    remains: bool = False


class Contact(NamedTuple):
    """Whom a clause refers to.

    ``name``: as the reply gives it. ``known``: the name of the company list that matched, empty when none did.
    ``runs``: whether it says that the company runs a benefit, and not only where to ask. ``is_for_other``: it is for
    authorization, claims, questions or another service. ``others``: further names, after AND or OR. ``has_subject``:
    the clause says itself what the company runs; ``is_behavioral``: by a behavioral word or a program. ``is_sure``: the
    name is a company's, because a list holds it or the words beside it show so; any other is words not understood.
    ``address``: a mailing address, as written.
    """

    name: str = ""
    known: str = ""
    phone: str = ""
    runs: bool = False
    is_for_other: bool = False
    others: tuple[str, ...] = ()
    has_subject: bool = True
    is_behavioral: bool = False
    is_sure: bool = True
    address: str = ""

    @property
    def names(self) -> str:
        """Every name, one after another; empty when there is none."""
        return " ".join((self.name, *self.others))


class Record(NamedTuple):
    """One thing that a clause says.

    ``positive``: granted or refused, required or not; None where the words leave it open. ``names``: its subject, and
    ``is_own``: whether that is the line's own. ``is_of_condition``: it has a condition alone, after FOR, and takes the
    service from the clause before it ([T6]). ``excepted``: programs that are left out. ``sides``: the network sides it
    is bound to; empty for those of the line. ``attached``: its conditions. ``voids``: figures that the words void.
    ``plans_share``: the figure is what the plan pays. ``rule``: how copay and share combine. ``in_sequence``: figures
    that come one after another.
    """

    topic: Topic
    positive: bool | None = None
    names: Names = Names()
    is_own: bool = False
    is_of_condition: bool = False
    excepted: frozenset[Program] = frozenset()
    sides: frozenset[Side] = frozenset()
    attached: Attached = Attached()
    voids: frozenset[Figure] = frozenset()
    plans_share: bool = False
    rule: CostRule | None = None
    in_sequence: bool = False
    quantity: Quantity | None = None
    contact: Contact | None = None


class Clause(NamedTuple):
    """One clause of a text.

    ``words``: normal form. ``records``: what it says as far as it is understood. ``unknown``: words that no table
    holds. ``is_understood``: all of it is. ``is_cautious``: it holds a negative or limiting word (table W9). ``names``:
    everything that it names, understood or not; excepted programs left out. ``messages``: indexes of the messages that
    it stands in. ``has_authorization``: it holds an authorization noun. ``is_understood_beside_names``: all of it is,
    the name of whoever it refers to aside ([D6]).
    """

    words: str
    records: tuple[Record, ...] = ()
    unknown: tuple[str, ...] = ()
    is_understood: bool = True
    is_cautious: bool = False
    names: Names = Names()
    excepted: frozenset[Program] = frozenset()
    messages: tuple[int, ...] = ()
    has_authorization: bool = False
    has_tier: bool = False
    is_understood_beside_names: bool = True


class Text(NamedTuple):
    """All that the words of a line say. ``is_cut``: there was more than is read."""

    clauses: tuple[Clause, ...] = ()
    is_cut: bool = False

    @property
    def programs(self) -> frozenset[Program]:
        """Every program that a clause names, to grant or to refuse it."""
        return frozenset(program for clause in self.clauses for program in clause.names.programs)
