"""How each imaginary payer writes: ``payers.toml`` holds ids, names, plans and habits of the real ones."""

from enum import StrEnum
from typing import NamedTuple

from payers.simulator.scenario import DELEGATED, Expected
from payers.simulator.tables import read_table
from payers.x12 import Delimiters


class TypesAnswered(StrEnum):
    """Of several service types in one inquiry, those that a payer answers. Source: ``PROTOCOLS.md`` 3.1."""

    EACH = "each"
    FIRST = "first"
    NONE = "none"
    """It answers as if 30 had been asked."""


class SimulatedPayer(NamedTuple):
    """How one payer writes.

    ``plan_lines`` follow the status line of every active plan. ``vendor`` is the 2120 entity of its carve-out, and
    ``points`` the EB that carries it. ``own_loop`` is false for a payer that returns dependents as subscribers,
    ``repeats_interchange`` true for one that answers under the ISA13 of the inquiry, and ``own_trace`` a TRN*1 that it
    adds to ours. ``maintained`` is INS03 and INS04, and ``refuses`` AAA01 of a rejected member. ``manages`` marks the
    payer that runs behavioral benefits for others, under ids of its own. ``of_several`` are the types that it answers
    when one inquiry asks for several. ``carved_out`` is the answer about a member whose benefit somebody else runs.
    """

    id: str
    receives_as: frozenset[str]
    name: str
    payer_id: str
    insurance: str
    phone: str
    member_ids: str
    plan_line: str
    plan_lines: tuple[str, ...]
    vendor: tuple[str, ...]
    points: str
    own_loop: bool = True
    repeats_interchange: bool = False
    own_trace: str = ""
    maintained: str = ""
    refuses: str = "Y"
    answers_bb: bool = False
    manages: bool = False
    of_several: TypesAnswered = TypesAnswered.EACH
    delimiters: Delimiters = Delimiters()
    carved_out: Expected = DELEGATED


PAYERS = read_table("payers", SimulatedPayer)
"""All that are simulated; ``enrollment`` adds those of others."""

BY_ID = {payer.id: payer for payer in PAYERS}


def payer_called(payer_id: str, member_id: str = "") -> SimulatedPayer | None:
    """Return the payer that receives inquiries under ``payer_id``; None when there is none.

    Sister companies share an id on some routes; the member id then tells them apart. A member id of neither belongs to
    the payer that writes the shared id itself.
    """
    several = [payer for payer in PAYERS if payer_id in payer.receives_as]
    own = [payer for payer in several if member_id.startswith(payer.member_ids.partition("{")[0])]
    by_habit = [payer for payer in several if payer.payer_id == payer_id]
    choices = (own, by_habit, several) if len(several) > 1 else (several,)
    return next((payer for found in choices for payer in found), None)
