"""What ``benefits doctor`` says of a certificate at fault: which one, why, and which setting of the route mends it."""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from service.cli.main import main
from tests.certificates import EXPIRED, NOT_YET, Authority, server, tls_server

ROUTES = ("CORE_MIME", "CORE_SOAP", "AVAILITY_REST", "OPTUM_JSON", "OPTUM_REAL", "STEDI_JSON")
CREDENTIALS = {"USERNAME": "u", "PASSWORD": "p", "CLIENT_ID": "c", "CLIENT_SECRET": "s", "API_KEY": "k"}
PASSWORD = "hush-hush"


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def another(tmp_path: Path) -> Authority:
    (tmp_path / "another").mkdir()
    return Authority(tmp_path / "another", "Another Authority")


@pytest.fixture
def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ours: Authority) -> Callable[..., list[str]]:
    """What is missing, by ``benefits doctor`` with ``--probe``, when every route leads to ``port`` of localhost."""

    def examined(port: int, **given: object) -> list[str]:
        monkeypatch.chdir(tmp_path)
        values = {
            "URL": f"https://localhost:{port}/ask",
            "TOKEN_URL": f"https://localhost:{port}/token",
            "CA_BUNDLE": ours.bundle,
            **CREDENTIALS,
            **given,
        }
        for route in ROUTES:
            for name, value in values.items():
                monkeypatch.setenv(f"BENEFITS_ROUTES__{route}__{name}", str(value))
        result = CliRunner().invoke(main, ["doctor", "--probe"])
        assert result.exit_code == 1, result.output
        assert PASSWORD not in result.output
        return [line for line in result.output.splitlines() if line.startswith("missing: ")]

    return examined


class PayersFault(NamedTuple):
    """A payer's certificate at fault: its TLS, and the reason and the remedy that are owed."""

    served: Callable[[Authority, Authority], ssl.SSLContext]
    reason: str
    remedy: str


PAYERS_FAULTS = {
    "expired": PayersFault(
        lambda ours, _: server(ours, days=EXPIRED), "the certificate has expired (tls:expired)", "tell the payer"
    ),
    "not yet valid": PayersFault(
        lambda ours, _: server(ours, days=NOT_YET), "begins later (tls:not_yet_valid)", "the clock of this machine"
    ),
    "another host": PayersFault(
        lambda ours, _: server(ours, host="other.example"), "is for another name (tls:other_name)", "{route}__URL"
    ),
    "unknown authority": PayersFault(
        lambda _, another: server(another), "nobody that we trust signed (tls:unknown_issuer)", "{route}__CA_BUNDLE"
    ),
}


@pytest.mark.loopback
@pytest.mark.parametrize("fault", PAYERS_FAULTS.values(), ids=PAYERS_FAULTS)
def test_a_payers_certificate_at_fault_is_told_for_each_route(
    fault: PayersFault, examine: Callable[..., list[str]], ours: Authority, another: Authority
) -> None:
    with tls_server(fault.served(ours, another)) as port:
        missing = examine(port)

    for route in ROUTES:
        (line,) = [line for line in missing if line.startswith(f"missing: {route.lower()}: ")]
        assert all(word in line for word in fault.reason.replace("(", "").replace(")", "").split())
        assert fault.remedy.replace("{route}", f"BENEFITS_ROUTES__{route}") in line


@pytest.mark.loopback
@pytest.mark.parametrize("newest", [True, False], ids=["TLS 1.3", "TLS 1.2"])
@pytest.mark.parametrize("shown", ["none", "another authority's", "expired"])
def test_a_certificate_of_ours_that_the_payer_refuses_is_told_for_each_route(
    shown: str, newest: bool, examine: Callable[..., list[str]], ours: Authority, another: Authority
) -> None:
    certificate, key = {
        "none": lambda: (None, None),
        "another authority's": lambda: another.certificate("us.example"),
        "expired": lambda: ours.certificate("us.example", days=EXPIRED),
    }[shown]()
    given = {} if certificate is None else {"CLIENT_CERTIFICATE": certificate, "CLIENT_KEY": key}
    with tls_server(server(ours, asks=True, newest=newest)) as port:
        missing = examine(port, **given)

    for route in ROUTES:
        (line,) = [line for line in missing if line.startswith(f"missing: {route.lower()}: ")]
        assert "tls:client_certificate" in line or "tls:handshake_refused" in line
        assert f"BENEFITS_ROUTES__{route}__CLIENT_CERTIFICATE" in line


OUR_FAULTS: Mapping[str, tuple[str, str, str | None, str]] = {
    "another key": ("{certificate}", "{other}", None, "its key is another one's"),
    "no key": ("{certificate}", "{missing}", None, "can't be read"),
    "no certificate": ("{missing}", "{key}", None, "can't be read"),
    "a key where the certificate belongs": ("{key}", "{key}", None, "no PEM certificate with its key"),
    "a password that is not given": ("{locked}", "{locked_key}", None, "the password of its key is missing or wrong"),
    "another password": ("{locked}", "{locked_key}", "wrong-one", "the password of its key is missing or wrong"),
}


@pytest.mark.parametrize("fault", OUR_FAULTS.values(), ids=OUR_FAULTS)
def test_a_certificate_of_ours_that_can_not_be_used_is_told_with_its_setting(
    fault: tuple[str, str, str | None, str], examine: Callable[..., list[str]], ours: Authority, tmp_path: Path
) -> None:
    certificate, key = ours.certificate("us.example")
    _, other = ours.certificate("other.example")
    locked, locked_key = ours.certificate("locked.example", PASSWORD)
    files = {
        "certificate": certificate,
        "key": key,
        "other": other,
        "locked": locked,
        "locked_key": locked_key,
        "missing": tmp_path / "no-such-file",
    }
    given = {"CLIENT_CERTIFICATE": fault[0].format(**files), "CLIENT_KEY": fault[1].format(**files)}
    missing = examine(9, **given, **({} if fault[2] is None else {"CLIENT_KEY_PASSWORD": fault[2]}))

    for route in ROUTES:
        (line,) = [line for line in missing if f"BENEFITS_ROUTES__{route}__CLIENT_CERTIFICATE" in line]
        assert fault[3] in line
