"""What is asked of Optum's gateway: the member, the provider and our trace; without a whole set-up, nothing."""

import pytest
import respx

from contracts import (
    AuthorizationRoute,
    MemberRejected,
    PayerRefused,
    Provider,
    Relationship,
    ReplyUnreadable,
    Subscriber,
)
from payers.conformance.inquiry import INQUIRY, NUMBERS
from payers.routes.optum_real import open_route
from tests.payers.routes.optum_real.edge import (
    ABOUT_MH,
    ELIGIBILITY,
    SETTINGS,
    Edge,
    checked,
    eligibility,
    exchange,
    outcome,
)


async def test_the_query_names_the_member_the_provider_and_our_trace() -> None:
    edge = Edge(said=eligibility())

    reply = await exchange(edge)

    (asked,) = edge.bodies(ELIGIBILITY)
    given = asked["variables"]["input"]
    assert given == {
        "memberId": "ZZ9999999",
        "firstName": "IMAGINETTA",
        "lastName": "FICTIONAL",
        "dateOfBirth": "1990-04-12",
        "serviceStartDate": "2026-11-24",
        "serviceEndDate": "2026-11-24",
        "coverageTypes": ["Medical"],
        "payerId": "60054",
        "trnId": NUMBERS.trace,
        "serviceLevelCodes": ["30"],
        "providerLastName": "EXAMPLE RECOVERY CENTER",
        "providerNPI": "1999999984",
    }
    assert asked["query"].count("{") == asked["query"].count("}")
    head = next(one for one in edge.asked if str(one.url) == ELIGIBILITY).headers
    assert (head["authorization"], head["providertaxid"]) == ("Bearer t", "999999999")
    assert head["x-optum-consumer-correlation-id"] == NUMBERS.envelope_id
    assert "environment" not in head
    assert reply.people[0].traces[0].number == NUMBERS.trace


async def test_a_dependent_is_asked_about_under_the_subscribers_member_id() -> None:
    edge = Edge(said=eligibility())
    holder = Subscriber(last_name="Elder", member_id="AB 123", relationship=Relationship.CHILD)

    await exchange(edge, INQUIRY.model_copy(update={"subscriber": holder}))

    given = edge.bodies(ELIGIBILITY)[0]["variables"]["input"]
    assert (given["memberId"], given["lastName"]) == ("AB123", "FICTIONAL")


async def test_the_sandbox_is_named_when_the_settings_say_that_this_is_a_test() -> None:
    edge = Edge(said=eligibility())
    route = open_route(SETTINGS.model_copy(update={"test_indicator": True}))

    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=edge.answer)
        await route.exchange(INQUIRY, NUMBERS, seconds=5)

    assert edge.asked[-1].headers["environment"] == "sandbox"


async def test_authorization_can_be_asked_about_alone() -> None:
    edge = Edge(said=eligibility(), check=checked(outcome("H0035", "1", "Prior authorization required")))
    route = open_route(SETTINGS)
    assert isinstance(route, AuthorizationRoute)

    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=edge.answer)
        reply = await route.check_authorization(ABOUT_MH, ("H0035",), NUMBERS, seconds=5)

    (benefits,) = reply.people
    (found,) = benefits.authorizations
    assert (found.procedure, found.authorization, benefits.lines) == ("H0035", "Y", ())
    assert edge.bodies(ELIGIBILITY) == []


async def test_a_check_that_says_nothing_is_no_word_about_authorization() -> None:
    edge = Edge(said=eligibility(), check=checked())
    route = open_route(SETTINGS)
    assert isinstance(route, AuthorizationRoute)

    with respx.mock(assert_all_called=False) as mock:
        mock.route().mock(side_effect=edge.answer)
        with pytest.raises(ReplyUnreadable, match="no_outcome"):
            await route.check_authorization(ABOUT_MH, ("H0035",), NUMBERS, seconds=5)


@pytest.mark.parametrize("tax_id", [None, "", "12345", "12345678X"])
async def test_without_a_tax_id_nothing_is_sent_and_the_set_up_is_at_fault(tax_id: str | None) -> None:
    edge = Edge(said=eligibility())
    provider = Provider(npi="1999999984", name="Example", tax_id=tax_id)

    with pytest.raises(PayerRefused, match="provider_tax_id") as failure:
        await exchange(edge, INQUIRY.model_copy(update={"provider": provider}))

    assert (failure.value.sent, edge.asked) == (False, [])


async def test_a_name_that_cannot_be_written_is_the_members_to_mend() -> None:
    edge = Edge(said=eligibility())
    member = INQUIRY.member.model_copy(update={"last_name": "AB~CD"})

    with pytest.raises(MemberRejected) as failure:
        await exchange(edge, INQUIRY.model_copy(update={"member": member}))

    assert (failure.value.fields, failure.value.sent, edge.asked) == (("last_name",), False, [])


@pytest.mark.parametrize("name", ["token_url", "client_id", "client_secret"])
def test_a_setting_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name.upper()}"):
        open_route(SETTINGS.model_copy(update={name: None}))
