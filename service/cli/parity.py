"""``benefits parity``: where the behavioral benefit costs more, or is limited more, than medical care in one reply."""

import click

from service.cli.guiding import Lookup, WantedGuidance, guidance_options, show_guidance
from service.guidance.parity import ParitySignals, parity_signals_of, write_parity


@click.command("parity")
@guidance_options
def command(place: Lookup) -> None:
    """Print where the behavioral benefit looks worse than medical care in the same reply.

    It is a signal to look into the plan, and no finding of law.

    \b
    Examples:
      benefits parity ver_01JD...

    \b
    Settings:
      BENEFITS_API_KEY, BENEFITS_API_KEY_FILE  the key, with --url

    \b
    Exit codes:
      0  the signals were printed, or that there is none
      1  there is no verification of this id, or it could not be looked at
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    wanted = WantedGuidance("/parity", ParitySignals, lambda kept, _: parity_signals_of(kept.answer), write_parity)
    show_guidance(place, wanted)
