"""An estimate of a stay's cost as a page of plain text for people."""

from collections.abc import Callable
from decimal import Decimal

from contracts.report import Page
from contracts.report.terms import marks
from contracts.report.words import CONDITION, SIDE, format_day, format_instant
from contracts.wording import format_money
from service.guidance.cost_values import CostRange, DayShare, EpisodeCost


def write_cost(cost: EpisodeCost, *, show_days: bool = False, emphasise: Callable[[str], str] = str) -> str:
    """Return the estimate as lines of at most 80 columns; ``show_days`` adds a line for each day of treatment."""
    page = Page(emphasise)
    page.heading(f"What a stay may cost the patient: {describe_range(cost.patient_pays)}")
    page.field("Stay", f"{cost.days} days, {format_day(cost.starts_on)} to {format_day(cost.last_day)}")
    page.field("Terms", f"{SIDE[cost.side]}, as of {format_instant(cost.as_of)}")
    for one in cost.network:
        source = f" ({one.source})" if one.source else ""
        page.field("We are", f"{one.standing.value.replace('_', ' ')}: {one.text}{source}")
    for phase in cost.phases:
        name = f"{phase.program.value.upper()}, {CONDITION[phase.condition.value]}"
        page.item(f"{name}, {phase.days} days: {describe_range(phase.patient_pays)}{marks(phase.evidence)}")
    if cost.reasons:
        page.heading("Why it is a range, and what would narrow it")
        for reason in cost.reasons:
            width = f" It widens the range by {format_money(reason.widens_by)}." if reason.widens_by else ""
            page.item(f"{reason.text}{width} {reason.narrow}")
    page.heading("What it follows from")
    for one_input in cost.inputs:
        program = f"{one_input.program.value.upper()}: " if one_input.program else ""
        page.item(f"{program}{one_input.text}{marks(one_input.evidence)}")
    page.heading("What is taken for granted")
    for assumed in cost.assumptions:
        page.item(assumed.text)
    if show_days:
        _write_days(page, cost)
    page.heading(cost.disclaimer)
    return str(page)


def describe_range(amount: CostRange) -> str:
    """Return a range in words: one figure, two, or one and no known end."""
    if amount.at_most is None:
        return f"{format_money(amount.at_least)} or more; there is no known end"
    if amount.at_least == amount.at_most:
        return format_money(amount.at_least)
    return f"between {format_money(amount.at_least)} and {format_money(amount.at_most)}"


def _write_days(page: Page, cost: EpisodeCost) -> None:
    page.heading("Day by day")
    for day in cost.by_day:
        low, high = _share_words(day.cheapest), _share_words(day.dearest)
        page.item(f"{format_day(day.on)}: {low}" if low == high else f"{format_day(day.on)}: {low}; or {high}")


def _share_words(share: DayShare) -> str:
    parts = [
        f"{name} {_money(value)}"
        for name, value in (
            ("deductible", share.deductible),
            ("copay", share.copay),
            ("share", share.coinsurance),
            ("not paid by the plan", share.not_paid),
        )
        if value != 0
    ]
    listed = f" ({', '.join(parts)})" if parts else ""
    reached = ", the maximum is reached" if share.maximum_reached else ""
    return f"{_money(share.patient_pays)}{listed}{reached}"


def _money(value: Decimal | None) -> str:
    return "no known amount" if value is None else format_money(value)
