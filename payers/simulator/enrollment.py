"""A payer that somebody else wrote, simulated: how it writes follows from its card, or is given by its author.

So an author can try a payer from the question to the answer before they may ask the real one.
"""

import re
import sys
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from contracts import Card
from payers.simulator.payers import BY_ID, PAYERS, SimulatedPayer
from payers.simulator.people import PEOPLE, people_of
from payers.simulator.scenarios import SCENARIOS

GROUP = "benefit_verification.payers"
NOBODYS_PHONE = "8005550199"


class NotSimulated(Exception):
    """The name is of no payer that can be simulated; the message says why."""


def enroll(name: str) -> SimulatedPayer:
    """Return the payer called ``name``, simulated from now on with all its people.

    ``name`` is the id of one that is simulated or installed, or ``module:attribute`` of an adapter, a card, or a
    ``SimulatedPayer`` of the author's own. Raises ``NotSimulated``.
    """
    if name in BY_ID:
        return BY_ID[name]
    found = _import_payer(name)
    if isinstance(found, SimulatedPayer):
        payer = found
    else:
        card = found if isinstance(found, Card) else getattr(found, "card", None)
        if not isinstance(card, Card):
            raise NotSimulated(f"{name} is neither an adapter nor a card nor a SimulatedPayer")
        payer = BY_ID.get(card.id) or make_simulated_payer(card)
    if payer.id not in BY_ID:
        BY_ID[payer.id] = payer
        PAYERS.append(payer)
        # Scenarios of a benefit that another payer runs depend on the card's administrators, so they are left out.
        PEOPLE.extend(people_of(payer, [scenario for scenario in SCENARIOS if not scenario.managed]))
    return payer


def make_simulated_payer(card: Card) -> SimulatedPayer:
    """Return the simplest simulation of the payer that ``card`` describes.

    Raises ``NotSimulated`` when the card shows no member id that could be made up.
    """
    if not card.routes:
        raise NotSimulated(f"{card.id} names no route")
    first = card.routes[0]
    administrator = card.administrators[0].name if card.administrators else "IMAGINARY LABOR FUND"
    return SimulatedPayer(
        id=card.id,
        receives_as=frozenset({*(entry.payer_id for entry in card.routes), *card.reply_ids}),
        name=(first.payer_name or card.name).upper(),
        payer_id=first.payer_id,
        insurance="",
        phone=re.sub(r"\D", "", card.phone or "")[-10:] or NOBODYS_PHONE,
        member_ids=_member_ids(card),
        plan_line="EB*1**30**IMAGINARY PLAN",
        plan_lines=("EB*C*IND*30***23*1500*****Y", "EB*C*IND*30***29*900*****Y", "EB*G*IND*30***23*5000*****Y"),
        vendor=(f"NM1*VN*2*{administrator.upper()}", "PER*IC**TE*8005550198"),
        points="EB*U**MH^AI",
    )


def _member_ids(card: Card) -> str:
    """Return the form of ids that fit the card: its example with a number in place of its last digits."""
    if card.member_id is None:
        return "ZZ9000{number:05d}"
    example = card.member_id.example
    for run in reversed(list(re.finditer(r"\d{3,}", example))):
        width = len(run.group())
        made = f"{example[: run.start()]}{{number:0{width}d}}{example[run.end() :]}"
        if re.fullmatch(card.member_id.pattern, made.format(number=101)):
            return made
    raise NotSimulated(f"{card.id}: no id can be made from the card's example; give a SimulatedPayer instead")


def _import_payer(name: str) -> object:
    module, colon, attribute = name.partition(":")
    try:
        if colon:
            # The current folder first, as Python itself would look.
            sys.path.insert(0, str(Path.cwd()))
            return getattr(import_module(module), attribute)
        return next(point for point in entry_points(group=GROUP) if point.name == name).load()
    except StopIteration:
        installed = ", ".join(sorted(point.name for point in entry_points(group=GROUP)))
        raise NotSimulated(f"no payer {name} is installed; installed are {installed}, or name module:name") from None
    except (ImportError, AttributeError, ValueError) as failure:
        raise NotSimulated(f"{name} can't be loaded: {failure}") from None
