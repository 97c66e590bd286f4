"""What the codes of a line say by themselves: its service types and its procedure. Source: ``ANSWER.md`` 2.1 to 2.3.

Payers use the same few combinations again and again, so each is read once.
"""

from collections.abc import Iterator
from typing import NamedTuple

from contracts import GROUP_PROCEDURES, Condition, Program
from payers.reading.lines import codes
from payers.reading.lines.program_codes import ProgramCodes
from payers.reading.memory import remember


class CodeFacts(NamedTuple):
    """``types``: without the struck ones. ``of_types``, ``of_modifier``, ``of_procedure``: the conditions of each.

    ``rows_of_procedure``: the programs and conditions that the procedures of EB13 name, each code for itself.
    ``is_of_other_care``: every service type is one of another branch of medicine. The other parts are as in ``Facts``.
    """

    types: frozenset[str]
    of_types: frozenset[Condition]
    of_modifier: frozenset[Condition]
    of_procedure: frozenset[Condition]
    named: frozenset[Program]
    rows_of_procedure: frozenset[tuple[Program, Condition]]
    named_by_type: frozenset[tuple[Program, Condition]]
    is_group_procedure: bool
    is_other_procedure: bool
    is_telehealth: bool
    is_of_other_care: bool


@remember(4096)
def code_facts_of(
    known: ProgramCodes, service_types: tuple[str, ...], procedure: str, procedure_end: str, modifiers: tuple[str, ...]
) -> CodeFacts:
    """Return what EB03 and EB13 say."""
    types = frozenset(service_types)
    of_types = known.conditions_of_types(types)
    procedures = frozenset(_procedures(known, procedure, procedure_end))
    own = [known.procedures[code] for code in procedures if code in known.procedures]
    is_group = not procedures.isdisjoint(GROUP_PROCEDURES)
    either = codes.BOTH if is_group else frozenset[Condition]()
    return CodeFacts(
        types=types - codes.STRUCK_TYPES,
        of_types=of_types,
        of_modifier=frozenset(
            codes.CONDITION_OF_MODIFIER[one] for one in modifiers if one in codes.CONDITION_OF_MODIFIER
        ),
        of_procedure=either.union(*(conditions for _, conditions in own)),
        named=frozenset(program for program, _ in own),
        rows_of_procedure=frozenset((program, one) for program, conditions in own for one in conditions),
        named_by_type=known.rows_of_types(types),
        is_group_procedure=is_group,
        is_other_procedure=bool(procedure) and not own and not is_group,
        is_telehealth=not codes.TELEHEALTH_MODIFIERS.isdisjoint(modifiers),
        is_of_other_care=bool(types) and not of_types and not types & codes.GENERAL_TYPES,
    )


def _procedures(known: ProgramCodes, first: str, last: str) -> Iterator[str]:
    """The codes of the programs that EB13 carries: its own, or every one in its range ([L6])."""
    if not first:
        return
    programs = (*known.procedures, *GROUP_PROCEDURES)
    if first in programs:
        yield first
    if last and len(first) == len(last) and first[0] == last[0]:
        yield from (code for code in programs if code[0] == first[0] and first <= code <= last)
