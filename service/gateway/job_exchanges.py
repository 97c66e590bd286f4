"""What the exchanges of one job came to: listed for its answer, logged, and kept for the schedule."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import structlog

from contracts import Exchange, ExchangeOutcome
from service.gateway.exchange import Ended, Opened, loggable_detail
from service.gateway.first_attempts import FirstInquiry
from service.gateway.remedies import remedy_of
from service.security.access import Role

log = structlog.get_logger()


class JobExchanges:
    """The exchanges of one job, in the order in which they ended."""

    def __init__(self, job_id: str) -> None:
        """Start with none."""
        self._job_id = job_id
        self.listed: list[Exchange] = []
        self.last_sent_at: datetime | None = None
        self.put_off_until: datetime | None = None
        """The latest instant at which a payer said that it may be asked again; None when none said so."""

    def record(self, opened: Opened, ended: Ended) -> None:
        """List an exchange, and log how it ended."""
        attempt, ms = len(self.listed) + 1, round(ended.seconds * 1000)
        payer, route_name = opened.card.id, opened.route.name
        self.listed.append(Exchange(payer=payer, route=route_name, attempt=attempt, ms=ms, outcome=ended.outcome))
        remedy = remedy_of(ended.failure, route_name)
        if remedy is not None:
            log.error("gateway.setup_fault", payer=payer, route=route_name, reason=remedy.reason, remedy=remedy.remedy)
        event = log.warning if ended.outcome is ExchangeOutcome.MISMATCHED else log.info
        event(
            "gateway.exchanged",
            job_id=self._job_id,
            payer=payer,
            route=route_name,
            outcome=ended.outcome.value,
            detail=loggable_detail(ended.failure, opened.inquiry),
            ms=ms,
        )

    def put_off(self, until: datetime) -> None:
        """Note that a payer may not be asked before ``until``."""
        self.put_off_until = max(until, self.put_off_until or until)

    def routes_that_answered(self, payer: str) -> set[str]:
        """The names of the routes over which ``payer`` answered."""
        return {one.route for one in self.listed if (one.payer, one.outcome) == (payer, ExchangeOutcome.ANSWERED)}


class AskingJob(NamedTuple):
    """The job that is asked for.

    ``left`` tells the seconds for which somebody still waits for its answer; ``first`` may hold the attempt that was
    opened with it; ``exchanges`` are those that it has had.
    """

    id: str
    role: Role
    left: Callable[[], float]
    first: FirstInquiry | None
    exchanges: JobExchanges
