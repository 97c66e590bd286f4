"""What the summary promises: every figure stands in the answer, and each word is true, in both languages."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from contracts import (
    Administrator,
    AdministratorOutcome,
    Alternative,
    Answer,
    Copay,
    CopayPer,
    CoverageStatus,
    Figure,
    Limit,
    LimitPeriod,
    LimitUnit,
    ProblemCode,
    Rule,
    State,
    Verdict,
    summary as summaries,
)
from contracts.report import report
from contracts.wording import format_money, format_number, format_phone, format_share, format_time

from .staging import AGAIN, AS_OF, MARKS, THEIRS, answer, answers, individual, problem, terms

FIGURE = re.compile(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?")
COPAY = Copay(amount=Decimal(1500), per=CopayPer.DAY)
THIRTY = Limit(
    quantity=Decimal(30),
    unit=LimitUnit.DAYS,
    period=LimitPeriod.CALENDAR_YEAR,
    remaining=Decimal(12),
    evidence=MARKS,
)


def evidenced(whole: Answer) -> Iterator[str]:
    """Every figure that the answer holds evidence of, as it may be written."""
    for row in whole.programs:
        own = row.in_network
        if own.evidence:
            yield from (format_money(one.amount) for one in [own.copay] if one)
            yield from (format_share(one) for one in [own.coinsurance] if one is not None)
        for other in (one for one in own.alternatives if one.evidence and own.evidence):
            yield format_share(other.value) if other.figure is Figure.COINSURANCE else format_money(other.value)
        for limit in (one for one in own.limits if one.evidence or own.evidence):
            numbers = [one for one in (limit.quantity, limit.remaining) if one is not None]
            yield from (format_money(one) if limit.unit is LimitUnit.DOLLARS else format_number(one) for one in numbers)
    side = whole.accumulators.in_network
    for level in (side.individual, side.family):
        for figure in (level.deductible, level.out_of_pocket):
            if figure.evidence:
                yield from (format_money(one) for one in (figure.total, figure.remaining) if one is not None)
                yield from (format_money(one.value) for one in figure.alternatives if one.evidence)
    yield from (format_phone(one.phone) for one in whole.administrators if one.phone)
    for instant in (AGAIN, AS_OF + timedelta(seconds=900)):
        yield from format_time(instant)


def every_figure_stands_in_the_answer(whole: Answer) -> None:
    known = {number for text in evidenced(whole) for number in FIGURE.findall(text)}
    for text in (whole.summary.en, whole.summary.es):
        assert set(FIGURE.findall(text)) <= known


@given(whole=answers())
@settings(max_examples=400, deadline=None)
def test_every_figure_of_a_summary_stands_in_the_answer_with_evidence(whole: Answer) -> None:
    every_figure_stands_in_the_answer(whole)


def test_a_figure_that_is_written_wrong_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries, "format_money", lambda amount: format_money(amount + 1))

    with pytest.raises(AssertionError):
        every_figure_stands_in_the_answer(answer(terms(copay=COPAY)))


@given(whole=answers())
@settings(max_examples=200, deadline=None)
def test_no_template_is_left_unfilled(whole: Answer) -> None:
    assert not set("{}") & set(whole.summary.en + whole.summary.es + whole.next_step.text)


@pytest.mark.parametrize("unit", LimitUnit)
def test_one_of_a_unit_is_one_in_both_languages_and_on_the_page(unit: LimitUnit) -> None:
    one = Limit(quantity=Decimal(1), unit=unit, period=LimitPeriod.DAY, remaining=Decimal(1), evidence=MARKS)
    whole = answer(terms(limits=(one,)))
    said = whole.summary.en + whole.summary.es + report(whole)

    assert ("limited to 1 visit per day, 1 visit left" in whole.summary.en) is (unit is LimitUnit.VISITS)
    assert ("limitado a 1 visita por día, queda 1 visita" in whole.summary.es) is (unit is LimitUnit.VISITS)
    assert "quedan 1 " not in said
    assert not re.search(r"\b1 (?:days|visits|hours|sessions|units|días|visitas|horas|sesiones|unidades)\b", said)


def test_money_limits_and_what_is_left_are_told_in_both_languages() -> None:
    own = terms(copay=COPAY, coinsurance=Decimal("0.2"), limits=(THIRTY,))
    whole = answer(own, accumulators=individual(total=Decimal(1500), remaining=Decimal(500)))

    assert "covered in network; copay $1,500.00 per day; the patient pays 20%" in whole.summary.en
    assert "limited to 30 days per calendar year, 12 days left." in whole.summary.en
    assert "In network, $500.00 of the individual deductible is left (of $1,500.00)." in whole.summary.en
    assert "copago de $1,500.00 por día; el paciente paga el 20%" in whole.summary.es
    assert "limitado a 30 días por año calendario, quedan 12 días." in whole.summary.es
    assert "limitada a 30 días" in whole.summary.es
    assert "quedan $500.00 del deducible individual (de $1,500.00)." in whole.summary.es


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    whole = answer(terms())
    partly = answer(terms(), problems=(problem(ProblemCode.PAYER_SILENT),))

    for words in (
        "what the patient pays is not stated",
        "whether prior authorization is required is not stated",
        "whether there is a limit is not stated",
        "What is left of the deductible in network is not stated.",
    ):
        assert words in whole.summary.en
        assert words.replace("stated", "known") in partly.summary.en
    assert "not stated" not in partly.summary.en
    assert "no se indica lo que paga el paciente" in whole.summary.es
    assert "No se sabe cuánto queda del deducible dentro de la red." in partly.summary.es


@pytest.mark.parametrize("rule", [Rule.PHRASE, Rule.SERVICE_TYPE, Rule.PLACE, Rule.OUTPATIENT])
def test_a_contradiction_does_not_read_not_stated(rule: Rule) -> None:
    texts = answer(terms(Verdict.NOT_STATED, rule)).summary

    assert "not clear: the reply speaks of it" in texts.en
    assert "no está claro" in texts.es
    assert "not stated by the payer" not in texts.en
    assert "not stated by the payer" in answer(terms(Verdict.NOT_STATED, Rule.SILENT)).summary.en


def test_a_borrowed_figure_does_not_read_as_stated() -> None:
    texts = answer(terms(copay=COPAY, assumed=(Figure.COPAY,))).summary

    assert "copay $1,500.00 per day (stated for a broader benefit, not for this program)" in texts.en
    assert "copago de $1,500.00 por día (indicado para un beneficio más amplio, no para este programa)" in texts.es


def test_several_values_do_not_read_as_one() -> None:
    tiers = tuple(Alternative(figure=Figure.COPAY, value=Decimal(one), evidence=MARKS) for one in (20, 40, 60))
    of_deductible = tuple(one.model_copy(update={"figure": Figure.DEDUCTIBLE}) for one in tiers)

    texts = answer(terms(alternatives=tiers), accumulators=individual(alternatives=of_deductible)).summary
    bound = answer(terms(alternatives=tiers[:1])).summary

    assert "several copays are stated, depending on the case: $20.00, $40.00 or $60.00" in texts.en
    assert "se indican varios copagos, según el caso: $20.00, $40.00 o $60.00" in texts.es
    assert "several amounts of the individual deductible are stated: $20.00, $40.00 or $60.00" in texts.en
    assert "a copay is stated for a particular case only: $20.00" in bound.en


def test_a_program_that_was_named_is_not_said_to_be_unnamed() -> None:
    texts = answer(terms(Verdict.LIKELY, Rule.PHRASE), CoverageStatus.UNCLEAR).summary

    assert "named by the payer, and likely covered in network if the plan is active" in texts.en
    assert "did not name" not in texts.en


@pytest.mark.parametrize(
    ("verdict", "rule", "endings"),
    [
        (Verdict.COVERED, Rule.PHRASE, ("cubiert",)),
        (Verdict.LIKELY, Rule.PLACE, ("cubiert", "aseguradora no l")),
        (Verdict.NOT_COVERED, Rule.PHRASE, ("no cubiert",)),
        (Verdict.DELEGATED, Rule.DELEGATED, ("administrad",)),
    ],
)
def test_spanish_words_follow_the_gender_of_the_program(verdict: Verdict, rule: Rule, endings: tuple[str, ...]) -> None:
    sentences = answer(terms(verdict, rule)).summary.es.split(". ")
    iop = next(one for one in sentences if one.startswith("Programa ambulatorio"))
    php = next(one for one in sentences if one.startswith("Hospitalización"))

    for ending in endings:
        assert f"{ending}o" in iop
        assert f"{ending}a" in php


def test_an_administrator_that_answered_is_named_with_its_number() -> None:
    optum = Administrator(name="OPTUM", phone=THEIRS, outcome=AdministratorOutcome.ANSWERED)

    texts = answer(terms(administered_by="OPTUM"), administrators=(optum,)).summary

    assert "OPTUM, phone (800) 555-0133, runs the behavioral benefit and answered for it." in texts.en
    assert "OPTUM, teléfono (800) 555-0133, administra el beneficio" in texts.es


@pytest.mark.parametrize("code", ProblemCode)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("status", CoverageStatus)
def test_no_word_of_a_summary_is_left_in_the_other_language(
    code: ProblemCode, state: State, status: CoverageStatus
) -> None:
    texts = answer(terms(), status, state=state, problems=(problem(code, "member_id", waits=True),)).summary

    assert not re.search(r"\b(?:the|payer|answer\w*|is|not)\b", texts.es)
    assert not re.search(r"\b(?:la|el|aseguradora|respond\w*|no se)\b", texts.en)
