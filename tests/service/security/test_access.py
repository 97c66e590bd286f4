"""Who may ask, and who sees how much of an answer."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contracts import (
    NOT_CHECKED,
    Accumulator,
    Alternative,
    Answer,
    Evidence,
    Figure,
    Finding,
    FindingCode,
    answer_without_reply,
)
from service.security.access import Caller, Credential, Role, credential_of, may_see
from service.security.projection import project
from service.store.keys import mint

STAFF, BATCH = Caller(id="s", role=Role.STAFF), Caller(id="b", role=Role.BATCH)
CANARY = "Zqcanary says so"


KEY = Credential("0123456789ab", "bv_0123456789ab_" + "Zq-_" * 10 + "abc")


def test_the_store_makes_keys_of_the_form_that_is_looked_up() -> None:
    made = mint()

    assert credential_of(f"Bearer {made.plain}") == Credential(made.id, made.plain)


@pytest.mark.parametrize("header", [f"Bearer {KEY.plain}", f"bearer {KEY.plain}", f"BEARER   {KEY.plain} "])
def test_a_bearers_key_is_a_credential(header: str) -> None:
    assert credential_of(header) == KEY


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "good", "Bearer", "Bearer ", "Bearer good", f"Bearer {'x' * 201}", f"Bearer {'x' * 1_000_000}"),
        *(KEY.plain, f"Basic {KEY.plain}", f"Bearer {KEY.plain} {KEY.plain}", f"Bearer {KEY.plain}x"),
        *(f"Bearer {KEY.plain[:-1]}", f"Bearer {KEY.plain[:-1]}\x00", f"Bearer {KEY.plain[:-1]}\xe9"),
        *(f"Bearer {KEY.plain[:-1]}%", f"Bearer {KEY.plain.upper()}", f"Bearer {' ' * 200}{KEY.plain}"),
        *(f"Bearer {KEY.plain[3:]}", f"Bearer bv__{KEY.plain[16:]}"),
    ],
)
def test_what_has_not_the_form_of_a_key_is_none(header: str | None) -> None:
    assert credential_of(header) is None


@pytest.mark.parametrize(
    ("caller", "sees"),
    [
        (STAFF, True),
        (BATCH, True),
        (Caller(id="other", role=Role.BATCH), False),
        (Caller(id="visitor", role=Role.PUBLIC), False),
    ],
)
def test_staff_see_every_record_and_the_others_their_own(caller: Caller, sees: bool) -> None:
    assert may_see(caller, "b") is sees


@pytest.fixture
def worded() -> Answer:
    """An answer in which every text of a payer's stands that there can be."""
    other = Alternative(figure=Figure.COPAY, value=Decimal(40), text=CANARY, evidence=("e1",))
    figure = Accumulator(alternatives=(other,))
    terms = NOT_CHECKED.model_copy(update={"alternatives": (other,)})
    plain = answer_without_reply(payer="acme", service_date=date(2026, 11, 23), as_of=datetime.now(UTC), problems=())
    level = plain.accumulators.in_network.individual.model_copy(update={"deductible": figure, "out_of_pocket": figure})
    side = plain.accumulators.in_network.model_copy(update={"individual": level, "family": level})
    return plain.model_copy(
        update={
            "evidence": (Evidence(id="e1", text=CANARY, description="active"),),
            "findings": (Finding(code=FindingCode.MESSAGE_NOT_UNDERSTOOD, segment=31, detail=CANARY),),
            "programs": tuple(
                row.model_copy(
                    update={
                        "in_network": terms,
                        "out_of_network": terms,
                    }
                )
                for row in plain.programs
            ),
            "accumulators": plain.accumulators.model_copy(update={"in_network": side, "out_of_network": side}),
        }
    )


def test_staff_see_all_of_an_answer(worded: Answer) -> None:
    assert project(worded, STAFF) is worded


def test_a_batch_sees_no_word_of_the_payers(worded: Answer) -> None:
    seen = project(worded, BATCH)

    assert CANARY in worded.model_dump_json()
    assert CANARY not in seen.model_dump_json()
    assert without_texts(seen.model_dump()) == without_texts(worded.model_dump())


@pytest.mark.parametrize("code", FindingCode)
@pytest.mark.parametrize("role", [Role.STAFF, Role.BATCH])
def test_a_finding_keeps_its_codes_for_everybody_and_its_words_for_staff(role: Role, code: FindingCode) -> None:
    found = Finding(code=code, segment=31, detail="EB01=ZZ")
    answer = answer_without_reply(payer="acme", service_date=date(2026, 11, 23), as_of=datetime.now(UTC), problems=())

    (seen,) = project(answer.model_copy(update={"findings": (found,)}), Caller(id="x", role=role)).findings

    worded = role is Role.BATCH and code is FindingCode.MESSAGE_NOT_UNDERSTOOD
    assert seen == (found.model_copy(update={"detail": "MSG"}) if worded else found)


def without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_texts(inner) for key, inner in value.items() if key not in {"text", "detail"}}
    return [without_texts(inner) for inner in value] if isinstance(value, list | tuple) else value


def test_a_visitor_sees_no_answer_at_all(worded: Answer) -> None:
    with pytest.raises(ValueError, match="sees no answer"):
        project(worded, Caller(id="v", role=Role.PUBLIC))
