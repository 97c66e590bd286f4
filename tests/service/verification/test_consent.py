"""Consent: kept before a byte leaves, and a visitor's question without it is never sent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import Deadline
from service.cli.bootstrap import build
from service.security.access import Caller, Role
from service.security.consent import Consent, ConsentEnded, ConsentRequired, ConsentRule, ConsentUnknown
from service.settings.model import SettingsWrong, load_settings, not_for_production
from service.store import Store
from service.web.pages.visitor.consent_texts import PART_TWO
from tests.service.kept import rows_of
from tests.service.staging import QUESTION, Office, opened

DIGEST = "ab" * 32
AGREED = Consent(version="2026-01", language="es", given_at=datetime(2026, 11, 23, tzinfo=UTC), text_sha256=DIGEST)
VISITOR = Caller(id="visitor", role=Role.PUBLIC)
STAFF = Caller(id="key-staff", role=Role.STAFF)
LASTS = {DIGEST: timedelta(days=90)}
NEEDED = ConsentRule(frozenset({Role.PUBLIC}), {"2026-01/es": DIGEST})


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as made:
        made.verifier._terms = made.verifier._terms._replace(consent=NEEDED)
        yield made


async def ask(office: Office, caller: Caller, consent: Consent | None) -> Any:
    return await office.verifier.verify(QUESTION, caller=caller, deadline=Deadline(5.0), consent=consent)


async def what_is_kept(store: Store) -> list[int]:
    return [len(await rows_of(store, table)) for table in ("verifications", "jobs", "attempts", "consents")]


async def refused_without_consent(office: Office) -> None:
    with pytest.raises(ConsentRequired) as refusal:
        await ask(office, VISITOR, None)
    assert (refusal.value.status, refusal.value.code) == (422, "consent_required")
    assert await what_is_kept(office.store) == [0, 0, 0, 0]


async def test_a_visitors_question_without_consent_is_not_sent(office: Office) -> None:
    await refused_without_consent(office)


async def test_without_the_rule_it_would_be_sent(office: Office) -> None:
    office.verifier._terms = office.verifier._terms._replace(consent=ConsentRule())

    with pytest.raises(pytest.fail.Exception):
        await refused_without_consent(office)


@pytest.mark.parametrize(
    "other", [{"text_sha256": "cd" * 32}, {"version": "2025-01"}, {"language": "en"}], ids=lambda one: next(iter(one))
)
async def test_consent_to_a_text_that_nobody_knows_is_none(office: Office, other: dict[str, str]) -> None:
    with pytest.raises(ConsentUnknown):
        await ask(office, VISITOR, AGREED.model_copy(update=other))
    assert await what_is_kept(office.store) == [0, 0, 0, 0]


async def refused_once_ended(office: Office, caller: Caller) -> None:
    signed = office.verifier._clocks.now() - timedelta(days=91)
    with pytest.raises(ConsentEnded) as refusal:
        await ask(office, caller, AGREED.model_copy(update={"given_at": signed}))
    assert (refusal.value.status, refusal.value.code) == (422, "consent_ended")
    assert await what_is_kept(office.store) == [0, 0, 0, 0]


@pytest.mark.parametrize("caller", [VISITOR, STAFF], ids=lambda caller: caller.role.value)
async def test_a_consent_that_has_ended_by_its_own_words_is_none(office: Office, caller: Caller) -> None:
    office.verifier._terms = office.verifier._terms._replace(consent=NEEDED._replace(lasts=LASTS))

    await refused_once_ended(office, caller)


async def test_on_its_last_day_it_counts(office: Office) -> None:
    office.verifier._terms = office.verifier._terms._replace(consent=NEEDED._replace(lasts=LASTS))
    signed = office.verifier._clocks.now() - timedelta(days=90)

    answer = await ask(office, VISITOR, AGREED.model_copy(update={"given_at": signed}))

    assert answer.verification_id is not None


def test_a_time_at_the_end_of_all_times_is_no_fault() -> None:
    given = datetime.max.replace(tzinfo=UTC)

    assert not NEEDED.has_ended(AGREED.model_copy(update={"given_at": given}), datetime(2026, 11, 23, tzinfo=UTC))


async def test_without_the_words_of_the_text_it_would_be_sent(office: Office) -> None:
    with pytest.raises(pytest.fail.Exception):
        await refused_once_ended(office, VISITOR)


def test_the_service_knows_how_long_the_forms_own_texts_hold(tmp_path: Path) -> None:
    lasts = rule_of(tmp_path, PUBLIC__NAME="Imaginary Recovery").lasts

    assert [lasts[PART_TWO.digest(language, "Imaginary Recovery")].days for language in ("en", "es")] == [90, 90]


async def test_consent_is_kept_before_anything_is_sent(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[list[int]] = []
    open_attempt = office.store.open_attempt

    async def look_first(*given: Any, **named: Any) -> Any:
        found.append(await what_is_kept(office.store))
        return await open_attempt(*given, **named)

    monkeypatch.setattr(office.store, "open_attempt", look_first)
    answer = await ask(office, VISITOR, AGREED)

    assert found[0] == [1, 1, 0, 1]
    assert await office.store.consent_of(answer.verification_id) == AGREED
    lines = await rows_of(office.store, "audit ORDER BY seq")
    recorded = [line for line in lines if line["action"] == "consent.recorded"]
    assert [(line["verification_id"], line["outcome"]) for line in recorded] == [(answer.verification_id, "2026-01/es")]


async def test_staff_may_ask_without_and_their_record_has_none(office: Office) -> None:
    answer = await ask(office, STAFF, None)

    assert await office.store.consent_of(answer.verification_id) is None


def settings(tmp_path: Path, **given: str) -> Any:
    named = {f"BENEFITS_{name}": value for name, value in given.items()}
    return load_settings({"BENEFITS_DATABASE_URL": f"sqlite:///{tmp_path}/b.sqlite", **named}, tmp_path / "none")


def rule_of(tmp_path: Path, **given: str) -> ConsentRule:
    return build(settings(tmp_path, **given)).services.verifier._terms.consent


def test_in_development_part_two_applies_when_the_settings_say_so(tmp_path: Path) -> None:
    texts = '{"1/en": "%s"}' % DIGEST  # noqa: UP031 - braces are JSON's

    assert rule_of(tmp_path).needed_by == frozenset()
    assert rule_of(tmp_path, PART_TWO__APPLIES="true").needed_by == {Role.PUBLIC}
    both = rule_of(tmp_path, PART_TWO__APPLIES="true", PART_TWO__CALLERS='["public", "staff"]', PART_TWO__TEXTS=texts)
    assert both[:2] == (frozenset({Role.PUBLIC, Role.STAFF}), {"1/en": DIGEST})


def test_in_production_turning_it_off_needs_a_reason(tmp_path: Path) -> None:
    off = settings(tmp_path, PROFILE="production", PART_TWO__APPLIES="false")
    why = settings(
        tmp_path, PROFILE="production", PART_TWO__APPLIES="false", PART_TWO__REASON="no substance use program here"
    )

    assert any("PART_TWO__REASON: missing" in fault for fault in not_for_production(off))
    assert not any("PART_TWO" in fault for fault in not_for_production(why))
    with pytest.raises(SettingsWrong):
        settings(tmp_path, PART_TWO__REASON="short")


async def test_the_reason_is_kept_in_the_audit_at_each_start(tmp_path: Path) -> None:
    reason = "no substance use program here"
    service = build(settings(tmp_path, PART_TWO__APPLIES="false", PART_TWO__REASON=reason))
    async with service:
        lines = await rows_of(service.services.store, "audit ORDER BY seq")

    assert [line["outcome"] for line in lines if line["action"] == "part_two.off"] == [reason]
