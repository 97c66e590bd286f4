"""The call sheet: what the electronic answer left open, in a caller's order, with whom to call and what to read out.

A question stands on it when nobody has said anything of its point yet: neither the reply, nor an earlier call, nor we.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from contracts import (
    PROGRAM_PROCEDURES,
    REVENUE_CODES,
    Answer,
    Card,
    Condition,
    Confidential,
    Delivery,
    Frozen,
    Program,
    Question,
    Verdict,
)
from service.guidance.vob_points import CallPart
from service.guidance.vob_record import SILENT
from service.guidance.vob_values import CallNote, VobEntry
from service.security.consent import Consent
from service.settings.contract_roster import Roster

PLACES_OF_SERVICE: Mapping[Program, tuple[str, ...]] = {Program.IOP: ("22", "53"), Program.PHP: ("52",)}
"""Where a program takes place in person: outpatient hospital, community mental health center, psychiatric partial."""

PLACES_BY_TELEHEALTH = ("02", "10")
"""Telehealth elsewhere, and in the patient's home. Source: the CMS place-of-service code set."""


class CodeLine(Frozen):
    """The codes under which a program is billed, to be read out.

    Procedures are those that name the program for the condition; ``source`` says whose list it is.
    """

    program: Program
    condition: Condition
    procedures: tuple[str, ...]
    revenue_codes: tuple[str, ...]
    places_of_service: tuple[str, ...]
    source: str


class Identifiers(Confidential):
    """What a representative asks for before anything else. It holds what was sent of a member: staff alone see it."""

    member_id: str | None
    member_id_elsewhere: bool
    first_name: str | None
    last_name: str | None
    birth_date: date | None
    group_number: str | None
    subscriber_first_name: str | None
    subscriber_last_name: str | None
    subscriber_birth_date: date | None
    our_name: str
    our_npi: str
    our_tax_id: str | None
    service_date: date


class CallQuestion(Frozen):
    """One question: the record's entry that its answer fills, and its words."""

    entry: str
    point: int
    part: CallPart
    program: Program | None
    condition: Condition | None
    ask: str


class PhoneLine(Frozen):
    """Whom to call: a number and where it stands. ``evidence`` is empty for a number of our own card."""

    name: str
    phone: str | None
    evidence: tuple[str, ...] = ()


class Call(Frozen):
    """One call: the numbers to try in their order, and the questions in the order in which they are asked."""

    phones: tuple[PhoneLine, ...]
    questions: tuple[CallQuestion, ...]


class CallSheet(Frozen):
    """What to ask by phone, and all that is known so far.

    ``version`` is the number of calls noted so far: whoever notes another one says which version was seen. ``calls`` is
    empty when nothing is left to be asked; ``why_nothing`` says why. ``record`` holds every point of the form with all
    that is said of it, by the reply, by phone and by us.
    """

    verification_id: str
    version: int
    calls: tuple[Call, ...]
    why_nothing: str | None
    identifiers: Identifiers
    codes: tuple[CodeLine, ...]
    record: tuple[VobEntry, ...]
    notes: tuple[CallNote, ...]


class Looking(NamedTuple):
    """A verification as it is kept, and what of the settings matters to it.

    ``card`` is None for a payer that is gone; ``location`` is one of the roster's; ``consent`` is what was agreed to.
    ``redisclosure_notice`` accompanies what is exported.
    """

    verification_id: str
    answer: Answer
    question: Question
    card: Card | None
    roster: Roster
    notes: Sequence[CallNote] = ()
    location: str | None = None
    consent: Consent | None = None
    redisclosure_notice: str | None = None


def call_sheet_of(looking: Looking, record: Sequence[VobEntry]) -> CallSheet:
    """Return the call sheet of a verification, whose record is ``record``."""
    answer, questions = looking.answer, questions_of(one for one in record if one.is_open)
    return CallSheet(
        verification_id=looking.verification_id,
        version=len(looking.notes),
        calls=tuple(calls_about(answer, looking.card, questions)),
        why_nothing=_why_nothing(answer, questions),
        identifiers=_identifiers(answer, looking.question),
        codes=tuple(_codes(looking)),
        record=tuple(record),
        notes=tuple(looking.notes),
    )


def questions_of(entries: Iterable[VobEntry]) -> list[CallQuestion]:
    """Return entries as questions, part by part; within a part, one program after the other in the form's order."""
    order = list(CallPart)
    found = sorted(entries, key=lambda one: (order.index(one.part), one.program or "", one.condition or "", one.point))
    return [
        CallQuestion(
            entry=one.id,
            point=one.point,
            part=one.part,
            program=one.program,
            condition=one.condition,
            ask=one.ask or "",
        )
        for one in found
    ]


def _why_nothing(answer: Answer, questions: Sequence[CallQuestion]) -> str | None:
    if questions:
        return None
    if answer.coverage.status in SILENT:
        return "The plan is not active, or the member was not found: check the details or another plan first."
    return "Nothing is left to be asked."


_OF_PLAN = frozenset({CallPart.PLAN, CallPart.MONEY})


def calls_about(answer: Answer, card: Card | None, questions: Sequence[CallQuestion]) -> Iterator[Call]:
    """Yield the calls in which ``questions`` are asked.

    One goes to who runs the behavioral benefit, and one to the payer about the plan where that is another.
    """
    if not questions:
        return
    number = answer.payer_phone or (card.phone if card else None)
    payer = PhoneLine(name=card.name if card else answer.payer or "the payer", phone=number)
    theirs = [
        PhoneLine(name=one.name, phone=one.phone, evidence=one.evidence) for one in answer.administrators if one.phone
    ]
    elsewhere = any(row.in_network.verdict is Verdict.DELEGATED for row in answer.programs) or any(
        row.in_network.administered_by for row in answer.programs
    )
    if not theirs or not elsewhere:
        yield Call(phones=(*theirs, payer), questions=tuple(questions))
        return
    behavioral = tuple(one for one in questions if one.part not in _OF_PLAN)
    of_plan = tuple(one for one in questions if one.part in _OF_PLAN)
    for phones, asked in (((*theirs, payer), behavioral), ((payer,), of_plan)):
        if asked:
            yield Call(phones=phones, questions=asked)


def _identifiers(answer: Answer, question: Question) -> Identifiers:
    member, subscriber, provider = question.member, question.subscriber, question.provider
    return Identifiers(
        member_id=member.member_id or (subscriber.member_id if subscriber else None),
        member_id_elsewhere=any(one.member_id_differs for one in answer.administrators),
        first_name=member.first_name,
        last_name=member.last_name,
        birth_date=member.birth_date,
        group_number=answer.coverage.group_number or member.group_number,
        subscriber_first_name=subscriber.first_name if subscriber else None,
        subscriber_last_name=subscriber.last_name if subscriber else None,
        subscriber_birth_date=subscriber.birth_date if subscriber else None,
        our_name=provider.name,
        our_npi=provider.npi,
        our_tax_id=provider.tax_id,
        service_date=question.service_date,
    )


def _codes(looking: Looking) -> Iterator[CodeLine]:
    """Yield the codes of each program: the payer's own where its card names them, else those that hold for all."""
    for row in looking.answer.programs:
        own = looking.card.billing_codes if looking.card else ()
        billed = next((one for one in own if (one.program, one.condition) == (row.program, row.condition)), None)
        places = PLACES_OF_SERVICE[row.program]
        if looking.question.delivery is Delivery.VIRTUAL:
            places = PLACES_BY_TELEHEALTH
        elif looking.question.delivery is Delivery.EITHER:
            places = (*places, *PLACES_BY_TELEHEALTH)
        general = tuple(
            one.code for one in PROGRAM_PROCEDURES if one.program is row.program and row.condition in one.conditions
        )
        yield CodeLine(
            program=row.program,
            condition=row.condition,
            procedures=(billed.procedures if billed else ()) or general,
            revenue_codes=(billed.revenue_codes if billed else ()) or REVENUE_CODES[row.program],
            places_of_service=places,
            source=billed.source if billed else "the codes that name the program for every payer; confirm them",
        )
