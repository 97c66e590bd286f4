"""Which codes name a program in the replies of one payer: those that all payers share, and those of its dialect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from contracts import PROGRAM_PROCEDURES, PROGRAM_SERVICE_TYPES, Condition, Dialect, Program
from payers.reading.lines import codes


@dataclass(frozen=True, eq=False)
class ProgramCodes:
    """``procedures`` and ``service_types``: by code, the program and conditions that it names.

    A code of the dialect that has a meaning for all payers keeps that one.
    """

    procedures: Mapping[str, tuple[Program, frozenset[Condition]]]
    service_types: Mapping[str, tuple[Program, frozenset[Condition]]]

    def conditions_of_types(self, types: Iterable[str]) -> frozenset[Condition]:
        """Return the conditions that service types speak for; none when none is behavioral."""
        found = set[Condition]()
        for code in types:
            if code in codes.CONDITION_OF_TYPE:
                found.add(codes.CONDITION_OF_TYPE[code])
            elif code in self.service_types:
                found |= self.service_types[code][1]
        return frozenset(found)

    def rows_of_types(self, types: Iterable[str]) -> frozenset[tuple[Program, Condition]]:
        """Return the programs and conditions that service types name."""
        named = [self.service_types[code] for code in types if code in self.service_types]
        return frozenset((program, condition) for program, conditions in named for condition in conditions)


@lru_cache(maxsize=64)
def program_codes_of(dialect: Dialect) -> ProgramCodes:
    """Return the codes by which a payer names the programs."""
    procedures = (*(one for one in dialect.procedures if one.code not in codes.SHARED_PROCEDURES), *PROGRAM_PROCEDURES)
    types = (*(one for one in dialect.service_types if one.code not in codes.SHARED_TYPES), *PROGRAM_SERVICE_TYPES)
    return ProgramCodes(
        {one.code: (one.program, frozenset(one.conditions)) for one in procedures},
        {one.code: (one.program, frozenset(one.conditions)) for one in types},
    )


def redefined_codes(dialect: Dialect) -> tuple[str, ...]:
    """Return the codes of ``dialect`` that have a meaning for all payers already, which no dialect may change."""
    procedures = [one.code for one in dialect.procedures if one.code in codes.SHARED_PROCEDURES]
    return (*procedures, *(one.code for one in dialect.service_types if one.code in codes.SHARED_TYPES))
