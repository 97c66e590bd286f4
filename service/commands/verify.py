"""``benefits verify``: one question from the command line, to a running service or in this process."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx
from pydantic import ValidationError

from contracts import Answer
from service.addresses import unsafe
from service.api.problems import FieldError, ProblemDocument
from service.commands.refusals import refusing
from service.config import Settings

FIELDS = ("first_name", "last_name", "birth_date", "member_id", "group_number")
LONGEST_WAIT = 60


@click.command("verify")
@click.option("--payer", required=True, help="A payer's id or alias; see `benefits payers`.")
@click.option("--first-name")
@click.option("--last-name")
@click.option("--birth-date", metavar="YYYY-MM-DD")
@click.option("--member-id")
@click.option("--group-number")
@click.option("--subscriber", metavar="JSON", help='When the patient is a dependent: {"last_name": …, "member_id": …}.')
@click.option("--service-date", metavar="YYYY-MM-DD", help="Today in US Eastern when not given.")
@click.option("--delivery", type=click.Choice(["virtual", "in_person", "either"]), default="either")
@click.option("--reference", help="Your own id, returned as given and never sent to a payer.")
@click.option(
    "--question", "file", type=click.File("rb"), help="A JSON body instead of the member's options; - is stdin."
)
@click.option("--road", help="Ask over this road alone, in this process; see `benefits payers`.")
@click.option("--wait", type=click.IntRange(0, LONGEST_WAIT), default=30, show_default=True, help="Seconds to wait.")
@click.option("--url", help="A running service, such as http://127.0.0.1:8000; without it the question is asked here.")
@click.option("--key", help="An API key of that service.")
@click.option("--key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A file with the key.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def command(**options: Any) -> None:  # noqa: ANN401 - click hands over whatever its options hold
    """Ask one payer about one member.

    Exit code 0 when an answer was printed, whatever it says. Give the details by --question to keep them out of the
    list of processes.
    """
    if options["url"] and options["road"]:
        raise click.UsageError("--road is for asking in this process; a running service chooses its roads itself")
    body = _body(options)
    with refusing():
        if options["url"]:
            answer = _ask_there(options["url"], _key(options), body, options["wait"])
        else:
            answer = asyncio.run(_ask_here(body, options["wait"], options["road"]))
    if options["as_json"]:
        click.echo(answer.model_dump_json())
        return
    from service.commands.tables import show_answer, wide_console

    show_answer(answer, wide_console())


def _body(options: Mapping[str, Any]) -> bytes:
    if options["file"] is not None:
        raw: object = options["file"].read()
        if not isinstance(raw, bytes):  # pragma: no cover - the file is opened for bytes
            raise click.ClickException("the question can't be read")
        try:
            given = json.loads(raw)
        except ValueError:
            raise click.ClickException("--question is no JSON") from None
        if not isinstance(given, dict):
            raise click.ClickException("--question is no JSON object")
        return json.dumps({"payer": options["payer"], **given}).encode()
    body: dict[str, Any] = {
        "payer": options["payer"],
        "member": {name: options[name] for name in FIELDS if options[name] is not None},
        "delivery": options["delivery"],
    }
    for name in ("service_date", "reference"):
        if options[name] is not None:
            body[name] = options[name]
    if options["subscriber"]:
        try:
            body["subscriber"] = json.loads(options["subscriber"])
        except ValueError:
            raise click.ClickException("--subscriber is no JSON") from None
    return json.dumps(body).encode()


def _key(options: Mapping[str, Any]) -> str:
    if options["key_file"] is not None:
        return str(options["key_file"].read_text(encoding="utf-8").strip())
    if options["key"] is None:
        raise click.UsageError("--url needs --key or --key-file")
    return str(options["key"])


def _ask_there(url: str, key: str, body: bytes, wait: int) -> Answer:
    if unsafe(url):
        raise click.UsageError("--url is https, or http to loopback")
    headers = {"Authorization": f"Bearer {key}", "Prefer": f"wait={wait}", "Content-Type": "application/json"}
    try:
        with httpx.Client(trust_env=False, timeout=wait + 10) as client:
            response = client.post(f"{url.rstrip('/')}/v1/verifications", content=body, headers=headers)
    except httpx.HTTPError as failure:
        raise click.ClickException(f"the service can't be reached ({type(failure).__name__})") from None
    if response.status_code not in {200, 202}:
        raise click.ClickException(_refusal_words(response.status_code, response.content))
    return Answer.model_validate_json(response.content)


def _refusal_words(status: int, content: bytes) -> str:
    """A problem document in one line."""
    try:
        document = ProblemDocument.model_validate_json(content)
    except ValidationError:
        return f"the service refused: {status}"
    return _words(document.code, document.errors)


def _words(code: str, errors: tuple[FieldError, ...]) -> str:
    """A refusal in one line, with options in place of fields."""
    named = (
        f"{error.field if '.' in error.field else '--' + error.field.replace('_', '-')} ({error.code})"
        for error in errors
    )
    return f"refused: {code}" + (f": {', '.join(named)}" if errors else "")


def _over(road: str, settings: Settings) -> Settings:
    """``settings`` in which every payer that can be asked over ``road`` is asked over nothing else."""
    from service.config import PayerSettings
    from service.plugins import load_payers

    if road not in settings.roads:
        ready = ", ".join(sorted(settings.roads)) or "none"
        raise click.UsageError(f"--road: {road} is not set up here; set up are: {ready}")
    reached = [card.id for card in load_payers().cards if card.on(road) is not None]
    return settings.model_copy(update={"payers": {payer: PayerSettings(roads=(road,)) for payer in reached}})


async def _ask_here(body: bytes, wait: int, road: str | None) -> Answer:
    """Ask in this process: the whole service, without its listener."""
    import logging

    from contracts import Deadline, QuestionIncomplete
    from service.access import Caller, Role
    from service.api.body import parse_body, question_of
    from service.api.problems import Refused
    from service.bootstrap import build
    from service.config import load_settings
    from service.observe import start_logging

    start_logging(level=logging.ERROR)
    settings = load_settings()
    service = build(settings if road is None else _over(road, settings))
    if not service.roads:
        raise click.ClickException(
            "no road is set up here: set BENEFITS_ROADS__CORE_MIME__URL, or ask a running service with --url and --key"
        )
    rooms = service.rooms
    try:
        question = question_of(parse_body(body), rooms.directory, rooms.provider, rooms.today())
        if road is not None and rooms.directory.adapter(question.payer).card.on(road) is None:
            raise click.UsageError(f"--road: {question.payer} is not asked over {road}; see `benefits payers`")
        async with service:
            caller = Caller(id="command-line", role=Role.STAFF)
            return await rooms.verifier.verify(question, caller=caller, deadline=Deadline(wait))
    except Refused as refused:
        raise click.ClickException(_words(refused.code, refused.errors)) from None
    except QuestionIncomplete as incomplete:
        missing = tuple(FieldError(field=field, code="missing") for field in incomplete.fields)
        raise click.ClickException(_words("question_incomplete", missing)) from None
