"""``benefits call-sheet``: what to ask the payer by phone."""

import click

from service.cli.guiding import Lookup, WantedGuidance, guidance_options, show_guidance
from service.cli.printing import embolden
from service.guidance.call_page import write_call_sheet
from service.guidance.call_sheet import CallSheet
from service.guidance.calls import sheet_of


@click.command("call-sheet")
@guidance_options
def command(place: Lookup) -> None:
    """Print what to ask the payer by phone, in a caller's order: only what is still open.

    It begins with whom to call and what to read out. It holds the member's details: keep it as you keep those.

    \b
    Examples:
      benefits call-sheet ver_01JD...
      benefits call-sheet ver_01JD... --url http://127.0.0.1:8000 --key-file staff.key

    \b
    Settings:
      BENEFITS_PROVIDER__NPI, __NAME, __TAX_ID who calls
      BENEFITS_CONTRACTS                       our contracts, without --url
      BENEFITS_API_KEY, BENEFITS_API_KEY_FILE  the key, with --url

    \b
    Exit codes:
      0  a call sheet was printed
      1  there is no verification of this id, or it could not be looked at
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    wanted = WantedGuidance(
        "/call-sheet",
        CallSheet,
        lambda kept, roster: sheet_of(kept.looking(roster)),
        lambda sheet: write_call_sheet(sheet, emphasise=embolden),
    )
    show_guidance(place, wanted)
