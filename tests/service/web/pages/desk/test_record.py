"""The record: every figure is a link to its line, nothing that is not stated has a figure, and a role sees its own."""

import asyncio
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contracts import (
    PROGRAMS,
    Accumulator,
    Answer,
    AnsweredBy,
    Authorization,
    BenefitYear,
    BenefitYearKind,
    Coverage,
    CoverageStatus,
    Evidence,
    Finding,
    FindingCode,
    Grade,
    Member,
    MemberMatch,
    PayerSilent,
    ProgramTerms,
    Question,
    Rule,
    State,
    Terms,
    Verdict,
)
from contracts.facts import AccumulatorLevel, Accumulators, AccumulatorSide
from service.security.access import Caller, Role, StaffRole
from service.store import Intent
from service.verification.step_timeouts import LEAST
from service.web.pages.desk import evidence, figures, record_view
from tests.service.web.conftest import ASKED, ServedApi
from tests.service.web.pages.desk.sessions import ask, sign_in

SEGMENTS = ["ISA*00*" + " " * 98 + "~", "GS*HB~", "EB*1**30~", "EB*B**MH***27*40~", "MSG*LIKES TEA~", "IEA*1*1~"]
RAW = b"--part\r\n\r\n" + "".join(SEGMENTS).encode() + b"\r\n--part--"


def answer() -> Answer:
    terms = Terms(
        verdict=Verdict.COVERED,
        grade=Grade.A,
        rule=Rule.PHRASE,
        authorization=Authorization.REQUIRED,
        coinsurance=Decimal("0.20"),
        evidence=("e2",),
    )
    deductible = Accumulator(total=Decimal(1500), met=Decimal(600), remaining=Decimal(900), evidence=("e1",))
    level = AccumulatorLevel(deductible=deductible)
    return Answer(
        payer="acme",
        service_date=date(2026, 11, 23),
        as_of=datetime(2026, 11, 23, 15, tzinfo=UTC),
        member_match=MemberMatch.EXACT,
        coverage=Coverage(status=CoverageStatus.ACTIVE, plan_name="GOLD <B>", evidence=("e1",)),
        programs=tuple(
            ProgramTerms(program=program, condition=condition, in_network=terms) for program, condition in PROGRAMS
        ),
        accumulators=Accumulators(in_network=AccumulatorSide(individual=level)),
        answered_by=(AnsweredBy(payer="acme", route="core_mime"),),
        evidence=(
            Evidence(id="e1", segment=3, text="EB*1**30", description="active"),
            Evidence(id="e2", segment=4, text="EB*B**MH***27*40", description="copay"),
        ),
        findings=(Finding(code=FindingCode.MESSAGE_NOT_UNDERSTOOD, segment=5, detail="LIKES"),),
    )


async def shown_to(api: ServedApi, role: StaffRole, query: str = "") -> str:
    """The record of what ``answer`` says, as ``role`` reads it."""
    question = Question(
        payer="acme",
        member=Member(first_name="Ada", last_name="Imaginary", birth_date=date(1990, 4, 12), member_id="ZZ12345"),
        provider=api.services.provider,
        service_date=date(2026, 11, 23),
    )
    made = await api.store.intend(Intent(question=question, caller=Caller(id="key", role=Role.STAFF), life_seconds=900))
    await api.store.settle(made.job_id, answer(), state=State.FINAL, next_at=None)
    path = f"/desk/verifications/{made.verification_id}{query}"
    return (await api.http.get(path, headers=await sign_in(api, role))).text


async def test_every_figure_is_a_link_to_a_line_that_is_there(api: ServedApi) -> None:
    page = await shown_to(api, StaffRole.BILLING)
    targets = set(re.findall(r'href="#(e\d+)"', page))

    assert targets == {"e1", "e2"}
    assert all(f'id="{one}"' in page for one in targets)
    assert '<a href="#e1">$1,500.00 in total, $600.00 met, $900.00 left</a>' in page
    assert '<a href="#e2">the patient pays 20%</a>' in page
    assert "<mark>EB*1**30</mark>" in page
    assert "<q>LIKES</q>" in page
    assert '<a href="#e2">needed (the reply says so)</a>' in page
    assert "GOLD &lt;B&gt;" in page
    assert '<meter min="0" max="1500.00" value="600.00"' in page


async def test_what_is_not_stated_is_no_figure_and_no_bar(api: ServedApi) -> None:
    page = await shown_to(api, StaffRole.BILLING)

    assert page.count("<meter") == 1
    assert "$0" not in page
    assert page.count("<strong>Family deductible</strong><br>not stated") == 2


async def test_a_role_reads_that_it_is_hidden_and_not_that_it_is_not_stated(api: ServedApi) -> None:
    page = await shown_to(api, StaffRole.INTAKE)

    assert "hidden for your role" in page
    assert "payer&#39;s own words are hidden" in page or "payer's own words are hidden" in page
    assert not re.search(r"\$\d|20%|EB\*|LIKES", page)
    assert "Copay" not in page


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (StaffRole.INTAKE, False),
        (StaffRole.BILLING, False),
        (StaffRole.SUPERVISOR, False),
        (StaffRole.PRIVACY_OFFICER, True),
    ],
)
async def test_whole_replies_are_for_the_privacy_officer_alone(api: ServedApi, role: StaffRole, may: bool) -> None:
    usual, whole = await shown_to(api, role), await shown_to(api, role, "?reply=whole")

    assert ("Show the whole reply" in usual) is may
    assert ("Show only the lines that are used" in whole) is may


@pytest.mark.parametrize("part", ["", "/call", "/cost", "/history", "/report"])
async def test_a_page_waits_for_a_store_that_is_slow(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    asked = await ask(api)
    clerk = await sign_in(api, StaffRole.BILLING)
    fetch = api.store.fetch

    async def fetch_slowly(*given: Any) -> Any:
        await asyncio.sleep(3 * LEAST)
        return await fetch(*given)

    monkeypatch.setattr(api.store, "fetch", fetch_slowly)

    assert (await api.http.get(f"/desk/verifications/{asked}{part}", headers=clerk)).status_code == 200


async def test_breaking_the_glass_needs_the_role_and_a_reason(api: ServedApi) -> None:
    asked = await ask(api)
    path = f"/desk/verifications/{asked}/break-glass"
    intake = await sign_in(api, StaffRole.INTAKE)
    may = await sign_in(api, StaffRole.INTAKE, StaffRole.BREAK_GLASS)
    refused = await api.http.post(path, data={"reason": "patient in the emergency room"}, headers=intake)
    short = await api.http.post(path, data={"reason": "no"}, headers=may)
    given = await api.http.post(path, data={"reason": "patient in the emergency room"}, headers=may)

    assert refused.status_code == 403
    assert short.headers["location"].endswith("?glass=reason#glass")
    assert given.headers["location"] == f"/desk/verifications/{asked}"
    assert "Open what is hidden" not in (await api.http.get(given.headers["location"], headers=may)).text
    assert len(await api.store.emergencies()) == 1


async def test_a_pending_record_says_why_and_is_looked_at_again(api: ServedApi) -> None:
    api.acme.failure = PayerSilent("nothing came")
    asked = (await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)).json()["verification_id"]
    page = (await api.http.get(f"/desk/verifications/{asked}", headers=await sign_in(api, StaffRole.BILLING))).text

    assert 'role="status" data-live=' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "The payer has not answered yet." in page
    assert "Who can mend it: the payer." in page
    assert "<title>Record</title>" in page


async def test_a_record_of_somebody_else_or_nobody_is_not_there(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)

    for path in (f"/desk/verifications/ver_{'A' * 26}", "/desk/verifications/nothing"):
        response = await api.http.get(path, headers=clerk)
        assert response.status_code == 404
        assert "This page is not here" in response.text


def test_the_whole_reply_stands_in_its_order_with_the_used_lines_marked() -> None:
    [reply] = evidence.evidence_replies(answer(), [RAW])

    assert [line.text for line in reply.lines] == [one.rstrip("~") for one in SEGMENTS]
    assert [line.id for line in reply.lines] == ["", "", "e1", "e2", "", ""]
    assert reply.lines[4].remarks


@pytest.mark.parametrize("raw", [b"", b"<html>", b"ISA*00*", RAW.replace(b"EB*1**30", b"EB*6**30"), RAW[:120]])
def test_a_reply_that_does_not_hold_the_lines_adds_nothing(raw: bytes) -> None:
    [reply] = evidence.evidence_replies(answer(), [raw])

    assert [line.id for line in reply.lines] == ["e1", "e2"]


def test_every_verdict_has_a_tone_and_words() -> None:
    for verdict in Verdict:
        changed = answer().model_copy(
            update={
                "programs": tuple(
                    row.model_copy(update={"in_network": row.in_network.model_copy(update={"verdict": verdict})})
                    for row in answer().programs
                )
            }
        )
        [terms, _] = figures.shown_programs(changed)[0].terms
        assert terms.verdict
        assert terms.tone == ("good" if verdict in {Verdict.COVERED, Verdict.LIKELY} else terms.tone)
        assert terms.tone != "good" or verdict in {Verdict.COVERED, Verdict.LIKELY}


@pytest.mark.parametrize(("kind", "code"), [(BenefitYearKind.CALENDAR, "23"), (BenefitYearKind.PLAN, "25")])
def test_the_benefit_year_leads_to_the_line_that_states_it(kind: BenefitYearKind, code: str) -> None:
    year = BenefitYear(kind=kind, resets_on=date(2027, 1, 1))
    lines = ("EB*1**30***PLAN", "EB*C*IND*30***29*23", f"EB^C^IND^30^^^{code}^1500", f"EB*C*IND*30***{code}*1500")
    known = answer().model_copy(
        update={
            "coverage": Coverage(status=CoverageStatus.ACTIVE, benefit_year=year, evidence=("l0",)),
            "evidence": tuple(
                Evidence(id=f"l{number}", segment=number, text=line, description="")
                for number, line in enumerate(lines)
            ),
        }
    )
    [shown] = [one for one in record_view.plan_pairs(known) if one.label == "Benefit year"]

    assert shown.evidence == ("l2",)
