"""The lines in force, sorted once by what they can say, so that each row of the answer asks those alone."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple, Self

from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.terms.bindings import binding_of, unbound
from payers.reading.terms.rungs import RUNGS
from payers.reading.text import Topic


class LinesInForce(NamedTuple):
    """The lines that are in force, in the order of the reply.

    ``by_rung``: those that can be heard on each rung of ``RUNGS``, for any program. ``naming``: those whose codes
    or words name a program. ``closing``: those that close something, or whose words name a program. ``bound``: lines
    with a copay or a share that something binds, each with what it would be if nothing did. ``voiding``: those with
    words that void a figure. ``authorizing``: those with words about authorization that name a program. ``certified``:
    what was said of single procedures and their authorization alone; these stand on no rung. ``tells_sides_apart``:
    whether anything in all of these holds for one network side alone, so that the sides may differ.
    """

    by_rung: tuple[tuple[Line, ...], ...]
    naming: tuple[Line, ...]
    closing: tuple[Line, ...]
    bound: tuple[tuple[Line, Line], ...]
    voiding: tuple[Line, ...]
    authorizing: tuple[Line, ...]
    certified: tuple[Line, ...]
    tells_sides_apart: bool

    @classmethod
    def of(cls, lines: Sequence[Line], certified: Sequence[Line]) -> Self:
        """Sort ``lines``; ``certified`` are those about the authorization of a procedure."""
        worded = [line for line in lines if line.facts.text.clauses]
        by_rung = tuple([tuple([line for line in lines if rung.may_hear(line)]) for rung in RUNGS])
        naming = tuple(
            [one for one in lines if one.facts.statements or one.facts.named_by_procedure or one.facts.named_by_type]
        )
        bound = tuple([(line, unbound(line)) for line in lines if _is_bound_share(line)])
        voiding = tuple([line for line in worded if _voids(line)])
        authorizing = tuple([line for line in worded if _is_about_authorization(line)])
        asked = chain(*by_rung, naming, (line for line, _ in bound), voiding, authorizing, certified)
        return cls(
            by_rung=by_rung,
            naming=naming,
            closing=tuple(
                [line for line in lines if line.facts.statements or line.benefit.information in codes.CLOSING]
            ),
            bound=bound,
            voiding=voiding,
            authorizing=authorizing,
            certified=tuple(certified),
            tells_sides_apart=any(map(_is_of_one_side, asked)),
        )


def _is_of_one_side(line: Line) -> bool:
    """Whether a line, or any of its words, may hold for one network side alone."""
    if line.benefit.network in _ONE_SIDE or line.facts.subject.sides or line.facts.subject.refuses_itself:
        return True
    return any(one.sides for one in line.facts.statements) or any(
        record.sides for clause in line.facts.text.clauses for record in clause.records
    )


_ONE_SIDE = frozenset("YN")


def _is_bound_share(line: Line) -> bool:
    return line.benefit.information in codes.SHARES and line.is_in_period and binding_of(line) is not None


def _voids(line: Line) -> bool:
    return any(record.voids for clause in line.facts.text.clauses for record in clause.records)


def _is_about_authorization(line: Line) -> bool:
    return any(
        record.topic is Topic.AUTHORIZATION and bool(record.names.programs)
        for clause in line.facts.text.clauses
        for record in clause.records
    )
