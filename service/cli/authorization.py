"""``benefits authorization``: whether authorization is needed for each program, and who says so."""

from pathlib import Path

import click

from service.cli.guiding import (
    KeptHere,
    Lookup,
    WantedGuidance,
    find_guidance,
    guidance_options,
    print_guidance,
    roster_of,
)
from service.guidance.authorization import AuthorizationAnswer, authorizations_of, rule_book, write_authorizations
from service.settings.model import Settings


@click.command("authorization")
@guidance_options
def command(verification_id: str, url: str | None, key_file: Path | None, *, as_json: bool) -> None:
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
    wanted = WantedGuidance("/authorization", AuthorizationAnswer)
    found = find_guidance(Lookup(verification_id, url, key_file), wanted, _compute)
    print_guidance(found, write_authorizations, as_json=as_json)


def _compute(kept: KeptHere, settings: Settings) -> AuthorizationAnswer:
    from service.plugins.loading import load_payers
    from service.web.services import date_in_the_east

    book = rule_book(roster_of(settings), load_payers().cards)
    return authorizations_of(kept.answer, book, date_in_the_east())
