"""History, two answers side by side, and the report of a verification, as pages."""

from datetime import date

from contracts import Answer, Coverage, CoverageStatus
from service.security.access import StaffRole
from service.web.pages.desk.comparison import compare
from tests.service.guidance.staging import accumulators, answer as answer_with, figure, terms
from tests.service.web.conftest import ASKED, ServedApi

from .sessions import ask, sign_in

OTHER = {**ASKED, "member": {**ASKED["member"], "first_name": "Bea", "member_id": "ZZ99999"}}  # type: ignore[dict-item]


async def test_the_verifications_of_a_member_stand_in_order(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    first, second = await ask(api), await ask(api)

    page = (await api.http.get(f"/desk/verifications/{second}/history", headers=clerk)).text

    assert page.index(f"/desk/verifications/{first}") < page.index("this record")
    assert f"/desk/verifications/{second}/history?with={first}" in page


async def test_two_answers_of_one_member_stand_side_by_side(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    first, second = await ask(api), await ask(api)

    page = await api.http.get(f"/desk/verifications/{second}/history?with={first}", headers=clerk)

    assert page.status_code == 200
    assert "Two answers side by side" in page.text
    assert "Nothing changed that matters" in page.text


async def test_answers_about_two_people_are_never_put_side_by_side(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    mine = await ask(api)
    theirs = (await api.http.post("/v1/verifications", json=OTHER, headers=api.staff)).json()["verification_id"]

    page = await api.http.get(f"/desk/verifications/{mine}/history?with={theirs}", headers=clerk)

    assert page.status_code == 404


async def test_the_report_is_shown_printed_and_kept(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.SUPERVISOR)
    place = f"/desk/verifications/{await ask(api)}"

    shown = await api.http.get(f"{place}/report", headers=clerk)
    kept = await api.http.get(f"{place}/report.pdf", headers=clerk)

    assert shown.headers["content-type"].startswith("text/html")
    assert "style-src 'sha256-" in shown.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    assert kept.content.startswith(b"%PDF-")
    assert kept.headers["content-disposition"].startswith('attachment; filename="ver_')


async def test_who_may_not_call_or_see_costs_has_no_report(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.INTAKE)
    place = f"/desk/verifications/{await ask(api)}"

    for part in ("report", "report.pdf"):
        assert (await api.http.get(f"{place}/{part}", headers=clerk)).status_code == 403
    page = (await api.http.get(f"{place}/history", headers=clerk)).text
    assert f"{place}/report" not in page
    assert f"{place}/call" not in page


def answer_at(copay: str | None, left: str) -> Answer:
    known = answer_with(terms(copay=copay), side=accumulators(figure(left, "1000")))
    return known.model_copy(update={"coverage": Coverage(status=CoverageStatus.ACTIVE, ends_on=date(2026, 12, 31))})


def test_what_differs_is_marked_and_silence_is_not_stated() -> None:
    before, after = answer_at("30", "500"), answer_at(None, "250")

    found = {
        f"{group.title}: {row.label}": (row.before.text, row.after.text, row.differs)
        for group in compare(before, after, with_money=True)
        for row in group.rows
    }

    copay = next(value for label, value in found.items() if label.endswith(": Copay"))
    assert copay == ("$30.00 per day", "not stated", True)
    left = found["Deductible and maximum, in network: Individual deductible, left"]
    assert left == ("$500.00", "$250.00", True)
    assert found["Coverage: Ends"] == ("Dec 31, 2026", "Dec 31, 2026", False)
    assert not any("not stated" in value[:2] and not value[2] for value in found.values())


def test_without_the_right_to_costs_no_figure_is_compared() -> None:
    groups = compare(answer_at("30", "500"), answer_at("40", "250"), with_money=False)

    assert not any("$" in one.text for group in groups for row in group.rows for one in (row.before, row.after))
