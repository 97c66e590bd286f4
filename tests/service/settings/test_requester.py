"""What a payer is told of whoever asks: nothing imaginary leaves this machine, over any route that is installed."""

from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import unquote_to_bytes

import httpx
import pytest
import respx

import service.cli.bootstrap as wiring
from contracts import AttemptNumbers, Inquiry, Member, PayerError
from service.cli.bootstrap import Service, build
from service.settings.model import Settings, SettingsWrong, load_settings, not_for_production
from service.settings.requester import IMAGINARY_NAME, IMAGINARY_NPI, IMAGINARY_ORIGINATOR, originator_of, provider_of

ROUTES = sorted(point.name for point in entry_points(group="benefit_verification.routes"))
IMAGINARY = (IMAGINARY_NAME.upper().encode(), IMAGINARY_NPI.encode(), IMAGINARY_ORIGINATOR.encode(), b"*ZZ*BENEFITS ")
CREDENTIALS = {"USERNAME": "u", "PASSWORD": "p", "CLIENT_ID": "c", "CLIENT_SECRET": "s", "API_KEY": "k"}
OURS = {
    "BENEFITS_PROVIDER__NPI": "1999999984",
    "BENEFITS_PROVIDER__NAME": "Example Recovery Center",
    "BENEFITS_PROVIDER__TAX_ID": "987654321",
}
"""A provider with all its names; the sender's id is each route's own."""

FAR = "https://203.0.113.5"
NEAR = "https://127.0.0.1:9443"


def settings(route: str, folder: Path, place: str = FAR, *, sender: bool = False, **more: str) -> Settings:
    """A service that has ``route`` alone, at ``place``, with its credentials."""
    given = {"URL": f"{place}/ask", "TOKEN_URL": f"{place}/token", **CREDENTIALS}
    if sender:
        given["SENDER_ID"] = "EXAMPLE01"
    return load_settings(
        {
            "BENEFITS_DATABASE_URL": f"sqlite:///{folder / 'benefits.sqlite'}",
            **{f"BENEFITS_ROUTES__{route.upper()}__{name}": value for name, value in given.items()},
            **more,
        },
        folder / ".env",
    )


async def sent(service: Service, route: str) -> bytes:
    """Everything that one exchange over ``route`` sends, as bytes."""
    inquiry = Inquiry(
        payer="aetna",
        payer_id="60054",
        payer_name="AETNA",
        member=Member(first_name="Otis", last_name="Specimen", birth_date=date(1990, 4, 12), member_id="W900000011"),
        provider=provider_of(service.settings),
        service_date=date(2026, 11, 24),
        service_types=("30",),
    )
    numbers = AttemptNumbers(
        interchange="000000101",
        group="101",
        trace="BV1",
        originator=originator_of(service.settings),
        transaction="BVT1",
        envelope_id="f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
    )
    with respx.mock as mocked:
        mocked.post(path="/token").respond(json={"access_token": "t", "expires_in": 300})
        asked = mocked.post(path="/ask").mock(return_value=httpx.Response(500))
        with pytest.raises(PayerError):
            await service.routes[route].exchange(inquiry, numbers, seconds=5)
    requests = [call.request for call in asked.calls]
    assert requests, "nothing was sent at all"
    heads = [b"\n".join(name + b": " + value for name, value in one.headers.raw) for one in requests]
    written = b"\n".join([*heads, *(one.content for one in requests)])
    return written + unquote_to_bytes(written.replace(b"+", b" "))


def missing(given: Settings) -> set[str]:
    """The settings without which the service does not start."""
    with pytest.raises(SettingsWrong) as wrong:
        build(given)
    return {fault.partition(":")[0] for fault in wrong.value.faults}


def test_every_route_says_what_it_sends_of_whoever_asks(tmp_path: Path) -> None:
    needs = {route: missing(settings(route, tmp_path, sender=True)) for route in ROUTES}

    names = {"BENEFITS_PROVIDER__NPI", "BENEFITS_PROVIDER__NAME"}
    with_tax_id = names | {"BENEFITS_PROVIDER__TAX_ID"}
    assert len(ROUTES) >= 6
    assert {route for route, found in needs.items() if found == with_tax_id} == {"core_mime", "core_soap", "optum_real"}
    assert all(found in (names, with_tax_id) for found in needs.values())


@pytest.mark.parametrize("route", ["core_mime", "core_soap"])
def test_core_without_a_senders_id_goes_nowhere_but_to_loopback(route: str, tmp_path: Path) -> None:
    assert missing(settings(route, tmp_path, **OURS)) == {f"BENEFITS_ROUTES__{route.upper()}__SENDER_ID"}
    proxied = {f"BENEFITS_ROUTES__{route.upper()}__PROXY": "http://203.0.113.9:3128"}
    assert missing(settings(route, tmp_path, NEAR, **OURS, **proxied)) == {
        f"BENEFITS_ROUTES__{route.upper()}__SENDER_ID"
    }


@pytest.mark.parametrize("route", ROUTES)
def test_in_production_nothing_imaginary_goes_to_loopback_either(route: str, tmp_path: Path) -> None:
    given = settings(route, tmp_path, NEAR, BENEFITS_PROFILE="production", BENEFITS_KEYS__SEALING="k:" + "A" * 43 + "=")

    named = missing(given)

    assert not_for_production(given) == ()
    assert {"BENEFITS_PROVIDER__NPI", "BENEFITS_PROVIDER__NAME"} <= named
    assert (f"BENEFITS_ROUTES__{route.upper()}__SENDER_ID" in named) == route.startswith("core")


def test_the_registrys_example_is_nobodys_number(tmp_path: Path) -> None:
    given = settings("stedi_json", tmp_path, **{**OURS, "BENEFITS_PROVIDER__NPI": IMAGINARY_NPI})

    assert missing(given) == {"BENEFITS_PROVIDER__NPI"}


@pytest.mark.parametrize("route", ROUTES)
async def test_nothing_imaginary_leaves_this_machine(route: str, tmp_path: Path) -> None:
    bytes_sent = (await sent(build(settings(route, tmp_path, sender=True, **OURS)), route)).upper()

    assert [value for value in IMAGINARY if value in bytes_sent] == []
    assert b"1999999984" in bytes_sent


@pytest.mark.parametrize("route", ROUTES)
async def test_without_the_check_the_same_look_finds_what_is_imaginary(
    route: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "missing_identities", lambda *_: ())

    bytes_sent = (
        await sent(build(settings(route, tmp_path, sender=True, BENEFITS_PROVIDER__TAX_ID="987654321")), route)
    ).upper()

    assert {IMAGINARY_NPI.encode(), IMAGINARY_NAME.upper().encode()} <= {
        value for value in IMAGINARY if value in bytes_sent
    }


async def test_on_loopback_a_trial_needs_no_name(tmp_path: Path) -> None:
    bytes_sent = await sent(build(settings("core_mime", tmp_path, NEAR)), "core_mime")

    assert [value for value in IMAGINARY if value not in bytes_sent] == []
