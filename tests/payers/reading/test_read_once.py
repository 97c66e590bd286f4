"""What is remembered of other replies changes no answer: members of one plan share what it says, and nothing else."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import cast

import pytest
from pydantic import BaseModel

from contracts import Answer, Benefit, Benefits, Condition, Dialect, Program, ProgramProcedure, kept_json
from contracts.kept import Kept
from contracts.summary import _SENTENCES
from payers.reading import evidence, extent
from payers.reading.coverage import lines_by_plan
from payers.reading.evidence import Book
from payers.reading.lines import line as lines_of_reply
from payers.reading.lines.line import Line
from payers.reading.lines.of_plan import is_of_plan
from payers.reading.terms import lines_in_force, repeated
from payers.x12 import read_interchange
from tests.payers.conftest import HEAD, forget_everything
from tests.payers.reading.expectations import BEHAVIORAL, PLAN

Read = Callable[..., Answer]
Text = Callable[..., bytes]

NIGHT_CARE = ProgramProcedure(program=Program.PHP, code="T9001", conditions=tuple(Condition), source="imaginary")
DIALECTS = (Dialect(), Dialect(procedures=(NIGHT_CARE,)))
BORN = ("19900412", "20110412")
PLANS = (
    (PLAN,),
    (PLAN, "DTP*291*RD8*20260101-20261231"),
    (PLAN, "MSG*WELCOME"),
    (PLAN, "DTP*291*RD8*20250101-20251231"),
    (PLAN, "EB*1**30*HM*OTHER PLAN", "DTP*291*RD8*20250101-20251231"),
    ("EB*6**30",),
    (PLAN, "EB*R**30*MA"),
    ("EB*1**30**IOP",),
)
GROUPS = (
    (BEHAVIORAL,),
    (BEHAVIORAL, "MSG*IOP COVERED"),
    (BEHAVIORAL, "MSG*IOP COVERED", "MSG*PHP NOT COVERED"),
    (BEHAVIORAL, "MSG*PHP COVERED AGES 13 TO 17"),
    (BEHAVIORAL, "MSG*PRIOR AUTHORIZATION REQUIRED FOR IOP UNTIL 12/31/2026"),
    (BEHAVIORAL, "MSG*DEDUCTIBLE DOES NOT APPLY TO PHP"),
    (BEHAVIORAL, "MSG*FROBNICATION OF PHP IS WITHHELD"),
    ("EB*1**MH**IOP",),
    ("EB*B*IND*MH***27*20*****Y",),
    ("EB*B*IND*MH***27*40*****Y",),
    ("EB*B*IND*MH***27*40*****N",),
    ("EB*B*IND*MH***27*40****Y*Y", "MSG*GROUP THERAPY"),
    ("EB*B*IND*MH***27*40*****Y", "III*ZZ*52"),
    ("EB*B*IND*MH***27*30*****Y", "DTP*292*RD8*20260101-20260630"),
    ("EB*A*IND*MH*****.2****Y",),
    ("EB*A*IND*MH*****.4****Y",),
    ("EB*B*IND*MH***27*15**S8*17**Y",),
    ("EB*F*IND*MH***23***VS*20**N*Y",),
    ("EB*F*IND*MH***29***VS*12**N*Y",),
    ("EB*1**MH*********Y", "HSD*VS*30***23*1"),
    ("EB*I**MH*********N",),
    ("EB*1*IND*******Y*Y*HC:S9480", "REF*18*77001"),
    ("EB*1*IND*********Y*HC:T9001",),
    ("EB*U**MH", "LS*2120", "NM1*X3*2*EXAMPLE BEHAVIORAL", "LE*2120"),
    ("EB*B*IND*98***27*25*****Y",),
    ("EB*B*IND*98***27*35*****Y",),
    ("EB*F*IND*33***23***VS*20**N*Y",),
    ("EB*C*IND*30***23*2000*****Y",),
    ("EB*C*IND*30***29*1500*****Y",),
    ("EB*C*IND*30***29*700.10*****Y",),
    ("EB*G*FAM*30***23*9000*****N",),
)

pytestmark = pytest.mark.usefixtures("nothing_is_remembered")


def some_replies(text: Text) -> Iterator[tuple[Sequence[Benefits], Dialect]]:
    """Replies that are alike in much: what thirty products say of members of two ages at two payers."""
    dice = Random(8)
    products = [dice.choices(GROUPS, k=dice.randint(1, 4)) for _ in range(30)]
    for _ in range(700):
        groups = dice.choice(products)[:]
        if dice.random() < 0.3:
            groups[dice.randrange(len(groups))] = dice.choice(GROUPS)
        born = dice.choice(BORN)
        head = tuple(one.replace(BORN[0], born) for one in HEAD)
        said = [segment for group in (dice.choice(PLANS), *groups) for segment in group]
        people = read_interchange(text(said, head)).people
        if dice.random() < 0.3:
            more = [segment for group in (dice.choice(PLANS), *dice.choice(products)) for segment in group]
            people += read_interchange(text(more, head)).people
        yield people, dice.choice(DIALECTS)


def test_an_answer_is_the_same_whatever_was_read_before(read: Read, text: Text) -> None:
    replies = list(some_replies(text))
    after_others = [read(people=people, dialect=dialect).to_json() for people, dialect in (*replies, *replies)]

    for number, (people, dialect) in enumerate(replies):
        forget_everything()
        alone = read(people=people, dialect=dialect).to_json()
        assert after_others[number] == after_others[number + len(replies)] == alone


all_of = repeated._all_of


@pytest.fixture
def no_line_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are told from others by what is in them, as those are of which something is each member's own."""
    monkeypatch.setattr(lines_of_reply, "may_be_kept", lambda _: False)


@pytest.mark.usefixtures("no_line_is_kept")
@pytest.mark.parametrize(
    "forgetful",
    [
        lambda line: (line.benefit.at, *all_of(line)[2:]),
        lambda line: (line.benefit._replace(at=0), *all_of(line)[2:]),
        lambda line: all_of(line)[:1],
        lambda line: (*all_of(line)[:3], *all_of(line)[4:]),
    ],
    ids=["facts and place", "not where they stand", "that they are", "whatever the age"],
)
def test_rows_that_are_remembered_by_less_than_their_lines_are_caught(
    forgetful: Callable[[Line], tuple[object, ...]], monkeypatch: pytest.MonkeyPatch, read: Read, text: Text
) -> None:
    monkeypatch.setattr(repeated, "_all_of", forgetful)

    with pytest.raises(AssertionError):
        test_an_answer_is_the_same_whatever_was_read_before(read, text)


@pytest.mark.usefixtures("no_line_is_kept")
def test_an_answer_is_the_same_where_no_line_is_kept(read: Read, text: Text) -> None:
    test_an_answer_is_the_same_whatever_was_read_before(read, text)


@pytest.mark.parametrize(
    "keeps",
    [
        lambda line: not line.benefit.plan and line.age_fits is None,
        lambda line: not line.benefit.plan and not line.facts.asks_for_patient,
        lambda line: line.age_fits is None and not line.facts.asks_for_patient,
    ],
    ids=["words that set an age", "codes that set an age", "a label"],
)
def test_a_line_that_is_kept_although_it_rests_on_more_than_itself_is_caught(
    keeps: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, read: Read, text: Text
) -> None:
    monkeypatch.setattr(lines_of_reply, "may_be_kept", lambda line: keeps(line) and is_of_plan(line.benefit))

    with pytest.raises(AssertionError):
        test_an_answer_is_the_same_whatever_was_read_before(read, text)


def test_a_line_that_is_kept_by_its_text_and_place_alone_is_caught(
    monkeypatch: pytest.MonkeyPatch, read: Read, text: Text
) -> None:
    class Lenient(Benefit):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Benefit)

        __hash__ = Benefit.__hash__

    may_be_kept = lines_of_reply.may_be_kept

    def keeps(line: Line) -> bool:
        line.benefit = Lenient(*line.benefit)
        return may_be_kept(line)

    monkeypatch.setattr(lines_of_reply, "may_be_kept", keeps)

    with pytest.raises((AssertionError, IndexError)):
        test_an_answer_is_the_same_whatever_was_read_before(read, text)


OWN = "REF*18*77001"
WITH_ROLES_OF_THEIR_OWN = {
    "facts": (("EB*C*IND*30***23*2000*****Y", OWN), ("EB*C*FAM*30***23*2000*****Y", OWN)),
    "base": ((BEHAVIORAL, "EB*B*IND*98***27*20*****Y", OWN), ("EB*1**98", "EB*B*IND*98***27*20*****Y", OWN)),
    "period": (
        ("EB*C*IND*30***23*2000*****Y", "DTP*292*RD8*20260701-20261231", OWN),
        ("EB*C*IND*30***23*2000*****Y", "DTP*292*RD8*20260101-20260630", OWN),
    ),
    "diagnoses": (
        ("EB*C*IND*30***23*2000*****Y", OWN),
        ("EB*C*IND*30***23*2000*****Y**1", OWN),
    ),
    "left": (("EB*F*IND*BB***29***DY*12**Y",), ("EB*F*IND*BB***29***DY*0**Y",)),
}


def assert_read_apart(name: str, read: Read, text: Text) -> None:
    replies = [read_interchange(text([PLAN, BEHAVIORAL, *lines])).people for lines in WITH_ROLES_OF_THEIR_OWN[name]]
    if name == "base":
        replies = [tuple(one._replace(asked=("MH",)) for one in people) for people in replies]
    in_a_row = [read(people=people) for people in replies]
    forget_everything()
    assert in_a_row[1] == read(people=replies[1])
    assert in_a_row[1].programs != in_a_row[0].programs or in_a_row[1].accumulators != in_a_row[0].accumulators


@pytest.mark.parametrize("name", WITH_ROLES_OF_THEIR_OWN)
def test_lines_have_the_roles_that_they_have_by_themselves(name: str, read: Read, text: Text) -> None:
    assert_read_apart(name, read, text)


what_counts_of = lines_in_force._what_counts_of


@pytest.mark.parametrize(
    ("name", "function", "forgetful"),
    [
        ("facts", "_what_counts_of", lambda line: what_counts_of(line)[1:]),
        ("period", "_what_counts_of", lambda line: (*what_counts_of(line)[:2], what_counts_of(line)[3])),
        ("diagnoses", "_what_counts_of", lambda line: what_counts_of(line)[:3]),
        ("left", "_is_plain", lambda _: True),
    ],
)
def test_roles_that_are_remembered_by_less_than_their_lines_are_caught(
    name: str,
    function: str,
    forgetful: Callable[[Line], object],
    monkeypatch: pytest.MonkeyPatch,
    read: Read,
    text: Text,
) -> None:
    monkeypatch.setattr(lines_in_force, function, forgetful)

    with pytest.raises(AssertionError):
        assert_read_apart(name, read, text)


def kept_lines() -> list[Line]:
    return [one.line for kept in lines_of_reply._KEPT.values() for one in kept._by_text.values()]


def test_a_copy_of_a_line_that_is_kept_is_none(read: Read) -> None:
    read(PLAN, BEHAVIORAL)
    (kept,) = kept_lines()

    assert kept.is_kept
    assert not replace(kept, is_in_period=False).is_kept


def test_rows_that_are_remembered_without_what_stood_in_the_book_are_caught(
    monkeypatch: pytest.MonkeyPatch, read: Read, text: Text
) -> None:
    true_state = cast("property", Book.__dict__["state"]).fget

    class Forgetful(tuple[object, ...]):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Forgetful)

        def __hash__(self) -> int:
            return 0

    assert true_state is not None
    monkeypatch.setattr(Book, "state", property(lambda book: Forgetful(true_state(book))))

    with pytest.raises((AssertionError, ValueError)):
        test_an_answer_is_the_same_whatever_was_read_before(read, text)


@pytest.mark.usefixtures("no_line_is_kept")
def test_a_layout_that_is_remembered_without_dates_is_caught(
    monkeypatch: pytest.MonkeyPatch, read: Read, text: Text
) -> None:
    class Undated(Kept):
        __slots__ = ()

        def find(self, key: object) -> object:
            return super().find(self.without_dates(key))

        def keep(self, key: object, found: object) -> None:
            super().keep(self.without_dates(key), found)

        def without_dates(self, key: object) -> object:
            assert isinstance(key, tuple)
            on, *lines = key
            return (on, *((*line[:3], *line[4:]) for line in lines))

    monkeypatch.setattr(lines_by_plan, "_LAYOUTS", Undated(128))

    with pytest.raises(AssertionError):
        test_an_answer_is_the_same_whatever_was_read_before(read, text)


def test_members_of_one_plan_share_the_terms_that_were_read_once(read: Read) -> None:
    lines = (PLAN, BEHAVIORAL, "EB*B*IND*MH***27*20*****Y")
    one = read(*lines, "EB*C*IND*30***29*1500*****Y")
    other = read(*lines, "EB*C*IND*30***29*700.10*****Y")

    assert one.accumulators != other.accumulators
    assert one.programs[0].in_network is other.programs[0].in_network


def test_the_json_of_what_members_of_one_plan_share_is_that_of_each_answer(read: Read) -> None:
    lines = (PLAN, BEHAVIORAL, "EB*B*IND*MH***27*20*****Y", "EB*B*IND*98***27*25*****Y")
    for amount in ("1500", "700.10"):
        answer = read(*lines, f"EB*C*IND*30***29*{amount}*****Y")
        hidden = answer.model_copy(
            update={"evidence": tuple(one.model_copy(update={"text": None}) for one in answer.evidence)}
        )

        assert json.loads(answer.to_json()) == json.loads(answer.model_dump_json())
        assert json.loads(hidden.to_json()) == json.loads(hidden.model_dump_json())
    assert {id(one) for one in (*answer.programs, *answer.medical_benefits)} <= kept_json._KEPT.keys()


def test_the_dates_of_a_plan_are_shown_where_they_stand_in_these_replies(read: Read, text: Text) -> None:
    head = [one for one in HEAD if not one.startswith("DTP")]
    plan = ["EB*1**30*MA*PLAN", "DTP*346*D8*20260101", "EB*1**MH*MB"]

    def answer(copay: str) -> Answer:
        costs = text(["EB*C*IND*30***23*2000*****Y", f"EB*B*IND*MH***27*{copay}*****Y"], head)
        return read(people=(*read_interchange(costs).people, *read_interchange(text(plan, head)).people))

    alone = answer("20")
    forget_everything()
    answer("45")
    assert answer("20") == alone


def test_lines_that_are_the_same_object_are_told_from_those_that_are_equal(read: Read, text: Text) -> None:
    (benefits,) = read_interchange(text([PLAN, PLAN, PLAN])).people
    one, other, third = benefits.lines

    def answer(*lines: Benefit) -> Answer:
        return read(people=(benefits._replace(lines=lines),))

    alone = answer(one, other, third, other)
    forget_everything()
    answer(one, other, one, third)
    assert answer(one, other, third, other) == alone


def answers_to_one_reply_twice(read: Read, text: Text) -> tuple[list[Answer], list[Answer]]:
    """Where one reply answers two inquiries, and where two that are equal do: in a row, and each by itself."""
    said = text([PLAN, BEHAVIORAL, "EB*1**30", "EB*B*IND*MH***27*20*****Y", "EB*C*IND*30***23*2000*****Y"])
    (one,), (same,) = read_interchange(said).people, read_interchange(said).people
    asked = [("30",), ("MH",)]
    pairs = [tuple(reply._replace(asked=types) for types in asked) for reply in (one, same)]
    pairs.append((pairs[0][0], pairs[1][1]))
    in_a_row = [read(people=people) for people in (*pairs, *pairs)]
    alone = []
    for people in (*pairs, *pairs):
        forget_everything()
        alone.append(read(people=people))
    return in_a_row, alone


def test_one_reply_to_two_inquiries_is_read_as_two_that_are_equal(read: Read, text: Text) -> None:
    in_a_row, alone = answers_to_one_reply_twice(read, text)

    assert in_a_row == alone == [alone[0]] * len(alone)


def test_lines_that_are_told_apart_by_their_object_alone_are_caught(
    monkeypatch: pytest.MonkeyPatch, read: Read, text: Text
) -> None:
    monkeypatch.setattr(lines_by_plan, "_benefit_of", lambda line: id(line.benefit))
    in_a_row, alone = answers_to_one_reply_twice(read, text)

    assert in_a_row != alone


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
    kept = (*kept, extent._KNOWN, lines_in_force._ROLES)
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
