"""What the cards say of a route's pace: nobody is asked faster than the route lets a customer ask."""

from service.plugins.loading import load_payers

CALLS_A_SECOND, CALLS_OF_AN_INQUIRY = 100, 2
"""Source: ``RELIABILITY.md`` 1.4."""


def test_every_payer_is_asked_over_availity_as_fast_as_availity_permits_a_customer() -> None:
    paces = {
        card.id: entry.pace for card in load_payers().cards for entry in card.routes if entry.route == "availity_rest"
    }

    assert paces
    assert set(paces.values()) == {CALLS_A_SECOND / CALLS_OF_AN_INQUIRY}
