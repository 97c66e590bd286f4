"""What is kept of replies for the members of a plan: what it says to all of them, and nothing of a member alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from pydantic import BaseModel

from contracts import Answer, kept_json
from contracts.summary import _SENTENCES
from payers.reading import evidence, extent
from payers.reading.coverage import lines_by_plan
from payers.reading.lines import line as lines_of_reply
from payers.reading.lines.line import Line
from payers.reading.terms import lines_in_force, repeated
from payers.x12 import read_interchange
from tests.payers.reading.expectations import BEHAVIORAL, PLAN

Read = Callable[..., Answer]
Text = Callable[..., bytes]

pytestmark = pytest.mark.usefixtures("nothing_is_remembered")


def kept_lines() -> list[Line]:
    return [one.line for kept in lines_of_reply._KEPT.values() for one in kept._by_text.values()]


def test_a_copy_of_a_line_that_is_kept_is_none(read: Read) -> None:
    read(PLAN, BEHAVIORAL)
    (kept,) = kept_lines()

    assert kept.is_kept
    assert not replace(kept, is_in_period=False).is_kept


def test_a_line_that_holds_what_may_change_is_not_kept(read: Read, text: Text) -> None:
    (benefits,) = read_interchange(text([PLAN, BEHAVIORAL, "MSG*IOP COVERED"])).people
    plan, behavioral = benefits.lines
    words = list(behavioral.messages)
    changing = benefits._replace(lines=(plan, behavioral._replace(messages=words)))  # type: ignore[arg-type]

    before = read(people=(changing,))
    words.clear()
    after = read(people=(changing,))

    assert before == read(people=(benefits,))
    assert after == read(PLAN, BEHAVIORAL)


def test_a_long_reply_drives_out_no_line_that_is_kept(read: Read) -> None:
    read(PLAN, BEHAVIORAL)
    many = [f"EB*B*IND*98***27*{amount}*****Y" for amount in range(250)]
    read(PLAN, BEHAVIORAL, *many)

    assert len(kept_lines()) == 1


def test_a_line_with_much_below_it_is_not_kept(read: Read) -> None:
    read(PLAN, BEHAVIORAL, *["DTP*348*D8*20260101"] * 20)
    read(PLAN, BEHAVIORAL, *["MSG*" + "WELCOME " * 5] * 20)
    read(PLAN, BEHAVIORAL, "DTP*348*D8*20260101" + " " * 900)

    assert kept_lines() == []


def test_no_sentence_with_the_name_of_whoever_runs_a_program_is_kept(read: Read) -> None:
    _SENTENCES._found.clear()
    answer = read(PLAN, "EB*U**MH", *NURSE)
    texts = answer.summary.en
    read(PLAN, BEHAVIORAL).summary.en  # noqa: B018 - for what it keeps

    assert "SPECIMEN" in texts.upper()
    assert len(_SENTENCES._found) == 1


def strings_in(kept: object) -> Iterator[str]:
    """Every string in something that is kept, but for facts, which hold codes and words."""
    if isinstance(kept, str):
        yield kept
    elif isinstance(kept, bytes):
        yield kept.decode()
    elif isinstance(kept, Line):
        yield from strings_in(kept.benefit)
    elif isinstance(kept, lines_of_reply._KeptLines):
        yield from strings_in([kept.stable, kept._by_text])
    elif isinstance(kept, BaseModel):
        yield kept.model_dump_json()
    elif isinstance(kept, dict):
        yield from strings_in([*kept.items()])
    elif isinstance(kept, (list, tuple)):
        for one in kept:
            yield from strings_in(one)


def everything_kept() -> str:
    kept = (repeated._FOUND, lines_by_plan._LAYOUTS, evidence._OF_LINES, lines_of_reply._KEPT, kept_json._KEPT)
    kept = (*kept, extent._KNOWN, extent._OF_PLANS, lines_in_force._ROLES, _SENTENCES._found)
    return "\n".join(strings_in(kept))


NURSE = ("LS*2120", "NM1*X3*1*SPECIMEN*OTIS", "LE*2120")


OF_A_MEMBER = pytest.mark.parametrize(
    ("own", "lines"),
    [
        ("SPECIMEN", ("EB*B*IND*MH***27*20*****Y", *NURSE)),
        ("SPECIMEN", ("EB*U**MH", *NURSE)),
        ("SPECIMEN", ("EB*U**30", *NURSE)),
        ("77001", ("EB*B*IND*MH***27*20*****Y", "REF*18*77001")),
        ("77001", ("EB*B*IND*98***27*20*****Y", "REF*18*77001")),
        ("777.13", ("EB*C*IND*30***29*777.13*****Y",)),
        ("777.13", ("EB*G*IND*30***24*777.13*****Y",)),
        ("777.13", ("EB*Y*IND*30***23*777.13",)),
        ("7.77", ("EB*F*IND*MH***29***VS*7.77**N*Y",)),
        ("7.77", ("EB*F*IND*98***29***VS*7.77**N*Y",)),
        ("7.77", ("EB*1**MH*********Y", "HSD*VS*7.77***29*1")),
    ],
)


@OF_A_MEMBER
def test_nothing_of_a_member_alone_is_kept(own: str, lines: Sequence[str], read: Read) -> None:
    for _ in range(4):
        read(PLAN, BEHAVIORAL, "EB*B*IND*98***27*35*****Y", *lines)

    assert own not in everything_kept()


@pytest.mark.parametrize(
    ("own", "lines"),
    [
        ("SPECIMEN", ("EB*B*IND*MH***27*20*****Y", *NURSE)),
        ("77001", ("EB*B*IND*98***27*20*****Y", "REF*18*77001")),
        ("777.13", ("EB*C*IND*30***29*777.13*****Y",)),
        ("7.77", ("EB*1**MH*********Y", "HSD*VS*7.77***29*1")),
    ],
)
def test_a_reader_that_takes_every_line_for_the_plans_is_caught(
    own: str, lines: Sequence[str], monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    monkeypatch.setattr(repeated, "is_of_plan", lambda _: True)
    monkeypatch.setattr(lines_of_reply, "is_of_plan", lambda _: True)

    with pytest.raises(AssertionError):
        test_nothing_of_a_member_alone_is_kept(own, lines, read)


def test_what_a_plan_says_is_kept(read: Read) -> None:
    read(
        PLAN, BEHAVIORAL, "EB*B*IND*MH***27*61.50*****Y", "EB*B*IND*98***27*62.50*****Y", "EB*C*IND*30***23*63.50*****Y"
    )

    kept = everything_kept()
    assert [amount for amount in ("61.50", "62.50", "63.50") if amount not in kept] == []


def test_a_line_in_json_is_not_kept_since_it_is_shown_with_all_that_stood_beside_it(read: Read, text: Text) -> None:
    (benefits,) = read_interchange(text([PLAN, "EB*C*IND*30***23*2000*****Y"])).people
    shown = [one._replace(at=f"$.plan[{at}]", text='{"left":"777.13"}') for at, one in enumerate(benefits.lines)]

    answer = read(people=(benefits._replace(lines=tuple(shown)),))

    assert "777.13" in answer.model_dump_json()
    assert "777.13" not in everything_kept()


@pytest.mark.parametrize("below", ["REF*18*77001", "LS*2120~NM1*1P*1*SPECIMEN*OTIS~LE*2120"])
def test_lines_that_may_hold_a_name_or_a_number_are_not_remembered(below: str, read: Read) -> None:
    lines = (PLAN, BEHAVIORAL, "EB*B*IND*MH***27*20*****Y", *below.split("~"))
    one, other = read(*lines), read(*lines)

    assert one.programs == other.programs
    assert one.programs[0].in_network is not other.programs[0].in_network


def test_values_that_are_not_plain_are_read_and_not_remembered(read: Read, text: Text) -> None:
    (benefits,) = read_interchange(text([PLAN, "EB*B*IND*MH***27*20*****Y", "DTP*291*D8*20260101"])).people
    odd = [one._replace(diagnoses=[], dates=list(one.dates)) for one in benefits.lines]  # type: ignore[arg-type]

    assert read(people=(benefits._replace(lines=tuple(odd)),)) == read(people=(benefits,))
