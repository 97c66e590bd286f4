"""``benefits authorization``: whether authorization is needed for each program, and who says so."""

import click

from service.cli.guiding import KeptHere, Lookup, WantedGuidance, guidance_options, show_guidance
from service.guidance.authorization import AuthorizationAnswer, authorizations_of, rule_book, write_authorizations
from service.settings.contract_roster import Roster


@click.command("authorization")
@guidance_options
def command(place: Lookup) -> None:
    """Say whether authorization is needed for each program, and who says so.

    What the reply says of the member goes first, then a dated rule of the payer, from the settings or its card.

    \b
    Examples:
      benefits authorization ver_01JD...

    \b
    Settings:
      BENEFITS_AUTHORIZATION_RULES             payers' rules, without --url
      BENEFITS_API_KEY, BENEFITS_API_KEY_FILE  the key, with --url

    \b
    Exit codes:
      0  it was printed, whatever it says
      1  there is no verification of this id, or it could not be looked at
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    show_guidance(place, WantedGuidance("/authorization", AuthorizationAnswer, _compute, write_authorizations))


def _compute(kept: KeptHere, roster: Roster) -> AuthorizationAnswer:
    from service.plugins.loading import load_payers
    from service.web.services import date_in_the_east

    book = rule_book(roster, load_payers().cards)
    return authorizations_of(kept.answer, book, date_in_the_east())
