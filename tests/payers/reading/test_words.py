"""What the words of a line promise: a denial closes what it names and nothing else, need is read by the clause."""

from collections.abc import Callable

import pytest

from contracts import Answer, Condition, Program, Side, Terms
from payers.reading import words

Read = Callable[..., Answer]

ACTIVE = "EB*1**30*PR*OPEN CHOICE"


def pair(answer: Answer) -> tuple[str, str]:
    """``verdict rule`` of IOP and PHP for mental health, in network."""
    found = [answer.terms(program, Condition.MENTAL_HEALTH, Side.IN_NETWORK) for program in Program]
    one, other = (f"{terms.verdict} {terms.rule}" for terms in found)
    return one, other


def iop(answer: Answer) -> Terms:
    return answer.terms(Program.IOP, Condition.MENTAL_HEALTH, Side.IN_NETWORK)


@pytest.mark.parametrize(
    ("eb", "message", "expected"),
    [
        ("EB*1**MH", "EXCLUDES INTENSIVE OUTPATIENT", ("not_covered phrase", "likely outpatient")),
        ("EB*1**MH", "EXCLUDING DAY TREATMENT", ("likely outpatient", "not_covered phrase")),
        ("EB*1**MH", "DOES NOT INCLUDE DAY HOSPITAL", ("likely outpatient", "not_covered phrase")),
        ("EB*1**MH", "PARTIAL DAY IS NOT A BENEFIT", ("likely outpatient", "not_covered phrase")),
        ("EB*1**MH", "NON-COVERED: IOP", ("not_covered phrase", "likely outpatient")),
        ("EB*1**MH", "EXCEPT INTENSIVE OUTPATIENT", ("not_stated silent", "likely outpatient")),
        ("EB*1**MH", "NOT INCLUDING PARTIAL HOSP", ("likely outpatient", "not_stated silent")),
        ("EB*1**MH", "NOT COVERED EXCEPT PARTIAL HOSP", ("likely outpatient", "not_stated silent")),
        ("EB*1**MH", "IOP IS COVERED BUT PHP IS NOT COVERED", ("covered phrase", "not_covered phrase")),
        ("EB*1**MH", "IOP IS COVERED, PHP IS NOT COVERED", ("not_covered phrase", "not_covered phrase")),
        ("EB*1**MH", "IOP. NOT COVERED: PHP", ("covered phrase", "not_covered phrase")),
        ("EB*1**MH", "ASAM 2.1 IS COVERED. ASAM 2.5 IS NOT COVERED", ("covered phrase", "not_covered phrase")),
        ("EB*I**MH", "INTENSIVE-OUTPATIENT", ("not_covered phrase", "not_stated silent")),
        ("EB*I**MH", "ALL BUT INTENSIVE OUTPATIENT", ("not_covered phrase", "not_stated silent")),
        ("EB*I**MH", "OTHER THAN INTENSIVE OUTPATIENT", ("not_stated silent", "not_covered outpatient")),
        ("EB*D**MH", "INTENSIVE OUTPATIENT IS NOT COVERED", ("not_covered phrase", "not_stated silent")),
        ("EB*E**MH", "INTENSIVE OUTPATIENT IS EXCLUDED", ("not_covered phrase", "not_stated outpatient")),
        ("EB*E**MH", "INTENSIVE OUTPATIENT", ("not_stated phrase", "not_stated silent")),
        ("EB*6**MH", "INTENSIVE OUTPATIENT", ("not_covered outpatient", "not_stated silent")),
        ("EB*P**MH", "INTENSIVE OUTPATIENT IS NOT COVERED", ("not_stated silent", "not_stated silent")),
        (
            "EB*1***********Y*HC:S9480",
            "INTENSIVE OUTPATIENT IS NOT COVERED",
            ("not_covered procedure", "not_stated silent"),
        ),
        (
            "EB*1***********Y*HC:S9480",
            "SERVICES OTHER THAN INTENSIVE OUTPATIENT",
            ("not_stated silent", "not_stated silent"),
        ),
    ],
)
def test_a_denial_closes_what_its_clause_names_and_nothing_else(
    read: Read, eb: str, message: str, expected: tuple[str, str]
) -> None:
    assert pair(read(ACTIVE, eb, f"MSG*{message}")) == expected


@pytest.mark.parametrize(
    "words_",
    [
        "NOT INCLUDED",
        "NOT PAYABLE",
        "NOT AVAILABLE",
        "NO COVERAGE FOR",
        "NO BENEFIT FOR",
        "INELIGIBLE",
        "NEVER COVERED",
    ],
)
def test_words_of_doubt_neither_grant_nor_refuse_a_program(read: Read, words_: str) -> None:
    answer = read(ACTIVE, "EB*1**MH", f"MSG*{words_} PARTIAL HOSPITALIZATION")

    assert pair(answer) == ("likely outpatient", "not_stated silent")
    assert "denied_phrase" in {found.code for found in answer.findings}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["EB*1**30*HM*PHP GOLD", "EB*1**MH**PHP GOLD"], ("likely outpatient", "likely outpatient")),
        (["EB*1**30*HM*PHP GOLD HMO", "EB*1**MH**PHP"], ("likely outpatient", "likely outpatient")),
        (["EB*1**30*HM*OPEN CHOICE", "EB*1**MH**PHP"], ("not_stated silent", "covered phrase")),
        (["EB*1**30*HM*PHP GOLD", "EB*1**MH", "MSG*PHP"], ("not_stated silent", "covered phrase")),
        (["EB*1**30*HM*MENTAL HEALTH PHP", "EB*1**MH"], ("likely outpatient", "covered phrase")),
    ],
)
def test_a_products_own_name_is_no_programs_name(read: Read, lines: list[str], expected: tuple[str, str]) -> None:
    assert pair(read(*lines)) == expected


@pytest.mark.parametrize("message", ["EXCLUDES IOP", "EXCEPT IOP"])
def test_every_denied_or_excepted_name_is_a_finding(read: Read, message: str) -> None:
    assert "denied_phrase" in {found.code for found in read(ACTIVE, "EB*1**MH", f"MSG*{message}").findings}


@pytest.mark.parametrize(
    ("eb", "message", "expected"),
    [
        ("EB*1**30", "PHP HEALTH PLAN OF FLORIDA", ("not_stated silent", "not_stated silent")),
        ("EB*1**AL", "IOP CHECK IS COVERED", ("not_stated silent", "not_stated silent")),
        ("EB*1**98", "IOP FOR BEHAVIORAL HEALTH", ("covered phrase", "not_stated silent")),
        ("EB*1**A7", "PHP", ("not_stated silent", "covered phrase")),
        ("EB*1**98", "REVENUE CODE 0912", ("not_stated silent", "not_stated silent")),
        ("EB*1**MH", "REVENUE CODES 0905 AND 0906", ("covered phrase", "not_stated silent")),
        ("EB*1**MH", "PLACE OF SERVICE 52", ("not_stated silent", "covered phrase")),
        ("EB*1**98", "PLACE OF SERVICE 52", ("not_stated silent", "not_stated silent")),
        ("EB*1**MH", "0913", ("not_stated silent", "covered phrase")),
        ("EB*1**MH", "H0035 PER DIEM", ("not_stated silent", "covered phrase")),
        ("EB*1**30", "PARTIAL HOSPITALIZATION", ("not_stated silent", "covered phrase")),
    ],
)
def test_an_abbreviation_or_a_number_speaks_on_a_behavioral_line_alone(
    read: Read, eb: str, message: str, expected: tuple[str, str]
) -> None:
    assert pair(read(ACTIVE, eb, f"MSG*{message}")) == expected


@pytest.mark.parametrize(
    ("message", "narrower"),
    [
        ("MARRIAGE COUNSELING", True),
        ("PSYCHOLOGICAL TESTING IS NOT COVERED", True),
        ("SERVICES OF A NON-PARTICIPATING PROVIDER", True),
        ("INTENSIVE OUTPATIENT FOR EATING DISORDERS", True),
        ("NOT COVERED", False),
        ("MENTAL HEALTH IS EXCLUDED", False),
        ("THIS IS NOT A BENEFIT OF THE PLAN", False),
        ("EFFECTIVE 01/01/2026 PLEASE CALL CUSTOMER SERVICE", False),
        ("PARTIAL HOSPITALIZATION IS NOT COVERED", False),
    ],
)
def test_a_message_is_narrower_when_it_limits_a_service_or_provider(message: str, narrower: bool) -> None:
    assert words.limits_a_service(message) is narrower


@pytest.mark.parametrize(
    ("message", "terminated"),
    [
        ("COVERAGE TERMINATED 09/30/2026", True),
        ("POLICY WAS CANCELLED", True),
        ("COVERAGE NOT TERMINATED", False),
        ("NO CLAIM IS PAID IF COVERAGE IS TERMINATED", False),
        ("COVERAGE MAY BE TERMINATED RETROACTIVELY", False),
        ("CALL IF IN DOUBT. COVERAGE TERMINATED", True),
        ("CANCELLED APPOINTMENTS ARE BILLED", False),
    ],
)
def test_a_message_says_that_coverage_ended_or_it_does_not(message: str, terminated: bool) -> None:
    assert words.is_terminated(message) is terminated


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["EB*1**MH", "MSG*NO PRECERT REQUIRED FOR IOP; PRECERT REQUIRED FOR PHP"], "not_required"),
        (["EB*1**MH", "MSG*PRECERT REQUIRED FOR IOP BUT NO PRECERT REQUIRED FOR PHP"], "required"),
        (["EB*1**MH********N", "MSG*SERVICES MAY REQUIRE PRIOR AUTHORIZATION"], "not_required"),
        (["EB*1**MH********U", "EB*A**MH*****.2***Y"], "required"),
        (["EB*1**MH", "MSG*MAY REQUIRE PRECERT. PRECERTIFICATION IS REQUIRED"], "required"),
        (["EB*1**MH", "MSG*PRIOR AUTHORIZATION MAY BE REQUIRED"], "unknown"),
    ],
)
def test_need_of_authorization_is_read_clause_by_clause(read: Read, lines: list[str], expected: str) -> None:
    assert iop(read(ACTIVE, *lines)).authorization == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["EB*1**MH********Y", "EB*A**MH*****.2***N"],
        ["EB*1**MH********N", "MSG*PRIOR AUTHORIZATION REQUIRED"],
        ["EB*1**MH", "MSG*NO PRECERT REQUIRED", "EB*A**MH*****.2***Y"],
    ],
)
def test_where_lines_differ_authorization_is_required_with_a_finding(read: Read, lines: list[str]) -> None:
    answer = read(ACTIVE, *lines)

    assert iop(answer).authorization == "required"
    assert "authorization_differs" in {found.code for found in answer.findings}


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        ("OFFICE VISIT", "silent"),
        ("SPECIALIST VISIT", "silent"),
        ("IN-OFFICE SERVICES", "silent"),
        ("VIRTUAL CARE", "silent"),
        ("INPATIENT DETOXIFICATION", "silent"),
        ("RESIDENTIAL", "silent"),
        ("NOT IN AN OFFICE SETTING", "outpatient"),
        ("NON-OFFICE VISITS", "outpatient"),
        ("OTHER THAN INPATIENT, RESIDENTIAL OR DETOX", "outpatient"),
        ("OUTPATIENT NOT INCLUDING OFFICE VISITS", "outpatient"),
        ("MEMBER BENEFIT OFFICE", "outpatient"),
    ],
)
def test_a_setting_shuts_a_line_out_unless_the_line_is_not_about_it(read: Read, message: str, rule: str) -> None:
    assert iop(read(ACTIVE, "EB*A*IND*MH*****.2****Y", f"MSG*{message}")).rule == rule
