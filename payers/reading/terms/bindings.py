"""What binds a figure to something else than the program, so that it is never the field. Source: [F8]."""

from contracts import DistinguishedBy
from payers.reading.lines.line import Line


def binding_of(line: Line) -> DistinguishedBy | None:
    """Return what binds the figure of ``line``; None when nothing does. A binding by age that is met is none."""
    benefit = line.benefit
    if line.is_excluded_place:
        return DistinguishedBy.PLACE
    if line.deliveries or line.age_fits is False or (benefit.quantity and line.age_fits is None):
        return DistinguishedBy.QUANTITY
    if benefit.diagnoses:
        return DistinguishedBy.DIAGNOSIS
    # A telehealth modifier is part of the procedure; a place of telehealth is an excluded one.
    if line.facts.is_other_procedure or line.facts.is_telehealth:
        return DistinguishedBy.PROCEDURE
    if line.facts.subject.is_other_service or line.facts.subject.binds_figures:
        return DistinguishedBy.MESSAGE
    return None


def unbound(line: Line) -> Line:
    """Return ``line`` as it would be, if nothing bound it to another service."""
    facts = line.facts
    return line._replace(
        place="" if line.is_excluded_place else line.place,
        facts=facts._replace(
            subject=facts.subject._replace(is_other_service=False, is_mute=False),
            is_other_procedure=False,
            is_telehealth=False,
            statements=tuple([one._replace(is_only_virtual=False) for one in facts.statements]),
        ),
        age_fits=None,
    )
