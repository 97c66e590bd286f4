"""The names of the two programs (table W1). A dialect may add names of its own."""

from contracts import PROGRAM_PROCEDURES, REVENUE_CODES, Program
from payers.reading.text.vocabulary.entry import Entry, Kind


def _procedures_of(program: Program) -> str:
    return "|".join(one.code for one in PROGRAM_PROCEDURES if one.program is program)


def _revenue_codes_of(program: Program) -> str:
    """The revenue codes of a program as payers write them: alone, or after a word with or without the leading zero."""
    numbers = [*REVENUE_CODES[program], *(code.lstrip("0") for code in REVENUE_CODES[program])]
    worded = [f"{words} {number}" for words in ("REVENUE CODE", "REV CODE", "REV") for number in numbers]
    return "|".join((*REVENUE_CODES[program], *worded))


ENTRIES = (
    Entry(
        Kind.IOP,
        "INTENSIVE OUTPATIENT|INTENSIVE OUT PATIENT|INTENSIVE OUTPT|INTENSIVE OP|INT OUTPATIENT",
        "INTENSIVE OUTPT 3 HOURS DAILY",
    ),
    Entry(Kind.IOP, "ASAM 2.1|ASAM LEVEL 2.1|LEVEL 2.1|LEVEL II.1|ASAM LEVEL II.1", "ASAM LEVEL 2.1 IS COVERED"),
    Entry(Kind.IOP, _procedures_of(Program.IOP), "S9480 IS COVERED"),
    Entry(
        Kind.IOP_ABBREVIATION,
        _revenue_codes_of(Program.IOP),
        "REVENUE CODE 0905 IS COVERED",
    ),
    Entry(Kind.IOP_ABBREVIATION, "IOP|IOPS", "IOP IS COVERED"),
    Entry(
        Kind.PHP,
        "PARTIAL HOSPITAL*|PARTIAL HOSP|PART HOSP|PARTIAL HOSPITAL* PROGRAM*|PARTIAL HOSPITAL* CARE",
        "PARTIAL HOSPITALIZATION IS COVERED",
    ),
    # Other branches of medicine have days of their own: on their service types these words name a service of theirs.
    Entry(
        Kind.PHP,
        "PARTIAL DAY|PARTIAL PROGRAM|DAY TREATMENT|DAY HOSPITAL*|DAY PROGRAM|DAY HOSPITAL* PROGRAM*",
        "DAY HOSPITALIZATION PROGRAM",
        "day",
    ),
    Entry(Kind.PHP, "ASAM 2.5|ASAM LEVEL 2.5|LEVEL 2.5|LEVEL II.5|ASAM LEVEL II.5", "ASAM LEVEL 2.5 IS COVERED"),
    Entry(Kind.PHP, _procedures_of(Program.PHP), "H0035 IS COVERED"),
    Entry(
        Kind.PHP_ABBREVIATION,
        _revenue_codes_of(Program.PHP),
        "REVENUE CODE 0912 IS COVERED",
    ),
    Entry(Kind.PHP_ABBREVIATION, "PHP|PHPS", "PHP IS COVERED"),
)
