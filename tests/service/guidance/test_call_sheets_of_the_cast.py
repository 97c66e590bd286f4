"""Over everybody whom the simulator knows: what the reply carries is filled and never asked, and nothing open is lost.

What a reply carries is read here from the answer's own fields, without the code that makes the record.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest

from contracts import (
    Accumulator,
    Answer,
    Authorization,
    CoverageStatus,
    Grade,
    OpenQuestionCode,
    Verdict,
    VirtualDelivery,
)
from service.guidance.call_sheet import CallSheet, Looking
from service.guidance.calls import sheet_of
from service.guidance.vob_values import Provenance, VobEntry
from service.settings.contract_roster import PayerContract, Roster
from tests.service.guidance.cast import Actor, cast

SIDE = "in_network"
NO_ROSTER = Roster()


def sheet(actor: Actor, roster: Roster = NO_ROSTER) -> CallSheet:
    return sheet_of(Looking("ver_CAST", actor.answer, actor.question, actor.card, roster))


class Carried(NamedTuple):
    """A point that the answer's fields carry: the entry's id, and the value as it stands there."""

    entry: str
    value: str


def figures(answer: Answer) -> Iterator[tuple[str, Accumulator]]:
    for side, part in (
        ("in_network", answer.accumulators.in_network),
        ("out_of_network", answer.accumulators.out_of_network),
    ):
        for level, both in (("individual", part.individual), ("family", part.family)):
            yield f"p26.{{}}.{side}.{level}", both.deductible
            yield f"p27.{{}}.{side}.{level}", both.out_of_pocket


def carried(answer: Answer) -> Iterator[Carried]:
    coverage = answer.coverage
    if coverage.status in {CoverageStatus.ACTIVE, CoverageStatus.INACTIVE}:
        yield Carried("p11", "yes" if coverage.status is CoverageStatus.ACTIVE else "no")
    for entry, value in (
        ("p11.begin", coverage.begins_on),
        ("p11.end", coverage.ends_on),
        ("p12", coverage.plan_type),
        ("p13", coverage.plan_name),
        ("p14", coverage.benefit_year.resets_on),
    ):
        if value is not None:
            yield Carried(entry, str(value))
    if coverage.group_number:
        yield Carried("p6", " ".join(filter(None, (coverage.group_number, coverage.group_name))))
    for other in coverage.other_payers:
        yield Carried("p9", other.name)
    for one in answer.administrators:
        yield Carried("p20", one.name)
        if one.phone:
            yield Carried("p23", one.phone)
    for entry, figure in figures(answer):
        for part, value in (("total", figure.total), ("met", figure.met), ("left", figure.remaining)):
            if value is not None:
                yield Carried(entry.format(part), str(value))
    for row in answer.programs:
        terms, about = row.in_network, f"{row.program.value}.{row.condition.value}.{SIDE}"
        if terms.grade is Grade.A and terms.verdict in {Verdict.COVERED, Verdict.NOT_COVERED}:
            yield Carried(f"p36.{about}", "yes" if terms.verdict is Verdict.COVERED else "no")
        if terms.copay is not None:
            yield Carried(f"p38.{about}", str(terms.copay.amount))
        if terms.coinsurance is not None:
            yield Carried(f"p39.{about}", str(terms.coinsurance))
        if terms.deductible_applies is not None:
            yield Carried(f"p40.{about}", "yes" if terms.deductible_applies else "no")
        if terms.authorization is not Authorization.UNKNOWN:
            yield Carried(f"p41.{about}", "yes" if terms.authorization is Authorization.REQUIRED else "no")
        if terms.virtual is not VirtualDelivery.NOT_STATED:
            yield Carried(f"p49.{about}", "yes" if terms.virtual is VirtualDelivery.COVERED else "no")
        for limit in terms.limits:
            value = limit.quantity if limit.quantity is not None else limit.remaining
            yield Carried(f"p43.{about}", f"{value.normalize():f}" if value is not None else "")


def missing_from(record: Sequence[VobEntry], answer: Answer) -> list[Carried]:
    """What the reply carries and the record does not say by the payer's word, with a line that it rests on."""
    said = {
        (one.id, statement.value)
        for one in record
        for statement in one.statements
        if statement.provenance is Provenance.PAYER and statement.evidence
    }
    return [one for one in carried(answer) if (one.entry, one.value) not in said]


def redundant(found: CallSheet, answer: Answer) -> list[str]:
    """Questions about what the reply carries, and questions that stand there twice."""
    known = {one.entry for one in carried(answer)}
    asked = [question for call in found.calls for question in call.questions]
    words = [question.ask for question in asked]
    return [one.entry for one in asked if one.entry in known or words.count(one.ask) > 1]


FILLED_BY = {
    OpenQuestionCode.COVERAGE_UNCLEAR: (11,),
    OpenQuestionCode.IOP_COVERED: (36, 18),
    OpenQuestionCode.PHP_COVERED: (36, 18),
    OpenQuestionCode.IOP_AUTHORIZATION: (41,),
    OpenQuestionCode.PHP_AUTHORIZATION: (41,),
    OpenQuestionCode.IOP_COST: (38, 39),
    OpenQuestionCode.PHP_COST: (38, 39),
    OpenQuestionCode.LIMITS: (43,),
    OpenQuestionCode.VIRTUAL_DELIVERY: (49,),
    OpenQuestionCode.ADMINISTRATOR: (20,),
    OpenQuestionCode.ADMINISTRATOR_TERMS: (36,),
    OpenQuestionCode.CLOSED_AT_PLACE: (18,),
    OpenQuestionCode.CALL_PAYER: (20, 36),
    OpenQuestionCode.OTHER_COVERAGE: (9,),
}
"""The points of which one stands on the sheet for each open question of an answer."""


def forgotten(found: CallSheet, answer: Answer) -> list[OpenQuestionCode]:
    asked = [question for call in found.calls for question in call.questions]
    return [
        one.code
        for one in answer.open_questions
        if not any(
            question.point in FILLED_BY[one.code]
            and (one.program is None or question.program in {None, one.program})
            and (one.condition is None or question.condition in {None, one.condition})
            for question in asked
        )
    ]


def test_the_cast_is_large_and_says_many_things() -> None:
    kinds = {one.entry.partition(".")[0] for actor in cast() for one in carried(actor.answer)}

    assert len(cast()) > 200
    assert set("p6 p11 p12 p13 p14 p20 p23 p26 p27 p36 p38 p39 p41 p43 p49".split()) <= kinds


def test_every_point_that_a_reply_carries_is_filled() -> None:
    missing = {actor: missing_from(sheet(actor).record, actor.answer) for actor in cast()}

    assert {actor: points for actor, points in missing.items() if points} == {}


def test_no_question_is_redundant() -> None:
    found = {actor: redundant(sheet(actor), actor.answer) for actor in cast()}

    assert {actor: questions for actor, questions in found.items() if questions} == {}


def test_no_open_question_is_forgotten() -> None:
    found = {actor: forgotten(sheet(actor), actor.answer) for actor in cast()}

    assert {actor: codes for actor, codes in found.items() if codes} == {}


def test_every_point_of_the_form_is_there_once() -> None:
    for actor in cast():
        record = sheet(actor).record
        assert {one.point for one in record} == set(range(1, 62)), actor
        assert len({one.id for one in record}) == len(record), actor


def test_a_contract_of_ours_shortens_the_call() -> None:
    for actor in cast():
        payers = {actor.person.payer, *(one.payer for one in actor.answer.administrators if one.payer)}
        roster = Roster(tuple(PayerContract(payer=one, source="contract") for one in payers))

        with_us = [one.entry for call in sheet(actor, roster).calls for one in call.questions]
        without = [one.entry for call in sheet(actor).calls for one in call.questions]

        assert set(with_us) <= set(without), actor


def test_a_record_that_forgets_is_noticed() -> None:
    found = [(actor, sheet(actor)) for actor in cast()]
    emptied = [tuple(one.model_copy(update={"statements": ()}) for one in each.record) for _, each in found]

    assert sum(bool(missing_from(record, actor.answer)) for record, (actor, _) in zip(emptied, found, strict=True)) > 30


def test_a_sheet_that_asks_what_is_known_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VobEntry, "is_open", property(lambda one: one.ask is not None))

    assert sum(bool(redundant(sheet(actor), actor.answer)) for actor in cast()) > 30


def test_a_sheet_that_asks_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VobEntry, "is_open", property(lambda one: False))

    assert sum(bool(forgotten(sheet(actor), actor.answer)) for actor in cast()) > 30
