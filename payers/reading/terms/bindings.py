"""What binds a figure to something else than the program, so that it is never the field. Source: [F8]."""

from dataclasses import replace

from contracts import DistinguishedBy
from payers.reading.lines.facts import Facts
from payers.reading.lines.line import Line
from payers.reading.memory import remember


def binding_of(line: Line) -> DistinguishedBy | None:
    """Return what binds the figure of ``line``; None when nothing does. A binding by age that is met is none."""
    benefit, by_codes = line.benefit, binding_of_codes(line.facts)
    if by_codes is DistinguishedBy.PLACE:
        return by_codes
    counts = (benefit.quantity and line.age_fits is None) or (benefit.deliveries and line.deliveries)
    if counts or line.age_fits is False:
        return DistinguishedBy.QUANTITY
    return DistinguishedBy.DIAGNOSIS if benefit.diagnoses else by_codes


@remember(2048)
def binding_of_codes(facts: Facts) -> DistinguishedBy | None:
    """Return what codes and words bind a figure to."""
    if facts.is_excluded_place:
        return DistinguishedBy.PLACE
    # A telehealth modifier is part of the procedure; a place of telehealth is an excluded one.
    if facts.is_other_procedure or facts.is_telehealth:
        return DistinguishedBy.PROCEDURE
    if facts.subject.is_other_service or facts.subject.binds_figures:
        return DistinguishedBy.MESSAGE
    return None


def unbound(facts: Facts) -> Facts:
    """Return ``facts`` as they would be, if nothing bound the line to another service."""
    return replace(
        facts,
        place="" if facts.is_excluded_place else facts.place,
        subject=facts.subject._replace(is_other_service=False, is_mute=False),
        is_other_procedure=False,
        is_telehealth=False,
        statements=tuple([one._replace(is_only_virtual=False) for one in facts.statements]),
    )
