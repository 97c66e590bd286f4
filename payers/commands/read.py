"""``benefits read FILE``: a stored reply, read into answers, without a network, a database or a setting."""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple, NoReturn, TypedDict

import click

from contracts import EASTERN, Answer, Benefits, Card, Dialect, InquiryPlan, NoReplyAtAll, plain_name
from contracts.report import escape_for_terminal, escape_json_for_terminal, report
from payers.commands.explanation import write_explanation
from payers.commands.levels import describe_level, explain_refusal
from payers.reading import conclude
from payers.reading.explanation import explain
from payers.reading.numbers import instant, span
from payers.routes.stored import read_reply
from payers.x12 import MAX_BYTES

NOBODY = Card(id="", name="", routes=(), plan=InquiryPlan(source="none"))
"""The card of a payer that we do not know: a reply can be read without one."""


class InstalledPayer(NamedTuple):
    """A payer whose replies can be read with its own habits."""

    card: Card
    dialect: Dialect


@click.command(name="read")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--payer", help="The payer that answered: a card's id or an alias (uhc, ubh). Default: as the reply says."
)
@click.option(
    "--service-date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day to answer for. Default: the reply's own date when it has one, else today.",
)
@click.option(
    "--explain",
    "as_explanation",
    is_flag=True,
    help="Print what was understood of each line and which line decided each verdict, for people.",
)
@click.option("--table", "as_table", is_flag=True, help="Print each answer as a page for people instead of JSON.")
def command(
    file: Path, payer: str | None, service_date: datetime | None, *, as_explanation: bool, as_table: bool
) -> None:
    """Read a stored reply and print the answer as JSON, one document a line.

    FILE is a raw 271, 999 or TA1, or a stored JSON reply of any route; `-` is standard input. There is one answer for
    each member of the reply who has benefits or a rejection of their own, in the order of the file; whom each is about
    (the subscriber or a dependent, and where in the file) is printed on standard error, or above its page.

    \b
    Examples:
      benefits read reply.271 --table
      benefits read reply.271 --explain
      benefits read reply.271 --payer aetna --service-date 2026-11-23
      benefits read - < reply.json

    \b
    Settings:
      none; neither a network nor a database is used

    \b
    Exit codes:
      0  an answer was printed, whatever it says
      2  FILE is no reply at all, or an option means nothing; stderr says why,
         and nothing is printed
    """  # noqa: D301 - the sign with which click keeps lines as they are
    if as_explanation and as_table:
        raise click.UsageError("--explain and --table are two pages; ask for one of them")
    known = _list_known()
    asked = _find_payer(payer, known)
    try:
        raw = _raw(file)
    except OSError as error:
        _refuse(f"cannot read the file: {error.strerror}.")
    try:
        people = read_reply(raw)
    except NoReplyAtAll as error:
        _refuse(f"this is no reply: {explain_refusal(raw, str(error))}")
    against = _Against(service_date.date() if service_date else None, datetime.now(UTC), known)
    for number, benefits in enumerate(people, start=1):
        title = f"Answer {number} of {len(people)}: {describe_level(benefits)}"
        one = asked or _named_in(benefits, known) or InstalledPayer(NOBODY, Dialect())
        if as_explanation or as_table:
            page = (_explain if as_explanation else _table)(benefits, one, against, title)
            click.echo(page if number == 1 else f"\n\n{page}")
        else:
            click.echo(escape_for_terminal(title), err=True)
            click.echo(escape_json_for_terminal(_answer(benefits, one, against).model_dump_json()))


class _Against(NamedTuple):
    """What every reply of a file is read with: the day that was given, the present instant, all installed payers."""

    on: date | None
    now: datetime
    known: Sequence[InstalledPayer]


def _table(benefits: Benefits, one: InstalledPayer, against: _Against, title: str) -> str:
    return report(_answer(benefits, one, against), title=title, emphasise=_bold)


def _explain(benefits: Benefits, one: InstalledPayer, against: _Against, title: str) -> str:
    explanation = explain((benefits,), **_around(benefits, one, against))
    return write_explanation(explanation, title=title, emphasise=_bold)


def _bold(text: str) -> str:
    return click.style(text, bold=True)


def _refuse(words: str) -> NoReturn:
    click.echo(f"benefits read: {escape_for_terminal(words)}", err=True)
    raise SystemExit(2)


def _raw(file: Path) -> bytes:
    """Return the bytes of ``file``, up to one more than a reply may have, so that a longer file is noticed."""
    if str(file) == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _list_known() -> tuple[InstalledPayer, ...]:
    """Return every payer that is installed, with its card and, where it has one, its dialect."""
    adapters = [entry.load() for entry in entry_points(group="benefit_verification.payers")]
    return tuple(InstalledPayer(adapter.card, getattr(adapter, "dialect", Dialect())) for adapter in adapters)


def _find_payer(payer: str | None, known: Sequence[InstalledPayer]) -> InstalledPayer | None:
    if payer is None:
        return None
    wanted = plain_name(payer)
    for one in known:
        if wanted in {plain_name(name) for name in (one.card.id, one.card.name, *one.card.aliases)}:
            return one
    names = ", ".join(sorted(one.card.id for one in known))
    raise click.BadParameter(f"unknown payer; known are {names}", param_hint="--payer")


def _named_in(benefits: Benefits, known: Sequence[InstalledPayer]) -> InstalledPayer | None:
    """Return the payer whose name 2100A gives, else the one whose id it gives: sister companies share an id."""
    payer = benefits.payer
    if payer is None:
        return None
    called = plain_name(payer.name)
    for one in known:
        if called in {plain_name(name) for name in (one.card.name, *one.card.legal_names, *one.card.aliases)}:
            return one
    return next((one for one in known if payer.id in {*one.card.reply_ids, one.card.routes[0].payer_id}), None)


def _answer(benefits: Benefits, one: InstalledPayer, against: _Against) -> Answer:
    return conclude((benefits,), **_around(benefits, one, against))


class _Around(TypedDict):
    card: Card
    dialect: Dialect
    service_date: date
    as_of: datetime
    cards: Sequence[Card]


def _around(benefits: Benefits, one: InstalledPayer, against: _Against) -> _Around:
    """Return what else an answer is concluded from."""
    return {
        "card": one.card,
        "dialect": one.dialect,
        "service_date": against.on or _date_of(benefits) or against.now.astimezone(EASTERN).date(),
        "as_of": instant(benefits.answered_at) or against.now,
        "cards": tuple(other.card for other in against.known),
    }


def _date_of(benefits: Benefits) -> date | None:
    """Return the one day that DTP 291 or 472 of the reply gives; None when it gives none, or several."""
    people = [person for person in (benefits.patient, benefits.subscriber) if person is not None]
    dated = [one for person in people for one in person.dates] + [one for line in benefits.lines for one in line.dates]
    days = {found for one in dated if one.kind in {"291", "472"} and (found := _single(one.value)) is not None}
    return days.pop() if len(days) == 1 else None


def _single(value: str) -> date | None:
    first, last = span(value)
    return first if first == last else None


if __name__ == "__main__":
    command()
