"""Which addresses may carry a member's data: https, and plain http only to this machine."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine, by its literal address or the name ``localhost``; no name is looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def unsafe(address: str) -> bool:
    """Whether ``address`` may not be used: it is no URL, is not https, or holds a password.

    Plain http is allowed to loopback.
    """
    try:
        parts = urlsplit(address)
        host, named = parts.hostname or "", parts.username is not None
        _ = parts.port
    except ValueError:
        return True
    if not host or named:
        return True
    return not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
