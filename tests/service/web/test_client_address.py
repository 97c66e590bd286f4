"""From where a caller comes: a proxy of ours is believed, and nobody else."""

import pytest

from service.security.access import Caller, Role
from service.web.callers import may_come_from
from service.web.client_address import client_address

PROXIES = ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.7", [], "198.51.100.7"),
        ("198.51.100.7", ["192.0.2.1"], "198.51.100.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["203.0.113.9, 192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        ("10.0.0.1", ["203.0.113.9", "192.0.2.1,10.0.0.2"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("unknown", ["192.0.2.1"], "unknown"),
    ],
)
def test_the_address_is_what_the_last_of_our_proxies_saw(peer: str, forwarded: list[str], address: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == address


@pytest.mark.parametrize(
    ("host", "may"),
    [("192.0.2.9", True), ("::ffff:192.0.2.9", True), ("2001:db8::1", True), ("192.0.3.9", False), ("unknown", False)],
)
def test_a_caller_comes_from_its_networks_alone(host: str, may: bool) -> None:
    bound = Caller(id="k", role=Role.BATCH, networks=("192.0.2.0/24", "2001:db8::/32"))

    assert may_come_from(bound, host) is may
    assert may_come_from(Caller(id="k", role=Role.BATCH), host)
