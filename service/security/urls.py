"""Which addresses may carry a member's data: https, and plain http only to this machine."""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine: a loopback address or ``localhost``; no name is looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def as_server(database_url: str) -> str:
    """Return the address of a PostgreSQL database, by whichever of its schemes, as its own library reads it."""
    return f"postgresql://{database_url.partition('://')[2]}"


def is_unverified(database_url: str, environment: Mapping[str, str]) -> bool:
    """Return whether a PostgreSQL server at ``database_url`` could be anybody and is sent the password all the same.

    It is known when its certificate is verified (``sslmode=verify-full`` in the address), or when every host is a
    socket of this machine or loopback. What the address leaves out, the library takes from ``environment``.
    """
    try:
        given = conninfo_to_dict(as_server(database_url))
    except psycopg.Error:
        return True
    if given.get("sslmode") == "verify-full":
        return False
    if "service" in given or "PGSERVICE" in environment:
        return True
    hosts = given.get("host") or environment.get("PGHOST") or ""
    addresses = given.get("hostaddr") or environment.get("PGHOSTADDR") or ""
    return not all(_is_here(host) for host in (*str(hosts).split(","), *str(addresses).split(",")))


def _is_here(host: str) -> bool:
    """Return whether ``host`` is nothing (the usual socket), the folder or abstract name of a socket, or loopback."""
    return not host or host.startswith(("/", "@")) or is_loopback(host)


def unsafe(address: str) -> bool:
    """Return whether ``address`` may not be used: it is no URL, is not https, or holds a password.

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
