"""Who runs the behavioral benefit, when it is not the payer that was asked. Source: the answer, 2, Delegation."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from contracts import Administrator, Benefits, Card, Condition, Entity, plain_id, plain_name
from payers.reading import codes, words
from payers.reading.evidence import Book
from payers.reading.lines import Line

KNOWN = (
    "Optum",
    "United Behavioral Health",
    "UBH",
    "Evernorth",
    "Cigna Behavioral",
    "Lucet",
    "New Directions",
    "Magellan",
    "Carelon",
    "Beacon",
    "ValueOptions",
    "Value Options",
    "CompPsych",
    "Cenpatico",
    "Lyra",
    "MHN",
)
"""Companies known to run behavioral benefits; cards add more."""

_NOT_BEHAVIORAL = re.compile(r"\boptum\s*(?:rx|vision)\b", re.IGNORECASE)
_BEHAVIORAL = re.compile(r"\bbehaviou?ral\b", re.IGNORECASE)


class Delegation(NamedTuple):
    """The administrators that the reply names, who runs which condition, and whether the payer itself must be asked."""

    administrators: tuple[Administrator, ...] = ()
    by_condition: tuple[tuple[Condition, str | None, tuple[str, ...]], ...] = ()
    ask_payer: bool = False

    def of(self, condition: Condition) -> tuple[str | None, tuple[str, ...]] | None:
        """Who runs ``condition`` and the evidence for it; None when nobody else does."""
        return next(((name, marks) for one, name, marks in self.by_condition if one is condition), None)


class _Named(NamedTuple):
    """An entity that a line points to; ``entity`` is None when only a message names it, or nobody does."""

    line: Line
    name: str
    entity: Entity | None
    covers: frozenset[Condition]
    delegates: bool


def delegation(
    lines: Sequence[Line], people: Sequence[Benefits], card: Card, cards: Sequence[Card], book: Book
) -> Delegation:
    """Read every line that points to somebody else."""
    found: list[_Named] = []
    ask_payer = False
    for line in lines:
        for named in _on_line(line, people, card, cards):
            if named is None:
                ask_payer = True
            else:
                found.append(named)
    by_condition = []
    for condition in Condition:
        those = [one for one in found if one.delegates and condition in one.covers]
        if those:
            name = next((one.name for one in those if one.name), None)
            by_condition.append((condition, name, tuple(dict.fromkeys(_mark(one, book) for one in those))))
    return Delegation(_administrators(found, people, card, cards, book), tuple(by_condition), ask_payer)


def _on_line(line: Line, people: Sequence[Benefits], card: Card, cards: Sequence[Card]) -> Iterable[_Named | None]:
    """The entities of a line that run a behavioral benefit; a None for the payer's own name beside ``U``."""
    information = line.benefit.information
    if information not in codes.STATUS | {"U"} or information in codes.INACTIVE:
        return
    asks = information == "U"
    entities = [one for one in line.benefit.entities if _may_run(one, card, asks=asks)]
    for entity in entities:
        if _is_own_arm(entity.name, card) or _is_own(entity, people, card, cards):
            yield _Named(line, entity.name, entity, _covers(line), delegates=False)
            if asks:
                yield None
        elif _is_payer(entity, people, card, asks=asks):
            if asks:
                yield None
        elif _delegates(line, entity.name, card, asks=asks):
            yield _Named(line, entity.name, entity, _covers(line), delegates=True)
    if asks and not entities:
        named = _in_messages(line, card)
        if _delegates(line, named, card, asks=True):
            own = bool(named) and _card_of(named, (), card, cards) == card.id
            yield None if own else _Named(line, named, None, _covers(line), delegates=True)


def _in_messages(line: Line, card: Card) -> str:
    """The known administrator that a message of the line names; empty when none does."""
    texts = [said.text for said in line.benefit.messages if not _NOT_BEHAVIORAL.search(said.text)]
    return next((name for text in texts for name in _names(card) if words.whole_words(name, text)), "")


def _may_run(entity: Entity, card: Card, *, asks: bool) -> bool:
    """Whether an entity is neither a person, nor a provider, nor another coverage that a status line mentions."""
    if not entity.name or entity.role in codes.PERSON_ROLES | codes.PROVIDER_ROLES:
        return False
    if entity.role in codes.OTHER_COVERAGE_ROLES:
        return asks
    return entity.role not in codes.PROVIDER_GROUP_ROLES or _is_known(entity.name, card)


def _names(card: Card) -> tuple[str, ...]:
    added = [name for one in card.administrators for name in (one.name, *one.aliases)]
    return (*KNOWN, *added)


def _is_known(name: str, card: Card) -> bool:
    if _NOT_BEHAVIORAL.search(name):
        return False
    return any(words.whole_words(known, name) for known in _names(card))


def _is_own_arm(name: str, card: Card) -> bool:
    return any(words.whole_words(arm, name) for arm in card.own_arms)


def _is_own(entity: Entity, people: Sequence[Benefits], card: Card, cards: Sequence[Card]) -> bool:
    """Whether a unit of the payer is meant: its name holds the payer's, and no longer name of another card."""
    return not _is_payer(entity, people, card, asks=True) and _card_of(entity.name, (), card, cards) == card.id


def _is_payer(entity: Entity, people: Sequence[Benefits], card: Card, *, asks: bool) -> bool:
    """The payer itself: its name or id, or ``PR`` on a status line without a behavioral administrator's name."""
    called = plain_name(entity.name)
    own = {plain_name(name) for name in (card.name, *card.legal_names, *card.aliases)}
    own |= {plain_name(said.payer.name) for said in people if said.payer}
    ids = {*card.reply_ids, *(entry.payer_id for entry in card.routes)} | {
        said.payer.id for said in people if said.payer
    }
    if called in own or (entity.id and entity.id in ids and entity.id_kind not in codes.MEMBER_ID_KINDS):
        return True
    named = _is_known(entity.name, card) or _BEHAVIORAL.search(entity.name)
    return entity.role == "PR" and not asks and not named


def _delegates(line: Line, name: str, card: Card, *, asks: bool) -> bool:
    """Whether a line on which ``name`` stands delegates: by its types, or by the name.

    A status line of the plan delegates by name alone, also when its list holds a behavioral type beside 30: the plan's
    sponsor or its medical group runs no behavioral benefit.
    """
    types = frozenset(line.benefit.service_types)
    if not types or codes.PLAN_TYPE in types:
        return asks or _is_known(name, card) or _BEHAVIORAL.search(name) is not None
    return bool(types & frozenset(codes.CONDITION_OF_TYPE)) or _is_known(name, card)


def _covers(line: Line) -> frozenset[Condition]:
    """The conditions of the line's types; both when its types tell none."""
    told = {codes.CONDITION_OF_TYPE[code] for code in line.benefit.service_types if code in codes.CONDITION_OF_TYPE}
    on_plan = codes.PLAN_TYPE in line.benefit.service_types
    return codes.BOTH if on_plan or not told else frozenset(told)


def _mark(named: _Named, book: Book) -> str:
    return book.line(named.line.reply, named.line.benefit)


def _administrators(
    found: Sequence[_Named], people: Sequence[Benefits], card: Card, cards: Sequence[Card], book: Book
) -> tuple[Administrator, ...]:
    by_name: dict[str, list[_Named]] = {}
    for one in found:
        if one.name:
            by_name.setdefault(plain_name(one.name), []).append(one)
    return tuple(_administrator(those, people, card, cards, book) for those in by_name.values())


def _administrator(
    those: Sequence[_Named], people: Sequence[Benefits], card: Card, cards: Sequence[Card], book: Book
) -> Administrator:
    entities = [one.entity for one in those if one.entity is not None]
    own_ids = {
        plain_id(one.member_id) for said in people for one in (said.patient, said.subscriber) if one and one.member_id
    }
    theirs = next((one.id for one in entities if one.id_kind in codes.MEMBER_ID_KINDS and one.id), None)
    differs = theirs is not None and bool(own_ids) and plain_id(theirs) not in own_ids
    marks = [_mark(one, book) for one in those]
    marks += [book.mark(one.line.reply, one.entity.at, one.entity.text, "administrator") for one in those if one.entity]
    covered = frozenset(condition for one in those for condition in one.covers)
    return Administrator(
        name=those[0].name,
        payer=_card_of(those[0].name, entities, card, cards),
        phone=next((phone for one in entities for phone in one.phones), None),
        member_id_differs=differs,
        member_id=theirs if differs else None,
        covers=tuple(condition for condition in Condition if condition in covered),
        evidence=tuple(dict.fromkeys(marks)),
    )


def _card_of(name: str, entities: Sequence[Entity], card: Card, cards: Sequence[Card]) -> str | None:
    """The id of our card for an administrator: as the asked payer's card knows it, else by id, else by longest name."""
    if _NOT_BEHAVIORAL.search(name):
        return None
    for one in card.administrators:
        if one.payer and any(words.whole_words(known, name) for known in (one.name, *one.aliases)):
            return one.payer
    ids = {one.id for one in entities if one.id and one.id_kind not in codes.MEMBER_ID_KINDS}
    matching: list[tuple[int, str]] = []
    for other in {one.id: one for one in (card, *cards)}.values():
        if ids & {*other.reply_ids, *(entry.payer_id for entry in other.routes)}:
            return other.id
        called = (other.name, *other.legal_names, *other.aliases)
        matching += [(len(known), other.id) for known in called if words.whole_words(known, name)]
    return max(matching)[1] if matching else None
