"""Whom a line points to, and whom it does not. Source: ``ANSWER.md`` [D1] to [D8], [C3], [C11]."""

from collections.abc import Callable

import pytest

from contracts import Answer, Condition, CoverageStatus, Verdict

Read = Callable[..., Answer]

PLAN, BEHAVIORAL = "EB*1**30", "EB*1**MH^AI*********Y"
LUCET = "NM1*VN*2*LUCET"


def names(answer: Answer) -> list[str]:
    """Return the administrators of an answer, in order."""
    return [one.name for one in answer.administrators]


def verdicts(answer: Answer, condition: Condition = Condition.MENTAL_HEALTH) -> set[Verdict]:
    """Return the verdicts in network for a condition."""
    return {row.in_network.verdict for row in answer.programs if row.condition is condition}


def questions(answer: Answer) -> set[str]:
    """Return the codes of what an answer leaves open."""
    return {one.code.value for one in answer.open_questions}


@pytest.mark.parametrize(
    "lines",
    [
        ["EB*R**MH", "DTP*290*RD8*20230101-20241231", LUCET],
        ["EB*MC**MH", "DTP*290*RD8*20230101-20241231", LUCET],
        ["EB*R**MH", "DTP*292*RD8*20250101-20251231", LUCET],
        ["EB*R**MH", "DTP*193*D8*20250101", "DTP*194*D8*20251231", LUCET],
        ["EB*U**MH", "DTP*292*RD8*20250101-20251231", LUCET],
        ["EB*R**MH", "DTP*290*RD8*20270101-20271231", LUCET],
    ],
)
def test_a_line_of_another_time_points_to_nobody(read: Read, lines: list[str]) -> None:  # [C11], [D1]
    answer = read(PLAN, BEHAVIORAL, *lines)

    assert (names(answer), verdicts(answer)) == ([], {Verdict.LIKELY})


@pytest.mark.parametrize(
    ("line", "role"),
    [
        *((line, role) for line in ("EB*1**MH*********Y", "EB*U**MH") for role in ("GP", "71", "82", "DK", "QV", "SJ")),
        # A sponsor pays for the plan of a status line; EB01 U says to ask it ([D1]).
        *(("EB*1**MH*********Y", role) for role in ("36", "P5")),
    ],
)
def test_providers_and_sponsors_run_no_benefit(read: Read, line: str, role: str) -> None:  # [D2]
    answer = read(PLAN, BEHAVIORAL, line, f"NM1*{role}*2*ACME CORP")

    assert (names(answer), verdicts(answer)) == ([], {Verdict.LIKELY})


@pytest.mark.parametrize(
    "lines",
    [
        ["EB*1**MH*********Y", "III*ZZ*02", "NM1*VN*2*TELADOC"],
        ["EB*1**MH*********Y", "MSG*TELEHEALTH", "NM1*VN*2*TELADOC"],
        ["EB*1**MH*********Y", "III*ZZ*11", "NM1*VN*2*ACME"],
        ["EB*1**MH*********Y", "MSG*TESTING", "NM1*VN*2*ACME"],
    ],
)
def test_a_vendor_of_another_service_runs_no_program(read: Read, lines: list[str]) -> None:  # [S1], [S4]
    answer = read(PLAN, BEHAVIORAL, *lines)

    assert (names(answer), verdicts(answer)) == ([], {Verdict.LIKELY})


@pytest.mark.parametrize(
    ("line", "name", "found", "asks"),
    [
        ("EB*U**88", "OPTUM", [], True),
        ("EB*U**35", "CARELON", [], True),
        ("EB*U**35", "COMPPSYCH", ["COMPPSYCH"], False),
        ("EB*U**88", "OPTUM RX", [], False),
        ("EB*U**AL", "EYEMED", [], False),
    ],
)
def test_lines_on_other_plans_types_may_point(  # [D5]
    read: Read, line: str, name: str, found: list[str], asks: bool
) -> None:
    answer = read(PLAN, BEHAVIORAL, line, f"NM1*VN*2*{name}")

    assert (names(answer), "administrator" in questions(answer)) == (found, asks)


@pytest.mark.parametrize("sent", ["800-555-0135", "(800) 555-0135", "800.555.0135 x12"])
def test_a_telephone_is_digits_alone(read: Read, sent: str) -> None:  # [D8]
    answer = read(PLAN, "EB*U**MH", LUCET, f"PER*IC*DESK*TE*{sent}")

    assert answer.administrators[0].phone == "8005550135"


@pytest.mark.parametrize(
    "words",
    [
        "MENTAL HEALTH BENEFITS WERE MANAGED BY MAGELLAN UNTIL 12/31/2025",
        "MENTAL HEALTH BENEFITS THROUGH 12/31/2025 MANAGED BY MAGELLAN",
        "EFFECTIVE 01/01/2027 MENTAL HEALTH BENEFITS ARE MANAGED BY LUCET",
        "MENTAL HEALTH BENEFITS ARE MANAGED BY LUCET EFFECTIVE 01/01/2027",
        "MENTAL HEALTH IS MANAGED BY OPTUM BEHAVIORAL HEALTH FOR CHILDREN UNDER 18",
        "IF MENTAL HEALTH IS MANAGED BY MAGELLAN CALL 800-555-0160",
        "MENTAL HEALTH MAY BE MANAGED BY MAGELLAN",
        "MENTAL HEALTH WAS MANAGED BY MAGELLAN",
        "SEE MAGELLAN WEBSITE FOR MENTAL HEALTH",
        "FOR MENTAL HEALTH VISIT WWW.LUCET.COM",
        "QUESTIONS ABOUT MENTAL HEALTH CALL MAGELLAN 800-555-0101",
        "VIRTUAL MENTAL HEALTH IS PROVIDED BY LYRA",
        "BENEFITS ARE MANAGED BY MAGELLAN FOR TMS",
    ],
)
def test_words_that_do_not_hold_today_delegate_nothing(read: Read, words: str) -> None:  # [D6], [T10]
    answer = read(PLAN, BEHAVIORAL, f"MSG*{words}")

    assert (names(answer), verdicts(answer)) == ([], {Verdict.LIKELY})


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("EFFECTIVE 01/01/2026 MENTAL HEALTH BENEFITS ARE MANAGED BY LUCET", ["LUCET"]),
        ("MENTAL HEALTH BENEFITS ARE MANAGED BY LUCET EFFECTIVE 01/01/2026", ["LUCET"]),
        ("MENTAL HEALTH BENEFITS ARE MANAGED BY MAGELLAN FOR ADULTS", ["MAGELLAN"]),
        ("FOR MENTAL HEALTH CALL MAGELLAN 800-555-0160", ["MAGELLAN"]),
        ("REFER TO MAGELLAN FOR BEHAVIORAL HEALTH BENEFITS", ["MAGELLAN"]),
        ("BENEFITS ARE MANAGED BY MAGELLAN", ["MAGELLAN"]),
        (
            "MENTAL HEALTH IS ADMINISTERED BY MAGELLAN BEHAVIORAL HEALTH AND CARELON BEHAVIORAL HEALTH",
            ["MAGELLAN BEHAVIORAL HEALTH", "CARELON BEHAVIORAL HEALTH"],
        ),
        ("MENTAL HEALTH IS ADMINISTERED BY LUCET OR MAGELLAN", ["LUCET", "MAGELLAN"]),
    ],
)
def test_words_that_hold_today_delegate(read: Read, words: str, found: list[str]) -> None:  # [D4], [D6]
    answer = read(PLAN, BEHAVIORAL, f"MSG*{words}")

    assert (names(answer), verdicts(answer)) == (found, {Verdict.DELEGATED})
    assert {row.in_network.administered_by for row in answer.programs[:1]} == {found[0]}
    assert ("administrator" in questions(answer)) is (len(found) > 1)


def test_benefits_of_the_whole_plan_are_only_a_question(read: Read) -> None:  # [D6]
    answer = read(PLAN, "MSG*BENEFITS ARE MANAGED BY MAGELLAN", BEHAVIORAL)

    assert (names(answer), verdicts(answer)) == ([], {Verdict.LIKELY})
    assert "administrator" in questions(answer)


def test_words_of_one_side_delegate_that_side_alone(read: Read) -> None:  # [L5]
    row = read(PLAN, BEHAVIORAL, "MSG*OUT OF NETWORK MENTAL HEALTH IS MANAGED BY LUCET").programs[0]

    assert (row.in_network.verdict, row.out_of_network.verdict) == (Verdict.LIKELY, Verdict.DELEGATED)


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["INTENSIVE OUTPATIENT IS COVERED", "CALL 800-555-0101"], Verdict.COVERED),
        (["INTENSIVE OUTPATIENT IS NOT COVERED", "CALL 800-555-0101"], Verdict.NOT_COVERED),
        (["INTENSIVE OUTPATIENT EXCLUDED", "PLEASE CALL 800-555-0101"], Verdict.NOT_COVERED),
        (["IF INTENSIVE OUTPATIENT IS COVERED", "CALL 800-555-0101"], Verdict.LIKELY),
        (["FOR INTENSIVE OUTPATIENT COVERED", "CALL 800-555-0101"], Verdict.LIKELY),
        (["ONCE INTENSIVE OUTPATIENT IS COVERED", "CALL 800-555-0101"], Verdict.LIKELY),
    ],
)
def test_a_number_in_its_own_message_leaves_the_verdict(  # [T8]
    read: Read, words: list[str], verdict: Verdict
) -> None:
    answer = read(PLAN, BEHAVIORAL, *(f"MSG*{one}" for one in words))

    assert answer.programs[0].in_network.verdict is verdict


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("COVERAGE HAS NOT BEEN TERMINATED", CoverageStatus.ACTIVE),
        ("NO GRACE PERIOD", CoverageStatus.ACTIVE),
        ("COVERAGE NEVER LAPSED", CoverageStatus.ACTIVE),
        ("MEMBER'S COVERAGE ISN'T TERMINATED", CoverageStatus.ACTIVE),
        ("TERMINATED PROVIDER", CoverageStatus.ACTIVE),
        ("SERVICE SUSPENDED", CoverageStatus.ACTIVE),
        ("CLAIM SUSPENDED", CoverageStatus.ACTIVE),
        ("ID CARD EXPIRED", CoverageStatus.ACTIVE),
        ("CLAIM SUSPENDED, COVERAGE TERMINATED", CoverageStatus.UNCLEAR),
        ("NO GRACE PERIOD, COVERAGE TERMINATED", CoverageStatus.UNCLEAR),
        ("COVERAGE NOT ACTIVE TERMED", CoverageStatus.UNCLEAR),
        ("TERMINATED MEMBER", CoverageStatus.UNCLEAR),
        ("MENTAL HEALTH TERMINATED", CoverageStatus.UNCLEAR),
        ("MEMBER IS IN GRACE PERIOD", CoverageStatus.UNCLEAR),
        ("ZORKO COVERAGE TERMED GLUB", CoverageStatus.UNCLEAR),
        ("COVERAGE TERMINATED CALL 800-555-0101", CoverageStatus.UNCLEAR),
        ("IF COVERAGE IS TERMINATED CALL 800-555-0101", CoverageStatus.ACTIVE),
    ],
)
def test_words_of_status_speak_of_the_plan_and_unnegated(  # [C3]
    read: Read, words: str, status: CoverageStatus
) -> None:
    assert read(PLAN, f"MSG*{words}").coverage.status is status
