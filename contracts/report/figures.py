"""Plan-level figures and other companies, as sections of a page."""

from collections.abc import Iterator, Sequence

from contracts.answer import Answer
from contracts.facts import Accumulator, Accumulators, Administrator, MedicalBenefit
from contracts.report import words
from contracts.report.page import Page
from contracts.report.terms import alternative_words, marks
from contracts.vocabulary import Side
from contracts.wording import format_money, format_phone, format_share


def write_accumulators(page: Page, accumulators: Accumulators) -> None:
    """Put what is left, met and the total of deductible and out-of-pocket maximum on the page, by side and level."""
    page.heading("Deductible and out-of-pocket maximum of the plan")
    for side in Side:
        found = accumulators.on(side)
        stated = [
            (level, name, figure)
            for level, both in (("individual", found.individual), ("family", found.family))
            for name, figure in (("deductible", both.deductible), ("out of pocket", both.out_of_pocket))
            if figure != Accumulator()
        ]
        if not stated:
            page.text(f"{words.SIDE[side].capitalize()}: none stated")
        for level, name, figure in stated:
            page.text(f"{words.SIDE[side].capitalize()}, {level} {name}: {accumulator_words(figure)}")
            for one in figure.alternatives:
                page.item(alternative_words(one), depth=2)


def accumulator_words(figure: Accumulator) -> str:
    """Return one figure in words: what is left of what, and what is met; unknown parts are said to be."""
    if figure.remaining is not None:
        sentence = f"{format_money(figure.remaining)} left"
        sentence += f" of {format_money(figure.total)}" if figure.total is not None else ", total not stated"
    elif figure.total is not None:
        sentence = f"{format_money(figure.total)} in total, what is left is not stated"
    elif figure.alternatives:
        sentence = f"{len(figure.alternatives)} figures are stated and none was chosen"
    else:
        sentence = "total and what is left are not stated"
    return sentence + (f", {format_money(figure.met)} met" if figure.met is not None else "") + marks(figure.evidence)


def write_medical(page: Page, rows: Sequence[MedicalBenefit]) -> None:
    """Put the rows about medical care on the page, beside which staff see the behavioral benefit; nothing for none."""
    if rows:
        page.heading("Medical care in the same reply")
    for row in rows:
        about = f"{' '.join(row.service_types)}, {words.SIDE[row.side]}"
        for name, value in _medical_figures(row):
            page.item(f"service type {about}: {name} {value}{marks(row.evidence)}")


def _medical_figures(row: MedicalBenefit) -> Iterator[tuple[str, str]]:
    if row.copay is not None:
        yield "copay", format_money(row.copay.amount) + words.PER[row.copay.per.value]
    if row.coinsurance is not None:
        yield "coinsurance", f"the patient pays {format_share(row.coinsurance)}"
    if row.limit is not None:
        yield "limit", f"{words.describe_limit(row.limit)}{marks(row.limit.evidence)}"


def write_companies(page: Page, answer: Answer) -> None:
    """Put who runs the behavioral benefit, and which other payers the reply names, on the page; nothing for none."""
    if answer.administrators:
        page.heading("Who runs the behavioral benefit")
    for one in answer.administrators:
        _write_administrator(page, one)
    if answer.coverage.other_payers:
        page.heading("Other coverage that the payer names")
    for other in answer.coverage.other_payers:
        page.item(f"{other.name}: {words.ORDER[other.order.value]}{marks(other.evidence)}")


def _write_administrator(page: Page, one: Administrator) -> None:
    page.text(f"{one.name}{f' ({one.payer})' if one.payer else ''}{marks(one.evidence)}")
    page.field("Phone", format_phone(one.phone) if one.phone else "not stated", depth=2)
    page.field("For", " and ".join(words.CONDITION[each.value] for each in one.covers) or "not stated", depth=2)
    page.field("Asked", words.OUTCOME[one.outcome.value], depth=2)
    if one.member_id_differs:
        page.field("Member id", "it knows the member under another id than the payer", depth=2)
