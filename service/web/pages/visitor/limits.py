"""How often visitors of one address may send the form; the caps on identities and days are the store's."""

from service.errors import TooManyRequests
from service.web.connections import network_of
from service.web.rate_limits import TokenBuckets

AT_ONCE, A_SECOND = 10.0, 1 / 60
"""Forms of one address with a proof of work: so many at once, and one more each minute."""

AT_ONCE_WITHOUT, A_SECOND_WITHOUT = 3.0, 1 / 600
"""Forms of one address without a proof: a visitor without script sends one or two."""

DRAFTS_AT_ONCE, DRAFTS_A_SECOND = 30.0, 1 / 10
"""Drafts that are begun at one address."""

COME_AGAIN = 60
"""Seconds that a refusal names, whatever is left of a bucket: it tells nothing of what others do."""


class VisitorLimits:
    """The bursts that each address has; an IPv6 address counts by its first 64 bits."""

    def __init__(self) -> None:
        """Begin with full buckets."""
        self._forms = TokenBuckets(rate=A_SECOND, burst=AT_ONCE)
        self._without_proof = TokenBuckets(rate=A_SECOND_WITHOUT, burst=AT_ONCE_WITHOUT)
        self._drafts = TokenBuckets(rate=DRAFTS_A_SECOND, burst=DRAFTS_AT_ONCE)

    def use_draft(self, address: str) -> None:
        """Count a draft that is begun. Raises ``TooManyRequests``."""
        _use(self._drafts, address)

    def use_form(self, address: str, *, has_proof: bool) -> None:
        """Count a form that is sent. Raises ``TooManyRequests``."""
        _use(self._forms if has_proof else self._without_proof, address)


def _use(buckets: TokenBuckets, address: str) -> None:
    source = network_of(address)
    if buckets.seconds_until(source):
        raise TooManyRequests(COME_AGAIN)
    buckets.use(source)
