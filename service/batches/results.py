"""The results of a batch: one row a member, its columns documented in ``README.md``; columns are only ever added."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from contracts import Accumulator, Answer, CoverageStatus, Question, Side, Terms
from contracts.facts import PROGRAMS
from service.security.access import Caller
from service.security.projection import project
from service.store import Store, StoreUnavailable
from service.store.batch_values import ItemRow, ItemState

AT_ONCE = 50
"""Rows that are read together: each takes a few statements, and the store gives them a second in all."""

STORE_SECONDS = 30.0
"""For how long a store that fails is asked again for the next rows."""

TRY_AGAIN = 0.2
"""Seconds from one such try to the next."""

Cell = str | None

TERMS = ("verdict", "grade", "authorization", "copay", "copay_per", "coinsurance", "deductible_applies", "limits")
"""What is told of each program, condition and side."""

FIGURES = ("total", "met", "remaining")

_ROW = (
    *("row", "reference", "payer", "state", "reason", "faults", "duplicate_of", "verification_id"),
    *("first_name", "last_name", "birth_date", "member_id", "service_date", "as_of"),
    *("coverage", "plan_name", "plan_type", "group_number", "coverage_begins_on", "coverage_ends_on"),
    "benefit_year_resets_on",
)
_PROGRAMS = tuple(
    f"{program.value}_{condition.value}_{side.value}_{term}"
    for program, condition in PROGRAMS
    for side in Side
    for term in TERMS
)
_ACCUMULATORS = tuple(
    f"{kind}_{level}_{side.value}_{figure}"
    for kind in ("deductible", "out_of_pocket")
    for level in ("individual", "family")
    for side in Side
    for figure in FIGURES
)
COLUMNS = (
    *_ROW,
    *_PROGRAMS,
    *_ACCUMULATORS,
    *("administrators", "open_questions", "problems", "next_step", "summary"),
    "redisclosure_notice",
)
"""The columns of the results, in their order."""


async def result_rows(
    store: Store, batch_id: str, caller: Caller, notice: str | None = None
) -> AsyncIterator[Mapping[str, Cell]]:
    """Yield a row for each row of the roster, in its order. The audit says that ``caller`` was shown them.

    Each row carries ``notice``, what accompanies records where 42 CFR Part 2 applies. Who may see the batch is the
    reader's to know. Raises ``ServiceRefusal``.
    """
    after = 0
    while shown := await show_rows(store, batch_id, after, AT_ONCE, caller):
        for item, answer in shown:
            row = result_row(item, None if answer is None else project(answer, caller))
            yield {**row, "redisclosure_notice": notice}
        after = shown[-1][0].number


async def show_rows(
    store: Store, batch_id: str, after: int, most: int, caller: Caller
) -> list[tuple[ItemRow, Answer | None]]:
    """Return the next rows as ``Store.show_items`` does.

    A file of which half was sent can't be begun anew, so a store that is too slow for a moment is asked again.
    """
    tries = AsyncRetrying(
        retry=retry_if_exception_type(StoreUnavailable),
        stop=stop_after_delay(STORE_SECONDS),
        wait=wait_fixed(TRY_AGAIN),
        reraise=True,
    )
    return await tries(store.show_items, batch_id, after, most, caller)


def result_row(item: ItemRow, answer: Answer | None) -> Mapping[str, Cell]:
    """Return the cells of one row, by column; those that are not known are None."""
    cells: dict[str, Cell] = dict.fromkeys(COLUMNS)
    cells |= {name: cell_of(value) for name, value in _cells_of_item(item)}
    if answer is not None and item.state is not ItemState.COULD_NOT_CHECK:
        cells |= {name: cell_of(value) for name, value in _cells_of_answer(answer)}
    elif answer is not None:
        cells |= {name: cell_of(value) for name, value in _cells_of_failure(answer)}
    return cells


def verification_row(question: Question, verification_id: str, answer: Answer) -> Mapping[str, Cell]:
    """Return the cells of a verification that stands in no roster, by column; those that are not known are None."""
    cells: dict[str, Cell] = dict.fromkeys(COLUMNS)
    own = {"verification_id": verification_id, "payer": question.payer, "state": answer.state}
    cells |= {name: cell_of(value) for name, value in (*own.items(), *_cells_of_question(question))}
    is_known = answer.coverage.status is not CoverageStatus.COULD_NOT_CHECK
    known = _cells_of_answer(answer) if is_known else _cells_of_failure(answer)
    return cells | {name: cell_of(value) for name, value in known}


def _cells_of_item(item: ItemRow) -> Iterator[tuple[str, object]]:
    question = item.content.question
    yield "row", item.number
    yield "payer", item.payer or None
    yield "state", item.state
    yield "reason", item.reason
    yield "faults", "; ".join(f"{one.column}: {one.code}, {one.mend}" for one in item.content.faults)
    yield "duplicate_of", item.duplicate_of
    yield "verification_id", item.verification_id
    yield "reference", item.content.reference
    if question is not None:
        yield from _cells_of_question(question)


def _cells_of_question(question: Question) -> Iterator[tuple[str, object]]:
    for name in ("first_name", "last_name", "birth_date", "member_id"):
        yield name, getattr(question.member, name)
    yield "service_date", question.service_date
    yield "reference", question.reference


def _cells_of_failure(answer: Answer) -> Iterator[tuple[str, object]]:
    yield "as_of", answer.as_of
    yield "problems", " ".join(problem.code.value for problem in answer.problems)
    yield "next_step", answer.next_step.text
    yield "summary", answer.summary.en


def _cells_of_answer(answer: Answer) -> Iterator[tuple[str, object]]:
    coverage = answer.coverage
    yield from _cells_of_failure(answer)
    yield "coverage", coverage.status
    for name in ("plan_name", "plan_type", "group_number"):
        yield name, getattr(coverage, name)
    yield "coverage_begins_on", coverage.begins_on
    yield "coverage_ends_on", coverage.ends_on
    yield "benefit_year_resets_on", coverage.benefit_year.resets_on
    for program in answer.programs:
        for side in Side:
            prefix = f"{program.program.value}_{program.condition.value}_{side.value}_"
            yield from ((prefix + name, value) for name, value in _cells_of_terms(program.on(side)))
    for side in Side:
        levels = getattr(answer.accumulators, side.value)
        for level in ("individual", "family"):
            for kind in ("deductible", "out_of_pocket"):
                figures: Accumulator = getattr(getattr(levels, level), kind)
                yield from ((f"{kind}_{level}_{side.value}_{figure}", getattr(figures, figure)) for figure in FIGURES)
    yield (
        "administrators",
        "; ".join(
            " ".join(filter(None, (one.name, one.phone, f"({one.outcome.value})"))) for one in answer.administrators
        ),
    )
    yield "open_questions", " | ".join(one.ask for one in answer.open_questions)


def _cells_of_terms(terms: Terms) -> Iterator[tuple[str, object]]:
    for name in ("verdict", "grade", "authorization", "coinsurance", "deductible_applies"):
        yield name, getattr(terms, name)
    if terms.copay is not None:
        yield "copay", terms.copay.amount
        yield "copay_per", terms.copay.per
    yield (
        "limits",
        "; ".join(
            " ".join(
                filter(
                    None,
                    (
                        "no number" if limit.quantity is None else f"{limit.quantity.normalize():f}",
                        limit.unit.value,
                        f"per {limit.period.value}",
                        None if limit.remaining is None else f"({limit.remaining.normalize():f} left)",
                    ),
                )
            )
            for limit in terms.limits
        ),
    )


def cell_of(value: object) -> Cell:
    """Return a value as the text of a cell: ISO dates, decimal figures, ``yes`` and ``no``; None for nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
