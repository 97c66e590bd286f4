"""What is remembered of other replies changes no answer: members of one plan share what it says, and nothing else."""

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import cast

import pytest

from contracts import Answer, Benefit, Benefits, Condition, Dialect, Program, ProgramProcedure, kept_json
from contracts.kept import Kept
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
