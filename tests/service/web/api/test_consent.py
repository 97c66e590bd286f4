"""Consent over HTTP: taken as it is written, refused by the field that is wrong, and asked for by its own code."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.security.access import Role
from service.security.consent import ConsentRule
from tests.service.web.conftest import ASKED, ServedApi

AGREED = {"version": "2026-01", "language": "en", "given_at": "2026-11-23T15:00:00Z", "text_sha256": "ab" * 32}


async def ask(api: ServedApi, consent: Any) -> tuple[int, Any]:
    response = await api.http.post("/v1/verifications", json={**ASKED, "consent": consent}, headers=api.staff)
    return response.status_code, response.json()


async def test_consent_that_comes_with_a_question_is_kept(api: ServedApi) -> None:
    status, answer = await ask(api, AGREED)
    kept = await api.store.consent_of(answer["verification_id"])

    assert status == 200
    assert kept is not None
    assert (kept.version, kept.language, kept.text_sha256) == ("2026-01", "en", "ab" * 32)
    assert kept.given_at == datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("version", "", "bad_value"),
        ("version", "two words", "bad_value"),
        ("language", "English", "bad_value"),
        ("given_at", "2026-11-23T15:00:00", "bad_value"),
        ("given_at", "2999-01-01T00:00:00Z", "in_the_future"),
        ("text_sha256", "AB" * 32, "bad_value"),
        ("text_sha256", None, "wrong_type"),
    ],
)
async def test_what_is_wrong_with_a_consent_is_named(api: ServedApi, field: str, value: Any, code: str) -> None:
    status, problem = await ask(api, {**AGREED, field: value})

    assert (status, problem["errors"]) == (422, [{"field": f"consent.{field}", "code": code}])
    assert api.acme.asked == []


async def test_where_staff_need_consent_the_question_says_so(api: ServedApi) -> None:
    api.verifier._terms = api.verifier._terms._replace(consent=ConsentRule(frozenset({Role.STAFF})))

    status, problem = await ask(api, None)
    assert (status, problem["code"]) == (422, "consent_required")
    assert (await ask(api, AGREED))[0] == 200
