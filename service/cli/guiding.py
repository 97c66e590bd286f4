"""What the commands of guidance share: where a verification is looked up, and how what follows from it is printed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from pydantic import BaseModel

from contracts import Answer
from contracts.report import escape_json_for_terminal
from service.cli.credentials import api_key
from service.cli.refusals import refusing
from service.cli.running import run_to_end
from service.guidance.call_sheet import CallSheet
from service.guidance.calls import Looking, sheet_of
from service.guidance.vob_values import CallNote
from service.settings.contract_roster import Roster
from service.settings.model import Settings, load_settings
from service.verification.service import Looked
from service.web.problems import RequestRefused

Command = TypeVar("Command", bound=Callable[..., Any])
Value = TypeVar("Value", bound=BaseModel)

_ID = re.compile(r"ver_[A-Za-z0-9_-]{1,64}")
"""What an id looks like; nothing else is looked up or becomes a part of an address."""


def guidance_options(command: Command) -> Command:
    """Add the verification's id, ``--url``, ``--key-file`` and ``--json`` to a command."""
    for option in reversed((
        click.argument("verification_id"),
        click.option("--url", help="A running service, such as http://127.0.0.1:8000; without it, this process."),
        click.option(
            "--key-file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="A file with the API key of that service; or set BENEFITS_API_KEY.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print it as JSON, on one line."),
    )):  # fmt: skip
        command = option(command)
    return command


def check_id(verification_id: str) -> None:
    """Raise ``click.BadParameter`` unless ``verification_id`` looks like an id."""
    if not _ID.fullmatch(verification_id):
        raise click.BadParameter("an id begins with ver_, as `benefits verify` prints it", param_hint="ID")


class Lookup(NamedTuple):
    """Which verification, and where it is looked up: in a running service, or in the database of this machine."""

    verification_id: str
    url: str | None
    key_file: Path | None


class KeptHere(NamedTuple):
    """A verification as the database of this machine keeps it."""

    verification_id: str
    looked: Looked
    notes: list[CallNote]

    @property
    def answer(self) -> Answer:
        """Its answer."""
        return self.looked.answer

    def call_sheet(self, roster: Roster) -> CallSheet:
        """Return its call sheet."""
        about = self.looked.about
        return sheet_of(
            Looking(self.verification_id, self.looked.answer, about.question, about.card, roster, self.notes)
        )


class WantedGuidance(NamedTuple):
    """What a command wants: the ``path`` below a verification, the ``model`` there, and the ``body`` to post."""

    path: str
    model: type[Any]
    body: bytes | None = None


def find_guidance(place: Lookup, wanted: WantedGuidance, compute: Callable[[KeptHere, Settings], Value]) -> Value:
    """Return what a running service says, or what ``compute`` makes of the answer in the database of this machine."""
    check_id(place.verification_id)
    with refusing():
        if place.url:
            found: Value = run_to_end(_fetch(place.url, api_key(place.key_file), place.verification_id, wanted))
            return found
        kept = run_to_end(_look_here(place.verification_id))
        try:
            return compute(kept, load_settings())
        except RequestRefused as refused:
            from service.cli.remote import describe_refusal

            raise click.ClickException(describe_refusal(refused.code, refused.errors)) from None


async def _fetch(url: str, key: str, verification_id: str, wanted: WantedGuidance) -> Any:  # noqa: ANN401 - of wanted.model
    from service.cli.remote import RemoteService

    async with RemoteService(url, key) as service:
        return await service.fetch(f"/v1/verifications/{verification_id}{wanted.path}", wanted.model, wanted.body)


async def _look_here(verification_id: str) -> KeptHere:
    from service.cli.local import stored_answers

    async with stored_answers() as answers:
        return KeptHere(verification_id, *await answers.look_whole(verification_id))


def roster_of(settings: Settings) -> Roster:
    """Return what is set about our contracts and charges."""
    return Roster(settings.contracts, settings.charges, settings.authorization_rules)


def print_guidance(value: BaseModel, write: Callable[[Any], str], *, as_json: bool) -> None:
    """Print a piece of guidance: as JSON, or as the page that ``write`` makes of it."""
    click.echo(escape_json_for_terminal(value.model_dump_json()) if as_json else write(value))
