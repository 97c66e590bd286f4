"""What an answer promises of its two texts: they follow from the rest, and nobody can set them otherwise."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from contracts import Answer, CoverageStatus, Finding, FindingCode, ProblemCode, State
from contracts.answer import TEXTS
from contracts.next_steps import next_step_of
from contracts.summary import summary_of

from .staging import AS_OF, answer, answers, problem, terms

WAITING = answer(
    status=CoverageStatus.COULD_NOT_CHECK,
    state=State.PENDING,
    problems=(problem(ProblemCode.PAYER_UNREACHABLE, waits=True),),
    until=AS_OF,
)


def follows(one: Answer) -> bool:
    return (one.next_step, one.summary) == (next_step_of(one), summary_of(one))


@given(any_answer=answers(), other=answers())
@settings(max_examples=100, deadline=None)
def test_the_texts_follow_from_the_rest_also_in_a_copy(any_answer: Answer, other: Answer) -> None:
    assert follows(any_answer)
    for name in Answer.model_fields:
        copied = any_answer.model_copy(update={name: getattr(other, name)})
        assert follows(copied), name
    assert follows(any_answer.model_copy(deep=True))


def test_a_copy_that_kept_its_texts_is_noticed() -> None:
    stale = answer(terms()).model_copy(update={"state": State.PENDING})
    stale.__dict__["summary"] = answer(terms()).summary

    assert not follows(stale)


def is_whole(one: Answer) -> bool:
    return json.loads(one.to_json()) == json.loads(one.model_dump_json())


@given(any_answer=answers(), other=answers())
@settings(max_examples=100, deadline=None)
def test_the_json_is_that_of_the_fields_also_in_a_copy(any_answer: Answer, other: Answer) -> None:
    assert is_whole(any_answer)
    for name in Answer.model_fields:
        assert is_whole(any_answer.model_copy(update={name: getattr(other, name)})), name
    assert is_whole(any_answer.model_copy(deep=True))


def test_a_copy_that_kept_the_json_of_other_fields_is_noticed() -> None:
    first = answer(status=CoverageStatus.ACTIVE)
    first.to_json()
    copied = first.model_copy(update={"state": State.PENDING})
    copied.__dict__["shared_json"] = first.__dict__["shared_json"]

    assert not is_whole(copied)


def test_a_copy_has_the_json_of_its_own_findings() -> None:
    first = answer(status=CoverageStatus.ACTIVE)
    first.to_json()
    found = Finding(code=FindingCode.UNKNOWN_CODE, segment=15, detail="EB01=ZZ")
    copied = first.model_copy(update={"findings": (found,)})

    assert is_whole(copied)
    assert is_whole(copied.model_copy(update={"findings": ()}))
    copied.__dict__["findings_json"] = (copied.findings, b"")
    assert not is_whole(copied)


def test_copies_for_several_verifications_share_the_json_of_their_answer() -> None:
    first = answer(status=CoverageStatus.ACTIVE)
    first.to_json()
    copied = first.model_copy(update={"verification_id": "ver_OTHER"})

    assert copied.__dict__["shared_json"] is first.__dict__["shared_json"]
    assert json.loads(copied.to_json())["verification_id"] == "ver_OTHER"


def test_the_texts_are_computed_once() -> None:
    one = answer(terms())

    assert one.summary is one.summary
    assert one.next_step is one.next_step


def ways_to_set(name: str) -> Iterator[Any]:
    text = getattr(WAITING, name)
    whole = answer(terms())
    yield lambda: Answer(**dict(whole), **{name: text})
    yield lambda: Answer.model_validate(dict(whole) | {name: text})
    yield lambda: whole.model_copy(update={name: text})
    yield lambda: setattr(whole, name, text)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_nobody_sets_a_text(name: str) -> None:
    for way in ways_to_set(name):
        with pytest.raises((ValidationError, ValueError, AttributeError)):
            way()


def test_the_texts_are_part_of_the_json_and_of_its_schema() -> None:
    schema = Answer.model_json_schema(mode="serialization")

    assert json.loads(WAITING.model_dump_json()).keys() >= TEXTS
    assert schema["properties"].keys() >= TEXTS
    assert set(schema["required"]) >= TEXTS


def test_what_is_read_says_what_was_written_although_its_reader_knows_less() -> None:
    read = Answer.model_validate_json(WAITING.model_dump_json())

    assert read.asked_until is None
    assert (read.next_step, read.summary) == (WAITING.next_step, WAITING.summary)
    assert "We try again until" in read.summary.en
