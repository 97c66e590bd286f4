"""Authorization, costs, limits and accumulators. Source: ``ANSWER.md`` section 4."""

from collections.abc import Callable

import pytest

from contracts import Answer
from tests.payers.reading.expectations import PLAN, differences

Read = Callable[..., Answer]


@pytest.mark.parametrize(
    ("rule", "lines", "expected"),
    [
        ("F1 to F4", ["EB*1**BB********Y*Y"], {"php_auth": "required"}),
        ("F1 to F4", ["EB*1**BB********N*Y"], {"php_auth": "not_required"}),
        ("F1 to F4", ["EB*1**CH********N*Y"], {"php_auth": "not_required"}),
        ("F1 to F4", ["EB*1**MH********N*Y"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**MH********Y*Y"], {"php_auth": "required"}),
        ("F1 to F4", ["EB*1**BB********U*Y"], {"php_auth": "unknown", "question": "php_authorization"}),
        ("F1 to F4", ["EB*1**30********Y*Y", "EB*1**BB*********Y"], {"php_auth": "unknown"}),
        (
            "F1 to F4",
            ["EB*1**BB********N*Y", "MSG*PREAUTH REQUIRED"],
            {"php_auth": "required", "finding": "authorization_differs"},
        ),
        (
            "F1 to F4",
            ["EB*1**BB********Y*Y", "MSG*NO PREAUTH REQUIRED"],
            {"php_auth": "required", "finding": "authorization_differs"},
        ),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*PREAUTH REQUIRED FOR INPATIENT"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*NO PREAUTH FOR OUTPATIENT THERAPY"], {"php_auth": "unknown"}),
        (
            "F1 to F4",
            ["EB*1**BB*********Y", "MSG*NO PREAUTH FOR THE FIRST 6 VISITS, THEN REQUIRED"],
            {"php_auth": "required"},
        ),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*NO PREAUTH FOR THE FIRST 6 VISITS"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*NO PREAUTH REQUIRED EFFECTIVE 01/01/2027"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*PREAUTH REQUIRED EFFECTIVE 01/01/2027"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*MAY REQUIRE PREAUTH"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*SOME SERVICES REQUIRE PREAUTH"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*NO PREAUTH REQUIRED. PREAUTH GROBBLE"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**MH*********Y", "MSG*NO PREAUTH REQUIRED"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**CH*********Y", "MSG*NO PREAUTH REQUIRED"], {"php_auth": "not_required"}),
        ("F1 to F4", ["EB*1**MH*********Y", "MSG*PREAUTH REQUIRED"], {"php_auth": "required"}),
        (
            "F1 to F4",
            ["EB*1**BB*********Y", "EB*A*IND*98*****.2****Y", "MSG*PREAUTH REQUIRED FOR PARTIAL HOSPITALIZATION"],
            {"php_auth": "required"},
        ),
        ("F1 to F4", ["EB*1**MH*********Y", "MSG*NO PREAUTH FOR PHP"], {"php": "covered", "php_auth": "not_required"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*PHP MUST BE PRECERTIFIED"], {"php_auth": "required"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*VERIFY PREAUTH REQUIREMENTS"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*CALL 8005550100 FOR PREAUTH"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*PREAUTH REQUIRED IN NETWORK"], {"php_auth": "required"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*PREAUTH REQUIRED OUT OF NETWORK"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*NO PREAUTH REQUIRED OUT OF NETWORK"], {"php_auth": "unknown"}),
        ("F1 to F4", ["EB*1**BB*********Y", "MSG*PREAUTH REQUIRED FOR CHILDREN"], {"php_auth": "unknown"}),
        ("F5", ["EB*1**BB*********Y", "EB*A*IND*BB*****.2****Y"], {"php_coins": "0.2"}),
        (
            "F5",
            ["EB*1**BB*********Y", "EB*A*IND*BB*****20****Y"],
            {"php_coins": "0.2", "finding": "scale_read_as_percent"},
        ),
        ("F5", ["EB*1**BB*********Y", "EB*A*IND*BB*****1****Y"], {"php_coins": "1"}),
        ("F5", ["EB*1**BB*********Y", "EB*A*IND*BB*****150****Y"], {"finding": "malformed_value"}),
        ("F5", ["EB*1**BB*********Y", "EB*A*IND*BB*****0****Y"], {"php_coins": "0"}),
        (
            "F6",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*40*****Y", "MSG*WHICHEVER IS GREATER", "EB*A*IND*BB*****.2****Y"],
            {"php_rule": "greater_of"},
        ),
        (
            "F6",
            [
                "EB*1**BB*********Y",
                "EB*B*IND*BB***27*40*****Y",
                "EB*A*IND*BB*****.2****Y",
                "MSG*COPAY OR COINSURANCE WHICHEVER IS LESS",
            ],
            {"php_rule": "lesser_of"},
        ),
        ("F6", ["EB*1**BB*********Y", "EB*B*IND*BB***27*40*****Y", "EB*A*IND*BB*****.2****Y"], {"php_rule": "both"}),
        ("F6", ["EB*1**BB*********Y", "EB*B*IND*BB***27*40*****Y"], {"php_rule": "None"}),
        (
            "F8",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y", "III*ZZ*11"],
            {"php_copay": "None", "php_alt": "copay:25.00:place"},
        ),
        (
            "F8",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y", "MSG*OFFICE VISIT"],
            {"php_copay": "None", "php_alt": "copay:25.00:message"},
        ),
        (
            "F8",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y", "HSD*VS*5"],
            {"php_copay": "None", "php_alt": "copay:25.00:quantity"},
        ),
        (
            "F8",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y", "MSG*FIRST 5 VISITS"],
            {"php_copay": "None", "php_alt": "copay:25.00"},
        ),
        (
            "F8",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y", "MSG*GROBBLE"],
            {"php_copay": "None", "php_alt": "copay:25.00:message", "finding": "message_not_understood"},
        ),
        (
            "F8",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y*HC:90837"],
            {"php_copay": "None", "php_alt": "copay:25.00:procedure"},
        ),
        ("F8", ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y", "MSG*ADULTS"], {"php_copay": "25.00"}),
        (
            "F8",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y", "MSG*CHILDREN"],
            {"php_copay": "None", "php_alt": "copay:25.00"},
        ),
        ("F8", ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y", "MSG*AGES 18 AND OVER"], {"php_copay": "25.00"}),
        (
            "F8",
            ["EB*1**MH*********Y", "EB*B*IND*MH***27*25*****Y", "MSG*PHP", "EB*B*IND*MH***27*40*****Y"],
            {"php_copay": "25.00", "iop_copay": "40.00"},
        ),
        (
            "F8",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*25*****Y", "MSG*EMERGENCY ROOM COPAY"],
            {"php_copay": "None", "php_alt": "copay:25.00:message"},
        ),
        ("F9", ["EB*1**BB*********Y", "EB*C*IND*BB***23*500*****Y"], {"php_ded": "True"}),
        ("F9", ["EB*1**BB*********Y", "EB*C*IND*BB***23*0*****Y"], {"php_ded": "False"}),
        ("F9", ["EB*1**BB*********Y", "EB*C*IND*BB***29*500*****Y"], {"php_ded": "None"}),
        ("F9", ["EB*1**BB*********Y", "EB*C*IND*BB***24*500*****Y"], {"php_ded": "None"}),
        ("F9", ["EB*1**BB*********Y", "MSG*DEDUCTIBLE WAIVED"], {"php_ded": "False"}),
        ("F9", ["EB*1**BB*********Y", "MSG*NO DEDUCTIBLE"], {"php_ded": "False"}),
        ("F9", ["EB*1**BB*********Y", "MSG*DEDUCTIBLE APPLIES"], {"php_ded": "None"}),
        ("F9", ["EB*C*IND*BB***23*500*****Y"], {"php": "covered"}),
        ("F9", ["EB*1**BB*********Y", "MSG*DEDUCTIBLE DOES NOT APPLY"], {"php_ded": "False"}),
        ("F9", ["EB*1**BB*********Y", "MSG*NOT SUBJECT TO DEDUCTIBLE"], {"php_ded": "False"}),
        ("F9", ["EB*1**BB*********Y", "MSG*DED WAIVED"], {"php_ded": "False"}),
        ("F9", ["EB*1**BB*********Y", "MSG*DEDUCTIBLE WAIVED FOR OFFICE VISITS"], {"php_ded": "None"}),
        ("F9", ["EB*1**BB*********Y", "MSG*DRUG DEDUCTIBLE WAIVED"], {"php_ded": "None"}),
        ("F9", ["EB*1**BB*********Y", "MSG*NO DEDUCTIBLE FOR TELEHEALTH"], {"php_ded": "None"}),
        ("F10", ["EB*1**BB*********Y", "EB*F*IND*BB***23***DY*30**Y"], {"php_limits": "30days/calendar_year/None"}),
        (
            "F10",
            ["EB*1**BB*********Y", "EB*F*IND*BB***23***DY*30**Y", "EB*F*IND*BB***29***DY*12**Y"],
            {"php_limits": "30days/calendar_year/12"},
        ),
        ("F10", ["EB*1**BB*********Y", "EB*F*IND*BB***29***VS*12**Y"], {"php_limits": "Nonevisits/unknown/12"}),
        ("F10", ["EB*1**BB*********Y", "HSD*DY*30***23"], {"php_limits": "30days"}),
        (
            "F10",
            ["EB*1**BB*********Y", "MSG*PHP LIMIT 30 DAYS PER CALENDAR YEAR"],
            {"php_limits": "30days/calendar_year"},
        ),
        ("F10", ["EB*1**BB*********Y", "EB*F*IND*BB***32*10000*****Y"], {"php_limits": "10000dollars/lifetime"}),
        (
            "F10",
            ["EB*1**BB*********Y", "EB*F*IND*BB***23***DY*30**Y", "III*ZZ*21"],
            {"php_limits": "None", "question": "limits"},
        ),
        (
            "F11",
            ["EB*1**BB*********Y", "EB*B*IND*MH***27*30*****Y"],
            {"php_copay": "30.00/visit", "php_assumed": "copay"},
        ),
        (
            "F11",
            ["EB*1**BB*********Y", "EB*A*IND*BB*****.1****Y", "EB*B*IND*MH***27*30*****Y"],
            {"php_copay": "None", "php_coins": "0.1", "php_assumed": "None"},
        ),
        (
            "F11",
            ["EB*1**BB*********Y", "EB*A*IND*CH*****.3****Y", "EB*B*IND*MH***27*30*****Y"],
            {"php_coins": "0.3", "php_copay": "None", "php_assumed": "coinsurance"},
        ),
        ("F11", ["EB*1**BB*********Y", "EB*B*IND*30***27*30*****Y"], {"php_copay": "None"}),
        (
            "F11",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*30*****Y", "MSG*COPAY WAIVED", "EB*B*IND*MH***27*30*****Y"],
            {"php_copay": "None"},
        ),
        (
            "F11",
            [
                "EB*1**BB*********Y",
                "EB*B*IND*MH***27*30*****Y",
                "MSG*TIER 1",
                "EB*B*IND*MH***27*50*****Y",
                "MSG*TIER 2",
            ],
            {"php_copay": "None", "php_alt": "copay:30.00:tier copay:50.00:tier"},
        ),
        (
            "F11",
            ["EB*1**BB*********Y", "EB*B*IND*MH***27*30*****Y", "EB*A*IND*MH*****.2****Y"],
            {"php_rule": "None", "php_assumed": "copay coinsurance"},
        ),
        ("F11", ["EB*1**BB*********Y", "EB*C*IND*MH***23*500*****Y"], {"php_ded": "None"}),
        (
            "F12",
            ["EB*1**MH*********Y", "EB*B*IND*MH***27*30*****Y", "III*ZZ*22", "EB*B*IND*MH***27*50*****Y", "III*ZZ*53"],
            {"php_copay": "None", "php_alt": "copay:30.00:place copay:50.00:place"},
        ),
        (
            "F12",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*30*****Y", "EB*B*FAM*BB***27*60*****Y"],
            {"php_copay": "30.00"},
        ),
        ("F12", ["EB*1**BB*********Y", "EB*B*EMP*BB***27*30*****Y"], {"php_copay": "30.00"}),
        (
            "F12",
            ["EB*1**BB*********Y", "EB*B*IND*BB***27*30*****Y", "EB*B*IND*BB***7*50*****Y"],
            {"php_copay": "None", "php_alt": "copay:30.00:period copay:50.00:period"},
        ),
        (
            "F12",
            [
                "EB*1**BB*********Y",
                "EB*B*IND*BB***27*30*****Y",
                "MSG*NETWORK 1",
                "EB*B*IND*BB***27*50*****Y",
                "MSG*NETWORK 2",
            ],
            {"php_alt": "copay:30.00:tier copay:50.00:tier"},
        ),
        ("F13", ["EB*C*IND*30***23*1500*****Y", "EB*C*IND*30***29*500*****Y"], {"acc": "1500.00/1000.00/500.00 None"}),
        (
            "F13",
            ["EB*C*FAM*30***23*3000*****Y", "EB*C*FAM*30***24*1000*****Y"],
            {"acc": "None/None/None 3000.00/1000.00/2000.00"},
        ),
        ("F13", ["EB*C*IND*30***23*1500*****W"], {"acc": "1500.00/None/None None/None/None 1500.00"}),
        ("F13", ["EB*C**30***23*1500*****Y"], {"acc": "None/None/None", "finding": "level_missing"}),
        (
            "F13",
            ["EB*C*IND*30***23*1500*****Y", "EB*C*IND*30***24*1000*****Y", "EB*C*IND*30***29*400*****Y"],
            {"acc": "1500.00/1000.00/400.00", "finding": "accumulators_disagree"},
        ),
        ("F13", ["EB*C*IND*30***23*99999.99*****Y"], {"acc": "None/None/None", "finding": "no_limit_sentinel"}),
        ("F13", ["EB*C*IND*30***23*1000*****Y", "EB*C*IND*30***29*1500*****Y"], {"acc": "1000.00/0.00/1500.00"}),
        ("F13", ["EB*C*IND*30***23*1500*****Y", "EB*C*IND*30***29*500*****"], {"acc": "1500.00/None"}),
    ],
)
def test_each_rule_gives_the_answer_it_demands(
    read: Read, rule: str, lines: list[str], expected: dict[str, str]
) -> None:
    answer = read(PLAN, *lines)

    assert not differences(answer, expected), rule
