"""What earlier versions kept is read as if today's had written it, and what is not readable stops nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic.json_schema import JsonSchemaMode

from contracts import Answer, State
from service.security.encryption import SealBroken
from service.store import Store
from service.store.stored_forms import RENAMED, REWORDED, read_stored

from .conftest import STAFF, answer, audit_of, intent, refused

EVER = json.loads((Path(__file__).parent / "ever_written.json").read_text())
"""Every field and word of an answer that a version has ever kept; it only grows."""

PRESENT: dict[str, Any] = {
    "answered_by": [{"payer": "acme", "route": "core_mime", "trace": "T1", "answered_at": "2026-11-23T15:00:00Z"}],
    "evidence": [{"id": "e1", "answered_by": 0, "text": "EB*1**30~road", "description": "active", "segment": 4}],
    "problems": [{"code": "setup_problem", "responsible": "service", "fields": [], "retry_at": None}],
    "administrators": [{"name": "Other", "asked": False, "outcome": "no_route"}],
    "timing": {
        "budget_ms": 8000,
        "elapsed_ms": 12,
        "exchanges": [{"payer": "acme", "route": "core_mime", "attempt": 1, "ms": 9, "outcome": "answered"}],
    },
}
EARLIER: dict[str, Any] = {
    "answered_by": [{"payer": "acme", "road": "core_mime", "trace": "T1", "answered_at": "2026-11-23T15:00:00Z"}],
    "evidence": [{"id": "e1", "answered_by": 0, "text": "EB*1**30~road", "says": "active", "segment": 4}],
    "problems": [{"code": "setup_problem", "whose": "ours", "fields": [], "retry_at": None}],
    "administrators": [{"name": "Other", "asked": False, "outcome": "no_road"}],
    "timing": {
        "budget_ms": 8000,
        "elapsed_ms": 12,
        "exchanges": [{"payer": "acme", "road": "core_mime", "attempt": 1, "ms": 9, "outcome": "answered"}],
    },
}
ALTERNATIVE = {"figure": "copay", "value": "60.00", "per": "visit", "text": None, "evidence": []}


def written(parts: dict[str, Any], apart: str, state: State = State.FINAL) -> str:
    """An answer as a version wrote it whose name for what distinguishes two figures is ``apart``."""
    whole = answer(state=state).model_dump(mode="json") | parts
    whole["programs"][0]["in_network"]["alternatives"] = [ALTERNATIVE | {apart: "message"}]
    return json.dumps(whole)


NOW, BEFORE = written(PRESENT, "distinguished_by"), written(EARLIER, "told_apart_by")


class Kept(Answer):
    """An answer that is kept in other words than today's."""

    def to_json(self) -> bytes:
        return (self.reference or "").encode()


def kept_as(words: str, state: State = State.FINAL) -> Answer:
    return Kept(**{**dict(answer(state=state)), "reference": words})


def forms(schema: dict[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """Every field of a schema, with the words that it takes if it is one of a list."""
    kinds: dict[str, Any] = {"": schema, **schema["$defs"]}

    def words(part: dict[str, Any]) -> frozenset[str]:
        if "$ref" in part:
            return words(kinds[part["$ref"].rpartition("/")[2]])
        inner = [*part.get("anyOf", ()), *part.get("allOf", ()), *filter(None, [part.get("items")])]
        return frozenset(part.get("enum", ())).union(*map(words, inner))

    for kind in kinds.values():
        for name, part in kind.get("properties", {}).items():
            yield name, words(part)


def test_an_answer_in_an_earlier_form_is_the_same_answer() -> None:
    assert read_stored(Answer, BEFORE.encode()) == read_stored(Answer, NOW.encode())


async def test_a_verification_of_an_earlier_version_is_shown_whole(store: Store) -> None:
    intended = await store.intend(intent())
    await store.settle(intended.job_id, kept_as(BEFORE), state=State.FINAL, next_at=None)

    shown = await store.fetch(intended.verification_id, STAFF)

    assert shown is not None
    assert shown.job.answer == Answer.model_validate_json(NOW)


async def test_what_has_no_known_form_is_a_row_that_does_not_open(store: Store) -> None:
    unreadable, readable = await store.intend(intent("One")), await store.intend(intent("Two"))
    odd = kept_as('{"no": "answer of Imaginary"}', State.PENDING)
    await store.settle(unreadable.job_id, odd, state=State.PENDING, next_at=None)

    assert await store.job(readable.job_id)
    assert await refused(store.fetch(unreadable.verification_id, STAFF)) == "seal:form_unknown"
    assert "form_unknown" in {line["outcome"] for line in await audit_of(store)}


@pytest.mark.parametrize("stored", [b"", b"{", b"[]", b"null", b'{"road": "x"}', b"\xff", b"[" * 100_000])
def test_nothing_that_was_kept_is_repeated_by_what_is_raised(stored: bytes) -> None:
    with pytest.raises(SealBroken, match=r"^form_unknown$") as broken:
        read_stored(Answer, stored)

    assert broken.value.__cause__ is None


def test_every_field_and_word_that_was_ever_kept_is_known_today() -> None:
    today = dict[str, set[str]]()
    for mode in get_args(JsonSchemaMode):
        for name, words in forms(Answer.model_json_schema(mode=mode)):
            today.setdefault(name, set()).update(words)

    assert {RENAMED.get(name, name) for name in EVER["fields"]} == today.keys()
    kept = {(RENAMED.get(name, name), word) for name, words in EVER["words"].items() for word in words}
    assert {(name, REWORDED.get((name, word), word)) for name, word in kept} == {
        (name, word) for name, words in today.items() for word in words
    }
