"""Who runs the behavioral benefit, when it is not the payer that was asked. Source: ``ANSWER.md`` 2.4, [D1] to [D8]."""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from contracts import Administrator, Benefits, Card, Condition, Entity, Program, plain_id, plain_name
from payers.reading.coverage.companies import Column, column_of, has_behavioral_word, has_words
from payers.reading.evidence import Book
from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.text import Topic


class Standing(IntEnum):
    """Which source goes before which ([D4])."""

    ENTITY_ON_BEHAVIORAL_TYPE = 0
    ENTITY_ON_PLAN = 1
    WORDS = 2


class Pointer(NamedTuple):
    """Somebody whom a line names for a benefit.

    ``entity``: None when only words name them. ``message``: index of the message that does. ``delegates``: whether the
    benefit is theirs to answer for, and not only named.
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


class Run(NamedTuple):
    """Who runs one program for one condition, and the evidence of it."""

    name: str
    evidence: tuple[str, ...]


class Delegation(NamedTuple):
    """The administrators that the reply names, who runs what, and what it leaves to ask.

    ``ask_payer``: the payer itself must be asked. ``ask_who``: who the administrator is, with the words of the reply.
    """

    administrators: tuple[Administrator, ...] = ()
    runs: tuple[tuple[Program, Condition, Run], ...] = ()
    ask_payer: bool = False
    ask_who: bool = False

    def of(self, program: Program, condition: Condition) -> Run | None:
        """Return who runs a program for a condition; None when nobody else does."""
        return next((run for one, other, run in self.runs if (one, other) == (program, condition)), None)


_ALL_PROGRAMS = frozenset(Program)
_REFERRALS = frozenset({"R", "MC", "W"})
_POINTING = codes.ACTIVE | _REFERRALS | {"U"}


class _Payer(NamedTuple):
    """The payer that was asked, as it and the replies call it."""

    card: Card
    cards: Sequence[Card]
    names: frozenset[str]
    ids: frozenset[str]


def delegation_of(
    lines: Sequence[Line], people: Sequence[Benefits], card: Card, cards: Sequence[Card], book: Book
) -> Delegation:
    """Return what every line says that points to somebody else."""
    payer = _payer(people, card, cards)
    found: list[Pointer] = []
    ask_payer = ask_who = False
    for line in lines:
        if line.benefit.information not in _POINTING | {"D"}:
            continue
        pointers, asks_payer, asks_who = _on_line(line, payer)
        found += pointers
        ask_payer, ask_who = ask_payer or asks_payer, ask_who or asks_who
    runs: list[tuple[Program, Condition, Run]] = []
    for program in Program:
        for condition in Condition:
            run, several = _run(found, program, condition, book)
            ask_who = ask_who or several
            if run is not None:
                runs.append((program, condition, run))
    return Delegation(_administrators(found, people, payer, book), tuple(runs), ask_payer, ask_who)


def _payer(people: Sequence[Benefits], card: Card, cards: Sequence[Card]) -> _Payer:
    names = {plain_name(name) for name in (card.name, *card.legal_names, *card.aliases)}
    names |= {plain_name(said.payer.name) for said in people if said.payer}
    ids = {*card.reply_ids, *(entry.payer_id for entry in card.routes)} | {
        said.payer.id for said in people if said.payer and said.payer.id
    }
    return _Payer(card, cards, frozenset(names), frozenset(ids))


def _run(found: Sequence[Pointer], program: Program, condition: Condition, book: Book) -> tuple[Run | None, bool]:
    """Who runs a program, and whether two of equal standing claim it."""
    those = [
        one for one in found if one.delegates and program in one.programs and condition in one.conditions and one.name
    ]
    if not those:
        return None, False
    best = min(one.standing for one in those)
    first = [one for one in those if one.standing is best]
    names = {plain_name(one.name) for one in first}
    evidence = tuple(dict.fromkeys(mark for one in first for mark in _marks(one, book)))
    return Run(first[0].name, evidence), len(names) > 1


def _on_line(line: Line, payer: _Payer) -> tuple[list[Pointer], bool, bool]:
    """The pointers of one line, whether the payer must be asked, and whether it is open who the administrator is."""
    benefit = line.benefit
    found: list[Pointer] = []
    ask_payer = ask_who = False
    asks = benefit.information == "U"
    named = False
    if benefit.information in _POINTING:
        for entity in benefit.entities:
            if not entity.name or entity.role in codes.PERSON_ROLES | codes.PROVIDER_ROLES:
                continue
            named = True
            is_arm = _is_own_arm(entity.name, payer.card)
            is_status = benefit.information in codes.ACTIVE
            if is_arm or _is_payer(entity, payer, is_status=is_status) or _is_own_unit(entity, payer):
                ask_payer = ask_payer or asks
                if is_arm:
                    found.append(_pointer(line, entity, delegates=False))
                continue
            verdict = _delegates(line, entity, payer.card)
            if verdict is None:
                ask_who = True
            elif verdict:
                found.append(_pointer(line, entity, delegates=True))
    if not any(one.delegates for one in found):
        words, unknown, own = _in_words(line, payer, asks=asks)
        found += words
        ask_who = ask_who or unknown
        named = named or bool(words) or unknown
        ask_payer = ask_payer or (asks and own)
    on_behavioral_or_plan = _is_behavioral(line) or _is_on_plan(line)
    if asks and not named and on_behavioral_or_plan:
        ask_payer = True
    return found, ask_payer, ask_who


def _pointer(line: Line, entity: Entity, *, delegates: bool) -> Pointer:
    standing = Standing.ENTITY_ON_BEHAVIORAL_TYPE if _is_behavioral(line) else Standing.ENTITY_ON_PLAN
    phone = next(iter(entity.phones), "") or _phone_in_words(line)
    return Pointer(line, entity.name, entity, _conditions(line), _ALL_PROGRAMS, standing, delegates, phone)


def _phone_in_words(line: Line) -> str:
    return next(
        (
            record.contact.phone
            for clause in line.text.clauses
            for record in clause.records
            if record.contact is not None and record.contact.phone
        ),
        "",
    )


def _is_behavioral(line: Line) -> bool:
    types = frozenset(line.benefit.service_types)
    return bool(types & frozenset(codes.CONDITION_OF_TYPE)) and codes.PLAN_TYPE not in types


def _is_on_plan(line: Line) -> bool:
    types = frozenset(line.benefit.service_types)
    return codes.PLAN_TYPE in types or not types


def _has_behavioral_words(line: Line) -> bool:
    return any(clause.names.behavioral or clause.names.programs for clause in line.text.clauses)


def _conditions(line: Line) -> frozenset[Condition]:
    """The conditions of the words of a line on 30 or none, else of its behavioral types, else both."""
    of_types = {codes.CONDITION_OF_TYPE[code] for code in line.benefit.service_types if code in codes.CONDITION_OF_TYPE}
    if _is_on_plan(line):
        of_words = frozenset(condition for clause in line.text.clauses for condition in clause.names.conditions)
        return of_words or codes.BOTH
    return frozenset(of_types) or codes.BOTH


def _delegates(line: Line, entity: Entity, card: Card) -> bool | None:
    """Whether an entity runs the benefit of the line ([D1], [D5]); None when that must be asked."""
    information = line.benefit.information
    column = column_of(entity.name, card)
    by_name = column is Column.BY_NAME or has_behavioral_word(entity.name)
    is_company = by_name or column is Column.BESIDE_WORDS
    is_other_coverage = entity.role in codes.OTHER_COVERAGE_ROLES and not (_is_behavioral(line) and is_company)
    is_provider = entity.role in codes.PROVIDER_GROUP_ROLES and not is_company
    if column is Column.NEVER or is_other_coverage or is_provider:
        return False
    if _is_behavioral(line):
        return is_company or information not in _REFERRALS
    if _is_on_plan(line):
        beside_words = column is Column.BESIDE_WORDS and _has_behavioral_words(line)
        return information == "U" or (information not in _REFERRALS and (by_name or beside_words))
    return None if column is Column.BESIDE_WORDS and not by_name else by_name


def _in_words(line: Line, payer: _Payer, *, asks: bool) -> tuple[list[Pointer], bool, bool]:
    """Pointers of words ([D6]), whether an unknown name stands there, and whether the payer's own does."""
    found: list[Pointer] = []
    unknown = own = False
    if not (_is_behavioral(line) or _is_on_plan(line)):
        return found, unknown, own
    for clause in line.text.clauses:
        for record in clause.records:
            contact = record.contact
            if record.topic is not Topic.CONTACT or contact is None or not clause.is_understood or not contact.name:
                continue
            if not (contact.runs or (asks and not contact.is_for_other)):
                continue
            if plain_name(contact.name) in payer.names or _is_own_arm(contact.name, payer.card):
                own = True
                continue
            column = column_of(contact.name, payer.card)
            if column is None:
                unknown = True
            elif column is not Column.NEVER:
                phone = contact.phone or _phone_in_words(line)
                conditions = record.names.conditions or _conditions(line)
                programs = record.names.programs or _ALL_PROGRAMS
                found.append(
                    Pointer(
                        line=line,
                        name=contact.name,
                        entity=None,
                        conditions=conditions,
                        programs=programs,
                        standing=Standing.WORDS,
                        delegates=True,
                        phone=phone,
                        message=clause.messages[0],
                    )
                )
    return found, unknown, own


def _is_own_arm(name: str, card: Card) -> bool:
    """Whether a name is that of the payer's own arm; a longer name of column 3 goes before it ([D3])."""
    return column_of(name, card) is not Column.NEVER and any(has_words(arm, name) for arm in card.own_arms)


def _is_own_unit(entity: Entity, payer: _Payer) -> bool:
    """Whether a unit of the payer is meant: its name holds the payer's, and no longer name of another card."""
    if column_of(entity.name, payer.card) is not None:
        return False
    return _card_of(entity.name, (), payer.card, payer.cards) == payer.card.id


def _is_payer(entity: Entity, payer: _Payer, *, is_status: bool) -> bool:
    """The payer itself: its name or id, or ``PR`` on a status line without a listed or behavioral name ([D2])."""
    called = plain_name(entity.name)
    if called in payer.names or (
        entity.id
        and entity.id in payer.ids
        and entity.id_kind not in codes.MEMBER_ID_KINDS
        and column_of(entity.name, payer.card) is None
    ):
        return True
    listed = column_of(entity.name, payer.card) is not None or has_behavioral_word(entity.name)
    return entity.role == "PR" and is_status and not listed


def _marks(one: Pointer, book: Book) -> Iterator[str]:
    yield book.line(one.line.reply, one.line.benefit)
    if one.entity is not None:
        yield book.mark(one.line.reply, one.entity.at, one.entity.text, "administrator")
    if one.message is not None:
        said = one.line.benefit.messages[one.message]
        yield book.mark(one.line.reply, said.at, said.sent or said.text, "administrator")


def _administrators(
    found: Sequence[Pointer], people: Sequence[Benefits], payer: _Payer, book: Book
) -> tuple[Administrator, ...]:
    by_name: dict[str, list[Pointer]] = {}
    for one in found:
        if one.name:
            by_name.setdefault(plain_name(one.name), []).append(one)
    return tuple(_administrator(those, people, payer, book) for those in by_name.values())


def _administrator(those: Sequence[Pointer], people: Sequence[Benefits], payer: _Payer, book: Book) -> Administrator:
    entities = [one.entity for one in those if one.entity is not None]
    own_ids = {
        plain_id(one.member_id) for said in people for one in (said.patient, said.subscriber) if one and one.member_id
    }
    theirs = next((one.id for one in entities if one.id_kind in codes.MEMBER_ID_KINDS and one.id), None)
    differs = theirs is not None and bool(own_ids) and plain_id(theirs) not in own_ids
    covered = frozenset(condition for one in those for condition in one.conditions)
    return Administrator(
        name=those[0].name,
        payer=_card_of(those[0].name, entities, payer.card, payer.cards),
        phone=next((one.phone for one in those if one.phone), None),
        member_id_differs=differs,
        member_id=theirs if differs else None,
        covers=tuple(condition for condition in Condition if condition in covered),
        evidence=tuple(dict.fromkeys(mark for one in those for mark in _marks(one, book))),
    )


def _card_of(name: str, entities: Sequence[Entity], card: Card, cards: Sequence[Card]) -> str | None:
    """The id of our card for an administrator: as the asked payer's card knows it, else by id, else by longest name."""
    if column_of(name, card) is Column.NEVER:
        return None
    for one in card.administrators:
        if one.payer and any(has_words(known, name) for known in (one.name, *one.aliases)):
            return one.payer
    ids = {one.id for one in entities if one.id and one.id_kind not in codes.MEMBER_ID_KINDS}
    matching: list[tuple[int, str]] = []
    for other in {one.id: one for one in (card, *cards)}.values():
        if ids & {*other.reply_ids, *(entry.payer_id for entry in other.routes)}:
            return other.id
        called = (other.name, *other.legal_names, *other.aliases)
        matching += [(len(known), other.id) for known in called if has_words(known, name)]
    return max(matching)[1] if matching else None
