"""``benefits consent``: the texts by which members agree that their payer is asked, and their digests."""

import json

import click

from service.cli.refusals import refusing
from service.settings.model import load_settings
from service.settings.requester import name_for_visitors, provider_of
from service.web.pages.rendering import Language
from service.web.pages.visitor.consent_texts import consent_text


@click.command("consent")
@click.option("--text", "wanted", metavar="VERSION/LANGUAGE", help="Print this text as it is shown, and no digest.")
def command(wanted: str | None) -> None:
    """Print the digests of the verify form's texts of consent, as BENEFITS_PART_TWO__TEXTS takes them.

    The provider's name is part of the text: another name gives other digests. Where 42 CFR Part 2 applies, the texts
    are those that say what it means.

    \b
    Examples:
      benefits consent
      export BENEFITS_PART_TWO__TEXTS="$(benefits consent)"
      benefits consent --text 2026-11-part-2/en > shown.txt

    \b
    Settings:
      BENEFITS_PUBLIC__NAME, BENEFITS_PROVIDER__NAME  whose name the texts hold
      BENEFITS_PROFILE, BENEFITS_PART_TWO__APPLIES    whether 42 CFR Part 2 applies

    \b
    Exit codes:
      0  the digests, or the text, were printed
      1  the settings can't be used, or there is no such text; stderr says why
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    with refusing():
        settings = load_settings()
    provider = name_for_visitors(settings.public, provider_of(settings))
    text = consent_text(part_two=settings.part_two_applies)
    names = {f"{text.version}/{language.value}": language.value for language in Language}
    if wanted is None:
        click.echo(json.dumps({name: text.digest(language, provider) for name, language in names.items()}))
        return
    if wanted not in names:
        raise click.ClickException(f"no such text here; there are {' and '.join(names)}")
    # Without a line feed at its end: this is what the digest is of.
    click.echo("\n".join(text.paragraphs_in(names[wanted], provider)), nl=False)
