"""When members are asked about again by themselves, as settings.

``BENEFITS_SCHEDULES`` holds the schedules as a list in JSON; ``BENEFITS_SCHEDULES_FILE`` names a file that holds it.
"""

from enum import StrEnum
from typing import Annotated

from croniter import croniter
from pydantic import AfterValidator, Field

from contracts import Frozen, Purpose


class DueRule(StrEnum):
    """Which members a schedule takes, of those whom its purposes name."""

    ALL = "all"
    MONTH_END = "month_end"
    PLAN_YEAR_RESET = "plan_year_reset"
    COVERAGE_END = "coverage_end"
    VERIFY_AGAIN_BY = "verify_again_by"


def _check_cron(cron: str) -> str:
    if len(cron.split()) != 5 or not croniter.is_valid(cron):
        raise ValueError("a cron has five fields, such as 0 3 * * 1")
    return cron


Cron = Annotated[str, Field(max_length=80), AfterValidator(_check_cron)]


class ScheduleSettings(Frozen):
    """One schedule.

    At the times of ``cron``, in US Eastern, members whose last verification had one of ``purposes`` are asked about as
    a batch: those who are due by any rule of ``due``. ``days`` is how many days before an end they are due: of the
    month, of the coverage, or of what a call note says to verify again by (an authorization's end). After a plan year
    began anew they are due at once. ``payers`` are ids of cards; without them it is every payer.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    cron: Cron
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)] = (Purpose.ACTIVE,)
    due: Annotated[tuple[DueRule, ...], Field(min_length=1)] = (DueRule.ALL,)
    days: Annotated[int, Field(ge=0, le=60)] = 3
    payers: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = ()
