"""What the metrics promise: true counts in the format of Prometheus, for whoever has a key, and nobody's details."""

from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from contracts import PayerSilent
from service.web import app
from tests.service.web.conftest import ASKED, ServedApi

Sample = tuple[str, frozenset[tuple[str, str]]]

UNKNOWN_PATHS = 60


async def read(api: ServedApi) -> dict[Sample, float]:
    """Every sample, by its name and labels; the text is refused by the parser unless it is well-formed."""
    response = await api.http.get("/metrics", headers=api.batch)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(response.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def sample(name: str, **labels: str) -> Sample:
    return name, frozenset(labels.items())


def grown(before: Mapping[Sample, float], after: Mapping[Sample, float], name: str, **labels: str) -> float:
    key = sample(name, **labels)
    return after.get(key, 0.0) - before.get(key, 0.0)


async def test_a_question_is_counted_with_its_request_its_exchange_and_its_answer(api: ServedApi) -> None:
    before = await read(api)

    await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)
    after = await read(api)

    asked = {"route": "/v1/verifications", "status": "200"}
    exchanged = {"payer": "acme", "route": "core_mime", "outcome": "answered"}
    assert grown(before, after, "benefits_request_seconds_count", **asked) == 1
    assert grown(before, after, "benefits_request_seconds_bucket", **asked, le="+Inf") == 1
    assert grown(before, after, "benefits_exchange_seconds_count", **exchanged) == 1
    assert grown(before, after, "benefits_answers_total", payer="acme", role="staff", status="active") == 1
    assert after[sample("benefits_payer_breaker", payer="acme", route="core_mime", state="closed")] == 1
    assert after[sample("benefits_payer_breaker", payer="acme", route="core_mime", state="open")] == 0
    assert after[sample("benefits_payer_places_in_use", payer="acme")] == 0
    assert "process_resident_memory_bytes" in {name for name, _ in after}


async def test_a_question_that_waits_for_its_payer_is_no_answer_yet(api: ServedApi) -> None:
    api.acme.failure = PayerSilent("imaginary")
    before = await read(api)

    await api.http.post("/v1/verifications", json=ASKED, headers={**api.staff, "Prefer": "wait=1"})
    after = await read(api)

    assert grown(before, after, "benefits_request_seconds_count", route="/v1/verifications", status="202") == 1
    assert [name for name, _ in after if name == "benefits_answers_total"] == []


async def test_what_is_refused_before_it_is_read_is_counted_through_every_report(api: ServedApi) -> None:
    refusals = api.http._transport.app.state.connections.refusals  # type: ignore[attr-defined]  # httpx keeps it

    refusals.count("overloaded")
    refusals.report()
    refusals.count("overloaded")

    assert (await read(api))[sample("benefits_refused_connections_total", code="overloaded")] == 2


async def test_whoever_has_no_key_learns_no_count(api: ServedApi) -> None:
    response = await api.http.get("/metrics")

    assert response.status_code == 401
    assert "benefits_" not in response.text


async def labels_made_by_callers(api: ServedApi) -> set[str]:
    """What stands in a label of what was sent in paths, methods, queries and bodies, by many callers' whim."""
    for number in range(UNKNOWN_PATHS):
        await api.http.request(f"ASK{number}", f"/TESTCASE{number}?member=ZZ12345", headers=api.staff)
        await api.http.post("/v1/verifications", json={**ASKED, "payer": f"TESTCASE{number}"}, headers=api.staff)
    words = {value for _, labels in await read(api) for _, value in labels}
    return {word for word in words if "TESTCASE" in word or "ASK" in word or "ZZ12345" in word}


async def test_what_callers_send_makes_no_label(api: ServedApi) -> None:
    assert await labels_made_by_callers(api) == set()


async def test_a_label_that_a_caller_made_is_found(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_pattern_of", lambda scope: scope["path"])

    assert len(await labels_made_by_callers(api)) == UNKNOWN_PATHS


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("text/plain", "text/plain"), ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text")],
)
async def test_the_format_is_the_one_that_is_accepted(api: ServedApi, accept: str, media_type: str) -> None:
    response = await api.http.get("/metrics", headers={**api.batch, "Accept": accept})

    assert response.headers["content-type"].startswith(media_type)
    assert response.text.endswith("# EOF\n") is (media_type == "application/openmetrics-text")
