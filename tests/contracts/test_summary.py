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
    Program,
    Rule,
    State,
    Verdict,
)
from contracts.phrases import PROGRAM
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
    monkeypatch.setattr("contracts.summary_figures.format_money", lambda amount: format_money(amount + 1))

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

    assert ("The limit is 1 visit per day. 1 visit is left." in whole.summary.en) is (unit is LimitUnit.VISITS)
    assert ("El límite es de 1 visita por día. Queda 1 visita." in whole.summary.es) is (unit is LimitUnit.VISITS)
    assert "quedan 1 " not in said.lower()
    assert not re.search(r"\b1 (?:days|visits|hours|sessions|units|días|visitas|horas|sesiones|unidades)\b", said)


def test_money_limits_and_what_is_left_are_told_in_both_languages() -> None:
    own = terms(copay=COPAY, coinsurance=Decimal("0.2"), limits=(THIRTY,))
    whole = answer(own, accumulators=individual(total=Decimal(1500), remaining=Decimal(500)))

    assert (
        "is covered in network. The copay is $1,500.00 per day. The patient pays 20% of the cost." in whole.summary.en
    )
    assert "The limit is 30 days per calendar year. 12 days are left." in whole.summary.en
    assert "In network, the patient's own deductible is $1,500.00. Of this, $500.00 is left." in whole.summary.en
    assert "El copago es de $1,500.00 por día. El paciente paga el 20% del costo." in whole.summary.es
    assert "El límite es de 30 días por año calendario. Quedan 12 días." in whole.summary.es
    assert "el deducible individual es de $1,500.00. De eso quedan $500.00." in whole.summary.es


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    whole = answer(terms())
    partly = answer(terms(), problems=(problem(ProblemCode.PAYER_SILENT),))

    for words in (
        "The payer does not say what the patient pays.",
        "The payer does not say if the plan must approve it first (prior authorization).",
        "The payer does not say if there is a limit.",
        "The payer does not say how much of the deductible is left in network.",
    ):
        assert words in whole.summary.en
        assert words.replace("The payer does not say", "It is not known") in partly.summary.en
    assert "does not say" not in partly.summary.en
    assert "La aseguradora no dice cuánto paga el paciente." in whole.summary.es
    assert "No se sabe cuánto queda del deducible dentro de la red." in partly.summary.es


@pytest.mark.parametrize("rule", [Rule.PHRASE, Rule.SERVICE_TYPE, Rule.PLACE, Rule.OUTPATIENT])
def test_a_contradiction_does_not_read_not_stated(rule: Rule) -> None:
    texts = answer(terms(Verdict.NOT_STATED, rule)).summary

    assert "it is not clear if it is covered. The reply leaves it open." in texts.en
    assert "no está claro" in texts.es
    assert "the payer does not say if it is covered" not in texts.en
    assert "the payer does not say if it is covered" in answer(terms(Verdict.NOT_STATED, Rule.SILENT)).summary.en


def test_a_borrowed_figure_does_not_read_as_stated() -> None:
    texts = answer(terms(copay=COPAY, assumed=(Figure.COPAY,))).summary

    assert "The copay is $1,500.00 per day. This figure is for a broader benefit, not for this program." in texts.en
    assert (
        "El copago es de $1,500.00 por día. Esta cifra es de un beneficio más amplio, no de este programa." in texts.es
    )


def test_several_values_do_not_read_as_one() -> None:
    tiers = tuple(Alternative(figure=Figure.COPAY, value=Decimal(one), evidence=MARKS) for one in (20, 40, 60))
    of_deductible = tuple(one.model_copy(update={"figure": Figure.DEDUCTIBLE}) for one in tiers)

    texts = answer(terms(alternatives=tiers), accumulators=individual(alternatives=of_deductible)).summary
    bound = answer(terms(alternatives=tiers[:1])).summary

    assert "There are several copays, by case: $20.00, $40.00 or $60.00." in texts.en
    assert "Hay varios copagos, según el caso: $20.00, $40.00 o $60.00." in texts.es
    assert "the patient's own deductible is stated more than once: $20.00, $40.00 or $60.00." in texts.en
    assert "A copay is stated for one case only: $20.00." in bound.en


def test_a_program_that_was_named_is_not_said_to_be_unnamed() -> None:
    texts = answer(terms(Verdict.LIKELY, Rule.PHRASE), CoverageStatus.UNCLEAR).summary

    assert "is likely covered in network if the plan is active. The payer named it." in texts.en
    assert "did not name" not in texts.en


def test_an_administrator_that_answered_is_named_with_its_number() -> None:
    optum = Administrator(name="OPTUM", phone=THEIRS, outcome=AdministratorOutcome.ANSWERED)

    texts = answer(terms(administered_by="OPTUM"), administrators=(optum,)).summary

    assert "OPTUM runs this benefit and answered for it. The phone of OPTUM is (800) 555-0133." in texts.en
    assert "El teléfono de OPTUM es (800) 555-0133." in texts.es


@pytest.mark.parametrize("code", ProblemCode)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("status", CoverageStatus)
def test_no_word_of_a_summary_is_left_in_the_other_language(
    code: ProblemCode, state: State, status: CoverageStatus
) -> None:
    texts = answer(terms(), status, state=state, problems=(problem(code, "member_id", waits=True),)).summary

    assert not re.search(r"\b(?:the|payer|answer\w*|is|not)\b", texts.es)
    assert not re.search(r"\b(?:la|el|aseguradora|respond\w*|no se)\b", texts.en)


@pytest.mark.parametrize("program", list(Program))
def test_an_answer_that_speaks_of_one_program_alone_is_summed_up(program: Program) -> None:
    whole = answer()
    part = whole.model_copy(update={"programs": tuple(row for row in whole.programs if row.program is program)})

    names = {one: PROGRAM[one].first.en for one in Program}
    said = {one for one, name in names.items() if name in part.summary.en}
    assert said == {program}


def test_an_answer_without_programs_is_summed_up() -> None:
    assert answer().model_copy(update={"programs": ()}).summary.en
