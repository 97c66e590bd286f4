"""The form's way into the service without its screens: one route that sends a draft, and a clock for the outcome."""

from collections.abc import AsyncIterator
from copy import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from service.security import proof_of_work
from service.web.pages.visitor import outcome, submission
from service.web.pages.visitor.draft import VisitorDraft
from service.web.pages.visitor.limits import VisitorLimits
from service.web.pages.visitor.outcome import VisitorOutcome, look
from service.web.pages.visitor.submission import PROOF_FIELD, TOKEN_FIELD, form_challenge, form_token, submit
from service.web.problems import EXCEPTION_HANDLERS
from service.web.services import Services
from tests.service.security.test_proof_of_work import solved
from tests.service.web.conftest import ServedApi

DRAFT = VisitorDraft(
    payer="acme",
    first_name="Ada",
    last_name="Imaginary",
    birth_date=date(1990, 4, 12),
    member_id="ZZ12345",
    phone="2125550123",
    may_ask_insurer=True,
    consent_version="1",
    consent_sha256="ab" * 32,
    consent_given_at=datetime(2026, 11, 23, 15, tzinfo=UTC),
)


class Visitors:
    """Sends drafts as browsers do, and looks at outcomes at an instant of the test's choice."""

    def __init__(self, api: ServedApi, services: Services) -> None:
        self.api, self.services = api, services
        self.draft = DRAFT
        app = FastAPI(exception_handlers=EXCEPTION_HANDLERS)
        app.state.visitor_limits = VisitorLimits()
        app.add_api_route("/{reference}", self._send, methods=["POST"], response_model=None)
        self.app = app

    async def _send(self, request: Request, reference: str) -> Response:
        return PlainTextResponse(await submit(request, self.services, reference, self.draft))

    async def post(self, reference: str, address: str = "192.0.2.1", **chosen: Any) -> httpx.Response:
        """Send the draft as its own page would; ``form`` and ``headers`` are what is sent otherwise."""
        form = {TOKEN_FIELD: form_token(self.services, reference)}
        if chosen.pop("proof", True):
            form[PROOF_FIELD] = solved(form_challenge(self.services, reference))
        transport = httpx.ASGITransport(app=self.app, client=(address, 1), raise_app_exceptions=False)
        headers = chosen.pop("headers", {"Sec-Fetch-Site": "same-origin", "Origin": "null"})
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as http:
            return await http.post(f"/{reference}", data={**form, **chosen.pop("form", {})}, headers=headers)

    async def send(self, reference: str, **changed: Any) -> str:
        """Send a draft with ``changed`` fields; returns the reference of its request."""
        self.draft = DRAFT.model_copy(update=changed)
        response = await self.post(reference, address=f"192.0.2.{hash(reference) % 250}")
        assert response.status_code == 200, response.text
        return response.text

    async def look(self, found: str, seconds: float) -> VisitorOutcome | None:
        """What may be read so many seconds after the request was made."""
        row = await self.services.store.request_of(found)
        at = datetime.now(UTC) if row is None else row.created_at + timedelta(seconds=seconds)
        guards = copy(self.services.guards)
        guards.clocks = guards.clocks._replace(now=lambda: at)
        return await look(self.services._replace(guards=guards), found)


@pytest.fixture
async def visitors(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Visitors]:
    """Visitors of a provider whose one payer the test governs; nothing waits for its fixed instant for long."""
    monkeypatch.setattr(outcome, "LOOKED_AT", 0.001)
    monkeypatch.setattr(submission, "ANSWERED_AT", {"coarse": 0.001, "receipt": 0.001})
    for name, small in (("ITERATIONS", 1), ("LEAST_TRIES", 1), ("MORE_TRIES", 3)):
        monkeypatch.setattr(proof_of_work, name, small)
    return Visitors(api, api.services)
