"""What a line decides by its codes, places and procedures. Source: ``ANSWER.md`` 2.1, 2.3, 2.5."""

from collections.abc import Callable

import pytest

from contracts import Answer
from tests.payers.reading.expectations import PLAN, differences

Read = Callable[..., Answer]


@pytest.mark.parametrize(
    ("rule", "lines", "expected"),
    [
        ("L3", ["EB*6**BB*********Y"], {"php": "not_covered/service_type"}),
        ("L3", ["EB*I**BB*********Y"], {"php": "not_covered/service_type/A", "php_out": "not_stated/silent"}),
        ("L4", ["EB*1***********Y*HC:H0035:HF"], {"php": "not_stated/silent", "php_su": "covered/procedure"}),
        ("L4", ["EB*1***********Y*HC:H0035:HE"], {"php": "covered/procedure", "php_su": "not_stated/silent"}),
        ("L4", ["EB*1***********Y*HC:H0035"], {"php": "covered/procedure", "php_su": "covered/procedure"}),
        ("L4", ["EB*1***********Y*HC:S9480"], {"iop": "covered/procedure", "iop_su": "not_stated/silent"}),
        ("L4", ["EB*1***********Y*HC:H0015"], {"iop": "not_stated/silent", "iop_su": "covered/procedure"}),
        ("L4", ["EB*1***********Y*HC:H2036"], {"php": "not_stated/silent", "php_su": "covered/procedure"}),
        (
            "L4",
            ["EB*1**MH*********Y*HC:H0015"],
            {"iop": "not_stated/silent", "iop_su": "not_stated/silent", "finding": "condition_mismatch"},
        ),
        ("L4", ["EB*1**AI*********Y*HC:H0035"], {"php": "not_stated/silent", "php_su": "covered/procedure"}),
        (
            "L4",
            ["EB*1**A7^98*********Y", "MSG*PARTIAL HOSPITALIZATION"],
            {"php": "covered/phrase", "php_su": "not_stated/silent"},
        ),
        (
            "L4",
            ["EB*1**CI^98*********Y", "MSG*PARTIAL HOSPITALIZATION"],
            {"php": "not_stated/silent", "php_su": "covered/phrase"},
        ),
        ("L5", ["EB*1**MH", "MSG*IN NETWORK PHP IS COVERED"], {"php": "covered"}),
        ("L5", ["EB*1**MH*********N", "MSG*PHP COVERED IN NETWORK"], {"php": "covered"}),
        ("L5", ["EB*I**MH*********N"], {"php": "not_stated/silent", "php_out": "not_covered"}),
        (
            "L5",
            ["EB*1**MH*********W", "EB*I**MH*********N"],
            {"php": "likely/outpatient/C", "php_out": "not_stated/outpatient"},
        ),
        ("L6", ["EB*1***********Y*HC:H0031::::::H0037"], {"php": "covered/procedure", "php_su": "covered/procedure"}),
        (
            "L6",
            ["EB*1***********Y*HC:G0410"],
            {"php": "likely/place/B", "iop": "likely/place/B", "php_su": "likely/place/B", "iop_su": "likely/place/B"},
        ),
        ("L6", ["EB*I***********Y*HC:G0411"], {"php": "not_covered/place", "iop": "not_covered/place"}),
        ("L6", ["EB*1**MH*********Y*HC:90853"], {"php": "not_stated/silent", "iop": "not_stated/silent"}),
        ("L6", ["EB*1***********Y*HC:S0201"], {"php": "covered/procedure"}),
        ("S2", ["EB*1**98*********Y"], {"php": "not_stated/silent"}),
        ("S2", ["EB*1**A6*********Y"], {"php": "not_stated/silent", "iop": "not_stated/silent"}),
        ("S2", ["EB*1**BC*********Y"], {"php": "likely/place/B", "iop": "not_stated/silent"}),
        ("S2", ["EB*1**CH*********Y"], {"php": "likely/place/B", "iop": "likely/place/B"}),
        (
            "S2",
            ["EB*1**CJ*********Y"],
            {"php_su": "likely/place/B", "iop_su": "likely/place/B", "php": "not_stated/silent"},
        ),
        ("S4", ["EB*1**MH*********Y", "III*ZZ*52"], {"php": "covered/place/A", "iop": "not_stated/silent"}),
        ("S4", ["EB*1**MH*********Y", "III*ZZ*11", "III*ZZ*22"], {"php": "likely/place/B"}),
        ("S4", ["EB*1**MH*********Y", "III*ZZ*11", "MSG*PHP"], {"php": "covered/phrase"}),
        (
            "S4",
            ["EB*B*IND*MH***27*25*****Y", "III*ZZ*11", "MSG*PHP"],
            {"php": "covered", "php_alt": "copay:25.00:place"},
        ),
        ("S4", ["EB*1**AI*********Y", "III*ZZ*57"], {"php_su": "likely/place/B"}),
        ("S4", ["EB*1**MH*********Y", "III*ZZ*57"], {"php": "likely/outpatient/C"}),
        ("S4", ["EB*1**CF*********Y", "III*ZZ*22"], {"php": "likely/outpatient/C"}),
        (
            "S5",
            ["EB*I**MH*********Y", "MSG*MARRIAGE COUNSELING"],
            {"php": "not_stated/silent", "finding": "exclusion", "question": "php_covered iop_covered"},
        ),
        (
            "S5",
            ["EB*1**MH*********Y", "EB*I**MH*********Y", "MSG*OFFICE VISITS"],
            {"php": "likely/outpatient/C", "question": "php_covered"},
        ),
        ("S5", ["EB*I**MH*********Y*HC:90853"], {"php": "not_stated/silent", "finding": "exclusion"}),
        ("S5", ["EB*I**MH*********Y*HC:S9480"], {"iop": "not_covered/procedure", "php": "not_stated/silent"}),
        ("S6", ["EB*1**MH******S7*20**Y"], {"php": "not_stated/silent"}),
        ("S6", ["EB*1**MH******S8*18**Y"], {"php": "likely/outpatient/C"}),
        ("S6", ["EB*I**MH******S7*20**Y"], {"php": "not_stated/silent"}),
        ("S6", ["EB*1**BB*********Y", "EB*B*IND*BB***27*40**S7*20**Y"], {"php_alt": "copay:40.00:quantity"}),
        ("S6", ["EB*1**BB*********Y", "EB*B*IND*BB***27*40**S8*18**Y"], {"php_copay": "40.00/visit"}),
        ("S8", ["EB*1***********Y*HC:H0035:95"], {"php": "not_stated/silent", "php_virtual": "covered"}),
        ("S8", ["EB*I***********Y*HC:H0035:GT"], {"php": "not_stated/silent", "php_virtual": "not_covered"}),
        ("S8", ["EB*1**MH*********Y", "MSG*PHP VIRTUAL VISITS"], {"php_virtual": "covered"}),
        (
            "S8",
            ["EB*1**MH*********Y", "MSG*PHP IN PERSON OR VIRTUAL"],
            {"php": "covered/phrase", "php_virtual": "covered"},
        ),
        (
            "S8",
            ["EB*1**MH*********Y", "MSG*TELEHEALTH PHP NOT COVERED"],
            {"php": "likely/outpatient/C", "php_virtual": "not_covered"},
        ),
        ("S8", ["EB*1**MH*********Y", "III*ZZ*02", "MSG*PHP"], {"php": "not_stated/silent", "php_virtual": "covered"}),
        (
            "S8",
            ["EB*U**MH", "LS*2120", "NM1*VN*2*MAGELLAN", "LE*2120", "EB*1**MH*********Y", "MSG*VIRTUAL PHP IS COVERED"],
            {"php": "delegated", "php_virtual": "covered"},
        ),
        (
            "K1, K2",
            ["EB*1**MH*********Y", "EB*I**MH*********Y"],
            {"php": "not_stated/outpatient/D", "finding": "contradiction"},
        ),
        (
            "K1, K2",
            ["EB*1**MH*********Y", "EB*I**MH*********Y", "III*ZZ*22"],
            {"php": "likely/outpatient/C", "question": "closed_at_place"},
        ),
        ("K1, K2", ["EB*I**MH*********Y", "III*ZZ*22"], {"php": "not_covered/place"}),
        ("K1, K2", ["EB*1**CH*********Y", "EB*I***********Y*HC:G0410"], {"php": "likely/place/B"}),
        (
            "K1, K2",
            ["EB*1**MH*********Y", "EB*I**MH*********Y", "III*ZZ*57"],
            {"php": "likely/outpatient/C", "question": "closed_at_place"},
        ),
        ("T14", ["EB*F*IND*BB***29***DY*0**Y"], {"php": "not_covered/service_type", "finding": "exhausted"}),
        ("T14", ["EB*1**BB*********Y", "EB*F*IND*BB***29***DY*0**Y"], {"php": "not_covered/service_type"}),
        (
            "T14",
            ["EB*1**MH*********Y", "EB*F*IND*MH***29***VS*0**Y"],
            {"php": "not_stated/outpatient", "question": "php_covered"},
        ),
        (
            "T14",
            ["EB*1**CH*********Y", "EB*F*IND*CH***33***DY*0**Y"],
            {"php": "not_stated/place", "php_limits": "None"},
        ),
        ("T14", ["EB*F*IND*BB***24***DY*0**Y", "EB*1**BB*********Y"], {"php": "covered"}),
        ("T14", ["EB*1**BB*********Y", "HSD*DY*0***29"], {"php": "not_covered/service_type"}),
    ],
)
def test_each_rule_gives_the_answer_it_demands(
    read: Read, rule: str, lines: list[str], expected: dict[str, str]
) -> None:
    answer = read(PLAN, *lines)

    assert not differences(answer, expected), rule


@pytest.mark.parametrize(
    ("rule", "lines", "expected"),
    [
        ("S6", ["EB*1**MH******S7*20**Y"], {"php": "likely/outpatient/C"}),
    ],
)
def test_an_age_is_judged_by_the_patients_own(
    as_born: Callable[..., Answer], rule: str, lines: list[str], expected: dict[str, str]
) -> None:
    answer = as_born("20100412", PLAN, *lines)

    assert not differences(answer, expected), rule
