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
from payers.simulator.endpoints.availity_rest.coverage import coverage_of
from payers.simulator.endpoints.optum_json import writer as optum_writer
from payers.simulator.endpoints.stedi_json import writer as stedi_writer
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
        pytest.param(optum_writer.reply_of, {"controlNumber": "000000001"}, id="v3"),
        pytest.param(stedi_writer.reply_of, {"id": "ec_1", "payerId": "1"}, id="stedi"),
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


PLAN = "EB*1**30*PR*OPEN CHOICE"
OPEN = "EB*1**MH*********Y"
IDIOMS: dict[str, tuple[str, ...]] = {
    "a message that refuses": (OPEN, "MSG*PARTIAL HOSPITALIZATION IS NOT COVERED"),
    "two messages of one line": (OPEN, "MSG*DAY TREATMENT", "MSG*RESIDENTIAL", "MSG*NOT PAYABLE"),
    "a figure at the office": (OPEN, "EB*B*IND*MH***27*25*****Y", "III*ZZ*11"),
    "figures at two places": (
        OPEN,
        *("EB*B*IND*MH***27*25*****Y", "III*ZZ*22"),
        *("EB*B*IND*MH***27*60*****Y", "III*ZZ*53"),
    ),
    "a figure of some visits": (OPEN, "EB*B*IND*MH***27*0*****Y", "HSD*VS*6***23", "EB*A*IND*MH*****.2****Y"),
    "an age": (OPEN, "EB*1**BB******S7*17**Y"),
    "days a year, and what remains": (
        "EB*1**CH*********Y",
        *("EB*F*IND*CH***23***DY*30**Y", "EB*F*IND*CH***29***DY*12**Y"),
    ),
    "a line of another time": (OPEN, "EB*1**BB*********Y", "DTP*349*D8*20260131"),
    "a figure of another period": (
        OPEN,
        *("EB*B*IND*MH***27*25*****Y", "DTP*193*D8*20250101", "DTP*194*D8*20251231"),
        "EB*B*IND*MH***27*40*****Y",
    ),
    "a procedure with a modifier": ("EB*1***********Y*HC:H0035:HE", OPEN),
    "a range of procedures": ("EB*1***********Y*HC:H0031::::::H0037", OPEN),
    "a figure for one diagnosis": (OPEN, "EB*A*IND*MH*****.4****Y**1:2", "EB*A*IND*MH*****.2****Y"),
    "tiers of a network": (
        OPEN,
        *("EB*B*IND*MH***27*20*****Y", "REF*N6*1*TIER ONE"),
        *("EB*B*IND*MH***27*45*****Y", "REF*N6*2*TIER TWO"),
    ),
    "a premium paid to a day": (OPEN,),
}
"""What a reply may hold below a line, each kind in a small reply."""

LEVEL = {"a premium paid to a day": ("DTP*343*D8*20260831",)}
FORMS = {
    "v3": lambda benefits: {**optum_writer.reply_of(benefits), "controlNumber": "000000001"},
    "stedi": lambda benefits: {**stedi_writer.reply_of(benefits), "id": "ec_1", "payerId": "1"},
    "availity": lambda benefits: {"id": "1", **coverage_of(benefits)},
}
UNSAID = {
    # Availity's form has no field for them.
    ("availity", "a figure of another period"),
    ("availity", "a procedure with a modifier"),
    ("availity", "a range of procedures"),
    ("availity", "a figure for one diagnosis"),
    ("availity", "tiers of a network"),
    ("availity", "a premium paid to a day"),
}


@pytest.mark.parametrize("idiom", IDIOMS)
@pytest.mark.parametrize("form", FORMS)
def test_what_stands_below_a_line_has_one_answer_in_every_form(
    form: str, idiom: str, text: Callable[..., bytes]
) -> None:
    if (form, idiom) in UNSAID:
        pytest.skip("this form has no field for it")
    (benefits,) = read_interchange(text([*LEVEL.get(idiom, ()), PLAN, *IDIOMS[idiom]])).people

    (again,) = read_stored(json.dumps(FORMS[form](benefits)).encode())

    assert said(answer_of(again, "aetna")) == said(answer_of(benefits, "aetna"))


@pytest.mark.parametrize("idiom", IDIOMS)
def test_an_idiom_says_something_that_a_form_could_lose(idiom: str, text: Callable[..., bytes]) -> None:
    segments = [PLAN, *IDIOMS[idiom]]
    bare = [segment for segment in segments if segment.startswith("EB*1")]
    whole, lost = (
        said(answer_of(read_interchange(text(lines)).people[0], "aetna"))
        for lines in ([*LEVEL.get(idiom, ()), *segments], bare)
    )

    assert whole != lost or any(segment.count("*") > 11 for segment in bare)
