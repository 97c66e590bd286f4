"""``benefits demo``: the main job, whole: a simulator and a service as processes, five members, one table."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import httpx

from contracts import Answer
from contracts.report import escape_json_for_terminal
from service.cli.judging import SCENARIO, ScenarioAnswer, Setting, judge, say
from service.cli.staging import Running, run_and_capture, running

USUAL_ROUTE = "core_mime"
ALL = "all"
WAIT = 20
VERIFY_PATH = "/verify"
_INVITED = ("--minutes", "1440", "--role", "intake", "--role", "billing", "--role", "supervisor")
CALLERS = {"one": 1, ALL: 8}
"""Questions that are under way at once: one after the other, each shows its own milliseconds."""


@click.command("demo")
@click.option("--serve", "keep", is_flag=True, help="Keep both processes running until you press Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print the answers as a JSON list.")
@click.option(
    "--routes",
    default=USUAL_ROUTE,
    show_default=True,
    help="Routes to ask over, separated by commas, or all: the answers about one member must be the same over each.",
)
@click.option("--people", type=click.Choice(list(CALLERS)), default="one", show_default=True, help="Of each payer.")
def command(*, keep: bool, as_json: bool, routes: str, people: str) -> None:
    """Verify imaginary members at each payer, over HTTP, with a simulator.

    Starts both on loopback in a folder of its own, and stops them. Nothing leaves this machine; nobody in it is real.
    Every answer is compared with what the simulator says is to be expected of that member's scenario, and with the
    answer about the same member over the other routes.

    \b
    Examples:
      benefits demo
      benefits demo --people all
      benefits demo --routes all --people all
      benefits demo --serve

    \b
    Settings:
      none; those of this machine are not heeded

    \b
    Exit codes:
      0  every answer is what is expected
      1  an answer is not, or differs between routes beyond what a route's form
         cannot say (see `benefits simulate --routes`), or a payer gave no reply,
         or found fault with a request; stderr lists what
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    for ending_signal in (signal.SIGTERM, signal.SIGHUP):
        # A terminal that is closed ends it as well, unless it was started to outlive that (nohup).
        if signal.getsignal(ending_signal) is not signal.SIG_IGN:
            signal.signal(ending_signal, _raise_interrupt)
    with TemporaryDirectory(prefix="benefits-demo-") as folder, ExitStack() as ending:
        home = Path(folder)
        say("starting the simulator …")
        simulator = ending.enter_context(running(("simulate", "--port", "0"), _bare(), home))
        setting = _setting(simulator.url, home)
        chosen = _choose_routes(routes, setting)
        asked = [one for one in setting.people if people == ALL or one["scenario"] == SCENARIO]
        answers: list[ScenarioAnswer] = []
        for number, route in enumerate(chosen, start=1):
            with ExitStack() as ending_route:
                # The last service is the one that `--serve` keeps.
                stack = ending if number == len(chosen) else ending_route
                environment = _environment(setting, route, home)
                key = run_and_capture(("keys", "create", "--role", "staff"), environment, home)
                service = stack.enter_context(running(("serve", "--port", "0"), environment, home))
                reached = _payers_on_route(route)
                answers += _ask_all(
                    service.url, key, route, [one for one in asked if reached[one["payer"]]], CALLERS[people]
                )
        _show(answers, as_json=as_json, over_several=len(chosen) > 1)
        judge(answers, setting)
        _refuse_violations(simulator)
        if keep:
            staff_link = run_and_capture(
                ("staff", "invite", "--label", "demonstration", *_INVITED),
                {**environment, "BENEFITS_STAFF__URL": service.url},
                home,
            )
            _keep(simulator, service, key, home, staff_link)


def _setting(address: str, home: Path) -> Setting:
    port = address.rsplit(":", 1)[-1]
    return Setting(
        people=json.loads(run_and_capture(("simulate", "--people", "--json"), _bare(), home)),
        routes=json.loads(run_and_capture(("simulate", "--routes", "--json", "--port", port), _bare(), home)),
    )


def _choose_routes(routes: str, setting: Setting) -> list[str]:
    names = list(setting.routes) if routes == ALL else [name.strip() for name in routes.split(",")]
    unknown = [name for name in names if name not in setting.routes]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}; known are {', '.join(setting.routes)}", param_hint="--routes")
    return names


def _payers_on_route(route: str) -> dict[str, bool]:
    """Every payer, and whether it is asked over ``route``."""
    from service.plugins.loading import load_payers

    return {card.id: card.on(route) is not None for card in load_payers().cards}


def _environment(setting: Setting, route: str, home: Path) -> dict[str, str]:
    """The settings of a service that asks every payer that it can over ``route`` alone.

    Payers that are not reached over it may still run a benefit; they are asked over the usual route.
    """
    orders = {payer: route if reached else USUAL_ROUTE for payer, reached in _payers_on_route(route).items()}
    return {
        **_bare(),
        **setting.routes[USUAL_ROUTE]["settings"],
        **setting.routes[route]["settings"],
        "BENEFITS_PROFILE": "development",
        "BENEFITS_PUBLIC__NAME": "Palm Coast Recovery (imaginary)",
        "BENEFITS_PUBLIC__PHONE": "5615550100",
        "BENEFITS_DATABASE_URL": f"sqlite:///{home / f'{route}.sqlite'}",
        **{f"BENEFITS_PAYERS__{payer.upper()}__ROUTES": json.dumps([order]) for payer, order in orders.items()},
    }


def _bare() -> dict[str, str]:
    """The environment without any setting of ours: the demonstration is the same on every machine."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("BENEFITS_")}


def _ask_all(url: str, key: str, route: str, people: Sequence[Mapping[str, Any]], at_once: int) -> list[ScenarioAnswer]:
    """The answers about ``people``, in their order; a bar on stderr shows how far it is."""
    headers = {"Authorization": f"Bearer {key}", "Prefer": f"wait={WAIT}"}
    with (
        httpx.Client(base_url=url, headers=headers, timeout=WAIT + 10, trust_env=False) as client,
        ThreadPoolExecutor(at_once) as callers,
    ):
        answers = callers.map(lambda person: _ask(client, person), people)
        with click.progressbar(answers, length=len(people), label=f"{route:<14}", file=sys.stderr) as shown:
            return [ScenarioAnswer(route, person, answer) for person, answer in zip(people, shown, strict=True)]


def _ask(client: httpx.Client, person: Mapping[str, Any]) -> Answer:
    try:
        response = client.post("/v1/verifications", json=_body(person))
    except httpx.HTTPError as failure:
        raise click.ClickException(f"the service can't be reached ({type(failure).__name__})") from None
    if response.status_code not in {200, 202}:
        raise click.ClickException(f"{person['payer']}: the service refused ({response.status_code})")
    return Answer.model_validate_json(response.content)


def _body(person: Mapping[str, Any]) -> dict[str, Any]:
    """The question about one imaginary member; a dependent's member id is the holder's."""
    member = {name: person[name] for name in ("first_name", "last_name", "birth_date")}
    if person["holder"] is None:
        return {"payer": person["payer"], "member": {**member, "member_id": person["member_id"]}}
    holder = {
        "first_name": person["holder"],
        "last_name": person["last_name"],
        "birth_date": "1970-01-02",
        "member_id": person["member_id"],
        "relationship": "child",
    }
    return {"payer": person["payer"], "member": member, "subscriber": holder}


def _show(answers: Sequence[ScenarioAnswer], *, as_json: bool, over_several: bool) -> None:
    if as_json:
        document = json.dumps([one.answer.model_dump(mode="json") for one in answers])
        click.echo(escape_json_for_terminal(document))
        return
    from service.cli.tables import show_payers_row, wide_console

    ordered = sorted(answers, key=lambda one: (one.answer.payer or "", one.scenario)) if over_several else answers
    several = len({one.scenario for one in answers}) > 1
    rows = [(one.route if over_several else None, one.scenario if several else None, one.answer) for one in ordered]
    show_payers_row(rows, wide_console())


def _refuse_violations(simulator: Running) -> None:
    """Refuse a demonstration with whose requests the payers' ends found fault."""
    counted = httpx.get(f"{simulator.url}/control/counters", timeout=10, trust_env=False).json()
    if counted["violations"]:
        raise click.ClickException(f"requests were at fault: {', '.join(sorted(set(counted['violations'])))}")


def _keep(simulator: Running, service: Running, key: str, home: Path, staff_link: str) -> None:
    file = home / "staff.key"
    file.touch(mode=0o600)
    file.write_text(f"{key}\n", encoding="utf-8")
    say(f"simulator: {simulator.url}   service: {service.url}   databases: {home}")
    say(f"staff key: {key}   (in the file {file})")
    say("try, while it runs (Ctrl-C stops both):")
    say(f"  the verify form, as a visitor sees it:  {service.url}{VERIFY_PATH}")
    say(f"  the staff desk (the link works once):   {staff_link}")
    say(f"  export BENEFITS_API_KEY_FILE={file}")
    say(f"  benefits verify --url {service.url} --payer aetna --first-name LULU --last-name WORDWELL \\")
    say("      --birth-date 1990-02-12 --member-id W900000101")
    try:
        while simulator.process.poll() is None and service.process.poll() is None:
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("stopping …")


def _raise_interrupt(number: int, _frame: object) -> None:
    """End by way of every ``finally``: processes of ours outlive nobody."""
    raise SystemExit(128 + number)
