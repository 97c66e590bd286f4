"""What the words of a clause name, and which programs stand there as a service. Source: [T17], [T18], [T19]."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from contracts import Condition, Program
from payers.reading.text.kinds import (
    CONDITION_KINDS,
    COST_KINDS,
    NETWORK_KINDS,
    SERVICE_KINDS,
    SETTING_KINDS,
    SIDE_KINDS,
    VERDICT_KINDS,
    kinds_of,
)
from payers.reading.text.lexicon import Term
from payers.reading.text.records import Names
from payers.reading.text.tokens import Sort
from payers.reading.text.vocabulary import Kind

_ABBREVIATIONS = frozenset({Kind.IOP_ABBREVIATION, Kind.PHP_ABBREVIATION})
_PLAN_WORDS = (
    "MEMBER",
    "PLAN",
    "NETWORK",
    "PROVIDER",
    "HMO",
    "PPO",
    "EPO",
    "ENROLLEE",
    "CONTRACT",
    "POLICY",
    "BRONZE",
    "SILVER",
    "GOLD",
    "PLATINUM",
    "CATASTROPHIC",
)
"""Words before which an abbreviation is a plan's name."""

_BESIDE = (
    VERDICT_KINDS
    | COST_KINDS
    | SERVICE_KINDS
    | SETTING_KINDS
    | CONDITION_KINDS
    | NETWORK_KINDS
    | {
        Kind.LIMIT,
        Kind.UP_TO,
        Kind.NO_LIMIT,
        Kind.UNIT,
        Kind.REMAINING,
        Kind.AUTHORIZATION,
        Kind.REQUIRES,
        Kind.FREES,
        Kind.CARE,
        Kind.BENEFIT,
    }
    | {Kind.AFTER_DEDUCTIBLE, Kind.COST_VERB, Kind.NOT, Kind.NO, Kind.FOR, Kind.EXCEPT, Kind.INCLUDING, Kind.PLAN_PAYS}
    | {Kind.ADULTS, Kind.CHILDREN, Kind.ADOLESCENTS, Kind.HEADING, Kind.RUN_BY}
)
_SKIPPED = frozenset({Kind.PARTICLE, Kind.VERB, Kind.AND})


def with_services(terms: Sequence[Term], *, behavioral: bool) -> list[Term]:
    """Return ``terms`` with each abbreviation as the program that it names, or as a plan's name.

    ``behavioral``: whether the line has a behavioral type or word; elsewhere an abbreviation names no program.
    """
    found = list(terms)
    for place, term in enumerate(terms):
        if term.kinds & _ABBREVIATIONS and not term.kinds & {Kind.IOP, Kind.PHP}:
            is_service = behavioral and _stands_as_service(terms, place)
            kind = Kind.IOP if Kind.IOP_ABBREVIATION in term.kinds else Kind.PHP
            found[place] = term._replace(kinds=frozenset({kind if is_service else Kind.PLAN_NAME}))
    return found


def _stands_as_service(terms: Sequence[Term], place: int) -> bool:
    after = terms[place + 1] if place + 1 < len(terms) else None
    if after is not None and not after.is_mark:
        if _is_plan_word(after):
            return False
        if after.sort is Sort.NUMBER and not after.kinds & _BESIDE:
            return _is_counted(terms, place + 1)
    if place and not terms[place - 1].is_mark and _is_plan_word(terms[place - 1]):
        return False
    return _is_beside(terms, place, -1) or _is_beside(terms, place, 1)


def _is_plan_word(term: Term) -> bool:
    return any(term.words.startswith(word) for word in _PLAN_WORDS) and Kind.PREPOSITION not in term.kinds


def _is_counted(terms: Sequence[Term], place: int) -> bool:
    """Whether a number counts days, visits or dollars, or is an abbreviation itself: IOP 30 DAYS is a limit.

    Of two numbers the second counts: PHP 12 OF 20 DAYS REMAINING.
    """
    if terms[place].kinds & _ABBREVIATIONS:
        return True
    after = terms[place + 1 : place + 4]
    if len(after) > 1 and after[0].words in _OUT_OF and after[1].sort is Sort.NUMBER:
        after = after[2:]
    return bool(after) and bool(after[0].kinds & _COUNTED)


_OUT_OF = frozenset({"OF", "OUT OF"})
_COUNTED = COST_KINDS | VERDICT_KINDS | {Kind.UNIT, Kind.REMAINING, Kind.PLAN_PAYS}


def _is_beside(terms: Sequence[Term], place: int, step: int) -> bool:
    """Whether the next term on one side is nothing, a mark, or a word that makes an abbreviation a service."""
    at = place + step
    while 0 <= at < len(terms) and terms[at].kinds and terms[at].kinds <= _SKIPPED and not terms[at].is_mark:
        at += step
    if not 0 <= at < len(terms) or terms[at].is_mark:
        other = place - step
        return not 0 <= other < len(terms) or terms[other].is_mark or bool(terms[other].kinds)
    # Beside a word that nobody knows it may be a service: the clause is not understood, and so a mention at most.
    return bool(terms[at].kinds & _BESIDE) or terms[at].caution or not terms[at].is_known


_PROCEDURE = re.compile(r"[GHST][0-9]{4}|9[0-9]{4}")
_DECIDING = VERDICT_KINDS | {Kind.AUTHORIZATION, Kind.REQUIRES, Kind.FREES}
_NUMBERED = frozenset({Kind.PLAN_SUBJECT, Kind.PROVIDER_SUBJECT, Kind.FIELD, Kind.REFERENCE_NOUN, Kind.AGE})


def with_procedures(terms: Sequence[Term]) -> list[Term]:
    """Return ``terms`` with each procedure of which something is decided as the other service that it is ([S1]).

    H0017 NOT COVERED speaks of that procedure; PLAN H5521 has a number.
    """
    has_bare = any(not term.kinds and not term.is_mark for term in terms)
    if not has_bare or kinds_of(terms).isdisjoint(_DECIDING):
        return list(terms)
    return [
        term._replace(kinds=frozenset({Kind.SERVICE}))
        if not (term.kinds or term.is_mark)
        and _PROCEDURE.fullmatch(term.words)
        and not (place and terms[place - 1].kinds & _NUMBERED)
        else term
        for place, term in enumerate(terms)
    ]


_PROGRAMS = {Kind.IOP: Program.IOP, Kind.PHP: Program.PHP}


def _items(terms: Sequence[Term], kinds: frozenset[Kind]) -> frozenset[int]:
    """Where the office or telehealth is an item of its own beside a program: IOP, TELEHEALTH AND DETOX ([T5])."""
    if not kinds & {Kind.IOP, Kind.PHP} or kinds & {Kind.IN_PERSON, Kind.OWN_SETTING}:
        return frozenset()
    places = (at for at, term in enumerate(terms) if term.kinds & {Kind.OFFICE, Kind.TELEHEALTH})
    return frozenset(at for at in places if _is_item(terms, at))


def _is_item(terms: Sequence[Term], place: int) -> bool:
    before = terms[place - 1] if place else None
    after = terms[place + 1] if place + 1 < len(terms) else None
    ends = after is None or _parts_items(after) or bool(after.kinds & (VERDICT_KINDS | {Kind.VERB, Kind.NOT}))
    joined = any(one is not None and Kind.AND in one.kinds for one in (before, after))
    return joined and ends and (before is None or _parts_items(before))


def _parts_items(term: Term) -> bool:
    return Kind.AND in term.kinds or term.sort is Sort.COMMA


def _is_own_setting(terms: Sequence[Term], place: int) -> bool:
    """Whether a term is the programs' own setting; OUTPATIENT right before a service only says where that is."""
    if not terms[place].kinds & {Kind.OWN_SETTING, Kind.IN_PERSON}:
        return False
    following = terms[place + 1].kinds if place + 1 < len(terms) else frozenset()
    return not following & {Kind.SERVICE, Kind.PART, Kind.OFFICE}


def names_in(terms: Sequence[Term]) -> Names:
    """Return everything that ``terms`` name; abbreviations must have been told apart."""
    kinds = kinds_of(terms)
    if kinds.isdisjoint(_NAMING):
        return _NOTHING
    is_elsewhere = not kinds.isdisjoint(_ELSEWHERE)
    items = _items(terms, kinds) if is_elsewhere else _NOWHERE
    return Names(
        programs=_programs(kinds),
        services=Kind.SERVICE in kinds or bool(items),
        parts=Kind.PART in kinds,
        office=is_elsewhere and _stands_alone(terms, Kind.OFFICE),
        telehealth=is_elsewhere and _stands_alone(terms, Kind.TELEHEALTH),
        own=not kinds.isdisjoint(_OWN) and any(_is_own_setting(terms, place) for place in range(len(terms))),
        conditions=_CONDITIONS[Kind.MENTAL in kinds, Kind.SUBSTANCE in kinds],
        behavioral=not kinds.isdisjoint(CONDITION_KINDS),
        plan=Kind.PLAN_SUBJECT in kinds,
        provider=Kind.PROVIDER_SUBJECT in kinds,
    )


_ELSEWHERE = frozenset({Kind.OFFICE, Kind.TELEHEALTH})
_OWN = frozenset({Kind.OWN_SETTING, Kind.IN_PERSON})
_NAMING = (
    frozenset({Kind.IOP, Kind.PHP, Kind.SERVICE, Kind.PART, Kind.PLAN_SUBJECT, Kind.PROVIDER_SUBJECT})
    | _ELSEWHERE
    | _OWN
    | CONDITION_KINDS
)
_NOTHING = Names()
_NOWHERE: frozenset[int] = frozenset()
_CONDITIONS = {
    (False, False): frozenset[Condition](),
    (True, False): frozenset({Condition.MENTAL_HEALTH}),
    (False, True): frozenset({Condition.SUBSTANCE_USE}),
    (True, True): frozenset(Condition),
}


def _programs(kinds: frozenset[Kind]) -> frozenset[Program]:
    return frozenset([program for kind, program in _PROGRAMS.items() if kind in kinds])


def _stands_alone(terms: Sequence[Term], kind: Kind) -> bool:
    """Whether a setting is named that is no item of its own."""
    return any(kind in term.kinds and not _is_item(terms, place) for place, term in enumerate(terms))


_CONNECTORS = frozenset({Kind.FOR, Kind.PREPOSITION, Kind.WITH})
_HEADS = SERVICE_KINDS | {Kind.PROVIDER_SUBJECT}


def _without_modifiers(terms: Sequence[Term]) -> list[Term]:
    """``terms`` without programs that only say of which part or service is spoken ([T13]).

    PHP MEALS are meals, COURT ORDERED PHP is what a court has ordered, and an AUTISM DAY TREATMENT is one for autism.
    """

    def is_modified(place: int) -> bool:
        before = terms[place - 1].kinds if place and not terms[place].after_end else frozenset()
        follows = place + 1 < len(terms) and not terms[place + 1].after_end
        at = place + 1
        while follows and at + 1 < len(terms) and terms[at].kinds & _CONNECTORS:
            at += 1
        after = terms[at].kinds if follows else frozenset()
        is_linked = bool(before & _CONNECTORS) or (place > 0 and terms[place - 1].words == "TO")
        linked = terms[place - 2].kinds if is_linked and place > 1 else frozenset()
        own_kind = place > 0 and terms[place - 1].value(Kind.SERVICE) == _OF_A_KIND
        return own_kind or Kind.PART in before or bool((after | linked) & {Kind.PART, Kind.SERVICE})

    return [term for place, term in enumerate(terms) if term.kinds.isdisjoint(_PROGRAMS) or not is_modified(place)]


_OF_A_KIND = "kind"
"""Services that right before a program say of which sort it is."""


def names_about(terms: Sequence[Term]) -> Names:
    """Return what ``terms`` name, without programs that only say of which part or service is spoken."""
    return names_in(_without_modifiers(terms))


def subject_of(terms: Sequence[Term]) -> Names:
    """Return what a stretch of words is about: its head before FOR, OF or IN, else what stands after.

    ROOM AND BOARD FOR PHP is about room and board; BENEFITS FOR PHP is about PHP.
    """
    kept = _without_modifiers(terms)
    head = kept[: next((at for at, term in enumerate(kept) if term.kinds & _CONNECTORS), len(kept))]
    names, everything = names_in(head), names_in(kept)
    if any(term.kinds & _HEADS for term in head):
        return names._replace(
            conditions=everything.conditions,
            behavioral=everything.behavioral,
            office=everything.office,
            telehealth=everything.telehealth,
            own=everything.own,
        )
    return everything


_CONDITIONS_LEFT_OUT = SIDE_KINDS | {
    *(Kind.UNMET, Kind.PART, Kind.SEQUENCE, Kind.AUTHORIZATION, Kind.UNIT, Kind.DATE_FROM, Kind.DATE_TO, Kind.UP_TO),
    *(Kind.AGE, Kind.AGE_UNDER, Kind.AGE_OVER, Kind.ADULTS, Kind.CHILDREN, Kind.ADOLESCENTS, Kind.RESERVATION),
}


class Exceptions(NamedTuple):
    """A clause without what follows EXCEPT, the programs left out, and whether a condition alone stands there."""

    kept: list[Term]
    programs: frozenset[Program] = frozenset()
    is_condition: bool = False


def without_exceptions(terms: Sequence[Term]) -> Exceptions:
    """Return ``terms`` without what follows EXCEPT, and what that leaves out."""
    at = next((place for place, term in enumerate(terms) if Kind.EXCEPT in term.kinds), None)
    if at is None:
        return Exceptions(list(terms))
    ends = VERDICT_KINDS | {Kind.VERB, Kind.NOT}
    end = next((place for place in range(at + 1, len(terms)) if terms[place].kinds & ends), len(terms))
    left_out = terms[at + 1 : end]
    programs = names_in(left_out).programs
    conditional = any(term.kinds & _CONDITIONS_LEFT_OUT for term in left_out)
    return Exceptions([*terms[:at], *terms[end:]], programs, is_condition=conditional and not programs)
