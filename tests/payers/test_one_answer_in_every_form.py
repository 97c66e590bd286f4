"""The samples of every payer, written as each JSON gateway writes them, come to the same answer as their 271."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from contracts import Answer, Benefits
from payers.reading import conclude
from payers.routes.stored import read_stored
from payers.simulator import writing_stedi, writing_v3
from payers.x12 import read_interchange

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*/*.271"))
ADAPTERS = {entry.name: entry.load() for entry in entry_points(group="benefit_verification.payers")}
RESTS_ON = {"evidence", "segment", "path"}


def answer_of(benefits: Benefits, payer: str) -> Answer:
    adapter = ADAPTERS[payer]
    return conclude(
        (benefits,),
        card=adapter.card,
        dialect=adapter.dialect,
        service_date=date(2026, 11, 23),
        as_of=datetime(2026, 11, 23, 15, tzinfo=UTC),
        cards=tuple(other.card for other in ADAPTERS.values()),
    )


def said(answer: Answer) -> Any:
    """An answer without what it rests on, which is of its own form."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: walk(one) for key, one in value.items() if key not in RESTS_ON}
        return [walk(one) for one in value] if isinstance(value, list) else value

    plain = answer.model_dump(mode="json")
    return walk({key: one for key, one in plain.items() if key not in {"answered_by", "findings"}})


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.parametrize(
    ("write", "around"),
    [
        pytest.param(writing_v3.reply_of, {"controlNumber": "000000001"}, id="v3"),
        pytest.param(writing_stedi.reply_of, {"id": "ec_1", "payerId": "1"}, id="stedi"),
    ],
)
def test_a_sample_has_one_answer_in_every_form(
    sample: Path, write: Callable[[Benefits], dict[str, Any]], around: dict[str, Any]
) -> None:
    (benefits,) = read_interchange(sample.read_bytes()).people
    payer = sample.parent.name

    (again,) = read_stored(json.dumps({**write(benefits), **around}).encode())

    answer = answer_of(again, payer)
    assert said(answer) == said(answer_of(benefits, payer))
    assert all(str(one.path).startswith("$.") for one in answer.evidence)
