"""What a failure of HTTP means in the error tree, and when a busy payer wants us back.

Source: the answer's section 6, faults of a road; ``reliability.md`` sections 4 and 5.1. What is not certain to be
unsent counts as sent, so that nobody is asked twice about the same thing.
"""

import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from contracts import PayerError, PayerRefused, PayerSilent, PayerUnreachable, ReplyUnreadable, Whose

LONGEST_PAUSE = timedelta(hours=1)
"""How long a ``Retry-After`` may keep us away. Source: ``reliability.md`` section 4 C."""


def meaning(error: httpx.HTTPError, *, sent: bool) -> PayerError:
    """The leaf of the error tree for a failure of httpx; what is not certain to be unsent counts as sent."""
    if not sent and is_ours(error):
        return PayerUnreachable("tls", whose=Whose.OURS)
    if not sent and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return PayerUnreachable("connect_timeout" if isinstance(error, httpx.TimeoutException) else "connect")
    if isinstance(error, httpx.LocalProtocolError):
        return PayerRefused("illegal_request")
    if isinstance(error, httpx.RemoteProtocolError) and not _CUT_OFF.search(str(error)):
        return ReplyUnreadable("no_http")
    return PayerSilent("timeout" if isinstance(error, httpx.TimeoutException) else "cut_off")


_CUT_OFF = re.compile(r"disconnected|closed connection")
"""What httpx says when the peer left early; its other protocol errors are replies that are no HTTP."""

_TLS_OF_ANOTHER_TIME = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"})


def is_ours(error: BaseException | None) -> bool:
    """Whether TLS failed for a reason that waiting does not mend: the certificate, its name, the version."""
    # A chain of causes may close upon itself, when one error was raised while another of the chain was handled.
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        if isinstance(error, ssl.SSLError) and error.reason in _TLS_OF_ANOTHER_TIME:
            return True
        error = error.__cause__ or error.__context__
    return False


def retry_at(headers: Mapping[str, str]) -> datetime | None:
    """When ``Retry-After`` says to come back, at most an hour from now; None when it says nothing readable."""
    said = headers.get("retry-after", "").strip()
    now = datetime.now(UTC)
    if _SECONDS.fullmatch(said):
        # Any number of digits is a pause; beyond nine they are not worth counting, nor could they all be counted.
        few = said.lstrip("0")[:9]
        return now + min(timedelta(seconds=int(few or "0")), LONGEST_PAUSE)
    try:
        at = parsedate_to_datetime(said)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return min(max(at.astimezone(UTC), now), now + LONGEST_PAUSE)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


_SECONDS = re.compile(r"[0-9]+")
