"""``benefits replay``: kept replies read again by today's rules."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import click
import orjson
from rich.console import Console
from rich.progress import Progress

from contracts.report import escape_for_terminal
from service.cli.comparing import Difference, differences
from service.cli.local import CALLER
from service.cli.stores import with_store
from service.plugins.loading import load_payers
from service.plugins.reply_reader import load_reply_reader
from service.store import Store
from service.verification.replay import Replay, Replayed

PAGE = 200
"""Jobs whose ids are read at once."""

SAME_AS_NOTHING = ("summary.*", "next_step.*")
"""Texts follow from the rest; a new wording is no new answer."""


@click.command("replay")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Answers from this day on (UTC). Default: 90 days ago."
)
@click.option("--payer", help="Answers of this payer alone: a card's id or an alias.")
@click.option("--most", type=click.IntRange(1), default=100_000, show_default=True, help="Look at no more answers.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line: each answer that would differ.")
def command(since: datetime | None, payer: str | None, most: int, *, as_json: bool) -> None:
    """Read kept replies with today's rules, and say which answers would be others now.

    Nobody is asked. An answer whose replies are kept no more, or that today asks something else, is counted and not
    compared. Each reading is a line of the audit.

    \b
    Examples:
      benefits replay
      benefits replay --since 2026-11-01 --payer cigna
      benefits replay --json | jq -r .verification_id

    \b
    Exit codes:
      0  every answer that can be compared would be the same
      1  something of ours failed
      2  the command was not used as it is meant
      3  some answers would differ
    """  # noqa: D301 - the sign with which click keeps lines as they are
    directory = load_payers()
    wanted = None if payer is None else directory.resolve(payer)
    if payer is not None and wanted is None:
        raise click.BadParameter("no such payer; see `benefits payers`", param_hint="--payer")
    begin = since.replace(tzinfo=UTC) if since else datetime.now(UTC) - timedelta(days=90)
    counted: Counter[str] = Counter()

    async def work(store: Store) -> None:
        replay = Replay(directory, store, load_reply_reader())
        async for verification_id, replayed in _each(store, replay, begin, wanted, most):
            found = differences(replayed.earlier, replayed.again, SAME_AS_NOTHING) if replayed.again else []
            counted[replayed.reason.value if replayed.reason else "would differ" if found else "same"] += 1
            if found:
                _print(verification_id, found, as_json=as_json)

    with_store(work)
    for name, count in sorted(counted.items()):
        click.echo(f"{name.replace('_', ' ')}: {count}", err=True)
    if counted["would differ"]:
        raise SystemExit(3)


async def _each(
    store: Store, replay: Replay, since: datetime, payer: str | None, most: int
) -> AsyncIterator[tuple[str, Replayed]]:
    """Yield each answer with the id of its first verification, with a bar on the standard error."""
    after, looked = "", 0
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)
        while looked < most and (page := await store.final_jobs(after, since, min(PAGE, most - looked))):
            for job_id in page:
                job = await store.job(job_id)
                if job is not None and payer in {None, job.question.payer}:
                    replayed: Replayed | None = await replay.replay(job, CALLER)
                    if replayed is not None:
                        yield (await store.verifications_of(job_id))[0], replayed
                bar.advance(task)
            after, looked = page[-1], looked + len(page)


def _print(verification_id: str, found: Sequence[Difference], *, as_json: bool) -> None:
    if as_json:
        changes = [{"path": one.path, "before": one.one, "after": one.other} for one in found]
        click.echo(orjson.dumps({"verification_id": verification_id, "differences": changes}))
        return
    click.echo(verification_id)
    for one in found:
        click.echo(f"  {escape_for_terminal(one.words('was', 'would be'))}")
