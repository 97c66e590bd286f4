"""F18: role × field × owner: every field of the answer, as every role may see it, of its own question and of another's.

The table below is the whole of it: what of the answer a role may not see. Every other field of the answer, also one
that is added tomorrow, is the same in every view.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from itertools import product
from types import NoneType
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contracts import Answer, FindingCode
from contracts.marked import types_of
from service.security import projection
from service.security.access import Caller, Role, StaffRole, may_see
from service.security.projection import project

MONEY = {
    *("Terms.copay", "Terms.coinsurance", "Terms.deductible_applies", "Terms.cost_rule", "Terms.alternatives"),
    *("Accumulator.total", "Accumulator.met", "Accumulator.remaining", "Accumulator.alternatives"),
}
WORDS = {"Evidence.text", "Finding.detail", "Alternative.text", "Answer.medical_benefits"}
MEMBER = {"Administrator.member_id"}

HIDDEN: Mapping[Role | StaffRole, set[str]] = {
    Role.STAFF: set(),
    # The detail of a finding holds the payer's words in one case, and codes else.
    Role.BATCH: WORDS | MEMBER,
    # What stands inside an alternative is gone with it, and a line of evidence may hold a figure.
    StaffRole.INTAKE: MONEY | {"Evidence.text", "Evidence.description", "Finding.detail", "Answer.medical_benefits"},
    StaffRole.BILLING: set(),
    StaffRole.SUPERVISOR: set(),
    StaffRole.PRIVACY_OFFICER: set(),
    StaffRole.BREAK_GLASS: set(),
}
"""By role: the fields that it may not see."""

DERIVED = {"NextStep", "Summary", "SummaryStatement"}
"""Texts that are computed from what is seen."""


def filled(kind: type[BaseModel], place: str = "") -> Any:
    """A value of ``kind`` in which every field holds something; a place names it in every text."""
    values = {name: held(field.annotation, f"{place}{name}") for name, field in kind.model_fields.items()}
    if kind.__name__ == "Finding":
        values["code"] = FindingCode.MESSAGE_NOT_UNDERSTOOD
    values.pop("written_step", None)
    values.pop("written_summary", None)
    return kind.model_construct(**values)


def held(annotation: Any, place: str) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in {tuple, list}:
        return tuple(held(one, f"{place}.") for one in inner if one is not Ellipsis)
    if origin is dict:
        return {place: held(inner[1], f"{place}.")}
    if origin is not None:
        return held(next(one for one in inner if one is not NoneType), place)
    return plain(annotation, place)


def plain(kind: Any, place: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return filled(kind, f"{place}.")
    if isinstance(kind, type) and issubclass(kind, str | Enum):
        return next(iter(kind)) if hasattr(kind, "__members__") else f"canary {place}"
    if kind is Decimal and "limits" in place:
        return Decimal(3)
    values = {int: 7, bool: True, float: 7.0, Decimal: Decimal("7.77")}
    values |= {date: date(2026, 1, 2), datetime: datetime(2026, 1, 2, tzinfo=UTC)}
    return values[kind]


def fields_of(whole: object, seen: object) -> Iterator[tuple[str, bool]]:
    """Each field that holds no value with fields of its own, or has lost those, with whether it was seen as it is."""
    if isinstance(whole, tuple) and isinstance(seen, tuple):
        for own, other in zip(whole, seen, strict=True):
            yield from fields_of(own, other)
    if not isinstance(whole, BaseModel):
        return
    for name in type(whole).model_fields:
        own, other = getattr(whole, name, None), getattr(seen, name, None)
        lost = other is None or (isinstance(own, tuple) and len(own) != len(other))
        if not lost and (isinstance(own, BaseModel) or (isinstance(own, tuple) and isinstance(own[0], BaseModel))):
            yield from fields_of(own, other)
        else:
            yield f"{type(whole).__name__}.{name}", own == other


def caller(role: Role | StaffRole, name: str = "me") -> Caller:
    if isinstance(role, Role):
        return Caller(id=name, role=role)
    return Caller(id=name, role=Role.STAFF, staff_roles=frozenset({role}), in_emergency=role is StaffRole.BREAK_GLASS)


def unseen(role: Role | StaffRole) -> set[str]:
    """The fields of a full answer that ``role`` does not see as they are."""
    whole: Answer = filled(Answer)
    seen = project(whole, caller(role))
    return {name for name, same in fields_of(whole, seen) if not same}


def all_fields(kind: type[BaseModel], met: set[type[BaseModel]]) -> Iterator[tuple[str, FieldInfo]]:
    met.add(kind)
    for name, field in kind.model_fields.items():
        yield f"{kind.__name__}.{name}", field
        for inner in types_of(field):
            if isinstance(inner, type) and issubclass(inner, BaseModel) and inner not in met:
                yield from all_fields(inner, met)


def holds_values(field: FieldInfo) -> bool:
    """Whether a field holds values with fields of their own."""
    return any(isinstance(one, type) and issubclass(one, BaseModel) for one in types_of(field))


EVERY = {
    name
    for name, field in all_fields(Answer, set())
    if name.partition(".")[0] not in DERIVED and not holds_values(field)
}
"""Every field of the answer that holds no value with fields of its own; each test is about all of them."""


@pytest.mark.parametrize("role", HIDDEN, ids=str)
def test_a_role_sees_every_field_but_those_of_the_table(role: Role | StaffRole) -> None:
    whole: Answer = filled(Answer)
    reached = {name for name, _ in fields_of(whole, project(whole, caller(Role.STAFF)))}

    assert reached >= EVERY
    assert unseen(role) == HIDDEN[role]


@pytest.mark.parametrize("role", [StaffRole.INTAKE, Role.BATCH], ids=str)
def test_a_field_that_is_no_longer_hidden_is_noticed(role: Role | StaffRole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "HIDDEN", {**projection.HIDDEN, role: frozenset()})

    assert unseen(role) != HIDDEN[role]


def test_of_several_roles_each_shows_what_it_may_see() -> None:
    whole: Answer = filled(Answer)
    both = Caller(id="me", role=Role.STAFF, staff_roles=frozenset({StaffRole.INTAKE, StaffRole.BILLING}))

    assert project(whole, both) == whole


def test_no_role_sees_no_answer() -> None:
    whole: Answer = filled(Answer)
    for roles in (frozenset[StaffRole](), frozenset({StaffRole.BREAK_GLASS})):
        with pytest.raises(ValueError, match="sees no answer"):
            project(whole, Caller(id="me", role=Role.STAFF, staff_roles=roles))


def test_no_figure_of_an_answer_reaches_intake() -> None:
    seen = project(filled(Answer), caller(StaffRole.INTAKE)).model_dump_json()

    assert "7.77" in filled(Answer).model_dump_json()
    assert "7.77" not in seen


@pytest.mark.parametrize(("role", "owner"), list(product(HIDDEN, ["me", "another"])), ids=str)
def test_people_and_staff_keys_see_everybodys_and_a_batch_its_own(role: Role | StaffRole, owner: str) -> None:
    assert may_see(caller(role), owner) is (owner == "me" or role is not Role.BATCH)
