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

    A browser says who began it in ``Sec-Fetch-Site``, an old one in ``Origin``; a request with neither is refused.
    Raises ``RequestRefused`` 403.
    """
    if method in SAFE:
        return
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != OUR_OWN:
        raise RequestRefused(403, "cross_site")
    if origin is not None and not (origin == NO_ORIGIN and site == OUR_OWN):
        if not _is_ours(origin, headers.get("host", ""), address):
            raise RequestRefused(403, "cross_site")
    elif site is None:
        raise RequestRefused(403, "cross_site")


def _is_ours(origin: str, host: str, address: str | None) -> bool:
    try:
        parts = urlsplit(origin)
        if address is None:
            return parts.scheme in {"http", "https"} and parts.netloc == host
        own = urlsplit(address)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
