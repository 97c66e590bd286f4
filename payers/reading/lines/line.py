"""A benefit line with everything that the ladder asks of it, found out once: subjects, condition, network, words.

A benefit at several places is a line for each place. Source: ``ANSWER.md`` 2.1 to 2.3.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from contracts import Benefit, Benefits, DeliveryLimit, FindingCode, Program, Side
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts, FactsOfReply, Reader
from payers.reading.lines.odd_lines import note_unknown, note_words
from payers.reading.lines.statements import Effect, Patient
from payers.reading.numbers import amount


class Line(NamedTuple):
    """One benefit at one place (``""`` when it has none), with the facts of its codes and words.

    ``age_fits``: whether the ages that it gives hold; None when it gives none. ``is_base_only``: its reply answers 30
    although another type was asked. ``is_in_period``: its benefit period holds the day of service, so that its figures
    count.
    """

    reply: int
    benefit: Benefit
    place: str
    facts: Facts
    age_fits: bool | None = None
    is_base_only: bool = False
    is_in_period: bool = True

    @property
    def deliveries(self) -> tuple[DeliveryLimit, ...]:
        """Its HSD that count care; those that give an age are none of them."""
        sent = self.benefit.deliveries
        return tuple(one for one in sent if one.quantity_kind not in codes.AGES) if sent else sent

    @property
    def is_struck(self) -> bool:
        """Whether nothing is left of its service types."""
        return bool(self.benefit.service_types) and not self.facts.types

    @property
    def is_plan_level(self) -> bool:
        """Whether it is the plan's own line, on 30 or on no type and no procedure, and names no program."""
        on_plan = codes.PLAN_TYPE in self.benefit.service_types or not (
            self.benefit.service_types or self.benefit.procedure
        )
        return on_plan and not self.names_program

    @property
    def names_program(self) -> bool:
        """Whether its procedure or its words name a program."""
        return bool(self.facts.named or self.facts.statements)

    @property
    def is_excluded_place(self) -> bool:
        """Whether its place is that of no program."""
        return self.place in codes.EXCLUDED_PLACES

    def names(self, program: Program) -> bool:
        """Whether its procedure or its words name ``program``."""
        return program in self.facts.named or any(one.program is program for one in self.facts.statements)

    def says(self, program: Program, *effects: Effect) -> bool:
        """Whether its words have one of ``effects`` for ``program``."""
        # Most lines have no statement, and are asked many times.
        return bool(self.facts.statements) and any(
            one.program is program and one.effect in effects for one in self.facts.statements
        )

    def on(self, side: Side, mark: str, *, marked: bool) -> bool:
        """Whether what it says under the network mark ``mark`` holds for ``side``.

        Without a mark it holds for both, unless another line of the rung is ``marked``.
        """
        if mark in {"Y", "N"}:
            return (mark == "Y") is (side is Side.IN_NETWORK)
        return mark == "W" or not marked


def lines_of(reply: int, benefits: Benefits, reader: Reader) -> list[Line]:
    """Return every line of one reply, place by place; what is odd about it becomes a finding."""
    is_base_only = _is_base_only(benefits, reader.book)
    products = frozenset(one.plan for one in benefits.lines if one.plan and codes.PLAN_TYPE in one.service_types)
    facts = FactsOfReply(reader, products)
    found: list[Line] = []
    for benefit in benefits.lines:
        note_unknown(benefit, reader.book, facts.own_types)
        found += _by_place(reply, benefit, facts.of(benefit), reader, is_base_only=is_base_only)
    return found


def authorized_of(reply: int, benefits: Benefits, reader: Reader) -> list[Line]:
    """Return what was said of single procedures and their authorization alone; it stands on no rung."""
    facts = FactsOfReply(reader, frozenset())
    return [
        line
        for one in benefits.authorizations
        for line in _by_place(reply, one, facts.of(one), reader, is_base_only=False)
    ]


def _is_base_only(benefits: Benefits, book: Book) -> bool:
    """Whether the reply answers 30 although another type was asked: only the ten base codes came back ([L7])."""
    asked = set(benefits.asked) - codes.BASE_TYPES - {codes.PLAN_TYPE}
    if not asked:
        return False
    answered = {code for benefit in benefits.lines for code in benefit.service_types}
    if answered and not answered & asked and answered <= codes.BASE_TYPES | {codes.PLAN_TYPE}:
        book.find(FindingCode.BASE_CODES_ONLY, None, "asked " + " ".join(sorted(asked)))
        return True
    return False


def _by_place(reply: int, benefit: Benefit, facts: Facts, reader: Reader, *, is_base_only: bool) -> Iterator[Line]:
    """One line for each place of a benefit; what is odd about its words becomes a finding."""
    if facts.mismatch:
        reader.book.find(FindingCode.CONDITION_MISMATCH, benefit.at, facts.mismatch)
    note_words(benefit, facts, reader.book)
    age_fits = _age_fits(benefit, reader.patient)
    if not benefit.places:
        yield Line(reply, benefit, "", facts, age_fits, is_base_only)
        return
    for place in dict.fromkeys(one.text.zfill(2) for one in benefit.places):
        here = facts._replace(is_telehealth=True) if place in codes.VIRTUAL_PLACES else facts
        yield Line(reply, benefit, place, here, age_fits, is_base_only)


def _age_fits(benefit: Benefit, patient: Patient) -> bool | None:
    """Whether every age of a line holds: in EB09 and EB10, or among its HSD, where a gateway in JSON writes both."""
    if benefit.quantity_kind not in codes.AGES and not benefit.deliveries:
        return None
    stated = (
        (benefit.quantity_kind, benefit.quantity),
        *((one.quantity_kind, one.quantity) for one in benefit.deliveries),
    )
    ages = [(kind, amount(quantity)) for kind, quantity in stated if kind in codes.AGES]
    if not ages:
        return None
    return all(_is_met(kind, bound, patient.age) for kind, bound in ages)


def _is_met(kind: str, bound: Decimal | None, age: int | None) -> bool:
    if bound is None or age is None:
        return False
    return age <= bound if kind == codes.HIGHEST_AGE else age >= bound
