"""``benefits show``: an earlier verification, looked at again."""

from pathlib import Path

import click

from contracts import Answer, Deadline, State
from contracts.report import LookAgain
from service.cli.credentials import api_key
from service.cli.guiding import check_id
from service.cli.options import answering_options
from service.cli.printing import print_answer
from service.cli.refusals import refusing
from service.cli.running import run_to_end
from service.cli.waiting import Answers, wait_until_final
from service.store import StoreInUse


@click.command("show")
@click.argument("verification_id")
@answering_options(wait=0)
def command(verification_id: str, wait: int, url: str | None, key_file: Path | None, *, as_json: bool) -> None:
    """Look at an earlier verification again, by its id.

    With --url the running service is asked for it. Without --url it is looked up in the database of this machine's
    settings, beside whoever serves it. With --wait a pending one is waited for: if no service runs on that database,
    this process asks the payer again when its time has come.

    \b
    Examples:
      benefits show ver_01JD...
      benefits show ver_01JD... --wait 900
      benefits show ver_01JD... --url http://127.0.0.1:8000 --key-file staff.key

    \b
    Settings:
      BENEFITS_API_KEY, BENEFITS_API_KEY_FILE  the key, with --url; or --key-file,
                                               or it is asked for at a terminal
      BENEFITS_DATABASE_URL and others         where to look, without --url;
                                               see `benefits doctor`

    \b
    Exit codes:
      0  an answer was printed, whatever it says; a pending one too
      1  there is none of this id, or it could not be looked at; stderr says why
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    check_id(verification_id)
    with refusing():
        if url:
            answer, again = run_to_end(_look_there(url, api_key(key_file), verification_id, wait))
        else:
            answer, again = run_to_end(_look_here(verification_id, wait))
    print_answer(answer, again, as_json=as_json)


async def _look_there(url: str, key: str, verification_id: str, wait: int) -> tuple[Answer, LookAgain]:
    from service.cli.remote import RemoteService

    async with RemoteService(url, key) as service:
        return await _look(service, verification_id, Deadline(wait))


async def _look_here(verification_id: str, wait: int) -> tuple[Answer, LookAgain]:
    """The stored answer; a pending one that is waited for is asked about here, unless another process serves it."""
    from service.cli.local import local_service, stored_answers

    deadline = Deadline(wait)
    async with stored_answers() as answers:
        found, again = await _look(answers, verification_id, Deadline(0))
    if found.state is State.FINAL or not wait:
        return found, again
    try:
        async with local_service() as service:
            return await _look(service, verification_id, deadline)
    except StoreInUse:
        async with stored_answers() as answers:
            found, again = await _look(answers, verification_id, deadline)
            return found, again._replace(unattended=False)


async def _look(answers: Answers, verification_id: str, deadline: Deadline) -> tuple[Answer, LookAgain]:
    answer = await answers.look(verification_id, 0)
    answer = await wait_until_final(answer, answers.look, deadline)
    return answer, answers.look_again(verification_id)
