"""What the application as a whole promises: no page of a third party in production, no telemetry but our own log."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace

from service.web.app import create_app
from tests.service.web.conftest import ASKED, ServedApi


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service")


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_the_documentation_is_shown_when_it_is_asked_for_and_never_else(api: ServedApi, path: str) -> None:
    async with client_of(create_app(api.services, show_documentation=True)) as http:
        shown = await http.get(path)
    hidden = await api.http.get(path)

    assert (shown.status_code, hidden.status_code) == (200, 404)
    assert "/openapi.json" in shown.text
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]


class Recording:
    """A provider of OpenTelemetry, as a plugin might bring one, which notes every span that is begun."""

    def __init__(self) -> None:
        self.spans: list[str] = []

    def get_tracer(self, *_: object, **__: object) -> trace.Tracer:
        return self  # type: ignore[return-value]  # what FastAPI uses of it

    def start_span(self, name: str, **_: object) -> trace.Span:
        self.spans.append(name)
        return trace.INVALID_SPAN

    def start_as_current_span(self, name: str, **_: object) -> Any:
        return trace.use_span(self.start_span(name))


async def test_no_telemetry_provider_hears_of_a_request(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Recording()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)

    await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)
    ours = list(provider.spans)
    async with client_of(FastAPI()) as http:
        await http.get("/openapi.json")

    assert ours == []
    assert provider.spans
