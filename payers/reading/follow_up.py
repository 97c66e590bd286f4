"""Could asking for one more service type still say something that the replies so far do not?

Source: ``PROTOCOLS.md`` 5.2, steps 3 and 4; the rungs are those of ``ANSWER.md`` 2.1.
"""

from collections.abc import Collection, Sequence

from contracts import (
    PROGRAMS,
    Accumulators,
    Answer,
    Authorization,
    Benefits,
    Condition,
    CoverageStatus,
    Dialect,
    Grade,
    Program,
    Rule,
    Side,
    Verdict,
)
from payers.reading.lines import codes
from payers.reading.lines.program_codes import ProgramCodes, program_codes_of
from payers.reading.memory import remember

_FACILITY = frozenset().union(*codes.FACILITY_TYPES.values())
_GENERAL = codes.BASE_TYPES | {codes.PLAN_TYPE}
_BASE_ANSWER = 5
"""So many of the ten base types are the base answer; an explicit one may hold some of them too."""

_SETTLED = frozenset({CoverageStatus.INACTIVE, CoverageStatus.NOT_FOUND})


def is_about(service_type: str, conditions: Collection[Condition]) -> bool:
    """Whether ``service_type`` may tell of one of ``conditions``; a type of no condition tells of each."""
    condition = codes.CONDITION_OF_TYPE.get(service_type)
    return condition is None or condition in conditions


def answered_types(replies: Sequence[Benefits]) -> frozenset[str]:
    """Return the types that ``replies`` speak of; of the base answer, which is given to every question, none."""
    said = map(_types_of, replies)
    return frozenset[str]().union(*[types for types in said if not (_is_base_answer(types) and types <= _GENERAL)])


def open_procedures(answer: Answer, dialect: Dialect, conditions: Collection[Condition]) -> tuple[str, ...]:
    """Return the procedures of the programs whose authorization ``answer`` leaves open though they are covered.

    Empty while anything else is open too: an answer with a problem is asked again, and so would these be.
    """
    if answer.coverage.status is not CoverageStatus.ACTIVE or answer.problems:
        return ()
    wanted = frozenset(
        [
            (row.program, row.condition)
            for row in answer.programs
            if row.condition in conditions
            and row.in_network.verdict in {Verdict.COVERED, Verdict.LIKELY}
            and row.in_network.authorization is Authorization.UNKNOWN
        ]
    )
    return _procedures_of(program_codes_of(dialect), wanted)


@remember(256)
def _procedures_of(known: ProgramCodes, rows: frozenset[tuple[Program, Condition]]) -> tuple[str, ...]:
    """Return the procedures that name a program and a condition of ``rows``."""
    named = known.procedures.items()
    return tuple(code for code, (program, treats) in named if any((program, condition) in rows for condition in treats))


def worth_asking(service_type: str, answer: Answer, replies: Sequence[Benefits], dialect: Dialect) -> bool:
    """Whether ``service_type`` may decide a program in network that ``answer`` leaves open.

    False when a reply already speaks of it (payers answer more than they were asked), when a reply to another code was
    the base answer alone (a payer that does not take such codes gives it for every one of them), and when every row
    that it could speak for is decided, or is somebody else's to decide.
    """
    if any(service_type in _types_of(benefits) for benefits in replies):
        return False
    if any(_fell_back(benefits) for benefits in replies):
        return False
    return left_open(service_type, answer, dialect)


def left_open(service_type: str, answer: Answer, dialect: Dialect, *, explicitly: bool = False) -> bool:
    """Whether ``answer`` leaves a program open that ``service_type`` can decide.

    ``explicitly``: the words below a line of that type may name the program, which decides it for good.
    """
    named = program_codes_of(dialect).rows_of_types((service_type,))
    rank = Grade.A if named or explicitly else _rank(service_type)
    return any(_open(answer, row, rank) for row in named or PROGRAMS if named or _speaks_for(service_type, row))


def lacks_plan(answer: Answer, replies: Sequence[Benefits], conditions: Collection[Condition]) -> bool:
    """Whether a question for 30 may tell more: the plan's own line, its accumulators, or a network side.

    The base answer speaks of mental health too, also where the explicit one speaks of one network side alone: a side is
    missed where one of ``conditions`` is. Where the base answer is in ``replies``, 30 is answered.
    """
    if answer.coverage.status in _SETTLED or any(benefits.rejections for benefits in replies):
        return False
    if any(map(has_base_answer, replies)):
        return False
    if not any(codes.PLAN_TYPE in _types_of(benefits) for benefits in replies):
        return True
    rows = [row for row in answer.programs if row.condition in conditions and row.condition is Condition.MENTAL_HEALTH]
    is_silent = any(row.on(side).rule is Rule.SILENT for row in rows for side in Side)
    return is_silent or answer.accumulators == Accumulators()


def has_base_answer(benefits: Benefits) -> bool:
    """Whether a reply holds what is answered to 30: the list of base types."""
    return _is_base_answer(_types_of(benefits))


def _is_base_answer(types: set[str]) -> bool:
    return len(types & codes.BASE_TYPES) >= _BASE_ANSWER


def says_more(later: Benefits, earlier: Benefits) -> bool:
    """Whether ``later`` speaks of a behavioral type otherwise than ``earlier``, or alone holds the base answer."""
    if has_base_answer(later) and not has_base_answer(earlier):
        return True
    return any(code in codes.CONDITION_OF_TYPE for _, code in _statements_of(later) - _statements_of(earlier))


def adds_nothing(later: Benefits, earlier: Benefits) -> bool:
    """Whether ``later`` speaks of nothing of which ``earlier`` does not."""
    return _statements_of(later) <= _statements_of(earlier)


def _statements_of(benefits: Benefits) -> set[tuple[str, str]]:
    return {(line.information, code) for line in benefits.lines for code in line.service_types}


def _types_of(benefits: Benefits) -> set[str]:
    return set[str]().union(*[line.service_types for line in benefits.lines])


def _fell_back(benefits: Benefits) -> bool:
    """Whether a question for a code beyond the base ones was answered as if 30 had been asked."""
    said = _types_of(benefits)
    return bool(set(benefits.asked) - _GENERAL) and bool(said) and said <= _GENERAL


def _speaks_for(service_type: str, row: tuple[Program, Condition]) -> bool:
    program, condition = row
    if service_type == codes.DAY_CARE_TYPE and program is not Program.PHP:
        return False
    return codes.CONDITION_OF_TYPE.get(service_type, condition) is condition


def _rank(service_type: str) -> Grade:
    """The best grade that a line of this type alone can give, where the type names no program."""
    return Grade.B if service_type in _FACILITY | {codes.DAY_CARE_TYPE} else Grade.C


def _open(answer: Answer, row: tuple[Program, Condition], rank: Grade) -> bool:
    terms = answer.terms(*row, Side.IN_NETWORK)
    if terms.verdict in {Verdict.LIKELY, Verdict.NOT_COVERED}:
        # Letters: A is the best grade.
        return rank.value < terms.grade.value
    return terms.verdict is Verdict.NOT_STATED
