"""The codes of a 271 that decide the answer, as data. Source: ``ANSWER.md`` 2.1, 2.3; ``REFERENCE.md`` 4 to 7."""

from enum import StrEnum
from typing import NamedTuple

from contracts import GROUP_PROCEDURES, PROGRAM_PROCEDURES, Condition, ProblemCode, Responsible

MENTAL = frozenset({Condition.MENTAL_HEALTH})
SUBSTANCE = frozenset({Condition.SUBSTANCE_USE})
BOTH = frozenset(Condition)

MENTAL_TYPES = frozenset("BB BC A4 A6 A8 CF CH MH".split())
SUBSTANCE_TYPES = frozenset("AI AJ AK CJ".split())
STRUCK_TYPES = frozenset("48 A5 A7 CE CG CI RT".split())
"""Inpatient and residential types: struck from a line's list, and still telling the line's condition."""

BEHAVIORAL_TYPES = MENTAL_TYPES | SUBSTANCE_TYPES
CONDITION_OF_TYPE = dict.fromkeys(
    MENTAL_TYPES | frozenset("A5 A7 CE CG RT".split()), Condition.MENTAL_HEALTH
) | dict.fromkeys(SUBSTANCE_TYPES | {"CI"}, Condition.SUBSTANCE_USE)

TELEHEALTH_MODIFIERS = frozenset({"95", "GT", "GQ", "FQ", "93"})
CONDITION_OF_MODIFIER = {"HF": Condition.SUBSTANCE_USE, "HE": Condition.MENTAL_HEALTH}
CONDITIONS_OF_PROCEDURE = {one.code: frozenset(one.conditions) for one in PROGRAM_PROCEDURES} | dict.fromkeys(
    GROUP_PROCEDURES, BOTH
)
SHARED_PROCEDURES = frozenset(CONDITIONS_OF_PROCEDURE)

PARTIAL_PLACE = "52"
OFFICE_PLACES = frozenset({"11"})
VIRTUAL_PLACES = frozenset({"02", "10"})
INPATIENT_PLACES = frozenset("21 51 55 56 61".split())
OTHER_PLACES = frozenset("12 13 20 23 31 32 41 42 81".split())
"""Home, urgent care, emergency, nursing facility, ambulance, laboratory."""

EXCLUDED_PLACES = OFFICE_PLACES | VIRTUAL_PLACES | INPATIENT_PLACES | OTHER_PLACES

FACILITY_TYPES = {Condition.MENTAL_HEALTH: frozenset({"CH"}), Condition.SUBSTANCE_USE: frozenset({"CJ"})}
DAY_CARE_TYPE = "BC"
PLACED_TYPES = {
    Condition.MENTAL_HEALTH: (frozenset("A4 A8 MH".split()), frozenset("53 22 19".split())),
    Condition.SUBSTANCE_USE: (frozenset("AI AJ AK".split()), frozenset("57 53 22 19".split())),
}
"""For each condition, the types that speak at the rung ``place``, and the places at which they do."""

OUTPATIENT_TYPES = {
    Condition.MENTAL_HEALTH: frozenset("A8 CF A4 MH".split()),
    Condition.SUBSTANCE_USE: frozenset("AI AJ AK".split()),
}

GENERAL_TYPES = frozenset("1 2 30 47 48 50 51 52 53 60 96 98 99 A0 A1 A2 A3".split())
"""Types of no branch of medicine: the plan, hospitals and their visits, physicians' visits, other care."""

PLAN_TYPE = "30"
BASE_TYPES = frozenset("1 33 35 47 86 88 98 AL MH UC".split())
OTHER_PLAN_TYPES = frozenset(
    "23 24 25 26 27 28 35 36 37 38 39 40 41 AL AM AN AO CP 88 89 90 91 92 BW BX B2 B3 GF GN".split()
)
"""Dental, vision and pharmacy: other plans, which never give the status or the accumulators."""

SHARED_TYPES = frozenset(CONDITION_OF_TYPE) | GENERAL_TYPES | BASE_TYPES | OTHER_PLAN_TYPES | {PLAN_TYPE}
"""Types that mean the same in the replies of every payer."""

KNOWN_TYPES = frozenset(
    {str(number) for number in range(1, 100)}
    | {f"{letter}{digit}" for letter in "AB" for digit in range(1, 10)}
    | frozenset(
        "A0 C1 AA AB AC AD AE AF AG AH AI AJ AK AL AM AN AO AQ AR BA BB BC BD BE BF BG BH BI BJ BK BL BM".split()
    )
    | frozenset("BN BP BQ BR BS BT BU BV BW BX BY BZ CA CB CC CD CE CF CG CH CI CJ CK CL CM CN CO CP CQ DG".split())
    | frozenset("DM DS GF GN GY IC MH NI ON PT PU RN RT TC TN UC".split())
)

ACTIVE = frozenset("12345")
INACTIVE = frozenset("678")
PENDING = frozenset("578")
SPEAKING = frozenset("1 2 3 4 A B C F G H CB".split())
STOPPING = frozenset("E O 5 7 8".split())
INACTIVE_SERVICE = "6"
"""Closes a rung's own service type, and neither a procedure nor a name ([L3])."""

CLOSING = frozenset({"I", INACTIVE_SERVICE})
STATUS = ACTIVE | INACTIVE
MONEY = frozenset("A B C G J".split())
SHARES = frozenset("AB")
TOTALS = frozenset("CG")
WORDED = SPEAKING | STOPPING | CLOSING | {"D"}
"""Lines whose words may grant, refuse or stop a program."""

BENEFIT_LINES = frozenset("1 2 3 4 5 6 7 8 A B C F G H I CB".split())
"""The lines beside which a rejection of the member does not decide alone."""

KNOWN_INFORMATION = frozenset("1 2 3 4 5 6 7 8 A B C CB D E F G H I J K L M MC N O P Q R S T U V W X Y".split())
NOT_UNDERSTOOD = frozenset({"V"})
"""The payer could not process the question: said, and of no use to the answer."""

KNOWN_INSURANCES = frozenset(
    "12 13 14 15 16 41 42 43 47 AP C1 CO CP D DB EP FF GP HM HN HS IN IP LC LD LI LT MA MB MC MH MI MP OT PE PL".split()
    + "POS PP PR PS QM RP SP TF WC WU".split()
)
KNOWN_QUANTITIES = frozenset("8H 99 CA CE D3 DB DY HS LA LE M2 MN P6 QA S7 S8 VS YY".split())
KNOWN_LEVELS = frozenset("CHD DEP ECH EMP ESP FAM IND SPC SPO".split())
KNOWN_PERIODS = frozenset("6 7 13 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36".split())

TOTAL_PERIODS = frozenset({"22", "23", "25", ""})
BASE_PERIODS = TOTAL_PERIODS | {"27", "7"}
REMAINING = "29"
LIFETIME_REMAINING = "33"
USED = "24"
LEFT = frozenset({REMAINING, LIFETIME_REMAINING})
SPEND_DOWN = "Y"
MEMBERS_OWN = LEFT | {USED}
"""Periods of figures that are each member's own, where the others are the plan's."""
COUNTED = frozenset("DY VS HS P6 FL QA M2 99 YY MN".split())
"""Quantities of care; ages are none."""

HIGHEST_AGE, LOWEST_AGE = "S7", "S8"
AGES = frozenset({HIGHEST_AGE, LOWEST_AGE})

INDIVIDUAL = frozenset({"IND", "EMP"})
FAMILY = frozenset({"FAM"})

PROVIDER_ROLES = frozenset("1P 13 71 72 73 77 80 82 85 87 DD DK DN DQ FA GP P3 QV SJ".split())
PROVIDER_GROUP_ROLES = frozenset({"1I", "I3"})
"""Networks and associations of providers; a known administrator may be written as one."""
SPONSOR_ROLES = frozenset({"36", "P5"})
"""The employer and the plan's sponsor: they pay for a plan, and run a benefit only where the payer says to ask them."""
OTHER_COVERAGE_ROLES = frozenset("PRP SEP TTP P4 OC".split())
PERSON_ROLES = frozenset({"IL", "03", "LR"})
MEMBER_ID_KINDS = frozenset({"MI", "II"})


class RejectionClass(StrEnum):
    """Who can act on an AAA."""

    RETRY = "retry"
    LATER = "later"
    USER = "user"
    OURS = "service"
    CONFIG = "config"
    FINAL = "final"


_IDENTITY = ("member_id", "first_name", "last_name", "birth_date")


class RejectionCode(NamedTuple):
    """An AAA03: its class, and the fields of our request's body that it speaks of."""

    kind: RejectionClass
    fields: tuple[str, ...] = ()


def _all(kind: RejectionClass, codes: str, fields: tuple[str, ...] = ()) -> dict[str, RejectionCode]:
    return dict.fromkeys(codes.split(), RejectionCode(kind, fields))


REJECTIONS = (
    _all(RejectionClass.LATER, "04")
    | _all(RejectionClass.RETRY, "42 80")
    | _all(RejectionClass.OURS, "33 53 54 55 AF AG IA MA T4")
    # The dates are ours: the caller gives one date, and the inquiry is written by us.
    | _all(RejectionClass.OURS, "56 57 61 62 63", ("service_date",))
    | _all(RejectionClass.OURS, "60", ("birth_date", "service_date"))
    | _all(RejectionClass.CONFIG, "41 43 44 45 46 47 48 50 51 79 97")
    | _all(RejectionClass.FINAL, "35 49 69 70 98 AA AE CI E8")
    | _all(RejectionClass.USER, "15 66 74 AO")
    | _all(RejectionClass.USER, "52", ("service_date",))
    | _all(RejectionClass.USER, "58 71", ("birth_date",))
    | _all(RejectionClass.USER, "64 72", ("member_id",))
    | _all(RejectionClass.USER, "65 73", ("first_name", "last_name"))
    | _all(RejectionClass.USER, "67 68 75 76", _IDENTITY)
    | _all(RejectionClass.USER, "77", ("first_name", "last_name", "birth_date"))
    | _all(RejectionClass.USER, "78", ("group_number",))
)

NOT_FOUND = frozenset("58 64 65 67 68 71 72 73 75 76 77 78".split())
MEMBER_LOOPS = frozenset({"2100C", "2100D"})

PROBLEM_OF_CLASS = {
    RejectionClass.RETRY: (ProblemCode.PAYER_BUSY, Responsible.PAYER),
    RejectionClass.LATER: (ProblemCode.PAYER_BUSY, Responsible.PAYER),
    RejectionClass.USER: (ProblemCode.MEMBER_REJECTED, Responsible.MEMBER),
    RejectionClass.OURS: (ProblemCode.SETUP_PROBLEM, Responsible.SERVICE),
    RejectionClass.CONFIG: (ProblemCode.SETUP_PROBLEM, Responsible.SERVICE),
    RejectionClass.FINAL: (ProblemCode.PAYER_DECLINED, Responsible.PAYER),
}
