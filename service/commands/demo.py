"""``benefits demo``: the main job, whole: a simulator and a service as processes, five members, one table."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click
import httpx

from contracts import Answer

STORY = "covered_by_wording"
"""The story of the members that are asked about; each payer tells it in its own idiom."""

START_SECONDS = 30.0
STOP_SECONDS = 15.0
WAIT = 20


class Running(NamedTuple):
    """A process of ours that is ready, and its address."""

    process: subprocess.Popen[str]
    url: str


@click.command("demo")
@click.option("--serve", "keep", is_flag=True, help="Keep both processes running until you press Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print the five answers as a JSON list.")
def command(*, keep: bool, as_json: bool) -> None:
    """Verify one imaginary member at each payer, over HTTP, with a simulator.

    Starts both on loopback in a folder of its own, and stops them. Nothing leaves this machine; nobody in it is real.
    """
    signal.signal(signal.SIGTERM, _interrupted)
    with TemporaryDirectory(prefix="benefits-demo-") as folder, ExitStack() as ending:
        home = Path(folder)
        _say("starting the simulator …")
        simulator = ending.enter_context(_running(("simulate", "--port", "0"), _bare(), home))
        people = _people(home)
        settings = _settings(simulator.url, home, sorted(people))
        key = _printed(("keys", "create", "--role", "staff"), settings, home)
        _say("starting the service …")
        service = ending.enter_context(_running(("serve", "--port", "0"), settings, home))
        _say(f"asking {len(people)} payers …")
        answers = [_ask(service.url, key, people[payer]) for payer in sorted(people)]
        _show(answers, as_json=as_json)
        unanswered = [answer.payer or "" for answer in answers if not answer.answered_by]
        if unanswered or not answers:
            raise click.ClickException(f"no payer's reply: {', '.join(unanswered) or 'nobody was asked'}")
        if keep:
            _keep(simulator, service, key, home)


def _people(home: Path) -> dict[str, Mapping[str, Any]]:
    """One imaginary member for each payer, as the simulator lists them: the body of a question, by payer."""
    listed = json.loads(_printed(("simulate", "--people", "--json"), _bare(), home))
    return {
        person["payer"]: {
            "payer": person["payer"],
            "member": {name: person[name] for name in ("first_name", "last_name", "birth_date", "member_id")},
        }
        for person in listed
        if person["story"] == STORY
    }


def _settings(simulator: str, home: Path, payers: Sequence[str]) -> dict[str, str]:
    return {
        **_bare(),
        "BENEFITS_PROFILE": "development",
        "BENEFITS_DATABASE_URL": f"sqlite:///{home / 'benefits.sqlite'}",
        "BENEFITS_ROADS__CORE_MIME__URL": f"{simulator}/core/mime",
        "BENEFITS_ROADS__CORE_MIME__USERNAME": "simulator",
        "BENEFITS_ROADS__CORE_MIME__PASSWORD": "simulator",
        "BENEFITS_ROADS__CORE_MIME__SENDER_ID": "IMAGINARY",
        "BENEFITS_ROADS__CORE_MIME__RECEIVER_ID": "SIMULATOR",
        **{f"BENEFITS_PAYERS__{payer.upper()}__ROADS": '["core_mime"]' for payer in payers},
    }


def _bare() -> dict[str, str]:
    """The environment without any setting of ours: the demonstration is the same on every machine."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("BENEFITS_")}


def _ask(url: str, key: str, body: Mapping[str, Any]) -> Answer:
    headers = {"Authorization": f"Bearer {key}", "Prefer": f"wait={WAIT}"}
    try:
        response = httpx.post(
            f"{url}/v1/verifications", json=dict(body), headers=headers, timeout=WAIT + 10, trust_env=False
        )
    except httpx.HTTPError as failure:
        raise click.ClickException(f"the service can't be reached ({type(failure).__name__})") from None
    if response.status_code not in {200, 202}:
        raise click.ClickException(f"{body['payer']}: the service refused ({response.status_code})")
    return Answer.model_validate_json(response.content)


def _show(answers: Sequence[Answer], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([answer.model_dump(mode="json") for answer in answers]))
        return
    from service.commands.tables import show_payers_row, wide_console

    show_payers_row(answers, wide_console())


def _keep(simulator: Running, service: Running, key: str, home: Path) -> None:
    _say(f"simulator: {simulator.url}   service: {service.url}   database: {home / 'benefits.sqlite'}")
    _say(f"staff key: {key}")
    _say(f"try: benefits verify --url {service.url} --key … --payer aetna …   (Ctrl-C stops both)")
    try:
        while simulator.process.poll() is None and service.process.poll() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        _say("stopping …")


@contextmanager
def _running(arguments: Sequence[str], environment: Mapping[str, str], home: Path) -> Iterator[Running]:
    """``benefits`` with ``arguments`` as a process, ready while the block runs and ended by its own id after it."""
    log = home / f"{arguments[0]}.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
            _benefits(arguments), cwd=home, env=dict(environment), stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        yield Running(process, _ready(process, arguments[0], log))
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _ready(process: subprocess.Popen[str], name: str, log: Path) -> str:
    """The address in the process's ready line."""
    if process.stdout is not None:
        with DefaultSelector() as selector:
            selector.register(process.stdout, EVENT_READ)
            if selector.select(START_SECONDS):
                line = process.stdout.readline()
                if " ready on " in line:
                    return line.rsplit(" ", 1)[-1].strip()
    said = log.read_text(encoding="utf-8").strip().splitlines()[-5:]
    raise click.ClickException("\n".join((f"benefits {name} did not start", *said)))


def _printed(arguments: Sequence[str], environment: Mapping[str, str], home: Path) -> str:
    """What ``benefits`` with ``arguments`` prints."""
    done = subprocess.run(  # noqa: S603 - our own program, with arguments of our own
        _benefits(arguments), cwd=home, env=dict(environment), capture_output=True, text=True, check=False, timeout=60
    )
    if done.returncode:
        raise click.ClickException(f"benefits {' '.join(arguments)} failed\n{done.stderr.strip()}")
    return done.stdout.strip()


def _benefits(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "service.cli", *arguments]


def _interrupted(number: int, _frame: object) -> None:
    """End by way of every ``finally``: processes of ours outlive nobody."""
    raise SystemExit(128 + number)


def _say(words: str) -> None:
    click.echo(words, err=True)
