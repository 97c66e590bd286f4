"""Who runs the behavioral benefit. Source: ``ANSWER.md`` [D1] to [D8]."""

from collections.abc import Callable

import pytest

from contracts import Answer
from tests.payers.reading.expectations import PLAN, differences

Read = Callable[..., Answer]


@pytest.mark.parametrize(
    ("rule", "lines", "expected"),
    [
        (
            "D1",
            [
                "EB*1**MH^AI*********W",
                "EB*U**MH",
                "LS*2120",
                "NM1*VN*2*ACME BENEFITS",
                "PER*IC**TE*8005550133",
                "LE*2120",
            ],
            {"php": "delegated", "php_su": "likely", "admin": "ACME BENEFITS:8005550133", "php_by": "ACME BENEFITS"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*1**MH", "LS*2120", "NM1*VN*2*ACME BENEFITS", "LE*2120"],
            {"php": "delegated", "php_su": "likely"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*U**30", "LS*2120", "NM1*VN*2*ACME", "LE*2120"],
            {"php": "delegated", "php_su": "delegated", "iop": "delegated"},
        ),
        ("D1", ["EB*1**MH^AI*********W", "EB*U", "LS*2120", "NM1*VN*2*ACME", "LE*2120"], {"php": "delegated"}),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*1**30", "LS*2120", "NM1*VN*2*UBH", "LE*2120"],
            {"php": "delegated", "php_su": "delegated"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*1**30", "LS*2120", "NM1*VN*2*ACME", "LE*2120"],
            {"php": "likely/outpatient/C", "admin": "None"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*1**30", "LS*2120", "NM1*X3*2*ACME UM", "LE*2120"],
            {"php": "likely/outpatient/C"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*1**30", "LS*2120", "NM1*VN*2*OPTUM", "LE*2120"],
            {"php": "likely/outpatient/C"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*1**30", "MSG*MENTAL HEALTH SERVICES", "LS*2120", "NM1*VN*2*OPTUM", "LE*2120"],
            {"php": "delegated", "php_su": "likely"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*1**30", "MSG*BEHAVIORAL HEALTH IS ADMINISTERED BY MAGELLAN 800-555-0144"],
            {"php": "delegated", "php_su": "delegated", "admin": "MAGELLAN:8005550144"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*D**30", "MSG*FOR MENTAL HEALTH CALL CARELON AT 8005550155"],
            {"php": "delegated", "php_su": "likely", "admin": "CARELON:8005550155"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "MSG*BENEFITS ADMINISTERED BY CARELON"],
            {"php": "delegated", "php_su": "delegated"},
        ),
        (
            "D1",
            ["EB*1**MH^AI*********W", "EB*D**MH", "MSG*CONTACT UBH FOR BENEFITS"],
            {"php": "delegated", "php_su": "likely"},
        ),
        (
            "D2",
            ["EB*1**MH^AI*********W", "EB*1**MH", "LS*2120", "NM1*PRP*2*ACME", "LE*2120"],
            {"php": "likely/outpatient/C"},
        ),
        ("D2", ["EB*1**MH^AI*********W", "EB*1**MH", "LS*2120", "NM1*PRP*2*MAGELLAN", "LE*2120"], {"php": "delegated"}),
        (
            "D2",
            ["EB*1**MH^AI*********W", "EB*1**MH", "LS*2120", "NM1*PR*2*ANYBODY", "LE*2120"],
            {"php": "likely/outpatient/C"},
        ),
        ("D2", ["EB*1**MH^AI*********W", "EB*1**MH", "LS*2120", "NM1*PR*2*CARELON", "LE*2120"], {"php": "delegated"}),
        (
            "D2",
            ["EB*1**MH^AI*********W", "EB*1**MH", "LS*2120", "NM1*VN*2*EXAMPLE PAYER", "LE*2120"],
            {"php": "likely/outpatient/C"},
        ),
        (
            "D2",
            ["EB*1**MH^AI*********W", "EB*1**MH", "LS*2120", "NM1*VN*2*Example Payer, Inc.", "LE*2120"],
            {"php": "likely/outpatient/C"},
        ),
        (
            "D2",
            ["EB*1**MH^AI*********W", "EB*1**MH", "LS*2120", "NM1*VN*2*EXAMPLE BEHAVIORAL", "LE*2120"],
            {"php": "likely/outpatient/C", "admin": "EXAMPLE BEHAVIORAL:None"},
        ),
        (
            "D2",
            ["EB*1**MH^AI*********W", "EB*U**MH", "LS*2120", "NM1*PR*2*EXAMPLE PAYER", "LE*2120"],
            {"php": "likely/outpatient/C", "question": "call_payer"},
        ),
        (
            "D4",
            [
                "EB*1**MH^AI*********W",
                "EB*U**MH",
                "LS*2120",
                "NM1*VN*2*CARELON",
                "LE*2120",
                "EB*U**MH",
                "LS*2120",
                "NM1*VN*2*MAGELLAN",
                "LE*2120",
            ],
            {"php": "delegated", "php_by": "CARELON", "question": "administrator"},
        ),
        (
            "D4",
            [
                "EB*1**MH^AI*********W",
                "EB*U**30",
                "LS*2120",
                "NM1*VN*2*ACME",
                "LE*2120",
                "EB*U**MH",
                "LS*2120",
                "NM1*VN*2*MAGELLAN",
                "LE*2120",
            ],
            {"php_by": "MAGELLAN", "php_su_by": "ACME", "noquestion": "administrator"},
        ),
        (
            "D4",
            [
                "EB*1**MH^AI*********W",
                "EB*1**30",
                "MSG*MENTAL HEALTH IS MANAGED BY CARELON",
                "EB*1**30",
                "LS*2120",
                "NM1*VN*2*LUCET",
                "LE*2120",
            ],
            {"php_by": "LUCET"},
        ),
        (
            "D5",
            ["EB*1**MH^AI*********W", "EB*1**47", "LS*2120", "NM1*VN*2*OPTUM", "LE*2120"],
            {"php": "likely/outpatient/C", "question": "administrator"},
        ),
        (
            "D5",
            ["EB*1**MH^AI*********W", "EB*1**47", "LS*2120", "NM1*VN*2*ACME", "LE*2120"],
            {"php": "likely/outpatient/C", "noquestion": "administrator"},
        ),
        (
            "D5",
            ["EB*1**MH^AI*********W", "EB*1**98", "LS*2120", "NM1*VN*2*ACME BEHAVIORAL", "LE*2120"],
            {"php": "delegated"},
        ),
        (
            "D6",
            ["EB*1**MH^AI*********W", "EB*1**30", "MSG*FOR MENTAL HEALTH CALL ACME CARE"],
            {"php": "likely/outpatient/C", "question": "administrator"},
        ),
        (
            "D6",
            ["EB*1**MH^AI*********W", "EB*1**MH", "MSG*FOR TMS APPROVAL CALL MAGELLAN"],
            {"php": "likely/outpatient/C"},
        ),
        (
            "D6",
            ["EB*1**MH^AI*********W", "EB*1**MH", "MSG*FOR PREAUTHORIZATION CALL CARELON"],
            {"php": "likely/outpatient/C"},
        ),
        ("D6", ["EB*1**MH^AI*********W", "EB*1**MH", "MSG*SUBMIT CLAIMS TO OPTUM"], {"php": "likely/outpatient/C"}),
        ("D6", ["EB*1**MH^AI*********W", "EB*1**MH", "MSG*QUESTIONS CALL MAGELLAN"], {"php": "likely/outpatient/C"}),
        (
            "D6",
            ["EB*1**MH^AI*********W", "EB*1**MH", "MSG*CALL MAGELLAN FOR QUESTIONS"],
            {"php": "likely/outpatient/C"},
        ),
        ("D6", ["EB*1**MH^AI*********W", "EB*1**30", "MSG*MENTAL HEALTH CARVED OUT TO MAGELLAN"], {"php": "delegated"}),
        ("D6", ["EB*1**MH^AI*********W", "EB*1**30", "MSG*BEHAVIORAL HEALTH PROVIDED BY LUCET"], {"php": "delegated"}),
        (
            "D6",
            ["EB*1**MH^AI*********W", "EB*1**30", "MSG*MENTAL HEALTH HANDLED BY GROBBLE"],
            {"php": "likely/outpatient/C", "question": "administrator"},
        ),
        (
            "D6",
            ["EB*1**MH^AI*********W", "EB*1**30", "MSG*PHARMACY BENEFITS ARE MANAGED BY OPTUM"],
            {"php": "likely/outpatient/C"},
        ),
        (
            "D6",
            ["EB*1**MH^AI*********W", "EB*1**30", "MSG*DENTAL IS ADMINISTERED BY CARELON"],
            {"php": "likely/outpatient/C"},
        ),
        (
            "D6",
            ["EB*1**MH^AI*********W", "EB*1**30", "MSG*BEHAVIORAL HEALTH IS NOT ADMINISTERED BY MAGELLAN"],
            {"php": "likely/outpatient/C"},
        ),
        (
            "D6",
            ["EB*1**MH^AI*********W", "EB*1**30", "MSG*MENTAL HEALTH MAY BE MANAGED BY MAGELLAN"],
            {"php": "likely/outpatient/C"},
        ),
        (
            "D7",
            ["EB*1**MH^AI*********W", "EB*U**MH", "MSG*CALL 8005550100"],
            {"php": "likely/outpatient/C", "question": "call_payer"},
        ),
        ("D7", ["EB*1**MH^AI*********W", "EB*U**47"], {"php": "likely/outpatient/C", "noquestion": "call_payer"}),
        (
            "D7",
            ["EB*1**MH^AI*********W", "EB*U**MH", "MSG*CALL OPTUM AT 8005550122"],
            {"php": "delegated", "admin": "OPTUM:8005550122"},
        ),
        (
            "L2",
            ["EB*U**MH", "LS*2120", "NM1*VN*2*CARELON", "LE*2120", "EB*1**BB*********Y"],
            {"php": "covered", "iop": "delegated"},
        ),
    ],
)
def test_each_rule_gives_the_answer_it_demands(
    read: Read, rule: str, lines: list[str], expected: dict[str, str]
) -> None:
    answer = read(PLAN, *lines)

    assert not differences(answer, expected), rule
