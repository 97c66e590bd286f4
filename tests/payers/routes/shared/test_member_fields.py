"""What no form of an inquiry can carry is the member's to mend, over every route: named, unsent, never our fault."""

from datetime import date
from typing import Any

import pytest

from contracts import Inquiry, Member, MemberRejected, Provider, RouteSettings, Subscriber
from payers.routes import availity_rest, core_mime, core_soap, optum_json, optum_real, stedi_json
from payers.simulator.setup import SETTINGS
from tests.faults.mixing import numbers

ROUTES = {
    route.__name__.rpartition(".")[2]: route
    for route in (availity_rest, core_mime, core_soap, optum_json, optum_real, stedi_json)
}
GIVEN: dict[str, Any] = {
    "first_name": "IVY",
    "last_name": "SAMPLE",
    "birth_date": date(1990, 4, 12),
    "member_id": "W900000101",
}


def inquiry(field: str, value: str) -> Inquiry:
    level, _, name = field.rpartition(".")
    holder = Subscriber(**{**GIVEN, name: value}) if level else None
    member = Member(**{**GIVEN, **({"member_id": None} if level else {name: value})})
    return Inquiry(
        payer="aetna",
        payer_id="60054",
        payer_name="AETNA",
        member=member,
        subscriber=holder,
        provider=Provider(npi="1999999984", name="Example Center", tax_id="900000001"),
        service_date=date(2026, 11, 24),
        service_types=("30",),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("member_id", "7"),
        ("subscriber.member_id", "7"),
        ("last_name", "\u0301"),
        ("first_name", "\u0141\u0416"),
        ("last_name", "S" * 61),
    ],
    ids=["a short id", "a subscriber's short id", "no letter", "no plain letter", "a long name"],
)
@pytest.mark.parametrize("name", ROUTES)
async def test_what_cannot_be_written_is_named_and_nothing_is_sent(name: str, field: str, value: str) -> None:
    paths = {key.lower(): text for key, text in SETTINGS[name].items()}
    settings = {key: f"https://127.0.0.1:9{text}" if text.startswith("/") else text for key, text in paths.items()}
    route = ROUTES[name].open_route(RouteSettings(**settings))

    with pytest.raises(MemberRejected) as refused:
        await route.exchange(inquiry(field, value), numbers(1), seconds=1)

    assert (refused.value.sent, refused.value.fields) == (False, (field,))
    assert value not in str(refused.value)
