"""Options by which a question from the command line brings the member's consent (42 CFR Part 2)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import click

from service.cli.options import Command, add_options
from service.settings.model import load_settings


def consent_options() -> Callable[[Command], Command]:
    """Add ``--consent``, ``--consent-text`` and ``--consent-given-at`` to a command."""
    named = click.option(
        "--consent",
        metavar="VERSION/LANGUAGE",
        help="The text that the member agreed to (42 CFR Part 2): kept before the payer is asked.",
    )
    text = click.option(
        "--consent-text",
        type=click.File("rb"),
        help="That text as it was shown; not needed where BENEFITS_PART_TWO__TEXTS knows it.",
    )
    given_at = click.option(
        "--consent-given-at", metavar="TIME", help="When they agreed, as 2026-11-29T15:00:00Z; now when not given."
    )
    return lambda command: add_options(command, named, text, given_at)


def consent_body(options: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the consent that the options state, as it stands in the body of a question; None without ``--consent``.

    Raises ``click.UsageError`` for a text that nobody knows.
    """
    named, text, given_at = options["consent"], options["consent_text"], options["consent_given_at"]
    if named is None:
        if text is not None or given_at is not None:
            raise click.UsageError("--consent: missing; it names the text that the member agreed to")
        return None
    version, _, language = named.partition("/")
    if not version or not language:
        raise click.UsageError("--consent: a version and a language, such as 2026-11/en")
    known = load_settings().part_two.texts.get(named)
    digest = known if text is None else sha256(text.read()).hexdigest()
    if digest is None:
        raise click.UsageError("--consent-text: missing; BENEFITS_PART_TWO__TEXTS knows no text of this name")
    agreed_at = given_at or datetime.now(UTC).isoformat(timespec="seconds")
    return {"version": version, "language": language, "given_at": agreed_at, "text_sha256": digest}
