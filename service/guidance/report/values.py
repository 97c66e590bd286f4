"""The record that a report is written from: the answer, what follows from it, and what was said by phone."""

from contracts import Answer, Confidential
from service.guidance.call_sheet import Identifiers
from service.guidance.network_values import NetworkStatus
from service.guidance.vob_values import CallNote, VobEntry
from service.guidance.watch_list import WatchItem

FORM = "benefit-verification/report/1"
"""The form of the record; a reader refuses another one."""


class VobReport(Confidential):
    """Everything that a report says; nothing else goes into one.

    ``answer`` has no timing, which differs with each look. ``location`` is the place of ours that was meant.
    ``entries`` are the 61 points with all that is said of them, ``notes`` the calls, ``watch`` what must not be missed,
    and ``network`` where we stand. ``redisclosure_notice`` is None, and no part of the record, where 42 CFR Part 2 does
    not apply. It holds what was sent of the member: staff alone see it.
    """

    form: str = FORM
    verification_id: str
    payer_name: str | None
    location: str | None
    answer: Answer
    identifiers: Identifiers
    entries: tuple[VobEntry, ...]
    notes: tuple[CallNote, ...]
    watch: tuple[WatchItem, ...]
    network: tuple[NetworkStatus, ...]
    redisclosure_notice: str | None = None
