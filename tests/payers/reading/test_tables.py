"""Each small reply of the tables comes to what it says there. Source: the rule above each case in ``tables/``."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from contracts import Answer
from payers.adapter import DataAdapter
from payers.aetna import adapter as aetna
from payers.cigna import adapter as cigna
from payers.florida_blue import adapter as florida_blue
from payers.optum import adapter as optum
from payers.reading import conclude
from payers.unitedhealthcare import adapter as unitedhealthcare
from payers.x12 import read_interchange
from tests.payers.conftest import DAY, HEAD
from tests.payers.reading.expectations import differences
from tests.payers.reading.tables import FOLDER, Case, cases_of

PAYERS: dict[str, tuple[DataAdapter, str]] = {
    "aetna": (aetna, "AETNA*****PI*60054"),
    "cigna": (cigna, "CIGNA*****PI*62308"),
    "florida_blue": (florida_blue, "FLORIDA BLUE*****PI*00590"),
    "optum": (optum, "UNITED BEHAVIORAL HEALTH*****PI*87726"),
    "unitedhealthcare": (unitedhealthcare, "UNITEDHEALTHCARE*****PI*87726"),
}
CASES = [case for table in sorted(FOLDER.glob("*.txt")) for case in cases_of(table.stem)]


def answer_of(case: Case, text: Callable[..., bytes], read: Callable[..., Answer]) -> Answer:
    """The answer to the reply of ``case``, read as its payer's."""
    adapter, payer = PAYERS.get(case.payer, (None, "EXAMPLE PAYER*****PI*60054"))
    head = [one.replace("19900412", case.born).replace("EXAMPLE PAYER*****PI*60054", payer) for one in HEAD]
    people = read_interchange(text(case.lines, head)).people
    if adapter is None:
        return read(people=people)
    return conclude(
        people,
        card=adapter.card,
        dialect=adapter.dialect,
        service_date=DAY,
        as_of=datetime(2026, 11, 23, 15, 4, tzinfo=UTC),
        cards=[one.card for one, _ in PAYERS.values()],
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reply_comes_to_what_its_table_says(
    case: Case, text: Callable[..., bytes], read: Callable[..., Answer]
) -> None:
    answer = answer_of(case, text, read)

    assert not differences(answer, case.expected), "~".join(case.lines)
