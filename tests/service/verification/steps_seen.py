"""What the tests of runs read from the scheduler of an office."""

from tests.service.staging import (
    START,
    Office,
)


def seconds(office: Office) -> list[float]:
    """When the steps come, in seconds after the question."""
    return [(at - START).total_seconds() for _, at in office.scheduler.steps]
