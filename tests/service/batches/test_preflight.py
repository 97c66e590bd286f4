"""The preflight: what starting a roster would come to, before anybody is asked."""

from datetime import UTC, datetime
from pathlib import Path

from contracts import InquiryPlan, Several, Window
from service.batches.preflight import expected_end, inquiries_of
from tests.service.staging import card

from .staging import batch_office, member


async def test_it_counts_rows_faults_duplicates_and_inquiries(tmp_path: Path) -> None:
    plan = InquiryPlan(first=("MH",), beside=("AI",), then=("30",), several=Several.NO, source="test")
    async with batch_office(tmp_path, card={"plan": plan, "pace": 2.0}) as here:
        rows = [member(1), member(2), member(2), ("nobody", *member(3)[1:]), ("acme", "", *member(4)[2:])]
        found = (await here.check(rows)).preflight

    assert found is not None
    assert (found.rows, found.ready, found.refused_rows, found.duplicates) == (5, 2, 2, 1)
    assert [(one.column, one.code, one.rows) for one in found.faults] == [
        ("payer", "unknown", 1),
        ("first_name", "missing", 1),
    ]
    assert [one.number for one in found.refused] == [5, 6]
    [payer] = found.payers
    assert (payer.rows, payer.inquiries, payer.inquiries_at_most, payer.per_second) == (2, 4, 6, 2.0)
    assert payer.seconds == 2.0


async def test_a_payer_that_no_open_route_leads_to_is_refused_by_row(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        here.office.guards.routes = {}
        found = (await here.check([member(1)])).preflight

    assert found is not None
    assert (found.ready, found.refused[0].faults[0].code) == (0, "no_route")


def test_the_expected_end_rests_in_maintenance_windows() -> None:
    # Monday; the window is from ten to noon in US Eastern, which is 15 to 17 UTC in winter.
    payer = card(outages=(Window(weekday=0, begins="10:00", ends="12:00", source="test"),))
    begins = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)

    assert expected_end(payer, begins, 1800.0) == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert expected_end(payer, begins, 3600.0) == datetime(2026, 11, 23, 17, 30, tzinfo=UTC)


def test_inquiries_are_those_of_the_plan() -> None:
    counts = {
        several: inquiries_of(card(plan=InquiryPlan(first=("MH", "AI"), several=several, source="test")))
        for several in Several
    }

    assert counts == {Several.YES: (1, 2), Several.NO: (2, 3), Several.UNKNOWN: (1, 4)}
