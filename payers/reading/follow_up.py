"""Could asking for one more service type still say something that the replies so far do not?

Source: ``PROTOCOLS.md`` 5.2, steps 3 and 4; the rungs are those of ``ANSWER.md`` 2.1.
"""

from collections.abc import Sequence

from contracts import PROGRAMS, Answer, Benefits, Condition, Dialect, Grade, Program, Side, Verdict
from payers.reading.lines import codes
from payers.reading.lines.program_codes import program_codes_of

_FACILITY = frozenset().union(*codes.FACILITY_TYPES.values())


def worth_asking(service_type: str, answer: Answer, replies: Sequence[Benefits], dialect: Dialect) -> bool:
    """Whether ``service_type`` may decide a program in network that ``answer`` leaves open.

    False when a reply already speaks of it (payers answer more than they were asked), when a reply to another code was
    the base answer alone (a payer that does not take such codes gives it for every one of them), and when every row
    that it could speak for is decided, or is somebody else's to decide.
    """
    if any(service_type in line.service_types for benefits in replies for line in benefits.lines):
        return False
    if any(_fell_back(benefits) for benefits in replies):
        return False
    named = program_codes_of(dialect).rows_of_types((service_type,))
    rank = Grade.A if named else _rank(service_type)
    return any(_open(answer, row, rank) for row in named or PROGRAMS if named or _speaks_for(service_type, row))


def _fell_back(benefits: Benefits) -> bool:
    """Whether a question for a code beyond the base ones was answered as if 30 had been asked."""
    beyond = set(benefits.asked) - codes.BASE_TYPES - {codes.PLAN_TYPE}
    said = {code for line in benefits.lines for code in line.service_types}
    return bool(beyond) and bool(said) and said <= codes.BASE_TYPES | {codes.PLAN_TYPE}


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
