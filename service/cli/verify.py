"""``benefits verify``: one question from the command line, to a running service or in this process."""

import json
import sys
from collections.abc import Mapping
from typing import Any, Protocol

import click

from contracts import Answer, Condition, Deadline, Purpose
from contracts.report import LookAgain
from service.cli.consent_options import consent_body, consent_options
from service.cli.credentials import api_key
from service.cli.options import answering_options
from service.cli.printing import print_answer
from service.cli.refusals import refusing
from service.cli.running import run_to_end
from service.cli.waiting import Answers, first_wait, wait_until_final

OF_THE_QUESTION = ("subscriber", "service_date", "delivery", "conditions", "purpose", "reference", "retries", "consent")
_OPTIONS = {"conditions": "condition"}
"""Options that are not called as their fields are."""

FIELDS = ("first_name", "last_name", "birth_date", "member_id", "group_number")


@click.command("verify")
@click.option("--payer", required=True, help="A payer's id or alias; see `benefits payers`.")
@click.option("--first-name")
@click.option("--last-name")
@click.option("--birth-date", metavar="YYYY-MM-DD")
@click.option("--member-id")
@click.option("--group-number")
@click.option("--subscriber", metavar="JSON", help='When the patient is a dependent: {"last_name": …, "member_id": …}.')
@click.option("--service-date", metavar="YYYY-MM-DD", help="Today in US Eastern when not given.")
@click.option("--delivery", type=click.Choice(["virtual", "in_person", "either"]), help="Either when not given.")
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    type=click.Choice([condition.value for condition in Condition]),
    help="What is wanted; both when not given. No inquiry is paid for the other one.",
)
@click.option(
    "--purpose",
    type=click.Choice([one.value for one in Purpose]),
    help="What it is for: schedules ask again by it. A prospect when not given.",
)
@click.option("--reference", help="Your own id, returned as given and never sent to a payer.")
@click.option("--retries", metavar="ID", help="The earlier verification of this person that this one mends.")
@click.option(
    "--question", "file", type=click.File("rb"), help="A JSON body instead of the member's options; - is stdin."
)
@click.option("--route", help="Ask over this route alone, in this process; see `benefits payers`.")
@consent_options()
@answering_options(wait=30)
def command(**options: Any) -> None:  # noqa: ANN401 - click hands over whatever its options hold
    """Ask one payer about one member, and print all that is known.

    With --url a running service is asked, which goes on asking for as long as the answer is pending. Without --url the
    question is asked in this process, which ends with its wait: what is pending then stands in the database, and
    `benefits show` asks on.

    Options are seen by everybody on this machine in the list of processes: give the member's details by --question to
    keep them out of it. The API key is no option for that reason.

    \b
    Examples:
      benefits verify --payer aetna --question ada.json \\
          --url http://127.0.0.1:8000 --key-file staff.key
      benefits verify --payer aetna --first-name ADA --last-name IMAGINARY \\
          --birth-date 1990-04-12 --member-id W123456789
      benefits verify --payer aetna --question - --json --wait 300 < ada.json
      benefits verify … --consent 2026-11/en --consent-text shown.txt

    \b
    Settings:
      BENEFITS_API_KEY, BENEFITS_API_KEY_FILE  the key, with --url; or --key-file,
                                               or it is asked for at a terminal
      BENEFITS_ROUTES__<ROUTE>__URL, …   the ways to payers, without --url;
                                               see `benefits doctor`

    \b
    Exit codes:
      0  an answer was printed, whatever it says; a pending one too
      1  the question was refused or could not be asked; stderr says why
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    if options["url"] and options["route"]:
        raise click.UsageError("--route is for asking in this process; a running service chooses its routes itself")
    body = _body(options)
    with refusing():
        if options["url"]:
            answer, again = run_to_end(_ask_there(options["url"], api_key(options["key_file"]), body, options["wait"]))
        else:
            answer, again = run_to_end(_ask_here(body, options["wait"], options["route"]))
    print_answer(answer, again, as_json=options["as_json"])


def _body(options: Mapping[str, Any]) -> bytes:
    if options["file"] is not None:
        return _body_in_file(options)
    body: dict[str, Any] = {
        "payer": options["payer"],
        "member": {name: options[name] for name in FIELDS if options[name] is not None},
    }
    for name in ("service_date", "delivery", "conditions", "purpose", "reference", "retries"):
        if options[name] not in {None, ()}:
            body[name] = options[name]
    consent = consent_body(options)
    if consent is not None:
        body["consent"] = consent
    if options["subscriber"]:
        try:
            body["subscriber"] = json.loads(options["subscriber"])
        except ValueError:
            raise click.ClickException("--subscriber is no JSON") from None
    return json.dumps(body).encode()


def _body_in_file(options: Mapping[str, Any]) -> bytes:
    beside = [name for name in (*FIELDS, *OF_THE_QUESTION) if options[name] not in {None, ()}]
    if beside:
        named = ", ".join(f"--{_OPTIONS.get(name, name).replace('_', '-')}" for name in beside)
        raise click.UsageError(f"--question holds the whole question: leave out {named}, or put it into the file")
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


async def _ask_there(url: str, key: str, body: bytes, wait: int) -> tuple[Answer, LookAgain]:
    from service.cli.remote import RemoteService

    async with RemoteService(url, key) as service:
        return await _ask(service, body, wait)


async def _ask_here(body: bytes, wait: int, route: str | None) -> tuple[Answer, LookAgain]:
    from service.cli.local import local_service

    async with local_service(route) as service:
        return await _ask(service, body, wait)


class QuestionTarget(Answers, Protocol):
    """What can be asked a question, and knows its answer afterwards."""

    async def ask(self, body: bytes, wait: float) -> Answer:
        """The answer to the question in ``body``, after at most ``wait`` seconds."""
        ...


async def _ask(service: QuestionTarget, body: bytes, wait: int) -> tuple[Answer, LookAgain]:
    deadline = Deadline(wait)
    if wait and sys.stderr.isatty():
        click.echo(f"asking, for up to {wait} s …", err=True)
    answer = await service.ask(body, first_wait(deadline))
    answer = await wait_until_final(answer, service.look, deadline)
    return answer, service.look_again(answer.verification_id or "")
