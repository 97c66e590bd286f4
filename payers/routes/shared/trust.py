"""Whom a route trusts, what it shows of itself, and the proxy that its connections go through."""

import ssl
from functools import cache
from urllib.parse import urlsplit

import httpx

from contracts import RouteSettings


@cache
def tls() -> ssl.SSLContext:
    """Return the TLS context of every route that has none of its own; making one costs tens of milliseconds."""
    return _context(None)


def trust_of(settings: RouteSettings) -> ssl.SSLContext:
    """Return the TLS context of a route: the certificates that it trusts, and the one that it shows.

    Raises ``ValueError``, naming the setting, for a file that can't be read or holds something else.
    """
    if settings.ca_bundle is None and settings.client_certificate is None:
        if settings.client_key is not None or settings.client_key_password is not None:
            raise ValueError("CLIENT_CERTIFICATE: missing; a key alone shows nothing")
        return tls()
    context = _context(settings.ca_bundle)
    if settings.client_certificate is None:
        return context
    is_locked = False

    def give_password() -> str:
        nonlocal is_locked
        is_locked = True
        return settings.client_key_password or ""

    try:
        # Without a password of ours OpenSSL would ask for one at the terminal, and wait.
        context.load_cert_chain(settings.client_certificate, settings.client_key, give_password)
    except ssl.SSLError as wrong:
        raise ValueError(f"CLIENT_CERTIFICATE: {_describe_fault(wrong, is_locked=is_locked)}") from None
    except (OSError, ValueError) as failure:
        raise ValueError(f"CLIENT_CERTIFICATE: it or its key can't be read ({type(failure).__name__})") from None
    return context


def proxy_of(settings: RouteSettings) -> httpx.Proxy | None:
    """Return the proxy of a route. It sees where a connection leads; what it carries is TLS.

    Raises ``ValueError``, naming the setting and never its value, which may hold a password.
    """
    if settings.proxy is None:
        return None
    try:
        # The stricter of two readers of addresses: httpx lets an unfinished ``[`` pass.
        _ = urlsplit(settings.proxy).port
        proxy = httpx.Proxy(settings.proxy)
    except (httpx.InvalidURL, ValueError):
        raise ValueError("PROXY: not an address") from None
    if proxy.url.scheme != "http" or not proxy.url.host:
        raise ValueError("PROXY: not an http address; what goes through it is TLS all the same")
    if not settings.url.lower().startswith("https://"):
        raise ValueError("PROXY: an address without TLS is asked through none")
    return proxy


def _context(bundle: str | None) -> ssl.SSLContext:
    # Not ``create_default_context``: it would write the keys of every connection to the file of SSLKEYLOGFILE.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if bundle is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return context
    try:
        context.load_verify_locations(cafile=bundle)
    except (OSError, ValueError) as failure:
        raise ValueError(f"CA_BUNDLE: no readable file of PEM certificates ({type(failure).__name__})") from None
    if not context.get_ca_certs():
        raise ValueError("CA_BUNDLE: holds no certificate of an authority")
    return context


def _describe_fault(wrong: ssl.SSLError, *, is_locked: bool) -> str:
    if wrong.reason == "KEY_VALUES_MISMATCH":
        return "its key is another one's"
    # OpenSSL asks for the password of a locked key alone, and has no reason of its own for a wrong one.
    return "the password of its key is missing or wrong" if is_locked else "no PEM certificate with its key"
