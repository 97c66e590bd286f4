"""What binds a figure to something else than the program, so that it is never the field. Source: [F8]."""

from contracts import Condition, DistinguishedBy, Program, Side
from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.terms.ladder import Level
from payers.reading.terms.rungs import Voice


def binding_of(line: Line) -> DistinguishedBy | None:
    """Return what binds the figure of ``line``; None when nothing does. A binding by age that is met is none."""
    benefit = line.benefit
    if line.is_excluded_place:
        return DistinguishedBy.PLACE
    if benefit.deliveries or (benefit.quantity and line.age_fits is not True):
        return DistinguishedBy.QUANTITY
    if benefit.diagnoses:
        return DistinguishedBy.DIAGNOSIS
    if line.is_other_procedure:
        return DistinguishedBy.PROCEDURE
    if line.is_telehealth or line.subject.is_other_service or line.subject.binds_figures:
        return DistinguishedBy.MESSAGE
    return None


def bound_lines(
    level: Level, lines: tuple[Line, ...], program: Program, condition: Condition, side: Side
) -> tuple[Line, ...]:
    """Return the cost lines that would stand on a rung, if something did not bind them to another service."""
    return tuple(
        line
        for line in lines
        if line.benefit.information in codes.SHARES
        and line.is_in_period
        and binding_of(line) is not None
        and line.on(side, line.benefit.network, marked=level.is_marked)
        and _would_stand(level, line, program, condition)
    )


def _would_stand(level: Level, line: Line, program: Program, condition: Condition) -> bool:
    plain = line._replace(
        place="" if line.is_excluded_place else line.place,
        subject=line.subject._replace(is_other_service=False, is_mute=False),
        is_other_procedure=False,
        is_telehealth=False,
        age_fits=None,
        statements=tuple(one._replace(is_only_virtual=False) for one in line.statements),
    )
    return any(one.voice is Voice.SPEAKS for one in level.rung.hears(plain, program, condition))
