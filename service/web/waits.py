"""How long a caller wants to wait: the header ``Prefer`` (RFC 7240)."""

import re
from collections.abc import Sequence

from contracts.wait_limits import LONGEST_WAIT

_SECONDS = re.compile(r"-?[0-9]{1,9}")


def wait_of(prefer: Sequence[str], default: float) -> float:
    """Return the seconds of ``Prefer: wait=N``, at most 60; ``default`` when there is none, or one that is malformed.

    Of several the first counts, as RFC 7240 says.
    """
    for preference in ",".join(prefer).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait":
            seconds = value.strip().strip('"')
            if not _SECONDS.fullmatch(seconds):
                return default
            return float(min(max(int(seconds), 0), LONGEST_WAIT))
    return default
