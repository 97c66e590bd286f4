"""What an administrator's answer makes of the first payer's. Source: ``ANSWER.md`` [D9], [D6], [L2]."""

from datetime import UTC, datetime

import pytest

from contracts import Answer, Card, Dialect
from payers.reading import conclude
from service.verification import merging
from service.verification.carve_out import delegated_conditions
from tests.payers.reading.expectations import differences
from tests.service.verification.legs import MANAGER, MEDICAL, QUESTION, said

ACTIVE = "EB*1**30*PR*OPEN CHOICE"
BROAD = "EB*1**MH^AI*********W"
ELSEWHERE = ("EB*U**MH^AI", "LS*2120", "NM1*VN*2*OPTUM", "PER*IC**TE*8005550151", "LE*2120")
MENTAL_ELSEWHERE = ("EB*U**MH", "LS*2120", "NM1*VN*2*OPTUM", "LE*2120")
PHP_ELSEWHERE = "MSG*PARTIAL HOSPITALIZATION IS MANAGED BY OPTUM"
DEDUCTIBLE = "EB*C*IND*30***23*{}*****Y"


def concluded(payer: Card, *lines: str) -> Answer:
    return conclude(
        [said(payer.id, *lines)],
        card=payer,
        dialect=Dialect(),
        service_date=QUESTION.service_date,
        as_of=datetime(2026, 11, 23, tzinfo=UTC),
        cards=(MEDICAL, MANAGER),
    )


def merged(first: tuple[str, ...], second: tuple[str, ...]) -> Answer:
    asked, answered = concluded(MEDICAL, *first), concluded(MANAGER, *second)
    (administrator,) = asked.administrators
    return merging.merge_answers(asked, answered, delegated_conditions(asked, administrator), administrator)


CASES = [
    # The ladder is walked on its reply for the conditions that it covers.
    (
        (ACTIVE, BROAD, *ELSEWHERE),
        (ACTIVE, "EB*1**MH*********Y", "EB*A*IND*MH*****.2****Y", "EB*I**AI*********Y"),
        {"iop": "likely", "iop_coins": "0.2", "iop_by": "OPTUM", "php_su": "not_covered", "iop_out": "not_stated"},
    ),
    (
        (ACTIVE, BROAD, *MENTAL_ELSEWHERE),
        (ACTIVE, "EB*1**BB*********Y", "EB*I**AI*********W"),
        {"php": "covered", "iop": "not_stated", "iop_su": "likely", "php_su_by": "None"},
    ),
    # Plan status and dates stay the first payer's.
    (
        (ACTIVE, "DTP*346*D8*20260301", BROAD, *ELSEWHERE),
        ("EB*1**30**CARVE OUT", "DTP*346*D8*20250101", "EB*1**MH*********Y"),
        {"status": "active", "begins": "2026-03-01", "plan": "OPEN CHOICE", "iop": "likely"},
    ),
    (
        (ACTIVE, BROAD, *ELSEWHERE),
        ("EB*6**30",),
        {"status": "active", "iop": "not_covered/plan_inactive", "php_su": "not_covered/plan_inactive"},
    ),
    # So do the accumulators, unless the administrator gives its own.
    (
        (ACTIVE, DEDUCTIBLE.format(1500), *ELSEWHERE),
        (ACTIVE, "EB*1**MH*********Y"),
        {"acc": "1500.00/None/None", "iop": "likely"},
    ),
    (
        (ACTIVE, DEDUCTIBLE.format(1500), *ELSEWHERE),
        (ACTIVE, "EB*1**MH*********Y", DEDUCTIBLE.format(300)),
        {"acc": "300.00/None/None", "iop": "likely"},
    ),
    # What the first payer names itself stands above its delegation.
    (
        (ACTIVE, "EB*1***********Y*HC:H0035:HE", *ELSEWHERE),
        (ACTIVE, "EB*I**MH*********W", "EB*1**AI*********Y"),
        {"php": "covered/procedure/A", "php_out": "not_covered", "iop": "not_covered", "iop_su": "likely"},
    ),
    (
        (ACTIVE, BROAD, "EB*1**AI*********W", "MSG*IOP IS NOT COVERED", *ELSEWHERE),
        (ACTIVE, "EB*1**MH^AI*********W"),
        {"iop_su": "not_covered/phrase/A", "php_su": "likely", "iop": "likely"},
    ),
    # Words that name a program delegate that program alone.
    (
        (ACTIVE, "EB*1**MH*********W", PHP_ELSEWHERE),
        (ACTIVE, "EB*I**MH*********W"),
        {"php": "not_covered", "php_by": "OPTUM", "iop": "likely", "iop_by": "None", "question": "iop_authorization"},
    ),
]


@pytest.mark.parametrize(("first", "second", "expected"), CASES)
def test_an_administrators_answer_is_the_answer_to_what_is_left_to_it(
    first: tuple[str, ...], second: tuple[str, ...], expected: dict[str, str]
) -> None:
    assert not differences(merged(first, second), expected)


def test_a_merge_that_takes_every_row_of_a_condition_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_all(ours: object, theirs: object, merge: object) -> object:
        return theirs

    monkeypatch.setattr(merging, "_row", take_all)

    first, second, expected = CASES[-1]
    assert differences(merged(first, second), expected)
