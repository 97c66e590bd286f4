"""What a failure of HTTP is in the error tree, and when a busy payer wants us to come back.

Source: ``ANSWER.md`` 6, faults of a route; ``RELIABILITY.md`` 4 and 5.1. What is not certain to be
unsent counts as sent, so that no inquiry is sent twice.
"""

import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx

from contracts import PayerError, PayerRefused, PayerSilent, PayerUnreachable, ReplyUnreadable, Responsible
from contracts.wait_limits import LONGEST_PAUSE

_LONGEST = timedelta(seconds=LONGEST_PAUSE)


Failure = TypeVar("Failure", bound=PayerError)


def mark_unsent(error: Failure) -> Failure:
    """Return ``error`` with the certainty that no byte of the inquiry was sent."""
    error.sent = False
    return error


def error_for(error: httpx.HTTPError | ssl.SSLError, *, sent: bool) -> PayerError:
    """Return the leaf of the error tree for a failure of httpx; what is not certain to be unsent counts as sent."""
    reason = tls_reason(error)
    if reason is not None:
        # After the request has begun it is the certificate that we show which was refused, and nothing was read.
        return PayerRefused(reason) if sent else PayerUnreachable(reason, responsible=Responsible.SERVICE)
    if not sent and isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return PayerUnreachable("connect_timeout" if isinstance(error, httpx.TimeoutException) else "connect")
    if isinstance(error, httpx.LocalProtocolError):
        return PayerRefused("illegal_request")
    if isinstance(error, httpx.RemoteProtocolError) and not _CUT_OFF.search(str(error)):
        return ReplyUnreadable("no_http")
    return PayerSilent("timeout" if isinstance(error, httpx.TimeoutException) else "cut_off")


_CUT_OFF = re.compile(r"disconnected|closed connection")
"""What httpx says when the peer left early; its other protocol errors are replies that are no HTTP."""

_NO_TUNNEL = re.compile(r"\d{3}")
_PROXY_REFUSES = frozenset({"401", "403", "405", "407"})


def proxy_error_for(error: httpx.HTTPError | ssl.SSLError) -> PayerError:
    """Return the leaf for a failure before the tunnel through a proxy was open: nothing of the inquiry was sent."""
    reason = tls_reason(error)
    if reason is not None:
        return PayerUnreachable(reason, responsible=Responsible.SERVICE)
    status = _NO_TUNNEL.match(str(error)) if isinstance(error, httpx.ProxyError) else None
    if status is None:
        return PayerUnreachable("proxy:unreachable")
    refused = status.group() in _PROXY_REFUSES
    return PayerUnreachable(
        f"proxy:http_{status.group()}", responsible=Responsible.SERVICE if refused else Responsible.PAYER
    )


_UNTRUSTED = {
    9: "not_yet_valid",
    10: "expired",
    18: "unknown_issuer",
    19: "unknown_issuer",
    20: "unknown_issuer",
    21: "unknown_issuer",
    23: "revoked",
    62: "other_name",
    64: "other_name",
}
"""What is wrong with a certificate, by OpenSSL's number. Source: ``openssl/x509_vfy.h``."""

_TLS_REASONS = {
    "UNSUPPORTED_PROTOCOL": "tls:protocol",
    "TLSV1_ALERT_PROTOCOL_VERSION": "tls:protocol",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "tls:handshake_refused",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "tls:client_certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "tls:client_certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "tls:client_certificate",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": "tls:client_certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "tls:client_certificate",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": "tls:client_certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "tls:client_certificate",
    "TLSV1_ALERT_ACCESS_DENIED": "tls:client_certificate",
}
"""Failures of TLS that waiting does not mend, by OpenSSL's word; alerts are the other side's about us."""


def tls_reason(error: BaseException | None) -> str | None:
    """Return why TLS failed, as a code, when waiting does not mend it; None for every other failure."""
    # A chain of causes may close upon itself, when one error was raised while another of the chain was handled.
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"tls:{_UNTRUSTED.get(error.verify_code, 'certificate')}"
        if isinstance(error, ssl.SSLError) and error.reason in _TLS_REASONS:
            return _TLS_REASONS[error.reason]
        error = error.__cause__ or error.__context__
    return None


def is_setup_fault(error: BaseException | None) -> bool:
    """Whether TLS failed for a reason that waiting does not mend: a certificate, its name, the version."""
    return tls_reason(error) is not None


def retry_at(headers: Mapping[str, str]) -> datetime | None:
    """Return when ``Retry-After`` asks us to come back, within ``LONGEST_PAUSE``; None when it is not readable."""
    value = headers.get("retry-after", "").strip()
    now = datetime.now(UTC)
    if _SECONDS.fullmatch(value):
        # Any number of digits is a pause; beyond nine they are not worth counting, nor could they all be counted.
        few = value.lstrip("0")[:9]
        return now + min(timedelta(seconds=int(few or "0")), _LONGEST)
    try:
        at = _parse_instant(value)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    try:
        # By the clock of the server, where its reply has a date: our own clock may be wrong.
        sent = _parse_instant(headers.get("date", ""))
    except (ValueError, OverflowError, IndexError, TypeError):
        sent = now
    return now + min(max(at - sent, timedelta()), _LONGEST)


def _parse_instant(text: str) -> datetime:
    at = parsedate_to_datetime(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


_SECONDS = re.compile(r"[0-9]+")
