"""``benefits watch-list``: what must not be missed in an answer, and where we stand with the payer."""

from urllib.parse import urlencode

import click

from service.cli.guiding import Lookup, WantedGuidance, guidance_options, show_guidance
from service.cli.printing import embolden
from service.guidance.watch_list import WatchList, watch_list_of
from service.guidance.watch_page import write_watch_list


@click.command("watch-list")
@guidance_options
@click.option("--location", help="One of our places, as BENEFITS_CONTRACTS calls it.")
def command(place: Lookup, location: str | None) -> None:
    """Print what must not be missed in an earlier verification, the most harmful first.

    It also says whether we are in network for the plan, by our own contracts.

    \b
    Examples:
      benefits watch-list ver_01JD...
      benefits watch-list ver_01JD... --location Tampa

    \b
    Settings:
      BENEFITS_CONTRACTS                       our contracts, without --url
      BENEFITS_API_KEY, BENEFITS_API_KEY_FILE  the key, with --url

    \b
    Exit codes:
      0  a watch list was printed, whatever is on it
      1  there is no verification of this id, or it could not be looked at
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    query = f"?{urlencode({'location': location})}" if location else ""
    wanted = WantedGuidance(
        f"/watch-list{query}",
        WatchList,
        lambda kept, roster: watch_list_of(kept.answer, roster, location),
        lambda watched: write_watch_list(watched, emphasise=embolden),
    )
    show_guidance(place, wanted)
