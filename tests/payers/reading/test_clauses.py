"""Where clauses end and what is carried from one to the next; each case cites its rule. Source: [T3] to [T10]."""

from collections.abc import Callable

import pytest

from contracts import Answer
from tests.payers.reading.expectations import BEHAVIORAL, PLAN, differences

Read = Callable[..., Answer]

COVERED, NOT_COVERED, NOT_STATED = "covered/phrase/A", "not_covered/phrase/A", "not_stated/phrase/D"
LIKELY = "likely/outpatient"


def answered(read: Read, messages: str) -> Answer:
    """Return the answer to a behavioral line with ``messages``, which a bar parts."""
    return read(PLAN, BEHAVIORAL, *(f"MSG*{message.strip()}" for message in messages.split("|")))


@pytest.mark.parametrize(
    ("rule", "words", "verdict"),
    [
        ("T10", "INTENSIVE OUTPATIENT COVERED THROUGH 2025", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED EFFECTIVE 2027", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED EFFECTIVE DATE 2027", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED BEGINNING 2027", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED AS OF 2027", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED IN 2027", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED FOR 2025", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED FROM 2024 TO 2025", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED THROUGH 10/2026", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT 2025", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED FOR 2026", COVERED),
        ("T10", "INTENSIVE OUTPATIENT COVERED THROUGH 2026", COVERED),
        ("T10", "INTENSIVE OUTPATIENT COVERED FROM 2024 TO 2027", COVERED),
        ("T10", "INTENSIVE OUTPATIENT COVERED SINCE 2020", COVERED),
        ("T16", "INTENSIVE OUTPATIENT EXCLUDED FOR 2025", LIKELY),
        ("T16", "INTENSIVE OUTPATIENT EXCLUDED IN 2025", LIKELY),
        ("T16", "INTENSIVE OUTPATIENT EXCLUDED BEGINNING 2027", LIKELY),
        ("T16", "INTENSIVE OUTPATIENT NOT COVERED DATE OF SERVICE 01/01/2025", LIKELY),
        ("T12", "INTENSIVE OUTPATIENT EXCLUDED FOR 2026", NOT_COVERED),
        ("T16", "NO PREAUTH FOR INTENSIVE OUTPATIENT THROUGH 2025", LIKELY),
        ("T16", "NO PREAUTH FOR INTENSIVE OUTPATIENT IN 2027", LIKELY),
    ],
)
def test_a_bare_year_is_judged_like_a_date(read: Read, rule: str, words: str, verdict: str) -> None:
    answer = answered(read, words)

    assert not differences(answer, {"iop": verdict}), rule


@pytest.mark.parametrize(
    ("rule", "words", "verdict"),
    [
        ("T4", "PREAUTHORIZATION REQUIRED FOR INPATIENT | NO BENEFITS FOR INTENSIVE OUTPATIENT", NOT_COVERED),
        ("T4", "PREAUTHORIZATION REQUIRED FOR INPATIENT | NO COVERAGE FOR INTENSIVE OUTPATIENT", NOT_COVERED),
        ("T8", "PREAUTHORIZATION REQUIRED FOR INPATIENT NO BENEFITS FOR INTENSIVE OUTPATIENT", NOT_COVERED),
        ("T4", "RESIDENTIAL LIMITED TO 30 DAYS | NO BENEFITS FOR INTENSIVE OUTPATIENT", NOT_COVERED),
        ("T4", "THIS PLAN DOES NOT COVER DETOX | OR INTENSIVE OUTPATIENT", NOT_COVERED),
        ("T16", "RESIDENTIAL NOT COVERED | OR INTENSIVE OUTPATIENT", NOT_STATED),
        ("T16", "RESIDENTIAL NOT COVERED | AND INTENSIVE OUTPATIENT", NOT_STATED),
        ("T11", "RESIDENTIAL IS NOT COVERED. ALSO INTENSIVE OUTPATIENT.", LIKELY),
        ("T11", "RESIDENTIAL IS NOT COVERED. SAME FOR INTENSIVE OUTPATIENT.", LIKELY),
    ],
)
def test_a_refusal_reaches_past_a_message(read: Read, rule: str, words: str, verdict: str) -> None:
    answer = answered(read, words)

    assert not differences(answer, {"iop": verdict}), rule


@pytest.mark.parametrize(
    "words",
    [
        "EXCLUSIONS",
        "EXCLUDED SERVICES",
        "NON-COVERED",
        "NOT COVERED",
        "PLAN EXCLUSIONS",
        "SERVICES NOT COVERED",
        "NOT A COVERED BENEFIT",
        "BENEFITS NOT AVAILABLE",
        "NO BENEFITS",
        "NO COVERAGE",
        "DENIED",
        "EXHAUSTED",
    ],
)
@pytest.mark.parametrize("end", [" |", ".", ";"])
def test_a_label_after_a_refusal_of_nothing_grants_nothing(read: Read, words: str, end: str) -> None:
    answer = answered(read, f"{words}{end} RESIDENTIAL{end} INTENSIVE OUTPATIENT")

    assert not differences(answer, {"iop": NOT_STATED, "finding": "message_not_understood"}), "T4 T11"


@pytest.mark.parametrize(
    ("rule", "words", "iop", "php"),
    [
        ("T5", "EXCLUSIONS - IOP | COVERED - PHP", NOT_COVERED, COVERED),
        ("T5", "COVERED - IOP | NOT COVERED - PHP", COVERED, NOT_COVERED),
        ("T5", "NOT COVERED - RESIDENTIAL | COVERED - INTENSIVE OUTPATIENT", COVERED, LIKELY),
        ("T5", "EXCLUSIONS - RESIDENTIAL | COVERED SERVICES - INTENSIVE OUTPATIENT", COVERED, LIKELY),
        ("T5", "EXCLUSIONS: RESIDENTIAL | COPAY: INTENSIVE OUTPATIENT", COVERED, "not_stated/silent/D"),
        ("T5", "EXCLUSIONS: RESIDENTIAL. IOP IS COVERED. PHP", LIKELY, NOT_STATED),
        ("T5", "EXCLUSIONS: RESIDENTIAL. IOP. PHP", NOT_COVERED, NOT_COVERED),
        ("T16", "COVERED: IOP NOT COVERED: PHP", NOT_STATED, NOT_STATED),
        ("T14", "EXHAUSTED: INTENSIVE OUTPATIENT", NOT_COVERED, LIKELY),
        ("T5", "BENEFIT EXCLUSIONS APPLY: IOP", NOT_COVERED, LIKELY),
        ("T10", "COVERED ONLY IN NETWORK: IOP", COVERED, LIKELY),
    ],
)
def test_a_new_heading_ends_the_one_before(read: Read, rule: str, words: str, iop: str, php: str) -> None:
    answer = answered(read, words)

    assert not differences(answer, {"iop": iop, "php": php}), rule


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("INTENSIVE OUTPATIENT COVERED. AGES 13 TO 17.", NOT_STATED),
        ("INTENSIVE OUTPATIENT COVERED. EFFECTIVE 01/01/2027.", NOT_STATED),
        ("INTENSIVE OUTPATIENT COVERED. THROUGH 12/31/2025.", NOT_STATED),
        ("INTENSIVE OUTPATIENT COVERED. ADOLESCENTS ONLY.", NOT_STATED),
        ("INTENSIVE OUTPATIENT COVERED. WAITING PERIOD APPLIES.", NOT_STATED),
        ("INTENSIVE OUTPATIENT COVERED; COURT ORDERED ONLY", NOT_STATED),
        ("INTENSIVE OUTPATIENT. AFTER 30 DAYS.", NOT_STATED),
        ("INTENSIVE OUTPATIENT. FOR CHILDREN.", NOT_STATED),
        ("INTENSIVE OUTPATIENT COVERED. PREAUTHORIZATION REQUIRED. ADOLESCENTS ONLY.", NOT_STATED),
        ("INTENSIVE OUTPATIENT COVERED. RESIDENTIAL COVERED. ADOLESCENTS ONLY.", COVERED),
        ("INTENSIVE OUTPATIENT COVERED. ADULTS ONLY.", COVERED),
        ("INTENSIVE OUTPATIENT COVERED. EFFECTIVE 01/01/2026.", COVERED),
        ("INTENSIVE OUTPATIENT COVERED. IF MEDICALLY NECESSARY.", COVERED),
        ("INTENSIVE OUTPATIENT COVERED. NO WAITING PERIOD APPLIES.", COVERED),
        ("INTENSIVE OUTPATIENT NOT COVERED. ADOLESCENTS ONLY.", LIKELY),
    ],
)
def test_a_condition_alone_binds_the_service_before(read: Read, words: str, verdict: str) -> None:
    answer = answered(read, words)

    assert not differences(answer, {"iop": verdict}), "T6 T10"


@pytest.mark.parametrize(
    ("rule", "words", "verdict"),
    [
        ("T10", "INTENSIVE OUTPATIENT COVERED WITH EXCLUSIONS", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED WHILE INPATIENT", NOT_STATED),
        ("T3", "INTENSIVE OUTPATIENT COVERED WHILE RESIDENTIAL IS NOT COVERED", COVERED),
        ("T10", "INTENSIVE OUTPATIENT COVERED UNTIL EXHAUSTED", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT COVERED UNTIL MAXIMUM REACHED", NOT_STATED),
        ("T10", "ONCE INTENSIVE OUTPATIENT DAYS ARE EXHAUSTED CALL 800-555-0101", NOT_STATED),
        ("T10", "WHEN INTENSIVE OUTPATIENT IS EXHAUSTED PRECERT IS REQUIRED", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT EXHAUSTED THROUGH 12/31/2025", LIKELY),
        ("T14", "INTENSIVE OUTPATIENT EXHAUSTED", NOT_COVERED),
        ("T10", "INTENSIVE OUTPATIENT EXCLUDED WITH OR WITHOUT PREAUTH", NOT_STATED),
        ("T10", "INTENSIVE OUTPATIENT WILL BE DENIED WITHOUT PREAUTHORIZATION", COVERED),
    ],
)
def test_words_of_condition_bind_their_own_clause(read: Read, rule: str, words: str, verdict: str) -> None:
    answer = answered(read, words)

    assert not differences(answer, {"iop": verdict}), rule
