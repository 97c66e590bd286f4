"""Refuses what another site makes a signed-in browser do: cookies travel with every request, whoever began it."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers

from service.web.problems import RequestRefused

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

OUR_OWN = "same-origin"
"""``Sec-Fetch-Site`` of a request that our own page began (Fetch Metadata, W3C)."""

NO_ORIGIN = "null"
"""``Origin`` of a form under ``Referrer-Policy: no-referrer``, which is ours (Fetch, "append a request Origin header").

Pages in a sandbox send the same, so that it says nothing by itself: ``Sec-Fetch-Site`` decides.
"""


def refuse_other_sites(method: str, headers: Headers, address: str | None) -> None:
    """Refuse a request that changes something unless our own page began it; ``address`` is ours, where it is set.

    A browser says who began it in ``Sec-Fetch-Site``, an old one in ``Origin``; a request that says neither is refused.
    Raises ``RequestRefused`` 403.
    """
    if method in SAFE:
        return
    says_nothing = "sec-fetch-site" not in headers and set(headers.getlist("origin")) <= {NO_ORIGIN}
    if says_nothing or began_elsewhere(headers, address):
        raise RequestRefused(403, "cross_site")


def began_elsewhere(headers: Headers, address: str | None) -> bool:
    """Return whether a browser says that another site began the request; ``address`` is ours, where it is set."""
    if any(value != OUR_OWN for value in headers.getlist("sec-fetch-site")):
        return True
    # Of two that differ nobody knows which one the browser wrote.
    origins = set(headers.getlist("origin"))
    host = headers.get("host", "")
    return len(origins) > 1 or any(one != NO_ORIGIN and not _is_ours(one, host, address) for one in origins)


def _is_ours(origin: str, host: str, address: str | None) -> bool:
    try:
        parts = urlsplit(origin)
        if address is None:
            return parts.scheme in {"http", "https"} and parts.netloc == host
        own = urlsplit(address)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
