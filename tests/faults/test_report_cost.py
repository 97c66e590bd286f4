"""A report as PDF takes at most 150 ms of one core, its typesetter's process included, and holds no event loop."""

import asyncio
import resource
from collections.abc import Callable
from statistics import median
from time import monotonic, process_time
from typing import Any

from service.guidance.report.forms import ReportForm, write_report
from service.guidance.report.record import SealedReport, report_of
from tests.service.guidance.report.reports import each_scenario, hostile_report, looking_at

MOST_CPU = 0.150
MOST_LAG = 0.100


def cpu(work: Callable[[], object]) -> float:
    """Seconds of processor time that ``work`` takes, in this process and in those that it starts."""

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return process_time() + children.ru_utime + children.ru_stime

    before = used()
    work()
    return used() - before


def test_a_pdf_takes_a_core_for_at_most_150_ms(figure: Callable[..., Any]) -> None:
    wanted = [looking_at(actor) for actor in each_scenario()[:12]]
    write_report(report_of(wanted[0]), ReportForm.PDF)  # what is imported at first use is no report's doing

    spent = [cpu(lambda one=one: write_report(report_of(one), ReportForm.PDF)) for one in wanted]  # type: ignore[misc]

    figure("report.pdf_cpu", value=round(median(spent), 3), n=len(spent), worst=round(max(spent), 3))
    assert median(spent) <= MOST_CPU


async def test_a_report_holds_no_event_loop(figure: Callable[..., Any]) -> None:
    sealed = hostile_report()
    held = _lag_of_a_held_loop(sealed)
    writing = asyncio.create_task(asyncio.to_thread(write_report, sealed, ReportForm.PDF))
    lags = []

    while not writing.done():
        before = monotonic()
        await asyncio.sleep(0.005)
        lags.append(monotonic() - before - 0.005)

    figure("report.loop_lag", value=round(max(lags), 3), n=len(lags), mutant_value=round(held, 3))
    assert (await writing).startswith(b"%PDF-")
    assert max(lags) <= MOST_LAG < held


def _lag_of_a_held_loop(sealed: SealedReport) -> float:
    """How long a loop stands still that writes the same report itself."""
    before = monotonic()
    write_report(sealed, ReportForm.PDF)
    return monotonic() - before
