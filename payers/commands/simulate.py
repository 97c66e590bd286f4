"""``benefits simulate``: imaginary payers, as a process of their own on loopback."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence

import click

from payers.simulator.enrollment import NotSimulated, enroll
from payers.simulator.faults import FaultSource
from payers.simulator.payers import PAYERS
from payers.simulator.people import PEOPLE, ImaginaryPerson
from payers.simulator.sample_replies import NotPrinted, person_of, printed_271, printed_over
from payers.simulator.scenario import Expected
from payers.simulator.server import Simulator
from payers.simulator.setup import SETTINGS, UNSAID, environment


@click.command(name="simulate")
@click.option("--port", default=8270, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--people", "list_people", is_flag=True, help="List the imaginary people and their scenarios, and end.")
@click.option(
    "--routes", "list_routes", is_flag=True, help="List the routes, and what their forms cannot say, and end."
)
@click.option("--settings", "list_settings", is_flag=True, help="Print settings for a service that asks it, and end.")
@click.option("--payer", "payers", multiple=True, metavar="NAME", help="One more payer: installed, or module:name.")
@click.option("--print", "scenario", metavar="SCENARIO", help="Print one reply of --payer (aetna), and end.")
@click.option("--route", metavar="ROUTE", help="With --print: as this route returns it, in place of a 271.")
@click.option("--json", "as_json", is_flag=True, help="With --people or --routes: as JSON.")
@click.option("--swap", default=0.0, type=click.FloatRange(0, 1), help="Share of replies that are another member's.")
@click.option("--duplicate", default=0.0, type=click.FloatRange(0, 1), help="Share of replies that are sent twice.")
@click.option("--latency", default=0.0, type=click.FloatRange(0, 60), help="Seconds before every reply.")
@click.option("--token-life", default=300.0, type=click.FloatRange(0.1, 86_400), help="Seconds that a token lives.")
@click.option("--seed", default=0, help="Seed of the dice, so that a run can be repeated.")
def command(  # noqa: PLR0913 - the command line gives each option by its name
    *,
    port: int,
    list_people: bool,
    list_routes: bool,
    list_settings: bool,
    payers: tuple[str, ...],
    scenario: str | None,
    route: str | None,
    as_json: bool,
    swap: float,
    duplicate: float,
    latency: float,
    token_life: float,
    seed: int,
) -> None:
    """Run imaginary payers on loopback, until SIGTERM.

    Each speaks CAQH CORE at /core/mime and /core/soap (user and password: simulator), and Availity's coverages at
    /availity/v1/coverages (token at /availity/v1/token; client id and secret: simulator), Optum Real's GraphQL at
    /optum-real/graphql (token at /optum-real/token; the same client), Optum's eligibility at
    /optum/medicalnetwork/eligibility/v3 (token at /optum/token; the same client) and Stedi's at
    /stedi/2026-06-01/eligibility-check (API key: simulator).

    A member's last name chooses the scenario; a key before the member id chooses a fault: SIM-HANG-…, SIM-SLOW3-…,
    SIM-SWAP-…, SIM-STATUS503-….

    A payer of your own is simulated from its card: --payer acme when it is installed, --payer acme_payer:adapter when
    it is not. --people then lists its members too.

    Example: benefits simulate --settings > .env; benefits simulate --port 8270
    Example: benefits simulate --payer acme --print covered_by_wording > samples/covered.271
    """
    enrolled = _enroll(payers)
    if route is not None and scenario is None:
        raise click.UsageError("--route needs --print")
    if scenario is not None:
        click.echo(_print(enrolled[0] if enrolled else PAYERS[0].id, scenario, route), nl=False)
        return
    if list_people:
        _list(as_json=as_json)
        return
    address = f"http://127.0.0.1:{port}"
    if list_routes:
        _list_routes(address, as_json=as_json)
        return
    if list_settings:
        for name, value in environment(address).items():
            click.echo(f"{name}={value}")
        return
    faults = FaultSource(swap=swap, duplicate=duplicate, latency=latency, seed=seed, token_life=token_life)
    asyncio.run(_run(Simulator(faults), port))


async def _run(simulator: Simulator, port: int) -> None:
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    try:
        server = await simulator.serve("127.0.0.1", port)
    except OSError as error:
        raise click.ClickException(f"cannot listen on port {port}: {error.strerror}") from None
    click.echo(f"simulator ready on http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    sys.stdout.flush()
    await ending.wait()
    server.close()
    await simulator.hang_up()


def _enroll(names: Sequence[str]) -> list[str]:
    try:
        return [enroll(name).id for name in names]
    except NotSimulated as refused:
        raise click.BadParameter(str(refused), param_hint="--payer") from None


def _print(payer: str, scenario: str, route: str | None) -> bytes:
    try:
        person = person_of(payer, scenario)
        return printed_271(person) if route is None else asyncio.run(printed_over(route, person))
    except NotPrinted as refused:
        raise click.BadParameter(str(refused), param_hint="--print") from None


def _list(*, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_person_document(person) for person in PEOPLE]))
        return
    width = max(len(person.scenario) for person in PEOPLE)
    for person in PEOPLE:
        name = f"{person.first_name} {person.last_name}"
        holder = f", child of {person.holder} {person.last_name}" if person.holder else ""
        who = f"{name:<14} {person.birth_date}  {person.member_id}{holder}"
        click.echo(f"{person.payer:<17} {person.scenario:<{width}}  {who}\n{'':<20}{_describe_expected(person.whole)}")


def _list_routes(address: str, *, as_json: bool) -> None:
    found = {
        route: {"settings": environment(address, route), "unsaid": dict(UNSAID.get(route, {}))} for route in SETTINGS
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    for route, details in found.items():
        click.echo(f"{route:<16}{address}{SETTINGS[route]['URL']}")
        for path, reason in details["unsaid"].items():
            click.echo(f"{'':<16}cannot say {path}: {reason}")


def _describe_expected(expected: Expected) -> str:
    """Return the answer in a line: the plan, then the verdicts in network."""
    status, *verdicts = expected
    names = ("IOP mental health", "IOP substance use", "PHP mental health", "PHP substance use")
    return f"{status}; " + ", ".join(f"{name} {verdict}" for name, verdict in zip(names, verdicts, strict=True))


def _person_document(person: ImaginaryPerson) -> dict[str, object]:
    return person._asdict() | {"expected": person.expected._asdict(), "whole": person.whole._asdict()}


if __name__ == "__main__":
    command()
