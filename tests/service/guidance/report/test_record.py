"""The record of a report: the same bytes each time, all 61 points, and nothing that is not known is a figure."""

import re
from collections.abc import Sequence
from datetime import date

import pytest

from contracts import Accumulator, Alternative, Terms
from service.guidance.report.page import page_of, points_of, provenances_of
from service.guidance.report.page_values import PageTable
from service.guidance.report.record import read_record, report_of, seal
from service.guidance.vob_values import CallAnswer, Provenance, VobEntry, VobStatement
from service.security.consent import Consent
from service.settings.contract_roster import ContractRate, PayerContract, Roster
from tests.service.guidance.cast import cast
from tests.service.guidance.report.reports import (
    CALLED,
    call,
    each_report,
    hostile_report,
    looking_at,
    plain_report,
    report_about,
)

OURS = Provenance.OURS
GIVEN = {1, 2, 3, 4, 5, 7}
"""The points that stand in a report as they were given to us."""


def figures(*tables: PageTable) -> list[str]:
    return [cell for one in tables for row in one.rows for cell in row[1:]]


def test_the_same_verification_has_the_same_record() -> None:
    for actor, first in each_report():
        second = report_about(actor)

        assert (first.record, first.digest) == (second.record, second.digest)


def test_how_long_a_look_took_is_no_part_of_the_record() -> None:
    actor = cast()[0]
    slow = actor._replace(answer=actor.answer.model_copy(update={"timing": None}))

    assert report_about(actor).digest == report_about(slow).digest
    assert b'"timing":null' in report_about(actor).record


def test_a_record_that_was_read_again_is_the_same_record() -> None:
    for one in (*(sealed for _, sealed in each_report()), hostile_report()):
        again = read_record(one.record)

        assert again is not None
        assert seal(again.report) == (again.report, one.record, one.digest)
        assert page_of(again) == page_of(one), "what is not written out never reaches the page"


def test_what_is_no_record_is_not_read() -> None:
    assert read_record(b"{}") is None
    assert read_record(b"\xff") is None
    assert read_record(plain_report().record.replace(b"report/1", b"report/9")) is None


def lost_points(entries: Sequence[VobEntry], shown: Sequence[str]) -> list[str]:
    """The texts of statements that stand nowhere in the cells of an annex; what was given to us is written out."""
    said = [said for one in entries for said in one.statements if said.provenance is not OURS or one.point not in GIVEN]
    return [one.text for one in said if not any(one.text in cell for cell in shown)]


def test_every_point_of_everybody_is_on_the_page_with_who_states_it() -> None:
    for _, sealed in each_report():
        report, page = sealed.report, page_of(sealed)
        known = provenances_of(report)

        on_page = [point.number for part in (*page.left, *page.right) for point in part.points]
        in_tables = [int(number) for number in re.findall(r"\b(\d\d)\b", page.figures.caption)]
        in_tables += [int(row[0].split()[0]) for row in page.levels.rows if row[0][0].isdigit()]
        assert sorted((*on_page, *in_tables)) == list(range(1, 62))
        assert sorted(known) == list(range(1, 62))
        assert page.counts.startswith("61 points: ")
        assert sum(map(int, re.findall(r"(\d+) (?=payer|phone|ours|not known)", page.counts))) == 61
        assert lost_points(report.entries, [cell for row in page.annex[0].rows for cell in row]) == []


def test_a_lost_statement_would_be_noticed() -> None:
    page = page_of(report_about(cast()[0]))
    entries = [
        one.model_copy(update={"statements": (*one.statements, VobStatement(provenance="payer", value="x", text="?X"))})
        for one in report_about(cast()[0]).report.entries
    ]

    assert "?X" in lost_points(entries, [cell for row in page.annex[0].rows for cell in row])


def test_what_nobody_states_is_not_stated_and_never_zero() -> None:
    for actor, report in each_report():
        known = provenances_of(report.report)
        for point in points_of(report.report):
            if not known[point.number]:
                assert (point.text, point.source) == ("not stated", "not known")
        if report.report.answer.accumulators == type(report.report.answer.accumulators)():
            assert set(figures(page_of(report).figures)) == {"not stated"}
        stated = zeros_stated(report.report.answer.accumulators.model_dump(mode="json"))
        zeros = [one for one in figures(page_of(report).figures) if one.startswith("$0.00")]
        assert len(zeros) == stated, actor


def zeros_stated(part: object) -> int:
    """How many plan-level figures the reply states as 0."""
    if not isinstance(part, dict):
        return 0
    if "remaining" in part:
        return sum(part[name] == "0.00" for name in ("total", "met", "remaining"))
    return sum(map(zeros_stated, part.values()))


def test_a_zero_that_is_stated_is_zero() -> None:
    zero = Accumulator(total="0.00", evidence=("e1",))
    given = cast()[0]
    side = given.answer.accumulators.in_network
    level = side.individual.model_copy(update={"deductible": zero})
    figures_given = given.answer.accumulators.model_copy(
        update={"in_network": side.model_copy(update={"individual": level})}
    )
    actor = given._replace(answer=given.answer.model_copy(update={"accumulators": figures_given}))

    assert page_of(report_about(actor)).figures.rows[0][1] == "$0.00 (payer)"


def test_the_phone_stands_beside_the_reply_and_a_difference_is_named() -> None:
    actor, total = next(
        (actor, one)
        for actor, sealed in each_report()
        for one in sealed.report.entries
        if one.point == 26 and one.statements
    )

    page = page_of(report_about(actor, call(1, CallAnswer(entry=total.id, value="1.00"))))

    assert any(" or $1.00 (phone)" in cell for cell in figures(page.figures))
    assert ("Pat, reference I-1, Nov 23, 2026, 17:00:00 UTC", "phone") in {
        (one.text, one.source) for part in page.right for one in part.points
    }
    assert any(cell[0] == "call 1" for table in page.annex if table.caption == "Calls" for cell in table.rows)


def test_our_rates_and_what_a_stay_may_cost_are_ours() -> None:
    actor = next(one for one in cast() if any(row.in_network.verdict == "covered" for row in one.answer.programs))
    rates = (ContractRate(program="php", per_day="420.00"), ContractRate(program="iop", per_day="310.00"))
    roster = Roster((PayerContract(payer=actor.card.id, source="agreement 7", rates=rates),))

    points = {one.number: one for one in points_of(report_about(actor, roster=roster).report)}

    assert "IOP for mental health in person: $310.00 a day (agreement 7)" in points[53].text
    assert points[53].source == "ours"
    assert "for 20 days of PHP in person, then 24 days of IOP in person" in points[59].text
    assert points[59].source == "ours"
    assert provenances_of(report_about(actor).report)[53] == frozenset(), "without a roster no rate is known"


def test_several_figures_of_which_none_was_chosen_are_stated() -> None:
    actor = cast()[0]
    two = tuple(
        Alternative(figure="deductible", value=value, distinguished_by="tier", evidence=("e1",)) for value in (500, 900)
    )
    several = Accumulator(alternatives=two, evidence=("e1",))
    side = actor.answer.accumulators.in_network
    level = side.individual.model_copy(update={"deductible": several})
    given = actor.answer.accumulators.model_copy(update={"in_network": side.model_copy(update={"individual": level})})
    page = page_of(report_about(actor._replace(answer=actor.answer.model_copy(update={"accumulators": given}))))

    assert page.figures.rows[0][1] == "several, see annex (payer)"
    stated = [row[1] for row in page.annex[0].rows if row[0].startswith("26 deductible, several")]
    assert stated == [f"deductible ${one}.00, by network tier [e1]" for one in (500, 900)]


@pytest.mark.parametrize("on", [date.min, date(9990, 1, 2), date(9999, 10, 1), date.max])
def test_there_is_a_report_of_every_day_of_the_calendar(on: date) -> None:
    looking = looking_at(next(one for one in cast() if one.person.scenario == "words_grant"))
    answer = looking.answer.model_copy(update={"service_date": on})
    question = looking.question.model_copy(update={"service_date": on})

    report = report_of(looking._replace(answer=answer, question=question)).report

    assert [one.point for one in report.entries if one.point == 61]


def test_consent_that_was_recorded_is_stated() -> None:
    given = Consent(version="7", language="es", given_at=CALLED, text_sha256="0" * 64)
    looking = looking_at(cast()[0])

    points = {one.number: one for one in points_of(report_of(looking._replace(consent=given)).report)}

    assert (points[10].text, points[10].source) == ("given Nov 23, 2026, 17:00:00 UTC, text 7 (es)", "ours")
    assert provenances_of(report_of(looking).report)[10] == frozenset()


def test_no_cost_is_estimated_of_what_nobody_grants() -> None:
    for actor, sealed in each_report():
        granted = any(_is_granted(row.in_network) for row in actor.answer.programs)
        estimated = Provenance.OURS in provenances_of(sealed.report)[59]

        assert granted or not estimated, actor


def _is_granted(of: Terms) -> bool:
    return of.verdict in {"covered", "likely"}


def test_a_report_shows_nothing_of_the_member_in_a_log() -> None:
    assert repr(plain_report().report) == "VobReport(…)"
    assert report_of.__module__ == "service.guidance.report.record"


def test_what_was_given_of_the_member_is_written_out() -> None:
    for _, sealed in each_report()[:5]:
        ours, annex = sealed.report.identifiers, page_of(sealed).annex[0]
        stated = {row[0].split()[0]: row[1] for row in annex.rows}

        assert stated["3"].startswith(f"{ours.first_name} {ours.last_name}, born Feb 12, 1990")
        assert stated["5"] == ours.member_id
