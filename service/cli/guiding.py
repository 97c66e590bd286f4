"""What the commands of guidance share: where a verification is looked up, and how what follows from it is printed."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import click
from pydantic import BaseModel

from contracts import Answer
from contracts.report import escape_json_for_terminal
from service.cli.credentials import api_key
from service.cli.options import JSON, KEY_FILE, URL, Command, add_options
from service.cli.refusals import refusing
from service.cli.running import run_to_end
from service.guidance.call_sheet import Looking
from service.guidance.vob_values import CallNote
from service.security.consent import Consent
from service.settings.contract_roster import Roster
from service.settings.model import load_settings
from service.verification.shown_answer import Looked
from service.web.problems import RequestRefused

Value = TypeVar("Value", bound=BaseModel)

_ID = re.compile(r"ver_[A-Za-z0-9_-]{1,64}")
"""What an id looks like; nothing else is looked up or becomes a part of an address."""


def guidance_options(command: Command) -> Command:
    """Add the verification's id, ``--url``, ``--key-file`` and ``--json`` to a command, which gets a ``Lookup``."""

    @functools.wraps(command)
    def pack(verification_id: str, url: str | None, key_file: Path | None, *, as_json: bool, **others: Any) -> None:  # noqa: ANN401 - the options of the command itself
        command(Lookup(verification_id, url, key_file, as_json), **others)

    return add_options(pack, click.argument("verification_id"), URL, KEY_FILE, JSON)


def check_id(verification_id: str) -> None:
    """Raise ``click.BadParameter`` unless ``verification_id`` looks like an id."""
    if not _ID.fullmatch(verification_id):
        raise click.BadParameter("an id begins with ver_, as `benefits verify` prints it", param_hint="ID")


class Lookup(NamedTuple):
    """Which verification, where it is looked up (a running service, or the database of this machine), and how shown."""

    verification_id: str
    url: str | None
    key_file: Path | None
    as_json: bool


class KeptHere(NamedTuple):
    """A verification as the database of this machine keeps it."""

    verification_id: str
    looked: Looked
    notes: list[CallNote]
    consent: Consent | None

    @property
    def answer(self) -> Answer:
        """Its answer."""
        return self.looked.answer

    def looking(self, roster: Roster, location: str | None = None) -> Looking:
        """Return all of it with what is set about us; ``location`` is one of our places."""
        about = self.looked.about
        return Looking(
            self.verification_id,
            self.answer,
            about.question,
            about.card,
            roster,
            self.notes,
            location,
            self.consent,
            load_settings().redisclosure_notice,
        )


class WantedGuidance(NamedTuple, Generic[Value]):
    """What a command wants.

    A running service is asked for the ``model`` at ``path`` below a verification, and gets ``body``; ``compute`` makes
    the same of what is kept here. ``write`` makes a page of it.
    """

    path: str
    model: type[Value]
    compute: Callable[[KeptHere, Roster], Value]
    write: Callable[[Value], str]
    body: bytes | None = None


def show_guidance(place: Lookup, wanted: WantedGuidance[Value]) -> None:
    """Print what a running service says, or what is made of the answer in the database of this machine."""
    check_id(place.verification_id)
    with refusing():
        if place.url:
            value = run_to_end(_fetch(place.url, api_key(place.key_file), place.verification_id, wanted))
        else:
            value = _compute(run_to_end(look_here(place.verification_id)), wanted)
    click.echo(escape_json_for_terminal(value.model_dump_json()) if place.as_json else wanted.write(value))


async def _fetch(url: str, key: str, verification_id: str, wanted: WantedGuidance[Value]) -> Value:
    from service.cli.remote import RemoteService

    async with RemoteService(url, key) as service:
        return await service.fetch(f"/v1/verifications/{verification_id}{wanted.path}", wanted.model, wanted.body)


async def look_here(verification_id: str) -> KeptHere:
    """Return a verification as the database of this machine keeps it."""
    from service.cli.local import stored_answers

    async with stored_answers() as answers:
        return KeptHere(verification_id, *await answers.look_whole(verification_id))


def roster_here() -> Roster:
    """Return what is set here about our contracts, charges and rules."""
    settings = load_settings()
    return Roster(settings.contracts, settings.charges, settings.authorization_rules)


def _compute(kept: KeptHere, wanted: WantedGuidance[Value]) -> Value:
    try:
        return wanted.compute(kept, roster_here())
    except RequestRefused as refused:
        from service.cli.remote import describe_refusal

        raise click.ClickException(describe_refusal(refused.code, refused.errors)) from None
