"""The lines in force, sorted once by what they can say, so that each row of the answer asks those alone.

What a line can say follows from its codes and words, and for the ladder from the patient's age and whether a limit is
used up. It is found once for all lines of which these are the same, in whatever reply; most lines say nothing of a
program at all, and are passed over.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, cast

from contracts import PROGRAMS, Condition, Program
from payers.reading.lines import codes
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line
from payers.reading.memory import MOST_LINES, remember, remember_apart
from payers.reading.terms.bindings import binding_of, unbound
from payers.reading.terms.medical_lines import is_plainly_medical
from payers.reading.terms.rungs import RUNGS, Heard, LadderFacts, Voice, is_exhausted, may_be_heard
from payers.reading.text import Record, Topic


class LadderPlace(NamedTuple):
    """A place on the ladders: a program, a condition, and the number of a rung of ``RUNGS``."""

    program: Program
    condition: Condition
    rung: int


HeardLine = tuple[Line, Sequence[Heard]]
"""A line that is heard on a rung, and what it does there: no named tuple, since a reply has a thousand of them."""

Ladder = Sequence[Sequence[HeardLine]]
"""The lines that are heard on each rung."""

BoundLine = tuple[Line, frozenset[LadderPlace]]
"""A line with a copay or a share that something binds, and where it would speak if nothing did."""

Found = TypeVar("Found")


@dataclass(slots=True)
class _Roles:
    """What some lines are asked for, each by its number: so it is the same for the lines of all members of a plan.

    ``listed``: those of each list of ``LinesInForce``; ``heard``, ``bound``, ``tells_sides_apart`` and
    ``tells_programs_apart`` as there. ``derived``: what else follows from them, by the function that found it.
    """

    listed: dict[str, list[int]] = field(default_factory=dict)
    heard: dict[LadderPlace, list[tuple[int, Sequence[Heard]]]] = field(default_factory=dict)
    bound: list[tuple[int, frozenset[LadderPlace]]] = field(default_factory=list)
    tells_sides_apart: bool = False
    tells_programs_apart: frozenset[Condition] = frozenset()
    derived: dict[Callable[[Sequence[Line]], Any], Any] = field(default_factory=dict)


class LinesInForce:
    """The lines that are in force, in the order of the reply.

    ``certified``: what was said of single procedures and their authorization alone; these stand on no rung.
    ``tells_sides_apart``: whether anything that rows ask of holds for one network side alone, so that the sides may
    differ; ``tells_programs_apart``: the conditions for which anything in these, but for where it is heard, is of one
    program alone.
    """

    def __init__(self, lines: Sequence[Line], certified: Sequence[Line], roles: _Roles) -> None:
        self.certified = certified
        self.tells_sides_apart = roles.tells_sides_apart or any(
            _role_of(line.facts).is_of_one_side for line in certified
        )
        self.tells_programs_apart = codes.BOTH if certified else roles.tells_programs_apart
        self._lines, self._roles = lines, roles

    @cached_property
    def naming(self) -> list[Line]:
        """Lines whose codes or words name a program."""
        return self._select("naming")

    @cached_property
    def closing(self) -> list[Line]:
        """Those that close something, or whose words name a program."""
        return self._select("closing")

    @cached_property
    def voiding(self) -> list[Line]:
        """Those with words that void a figure."""
        return self._select("voiding")

    @cached_property
    def authorizing(self) -> list[Line]:
        """Those with words about authorization that name a program."""
        return self._select("authorizing")

    @cached_property
    def totals(self) -> list[Line]:
        """Deductibles and out-of-pocket figures."""
        return self._select("totals")

    @cached_property
    def outside(self) -> list[Line]:
        """Lines marked for out of network, or for both sides."""
        return self._select("outside")

    @cached_property
    def medical(self) -> list[Line]:
        """Plain rows about medical care."""
        return self._select("medical")

    @cached_property
    def basis(self) -> list[Line]:
        """Every line that a row may rest on.

        All but ``certified``, ``totals``, ``outside`` and ``medical`` is made of these alone.
        """
        return self._select("basis")

    @cached_property
    def bound(self) -> list[BoundLine]:
        """Lines with a copay or a share that would be a program's if nothing bound it."""
        return [(self._lines[number], speaks_at) for number, speaks_at in self._roles.bound]

    def _select(self, name: str) -> list[Line]:
        return [self._lines[number] for number in self._roles.listed.get(name, ())]

    def heard_by(self, program: Program, condition: Condition) -> Ladder:
        """Return the lines that are heard on each rung of the ladder of a program for a condition, in its order."""
        return [self._heard_at(place) for place in _places_of(program, condition)]

    def _heard_at(self, place: LadderPlace) -> Sequence[HeardLine]:
        return [(self._lines[number], heard) for number, heard in self._roles.heard.get(place, ())]

    def speaks_outside(self) -> bool:
        """Whether a line marked for out of network, or for both sides, speaks on any rung."""
        return any(
            one.voice is Voice.SPEAKS
            for place in self._roles.heard
            for line, heard in self._heard_at(place)
            if line.benefit.network in _OUTSIDE
            for one in heard
        )

    def of_totals(self, find: Callable[[Sequence[Line]], Found]) -> Found:
        """Return what ``find`` finds of ``totals``, by number: found once for all lines that have the same roles.

        It may rest on what a line is sorted by alone: on nothing that is each member's own, such as an amount.
        """
        derived = self._roles.derived
        if find not in derived:
            derived[find] = find(self.totals)
        return cast("Found", derived[find])


@remember(8)
def _places_of(program: Program, condition: Condition) -> tuple[LadderPlace, ...]:
    return tuple([LadderPlace(program, condition, number) for number in range(len(RUNGS))])


def sort_lines(lines: Sequence[Line], certified: Sequence[Line]) -> LinesInForce:
    """Sort ``lines``, each by its role; ``certified`` are those about the authorization of a procedure."""
    return LinesInForce(lines, certified, _roles_of(lines))


_ROLES = remember_apart(128)


def _roles_of(lines: Sequence[Line]) -> _Roles:
    """Return the roles of ``lines``. A line that is kept stands for its own, the others for what they are sorted by."""
    if len(lines) > MOST_LINES or not all(line.is_kept or _is_plain(line) for line in lines):
        return _find_roles(lines)
    key = tuple([line if line.is_kept else _what_counts_of(line) for line in lines])
    known: _Roles | None = _ROLES.find(key)
    if known is None:
        known = _find_roles(lines)
        _ROLES.keep(key, known)
    return known


def _is_plain(line: Line) -> bool:
    """Whether no figure and no age has a say in what a line is sorted by, but what its facts hold."""
    benefit = line.benefit
    return not (benefit.quantity or benefit.deliveries or benefit.information == "F")


def _what_counts_of(line: Line) -> tuple[Hashable, ...]:
    """Return all that a plain line is sorted by."""
    return line.facts, line.is_base_only, line.is_in_period, bool(line.benefit.diagnoses)


def _find_roles(lines: Sequence[Line]) -> _Roles:
    found = _Roles()
    for number, line in enumerate(lines):
        role = _role_of(line.facts)
        for name in role.lists:
            found.listed.setdefault(name, []).append(number)
        if not role.is_listed_alone:
            _enter(number, line, role, found)
    return found


def _enter(number: int, line: Line, role: "_Role", found: _Roles) -> None:
    is_asked = role.is_asked
    if role.may_be_heard:
        is_used_up = (role.may_be_used_up or bool(line.benefit.deliveries)) and is_exhausted(line)
        for place, heard in _heard_of(line.facts, line.age_fits, is_used_up, line.is_base_only):
            found.heard.setdefault(place, []).append((number, heard))
            is_asked = True
    if role.is_share and line.is_in_period and binding_of(line) is not None:
        may_be_used_up = role.may_be_used_up or bool(line.benefit.deliveries)
        is_used_up = may_be_used_up and is_exhausted(replace(line, age_fits=None))
        speaks_at = _speaks_at(line.facts, is_used_up, line.is_base_only)
        if speaks_at:
            found.bound.append((number, speaks_at))
            is_asked = True
            if _tells_programs_apart(speaks_at):
                found.tells_programs_apart = codes.BOTH
    if is_asked and role.is_of_one_side:
        found.tells_sides_apart = True
    if role.names_program:
        found.tells_programs_apart |= role.names_program


@dataclass(frozen=True, slots=True)
class _Role:
    """What lines of the same codes and words may be asked for.

    ``lists``: the lists of ``LinesInForce`` that they belong to. ``is_asked``: rows ask some of these. ``is_share``:
    they have a copay or a share that would be a program's if nothing bound it. ``names_program``: the conditions for
    which they name a program. ``is_listed_alone``: they are put on their
    ``lists``, and asked nothing more.
    """

    lists: tuple[str, ...] = ()
    is_asked: bool = False
    may_be_heard: bool = False
    may_be_used_up: bool = False
    is_share: bool = False
    is_of_one_side: bool = False
    names_program: frozenset[Condition] = frozenset()
    is_listed_alone: bool = False


@remember(2048)
def _role_of(facts: Facts) -> _Role:
    information = facts.codes.information
    asked = {
        "naming": bool(facts.statements or facts.named_by_procedure or facts.named_by_type),
        "voiding": any(record.voids for record in _records(facts)),
        "authorizing": any(one.topic is Topic.AUTHORIZATION and one.names.programs for one in _records(facts)),
    }
    others = {
        "closing": bool(facts.statements) or information in codes.CLOSING,
        "totals": information in codes.TOTALS,
        "outside": facts.codes.network in _OUTSIDE,
        "medical": is_plainly_medical(facts),
    }
    role = _Role(
        lists=tuple([name for name, is_one in (asked | others).items() if is_one]),
        is_asked=any(asked.values()),
        may_be_heard=may_be_heard(facts),
        is_share=information in codes.SHARES and may_be_heard(unbound(facts)),
        names_program=_conditions_of_program(facts),
    )
    is_used_up = information == "F" or facts.subject.is_exhausted
    is_listed_alone = not (role.is_asked or role.may_be_heard or role.is_share or role.names_program)
    return replace(
        role,
        lists=role.lists if is_listed_alone and not others["closing"] else (*role.lists, "basis"),
        may_be_used_up=is_used_up,
        is_of_one_side=_is_of_one_side(facts),
        is_listed_alone=is_listed_alone,
    )


_OUTSIDE = frozenset("NW")
_ONE_SIDE = frozenset("YN")


def _is_of_one_side(facts: Facts) -> bool:
    """Whether a line, or any of its words, may hold for one network side alone."""
    if facts.codes.network in _ONE_SIDE or facts.subject.sides or facts.subject.refuses_itself:
        return True
    return any(one.sides for one in facts.statements) or any(record.sides for record in _records(facts))


def _conditions_of_program(facts: Facts) -> frozenset[Condition]:
    """The conditions for which a line names a program; both, unless it does so by a service type alone."""
    if facts.named or facts.statements or any(record.names.programs for record in _records(facts)):
        return codes.BOTH
    if any(clause.names.programs or clause.excepted for clause in facts.text.clauses):
        return codes.BOTH
    return frozenset(condition for _, condition in facts.named_by_type)


def _records(facts: Facts) -> Iterator[Record]:
    return (record for clause in facts.text.clauses for record in clause.records)


@remember(2048)
def _heard_of(
    facts: Facts,
    age_fits: bool | None,  # noqa: FBT001 - the parts of ``LadderFacts``, one by one to be remembered by
    is_used_up: bool,  # noqa: FBT001
    is_base_only: bool,  # noqa: FBT001
) -> tuple[tuple[LadderPlace, tuple[Heard, ...]], ...]:
    """Return where a line is heard, and what it does there."""
    known = LadderFacts(facts, age_fits, is_used_up, is_base_only)
    return tuple(
        [
            (LadderPlace(program, condition, number), tuple(heard))
            for program, condition in PROGRAMS
            for number, rung in enumerate(RUNGS)
            if (heard := rung.hears(known, program, condition))
        ]
    )


@remember(2048)
def _speaks_at(facts: Facts, is_used_up: bool, is_base_only: bool) -> frozenset[LadderPlace]:  # noqa: FBT001 - as above
    """Return where a line would speak, if nothing bound it to another service."""
    heard = _heard_of(unbound(facts), None, is_used_up, is_base_only)
    return frozenset([place for place, said in heard if any(one.voice is Voice.SPEAKS for one in said)])


@remember(1024)
def _tells_programs_apart(places: frozenset[LadderPlace]) -> bool:
    """Whether a line would speak for one program where it would not for the other."""
    first, *others = ({place[1:] for place in places if place.program is program} for program in Program)
    return any(one != first for one in others)
