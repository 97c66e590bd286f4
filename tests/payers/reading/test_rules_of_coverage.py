"""What the plan is and whether it is active. Source: ``ANSWER.md`` section 3."""

from collections.abc import Callable

import pytest

from contracts import Answer
from tests.payers.reading.expectations import differences

Read = Callable[..., Answer]


@pytest.mark.parametrize(
    ("rule", "lines", "expected"),
    [
        ("C1, C2", ["EB*5**30"], {"status": "unclear", "finding": "pending"}),
        ("C1, C2", ["EB*1**30", "EB*6**30"], {"status": "unclear", "finding": "contradiction"}),
        ("C1, C2", ["EB*6**30", "EB*1**98"], {"status": "unclear"}),
        ("C1, C2", ["EB*6**30", "EB*1**35"], {"status": "inactive"}),
        ("C1, C2", ["EB*6**30", "EB*1**MH"], {"status": "unclear"}),
        ("C1, C2", ["EB*1**98"], {"status": "unclear", "php": "not_stated"}),
        ("C1, C2", ["EB*1**48"], {"status": "unclear"}),
        ("C1, C2", ["EB*V**30"], {"status": "unclear"}),
        ("C1, C2", ["EB*D**30"], {"status": "unclear"}),
        ("C1, C2", ["EB*P**30"], {"status": "unclear"}),
        ("C1, C2", ["EB*B*IND*30***27*20"], {"status": "unclear"}),
        ("C1, C2", ["EB*1**35"], {"status": "unclear"}),
        ("C1, C2", ["EB*1**30*MA"], {"status": "unclear"}),
        ("C1, C2", ["EB*1**30*MA", "EB*1**30*MB"], {"status": "active"}),
        ("C1, C2", ["EB*1**30", "DTP*343*D8*20261001"], {"status": "unclear", "finding": "plan_dates"}),
        ("C1, C2", ["EB*1**30", "DTP*343*D8*20261231"], {"status": "active"}),
        (
            "C1, C2",
            ["EB*1**30", "DTP*347*D8*20260101"],
            {"status": "unclear", "finding": "plan_dates", "ends": "2026-01-01"},
        ),
        ("C3", ["EB*1**30", "MSG*AUTHORIZATION EXPIRED"], {"status": "active"}),
        ("C3", ["EB*1**30", "MSG*POLICY NOT TERMINATED"], {"status": "active"}),
        ("C3", ["EB*1**30", "MSG*COVERAGE TERMINATED 12/31/2026"], {"status": "active", "ends": "2026-12-31"}),
        ("C3", ["EB*1**30", "MSG*COVERAGE TERMINATED 01/31/2026"], {"status": "unclear"}),
        ("C3", ["EB*1**30", "MSG*YOUR NETWORK AGREEMENT HAS ENDED"], {"status": "active"}),
        ("C3", ["EB*1**30", "MSG*PLAN IS IN GRACE PERIOD"], {"status": "unclear"}),
        (
            "C5",
            ["EB*1**30", "DTP*291*RD8*20260101-20261231"],
            {"status": "active", "begins": "2026-01-01", "ends": "2026-12-31"},
        ),
        (
            "C5",
            ["EB*1**30", "DTP*291*RD8*20261123-20261123"],
            {"status": "active", "begins": "2026-01-01", "ends": "None"},
        ),
        ("C5", ["EB*1**30", "DTP*307*RD8*20261101-20261130"], {"status": "active", "ends": "None"}),
        ("C5", ["EB*1**30", "DTP*291*RD8*20260101-20261123"], {"status": "active", "ends": "None"}),
        (
            "C5",
            ["EB*1**30", "DTP*346*RD8*20260301-20270228"],
            {"status": "active", "begins": "2026-03-01", "ends": "2027-02-28"},
        ),
        ("C5", ["EB*1**30", "DTP*347*D8*20991231"], {"status": "active", "ends": "None"}),
        ("C5", ["EB*1**30", "DTP*349*D8*20261231"], {"status": "active", "ends": "2026-12-31"}),
        ("C5", ["EB*1**30", "DTP*357*D8*20261231"], {"status": "active", "ends": "2026-12-31"}),
        ("C5", ["EB*1**30", "EB*1**MH", "DTP*349*D8*20260301"], {"status": "active", "php": "not_stated"}),
        ("C5", ["EB*1**30", "EB*1**MH", "DTP*348*D8*20260301"], {"status": "active", "php": "likely"}),
        ("C5", ["EB*1**30", "EB*1**MH", "DTP*348*D8*20270301"], {"status": "active", "php": "not_stated"}),
        (
            "C5",
            ["EB*1**30", "EB*1**BB", "EB*B*IND*BB***27*40*****Y", "DTP*292*RD8*20250101-20251231"],
            {"status": "active", "php": "covered"},
        ),
        (
            "C4, C6",
            ["EB*6**30", "DTP*291*RD8*20250101-20251231", "EB*1**30", "DTP*291*RD8*20260101-20261231", "EB*1**MH"],
            {"status": "active", "php": "likely"},
        ),
        (
            "C4, C6",
            [
                "EB*1**30**A",
                "DTP*291*RD8*20250101-20251231",
                "EB*1**BB**A",
                "EB*1**30**B",
                "DTP*291*RD8*20260101-20261231",
                "EB*1**MH**B",
            ],
            {"status": "active", "php": "likely"},
        ),
        ("C7", ["EB*1**30", "MSG*LIMITED TO DIALYSIS ONLY"], {"status": "unclear"}),
        ("C7", ["EB*1**30*MA", "EB*1**BB*MA", "EB*1**30*MB"], {"status": "active", "php": "not_stated"}),
        ("C9", ["AAA*N**72*C"], {"status": "not_found"}),
        ("C9", ["AAA*N**72*C", "EB*1**30"], {"status": "unclear"}),
        ("C9", ["AAA*N**42*C"], {"status": "could_not_check"}),
        (
            "C11",
            ["EB*1**30", "EB*R**30", "LS*2120", "NM1*PRP*2*FIRST", "LE*2120"],
            {"status": "active", "others": "FIRST:primary"},
        ),
        (
            "C11",
            ["EB*1**30", "EB*R**30", "LS*2120", "NM1*SEP*2*SEC", "LE*2120"],
            {"status": "active", "others": "SEC:secondary"},
        ),
        (
            "C11",
            ["EB*1**30", "EB*1**MH", "LS*2120", "NM1*TTP*2*THIRD", "LE*2120"],
            {"status": "active", "others": "THIRD:tertiary"},
        ),
        (
            "C11",
            ["EB*1**30", "EB*R**30", "DTP*290*RD8*20240101-20251231", "LS*2120", "NM1*PRP*2*OLD", "LE*2120"],
            {"status": "active", "others": "None"},
        ),
        (
            "C11",
            ["EB*1**30", "EB*R**30", "DTP*290*RD8*20260101-20261231", "LS*2120", "NM1*PR*2*OTHER", "LE*2120"],
            {"status": "active", "others": "OTHER:unknown"},
        ),
        (
            "C11",
            ["EB*1**30", "EB*R**MH", "LS*2120", "NM1*PR*2*MAGELLAN", "LE*2120"],
            {"status": "active", "others": "None", "php": "delegated"},
        ),
    ],
)
def test_each_rule_gives_the_answer_it_demands(
    read: Read, rule: str, lines: list[str], expected: dict[str, str]
) -> None:
    answer = read(*lines)

    assert not differences(answer, expected), rule
