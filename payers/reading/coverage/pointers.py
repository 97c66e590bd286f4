"""Whom a line names for a benefit, by entities and by words. Source: ``ANSWER.md`` 2.4, [D1] to [D8]."""

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from contracts import Condition, Entity, Program, Side
from payers.reading.coverage.asked_payer import AskedPayer, Company, is_own_arm, is_payer
from payers.reading.coverage.companies import Column, column_of, has_behavioral_word
from payers.reading.coverage.dates import includes_day
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line
from payers.reading.lines.statements import Patient
from payers.reading.memory import remember
from payers.reading.text import Clause, Contact, Names, Record, Topic


class Standing(IntEnum):
    """Which source goes before which ([D4])."""

    ENTITY_ON_BEHAVIORAL_TYPE = 0
    ENTITY_ON_PLAN = 1
    WORDS = 2


class Pointer(NamedTuple):
    """Somebody whom a line names for a benefit.

    ``entity``: None when only words name them. ``message``: index of the message that does. ``delegates``: whether the
    benefit is theirs to answer for, and not only named. ``sides``: the network sides of which that holds.
    """

    line: Line
    name: str
    entity: Entity | None
    conditions: frozenset[Condition]
    programs: frozenset[Program]
    standing: Standing
    delegates: bool
    phone: str = ""
    message: int | None = None
    sides: frozenset[Side] = frozenset(Side)


class Pointers(NamedTuple):
    """What one line says. ``asks_payer``: the payer must be asked; ``asks_who``: who the administrator is."""

    found: tuple[Pointer, ...] = ()
    asks_payer: bool = False
    asks_who: bool = False


_NO_POINTERS = Pointers()
_ALL_PROGRAMS = frozenset(Program)
_REFERRALS = frozenset({"R", "MC", "W"})
_ASKS = "U"
_PAYER = "PR"
_BY_ENTITY = codes.ACTIVE | _REFERRALS | {_ASKS}
POINTING = _BY_ENTITY | {"D"}
_IN_ITS_OWN_TIME = _REFERRALS | {_ASKS}
"""Lines whose dates are those of what they point to."""
_NOBODY = codes.PERSON_ROLES | codes.PROVIDER_ROLES


def pointers_of(line: Line, payer: AskedPayer, patient: Patient) -> Pointers:
    """Return whom ``line`` points to; one that is not in force points to nobody."""
    benefit = line.benefit
    asks = benefit.information == _ASKS
    if benefit.information not in POINTING or not (benefit.entities or line.facts.text.clauses or asks):
        return _NO_POINTERS
    if not _is_in_force(line, patient):
        return _NO_POINTERS
    found: list[Pointer] = []
    ask_payer = ask_who = named = False
    for entity in _entities(line):
        named = True
        company = payer.find_company(entity, is_status=benefit.information in codes.ACTIVE)
        if company is not Company.ANOTHER:
            ask_payer = ask_payer or asks
            if company is Company.OWN_ARM:
                found.append(_pointer(line, entity, delegates=False))
            continue
        delegates = _delegates(line, entity, payer)
        ask_who = ask_who or delegates is None
        if delegates:
            found.append(_pointer(line, entity, delegates=True))
    if not any(one.delegates for one in found):
        words, unknown, own = _in_words(line, payer, patient)
        found += words
        ask_who = ask_who or unknown
        # A name that no list holds is asked about, and so is the payer ([D6], [D7]).
        named = named or bool(words)
        ask_payer = ask_payer or (asks and own)
    if asks and not named and (_is_behavioral(line.facts) or _is_on_plan(line.facts)):
        ask_payer = True
    return Pointers(tuple(found), ask_payer, ask_who)


def _is_in_force(line: Line, patient: Patient) -> bool:
    if line.benefit.information in _IN_ITS_OWN_TIME:
        return not line.benefit.dates or includes_day(line.benefit.dates, patient.on)
    return line.is_in_period


def _entities(line: Line) -> Iterator[Entity]:
    """The entities of a line that may be an administrator, where the line is one that points by them."""
    if line.benefit.information in _BY_ENTITY:
        for entity in line.benefit.entities:
            if entity.name and entity.role not in _NOBODY:
                yield entity


def _pointer(line: Line, entity: Entity, *, delegates: bool) -> Pointer:
    standing = Standing.ENTITY_ON_BEHAVIORAL_TYPE if _is_behavioral(line.facts) else Standing.ENTITY_ON_PLAN
    phone = next(_digits(entity), "") or _phone_in_words(line.facts)
    return Pointer(line, entity.name, entity, _conditions(line.facts), _ALL_PROGRAMS, standing, delegates, phone)


def _digits(entity: Entity) -> Iterator[str]:
    """The telephone numbers of an entity, digits alone, without an extension that is written behind one ([D8])."""
    for phone in entity.phones:
        digits = re.sub(r"\D", "", re.split(r"x", phone, maxsplit=1, flags=re.IGNORECASE)[0])
        if digits:
            yield digits


@remember(2048)
def _phone_in_words(facts: Facts) -> str:
    return next(
        (
            record.contact.phone
            for clause in facts.text.clauses
            for record in clause.records
            if record.contact is not None and record.contact.phone
        ),
        "",
    )


@remember(2048)
def _is_behavioral(facts: Facts) -> bool:
    types = facts.codes.service_types
    return codes.PLAN_TYPE not in types and any(code in codes.CONDITION_OF_TYPE for code in types)


def _is_on_plan(facts: Facts) -> bool:
    types = facts.codes.service_types
    return not types or codes.PLAN_TYPE in types


def _has_behavioral_words(facts: Facts) -> bool:
    return any(clause.names.behavioral or clause.names.programs for clause in facts.text.clauses)


@remember(2048)
def _conditions(facts: Facts) -> frozenset[Condition]:
    """The conditions of the words of a line on 30 or none, else of its behavioral types, else both."""
    types = facts.codes.service_types
    of_types = {codes.CONDITION_OF_TYPE[code] for code in types if code in codes.CONDITION_OF_TYPE}
    if _is_on_plan(facts):
        of_words = frozenset(condition for clause in facts.text.clauses for condition in clause.names.conditions)
        return of_words or codes.BOTH
    return frozenset(of_types) or codes.BOTH


def _delegates(line: Line, entity: Entity, payer: AskedPayer) -> bool | None:
    """Whether an entity runs the benefit of the line ([D1], [D5]); None when that must be asked."""
    information = line.benefit.information
    column = column_of(entity.name, payer.card)
    by_name = column is Column.BY_NAME or has_behavioral_word(entity.name)
    is_company = by_name or column is Column.BESIDE_WORDS
    is_behavioral, is_on_plan = _is_behavioral(line.facts), _is_on_plan(line.facts)
    is_other_coverage = entity.role in codes.OTHER_COVERAGE_ROLES and not (is_behavioral and is_company)
    is_sponsor = entity.role in codes.SPONSOR_ROLES and column is None and information != _ASKS
    is_nobody = is_sponsor or (entity.role in codes.PROVIDER_GROUP_ROLES and not is_company)
    is_of_another_service = _is_about_another_service(line) and not is_company
    if column is Column.NEVER or is_other_coverage or is_nobody or is_of_another_service:
        return False
    if entity.role == _PAYER and column is None and information in codes.ACTIVE:
        # On a status line PR is the payer itself, unless its name is listed; a behavioral name is asked about ([D2]).
        return None
    if is_behavioral:
        return is_company or information not in _REFERRALS
    if is_on_plan:
        beside_words = column is Column.BESIDE_WORDS and _has_behavioral_words(line.facts)
        return information == _ASKS or (information not in _REFERRALS and (by_name or beside_words))
    return None if column is Column.BESIDE_WORDS and not by_name else by_name


def _is_about_another_service(line: Line) -> bool:
    """Whether a line says nothing of the programs: telehealth, the office, another service ([S1], [S3], [S4])."""
    return (
        line.facts.is_telehealth
        or line.facts.is_excluded_place
        or line.facts.subject.is_other_service
        or line.facts.is_other_procedure
    )


def _in_words(line: Line, payer: AskedPayer, patient: Patient) -> tuple[list[Pointer], bool, bool]:
    """Pointers of words ([D6]), whether an unknown name stands there, and whether the payer's own does."""
    found: list[Pointer] = []
    unknown = own = False
    on_behavioral = _is_behavioral(line.facts)
    if not (on_behavioral or _is_on_plan(line.facts)):
        return found, unknown, own
    before = Names()
    for clause in line.facts.text.clauses:
        for record in clause.records:
            contact = record.contact
            if contact is None or not contact.name or not _points(line, clause, record, patient):
                continue
            names = record.names if contact.has_subject else before
            if not contact.has_subject and names.services and not names.programs:
                continue
            is_behavioral = contact.is_behavioral or bool(names.programs or names.behavioral)
            for name in (contact.name, *contact.others):
                column = column_of(name, payer.card)
                if is_payer(name, payer) or is_own_arm(name, payer):
                    own = True
                elif column is None or not (on_behavioral or is_behavioral or _asks(line)):
                    unknown = unknown or column is not Column.NEVER
                elif column is not Column.NEVER:
                    found.append(_pointer_in_words(line, clause, record, name, names))
        before = clause.names if clause.names.services or clause.names.programs or clause.names.behavioral else before
    return found, unknown, own


def _asks(line: Line) -> bool:
    return line.benefit.information == _ASKS


def _points(line: Line, clause: Clause, record: Record, patient: Patient) -> bool:
    """Whether a record says who runs a benefit, of the patient on the day of service ([D6], [T10])."""
    contact = record.contact
    if record.topic is not Topic.CONTACT or contact is None or not clause.is_understood_beside_names:
        return False
    if not record.attached.is_met(patient.age, patient.on):
        return False
    return contact.runs or (_asks(line) and not contact.is_for_other)


def _pointer_in_words(line: Line, clause: Clause, record: Record, name: str, names: Names) -> Pointer:
    contact = record.contact or Contact()
    return Pointer(
        line=line,
        name=name,
        entity=None,
        conditions=names.conditions or _conditions(line.facts),
        programs=names.programs or _ALL_PROGRAMS,
        standing=Standing.WORDS,
        delegates=True,
        phone=contact.phone or _phone_in_words(line.facts),
        message=clause.messages[0],
        sides=record.sides or frozenset(Side),
    )
