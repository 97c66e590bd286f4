"""What a caller may say in headers: how long it waits (RFC 7240), and the key that makes two requests one."""

import re
from collections.abc import Sequence

from service.web.problems import FieldError, Refused

LONGEST_WAIT = 60
"""Seconds that a caller may ask to wait."""

LONGEST_IDEMPOTENCY_KEY = 200


def wait_of(prefer: Sequence[str], default: float) -> float:
    """The seconds of ``Prefer: wait=N``, at most 60; ``default`` when there is none, or one that is malformed.

    Of several the first counts, as RFC 7240 says.
    """
    for preference in ",".join(prefer).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait":
            seconds = value.strip().strip('"')
            if not re.fullmatch(r"-?[0-9]{1,9}", seconds):
                return default
            return float(min(max(int(seconds), 0), LONGEST_WAIT))
    return default


def idempotency_key_of(headers: Sequence[str]) -> str | None:
    """The ``Idempotency-Key``, or None. Raises ``Refused`` for a blank, too long or unprintable one, and for two."""
    if not headers:
        return None
    header = headers[0]
    if (
        len(headers) > 1
        or not header.strip()
        or len(header) > LONGEST_IDEMPOTENCY_KEY
        or not header.isascii()
        or not header.isprintable()
    ):
        raise Refused(422, "invalid_request", (FieldError(field="Idempotency-Key", code="bad_value"),))
    return header
