"""The codes that name IOP and PHP: procedures, service types and revenue codes. Source: ``ANSWER.md`` [L2], [L4], [L6].

These hold for every payer: a new service type for PHP or IOP is added here. A payer that has codes of its own gives
them in its ``Dialect``.
"""

from typing import Annotated

from pydantic import StringConstraints

from contracts.vocabulary import Condition, Frozen, Program

BOTH = tuple(Condition)


class ProgramProcedure(Frozen):
    """A procedure code (EB13) that names a program, for the conditions that it treats."""

    program: Program
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{5}$")]
    conditions: tuple[Condition, ...] = BOTH
    source: str


class ProgramServiceType(Frozen):
    """A service type (EB03) that names a program, for the conditions that it treats."""

    program: Program
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,2}$")]
    conditions: tuple[Condition, ...] = BOTH
    source: str


def _procedure(program: Program, code: str, *conditions: Condition) -> ProgramProcedure:
    return ProgramProcedure(program=program, code=code, conditions=conditions or BOTH, source="ANSWER.md [L4], [L6]")


PROGRAM_PROCEDURES = (
    _procedure(Program.IOP, "S9480", Condition.MENTAL_HEALTH),
    _procedure(Program.IOP, "H0015", Condition.SUBSTANCE_USE),
    _procedure(Program.PHP, "H0035"),
    _procedure(Program.PHP, "S0201"),
    _procedure(Program.PHP, "H2036", Condition.SUBSTANCE_USE),
)
"""Every procedure that names one program."""

GROUP_PROCEDURES = ("G0410", "G0411")
"""Group psychotherapy in either program, since 2024: it names neither."""

PROGRAM_SERVICE_TYPES = (
    ProgramServiceType(
        program=Program.PHP, code="BB", conditions=(Condition.MENTAL_HEALTH,), source="ANSWER.md [L2], service_type"
    ),
)
"""Every service type that names one program: partial hospitalization, psychiatric."""

REVENUE_CODES = {Program.IOP: ("0905", "0906"), Program.PHP: ("0912", "0913")}
"""The revenue codes under which a facility bills a program; payers write them in words."""
