"""The whole interface without a network: a real verifier and store, and a payer whose answer the test chooses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from contracts import (
    PROGRAMS,
    Answer,
    AnsweredBy,
    Card,
    Coverage,
    CoverageStatus,
    Evidence,
    Gateway,
    Inquiry,
    InquiryPlan,
    MemberMatch,
    PayerError,
    ProgramTerms,
    Provider,
    Question,
    RouteEntry,
)
from service.gateway import Guards
from service.plugins.loading import Directory
from service.security.access import Role
from service.security.encryption import Sealer
from service.store import Store, Tuning, open_store
from service.telemetry.watchdog import Watchdog
from service.verification.admission import Admission
from service.verification.service import RunLimits, Verifier
from service.web.app import create_app
from service.web.services import Services
from tests.service.conftest import PATIENCE
from tests.service.staging import Planned, ScriptedRoute

TODAY = date(2026, 11, 23)
ASKED = {
    "payer": "acme",
    "member": {"first_name": "Ada", "last_name": "Imaginary", "birth_date": "1990-04-12", "member_id": "ZZ12345"},
}


def answer_to(question: Question, trace: str | None = None) -> Answer:
    return Answer(
        payer=question.payer,
        service_date=question.service_date,
        as_of=datetime(2026, 11, 23, 15, tzinfo=UTC),
        member_match=MemberMatch.EXACT,
        coverage=Coverage(status=CoverageStatus.ACTIVE, evidence=("e1",)),
        programs=tuple(ProgramTerms(program=program, condition=condition) for program, condition in PROGRAMS),
        answered_by=(AnsweredBy(payer=question.payer, trace=trace),),
        evidence=(Evidence(id="e1", segment=20, text="EB*1**30", description="active"),),
    )


class Acme:
    """A payer that answers, hangs or fails as the test says, and counts the questions."""

    card = Card(
        id="acme",
        name="Acme Health",
        aliases=("ACME-1", "acme_mutual"),
        routes=(RouteEntry(route="core_mime", payer_id="ACME", source="imaginary"),),
        plan=InquiryPlan(source="imaginary"),
        phone="8005550100",
    )

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.go = asyncio.Event()
        self.go.set()
        self.failure: PayerError | None = None

    async def verify(self, question: Question, gateway: Gateway) -> Answer:
        self.asked.append(question)
        await self.go.wait()
        if self.failure is not None:
            raise self.failure
        inquiry = Inquiry(
            payer=self.card.id,
            member=question.member,
            provider=question.provider,
            service_date=question.service_date,
            service_types=("30",),
        )
        brought = await gateway.ask(self.card, inquiry)
        return answer_to(question, brought.trace)


class ServedApi(NamedTuple):
    http: httpx.AsyncClient
    acme: Acme
    store: Store
    verifier: Verifier
    guards: Guards
    staff: dict[str, str]
    batch: dict[str, str]
    services: Services


@asynccontextmanager
async def serving(payer: Acme, url: str, *, places: int = 8, **more: Any) -> AsyncIterator[Services]:
    """The services over the database ``url`` with ``payer`` alone, which let in so many questions at once."""
    store = open_store(url, sealer=Sealer({"k1": bytes(range(32))}), tuning=Tuning(patience=PATIENCE))
    await store.start()
    directory = Directory([payer])
    guards = Guards(routes={"core_mime": ScriptedRoute(name="core_mime")}, cards=directory.cards, store=store)
    verifier = Verifier(
        directory=directory,
        guards=guards,
        store=store,
        scheduler=Planned(),  # type: ignore[arg-type]  # what the verifier uses of it
        terms=RunLimits(life=dict.fromkeys(Role, 900.0)),
        admission=Admission(places),
    )
    try:
        yield Services(
            verifier=verifier,
            directory=directory,
            guards=guards,
            store=store,
            watchdog=Watchdog(),
            provider=Provider(npi="1234567893", name="Imaginary Recovery"),
            today=lambda: TODAY,
            **more,
        )
    finally:
        payer.go.set()
        await verifier.jobs.end(5.0)
        await store.stop()


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[ServedApi]:
    acme, waits = Acme(), {Role.PUBLIC: 30.0, Role.STAFF: 30.0, Role.BATCH: 0.0}
    async with serving(acme, f"sqlite:///{tmp_path}/benefits.sqlite", waits=waits) as services:
        store = services.store
        transport = httpx.ASGITransport(app=create_app(services), raise_app_exceptions=False)
        staff = {"Authorization": f"Bearer {await store.create_key(Role.STAFF)}"}
        batch = {"Authorization": f"Bearer {await store.create_key(Role.BATCH)}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            yield ServedApi(http, acme, store, services.verifier, services.guards, staff, batch, services)
