"""What whoever runs the service can do about a failure that is ours: the reason and a remedy, by the failure's code."""

from collections.abc import Mapping
from typing import NamedTuple

from contracts import PayerError, ProblemCode, Responsible


class Remedy(NamedTuple):
    """Why a route fails, and what mends it; ``{route}`` in it is the beginning of the route's settings."""

    reason: str
    remedy: str


REMEDIES: Mapping[str, Remedy] = {
    "tls:unknown_issuer": Remedy(
        "nobody that we trust signed the certificate", "name the authority in {route}__CA_BUNDLE"
    ),
    "tls:expired": Remedy("the certificate has expired", "tell the payer, and see whether our clock is right"),
    "tls:not_yet_valid": Remedy("the certificate begins later", "see that the clock of this machine is right"),
    "tls:other_name": Remedy("the certificate is for another name", "see that {route}__URL names the right host"),
    "tls:client_certificate": Remedy(
        "our certificate is missing or refused",
        "set {route}__CLIENT_CERTIFICATE and __CLIENT_KEY to what they know",
    ),
    "tls:handshake_refused": Remedy(
        "TLS was refused", "see whether they want a certificate of ours, {route}__CLIENT_CERTIFICATE"
    ),
    "tls": Remedy("TLS failed", "see the certificates of both sides with benefits doctor --probe"),
    "token:refused": Remedy(
        "no token is given to us", "see that {route}__CLIENT_ID, __CLIENT_SECRET, __SCOPE and __TOKEN_URL are right"
    ),
    "token": Remedy("the token endpoint can not be used", "see {route}__TOKEN_URL with benefits doctor --probe"),
    "proxy": Remedy("the proxy refuses us", "see that {route}__PROXY and the name and password in it are right"),
    "address_refused": Remedy(
        "the host is a private address", "write the address itself in {route}__URL when that is meant"
    ),
    "http_401": Remedy("our credentials are refused", "see that the secrets of {route} are right"),
    "http_403": Remedy("we may not ask there", "see that the account behind {route} may ask for eligibility"),
    "http_404": Remedy("nothing stands at the address", "see that {route}__URL is right"),
    "provider_tax_id": Remedy("the provider has no tax id", "set BENEFITS_PROVIDER__TAX_ID"),
    "unwritable": Remedy("a value of ours can not be written", "see BENEFITS_PROVIDER and the ids of {route}"),
    "mock_reply": Remedy("the gateway answers with mock replies", "see that {route}__SCOPE is the one of production"),
    "no_mock_header": Remedy("a demo scope reached real data", "see that {route}__SCOPE and __URL belong together"),
    "no_route": Remedy("no route to the payer is set up", "set one up, benefits payers lists them"),
}
"""By the failure's detail, or by the part of it before the colon. Its signs are those that the log lets through."""

_ELSE = Remedy("the route is set up wrongly", "see its settings, and benefits doctor --probe")


def remedy_of(failure: PayerError | None, route: str) -> Remedy | None:
    """Return what to do about a failure that is ours to mend; None when it is not ours."""
    if (
        failure is None
        or failure.problem is not ProblemCode.SETUP_PROBLEM
        or failure.responsible is not Responsible.SERVICE
    ):
        return None
    detail = failure.detail
    found = REMEDIES.get(detail) or REMEDIES.get(detail.partition(":")[0]) or _ELSE
    settings = f"BENEFITS_ROUTES__{route.upper()}"
    return Remedy(found.reason, found.remedy.replace("{route}", settings))
