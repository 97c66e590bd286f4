"""What a projection promises: a role sees what it may see, also of a field that is new."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contracts import (
    Answer,
    Coverage,
    CoverageStatus,
    EvidenceIds,
    EvidenceOf,
    ForEveryCaller,
    Frozen,
    Grade,
    MedicalBenefit,
    PayerWords,
    PlainText,
    Rule,
    SentOfMember,
    Side,
    Terms,
    Verdict,
    answer_without_reply,
    marked,
    marks_of,
)
from contracts.facts import AnswerFacts
from contracts.marked import types_of
from service.security import projection
from service.security.access import Caller, Role, StaffRole
from service.security.projection import HIDDEN, Hiding, hiding_of, project

ANSWER = answer_without_reply(payer="acme", service_date=date(2026, 11, 23), as_of=datetime.now(UTC), problems=())
SECRET, OPEN = "CANARY-7431", "OPEN-1180"
ROLES_WITHOUT_WORDS = [Role.BATCH]


class Remark(Frozen):
    """A new value inside the answer."""

    words: Annotated[str, PayerWords()]
    unmarked: str | None = None
    anything: Any = None
    code: PlainText


class Wider(Answer):
    """An answer with fields that are new: marked as the payer's, as the member's, as nobody's, and not at all."""

    note: Annotated[str | None, PayerWords()] = None
    policy_holder: Annotated[str | None, SentOfMember(instead="member")] = None
    born_on: Annotated[date | None, SentOfMember()] = None
    unmarked: str | None = None
    unmarked_list: tuple[str, ...] = ()
    by_name: dict[PlainText, Remark]
    remarks: tuple[Remark, ...] = ()
    ward: PlainText | None = None
    verdict: Verdict | None = None
    refers_to: EvidenceIds = ()


def wider() -> Wider:
    remark = Remark(words=SECRET, unmarked=SECRET, anything=[SECRET], code=OPEN)
    return Wider(
        **dict(ANSWER),
        note=SECRET,
        policy_holder=SECRET,
        born_on=date(1990, 4, 12),
        unmarked=SECRET,
        unmarked_list=(SECRET,),
        by_name={"one": remark},
        remarks=(remark,),
        ward=OPEN,
        verdict=Verdict.COVERED,
        refers_to=("e1",),
    )


def nothing_leaks(role: Role) -> None:
    seen = project(wider(), Caller(id="x", role=role))
    text = seen.model_dump_json()

    assert SECRET not in text
    assert "1990-04-12" not in text
    assert seen.policy_holder == "member"
    assert (seen.ward, seen.remarks[0].code, seen.by_name["one"].code) == (OPEN, OPEN, OPEN)
    assert (seen.verdict, seen.refers_to) == (Verdict.COVERED, ("e1",))


@pytest.mark.parametrize("role", ROLES_WITHOUT_WORDS)
def test_a_new_field_leaks_to_no_role(role: Role) -> None:
    nothing_leaks(role)


def test_staff_see_a_new_field_whole() -> None:
    assert project(wider(), Caller(id="x", role=Role.STAFF)) == wider()


def of_marked_alone(field: FieldInfo, hidden: frozenset[Any]) -> Hiding | None:
    mark: Any = next((mark for mark in marks_of(field) if type(mark) in hidden), None)
    return None if mark is None else Hiding(mark.instead, lambda _: True)


def of_payers_words_alone(field: FieldInfo, _: frozenset[Any]) -> Hiding | None:
    return hiding_of(field, frozenset({PayerWords}))


def hides_all_text(field: FieldInfo, _: frozenset[Any]) -> Hiding | None:
    return Hiding(None, lambda _: True) if types_of(field) == {str, type(None)} else None


@pytest.mark.parametrize("mutant", [of_marked_alone, of_payers_words_alone, hides_all_text])
def test_a_projection_that_leaks_or_hides_too_much_is_noticed(mutant: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "hiding_of", mutant)
    monkeypatch.setattr(marked, "_plan", marked._plan.__wrapped__)

    with pytest.raises(AssertionError):
        nothing_leaks(Role.BATCH)


def test_every_role_but_the_visitors_has_its_projection() -> None:
    assert HIDDEN.keys() == {*Role, *StaffRole} - {Role.PUBLIC}


def fields_of(kind: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in kind.model_fields.items():
        yield f"{kind.__name__}.{name}", field
        for inner in types_of(field):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from fields_of(inner)


def test_every_text_of_the_answer_says_whose_it_is() -> None:
    known = (PayerWords, SentOfMember, ForEveryCaller, EvidenceOf)
    unmarked = {
        name
        for kind in (AnswerFacts, *(type(text) for text in (ANSWER.next_step, ANSWER.summary)))
        for name, field in fields_of(kind)
        if str in types_of(field) and not any(isinstance(mark, known) for mark in marks_of(field))
    }

    assert unmarked == set()


def test_the_texts_of_a_projection_are_those_of_the_answer() -> None:
    assert project(ANSWER, Caller(id="x", role=Role.BATCH)).summary == ANSWER.summary


def caller_of(position: Role | StaffRole) -> Caller:
    if isinstance(position, Role):
        return Caller(id="key", role=position)
    return Caller(id="person", role=Role.STAFF, staff_roles=frozenset({position}), in_emergency=True)


def test_medical_rows_are_for_those_who_see_the_payers_words() -> None:
    row = MedicalBenefit(service_types=("98",), side=Side.IN_NETWORK, coinsurance=Decimal("0.2"))
    given = ANSWER.model_copy(update={"medical_benefits": (row,)})

    seen = {position for position in HIDDEN if project(given, caller_of(position)).medical_benefits}

    assert seen == set(HIDDEN) - {Role.BATCH, StaffRole.INTAKE}


def test_who_may_not_see_costs_is_not_told_that_the_payer_does_not_say_them() -> None:
    terms = Terms(
        verdict=Verdict.COVERED, grade=Grade.A, rule=Rule.PHRASE, coinsurance=Decimal("0.2"), evidence=("e1",)
    )
    rows = tuple(row.model_copy(update={"in_network": terms}) for row in ANSWER.programs)
    active = Coverage(status=CoverageStatus.ACTIVE, evidence=("e1",))
    given = ANSWER.model_copy(update={"programs": rows, "coverage": active})

    summary = project(given, caller_of(StaffRole.INTAKE)).summary

    assert "20%" in given.summary.en
    assert "What the patient pays is not shown here." in summary.en
    assert not re.search(r"20%|say what the patient pays|deductible", summary.en)
    assert not re.search(r"20%|cuánto queda|deducible", summary.es)
