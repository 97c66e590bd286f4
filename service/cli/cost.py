"""``benefits cost``: what a stay may cost the patient."""

import re
from datetime import datetime

import click
import orjson

from contracts import Condition, Delivery, Side
from service.cli.guiding import KeptHere, Lookup, WantedGuidance, guidance_options, show_guidance
from service.cli.printing import embolden
from service.guidance.cost_page import write_cost
from service.guidance.cost_values import EpisodeCost
from service.guidance.stay_cost import estimate_with_us
from service.settings.contract_roster import Roster
from service.web.api.plan_bodies import CostBody, plan_of
from service.web.body_route import parse_body

_PHASE = re.compile(r"(iop|php):([1-7])x([1-9][0-9]?)(?:@([0-9]+(?:\.[0-9]{1,2})?))?")


@click.command("cost")
@guidance_options
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), help="First day of the stay. Default: the service date.")
@click.option(
    "--phase",
    "phases",
    multiple=True,
    help="program:DAYSxWEEKS, such as php:5x4, with @RATE dollars a day; again for each part of the stay.",
)
@click.option("--condition", type=click.Choice([one.value for one in Condition]), help="Default: mental_health.")
@click.option("--delivery", type=click.Choice([one.value for one in Delivery]), help="Default: in_person.")
@click.option("--side", type=click.Choice([one.value for one in Side]), help="Default: as our contracts say.")
@click.option("--location", help="One of our places, as BENEFITS_CONTRACTS calls it.")
@click.option("--days", "show_days", is_flag=True, help="Print each day of the stay too.")
def command(
    place: Lookup,
    start: datetime | None,
    phases: tuple[str, ...],
    *,
    show_days: bool,
    **options: str | None,
) -> None:
    """Estimate what a stay may cost the patient, from an earlier verification, to the cent.

    Without --phase the stay is PHP on five days a week for four weeks, then IOP on three days for eight. The estimate
    is a range where an input is missing; it says why, and what would narrow it.

    \b
    Examples:
      benefits cost ver_01JD...
      benefits cost ver_01JD... --start 2026-12-07 --phase php:5x4@420 --phase iop:3x8@310
      benefits cost ver_01JD... --url http://127.0.0.1:8000 --key-file staff.key --json

    \b
    Settings:
      BENEFITS_CONTRACTS, BENEFITS_CHARGES     our contracts with their rates, and
                                               our charges, without --url
      BENEFITS_API_KEY, BENEFITS_API_KEY_FILE  the key, with --url

    \b
    Exit codes:
      0  an estimate was printed
      1  there is no verification of this id, or it could not be looked at
      2  the command was not used as it is meant
    """  # noqa: D301 - the sign with which click keeps lines as they are
    body = _write_body(start, phases, **options)

    def compute(kept: KeptHere, roster: Roster) -> EpisodeCost:
        parsed = parse_body(body, CostBody)
        plan = plan_of(parsed, kept.answer)
        return estimate_with_us(kept.answer, plan, roster, side=parsed.side, location=parsed.location)

    def write(cost: EpisodeCost) -> str:
        return write_cost(cost, show_days=show_days, emphasise=embolden)

    show_guidance(place, WantedGuidance("/cost", EpisodeCost, compute, write, body))


def _write_body(start: datetime | None, phases: tuple[str, ...], **given: str | None) -> bytes:
    body: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if start is not None:
        body["starts_on"] = start.date().isoformat()
    if phases:
        body["phases"] = [_phase(one) for one in phases]
    return orjson.dumps(body)


def _phase(text: str) -> dict[str, object]:
    found = _PHASE.fullmatch(text)
    if found is None:
        raise click.BadParameter("a phase is written program:DAYSxWEEKS, such as php:5x4", param_hint="--phase")
    program, days, weeks, rate = found.groups()
    phase: dict[str, object] = {"program": program, "days_per_week": int(days), "weeks": int(weeks)}
    return phase if rate is None else {**phase, "allowed_per_day": rate}
