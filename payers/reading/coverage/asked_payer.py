"""The payer that was asked, by the names and ids that replies call it, and its arms and units. Source: [D2]."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from contracts import Benefits, Card, Entity, plain_name
from payers.reading.coverage.companies import Column, column_of, has_behavioral_word, has_words
from payers.reading.lines import codes
from payers.reading.memory import remember


class Company(Enum):
    """Who an entity is to the payer that was asked."""

    OWN_ARM = auto()
    THE_PAYER = auto()
    ANOTHER = auto()


@dataclass(frozen=True, slots=True)
class AskedPayer:
    """The payer that was asked, as it and the replies call it. ``cards``: those of every payer there is.

    ``known``: who the entities of the replies are, by their name, id and role; a reply repeats the same one.
    """

    card: Card
    cards: Sequence[Card]
    names: frozenset[str]
    ids: frozenset[str]
    known: dict[tuple[str, str, str, str, bool], Company] = field(default_factory=dict)

    def find_company(self, entity: Entity, *, is_status: bool) -> Company:
        """Return who ``entity`` is; ``is_status``: it stands on a line of status."""
        key = (entity.name, entity.id_kind, entity.id, entity.role, is_status)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = _find_company(entity, self, is_status=is_status)
        return found


def asked_payer(people: Sequence[Benefits], card: Card, cards: Sequence[Card]) -> AskedPayer:
    """Return the payer of ``card``, with the names and ids under which it answers in ``people``."""
    names, ids = _own_names_and_ids(card)
    said = [one.payer for one in people if one.payer]
    return AskedPayer(
        card,
        cards,
        names.union([plain_company(one.name) for one in said]),
        ids.union([one.id for one in said if one.id]),
    )


@remember(64)
def _own_names_and_ids(card: Card) -> tuple[frozenset[str], frozenset[str]]:
    names = frozenset(plain_name(name) for name in (card.name, *card.legal_names, *card.aliases))
    return names, frozenset({*card.reply_ids, *(entry.payer_id for entry in card.routes)})


@remember(1024)
def plain_company(name: str) -> str:
    """Return the name of a company as names are compared."""
    return plain_name(name)


def _find_company(entity: Entity, payer: AskedPayer, *, is_status: bool) -> Company:
    if is_own_arm(entity.name, payer):
        return Company.OWN_ARM
    is_same = is_payer(entity.name, payer, [entity]) or is_plain_payer(entity, payer, is_status=is_status)
    return Company.THE_PAYER if is_same else Company.ANOTHER


def is_own_arm(name: str, payer: AskedPayer) -> bool:
    """Whether a name is that of the payer's own arm; a longer name of column 3 goes before it ([D3])."""
    card = payer.card
    return column_of(name, card) is not Column.NEVER and any(has_words(arm, name) for arm in card.own_arms)


def is_payer(name: str, payer: AskedPayer, entities: Sequence[Entity] = ()) -> bool:
    """Whether a name, or an id beside it, is the asked payer's: its legal names, or those of a unit of its own card.

    Whom the card of the asked payer knows is the payer itself, so that nothing is delegated to it ([D2]).
    """
    if plain_company(name) in payer.names:
        return True
    listed = column_of(name, payer.card)
    own_id = any(one.id in payer.ids for one in entities if one.id and one.id_kind not in codes.MEMBER_ID_KINDS)
    if own_id and listed is None:
        return True
    return bool(payer.card.id) and card_of(name, entities, payer) == payer.card.id


def is_plain_payer(entity: Entity, payer: AskedPayer, *, is_status: bool) -> bool:
    """Whether ``PR`` on a status line means the payer, since its name is neither listed nor behavioral ([D2])."""
    listed = column_of(entity.name, payer.card) is not None or has_behavioral_word(entity.name)
    return entity.role == "PR" and is_status and not listed


def card_of(name: str, entities: Iterable[Entity], payer: AskedPayer) -> str | None:
    """Return the id of our card for a company: as the asked payer's card knows it, else by id, else by longest name."""
    card = payer.card
    if column_of(name, card) is Column.NEVER:
        return None
    for one in card.administrators:
        if one.payer and any(has_words(known, name) for known in (one.name, *one.aliases)):
            return one.payer
    ids = {one.id for one in entities if one.id and one.id_kind not in codes.MEMBER_ID_KINDS}
    matching: list[tuple[int, str]] = []
    for other in {one.id: one for one in (card, *payer.cards)}.values():
        if ids & {*other.reply_ids, *(entry.payer_id for entry in other.routes)}:
            return other.id
        called = (other.name, *other.legal_names, *other.aliases)
        matching += [(len(known), other.id) for known in called if has_words(known, name)]
    return max(matching)[1] if matching else None
