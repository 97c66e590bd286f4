"""What a scenario is: a plan's lines by what is asked, and the answer that they come to.

A segment is written with ``*``, ``^`` and ``:`` and goes out with the payer's own signs. ``expected`` is the answer
that the lines come to: status, then the verdicts in network of IOP and PHP, mental health before substance use.
"""

from typing import NamedTuple

Lines = tuple[str, ...]

MENTAL = frozenset({"MH", "A4", "A6", "A8", "CF", "CH"})
SUBSTANCE = frozenset({"AI", "AJ", "AK", "CJ"})
PARTIAL = frozenset({"BB", "BC"})
BASE = "EB*1**1^33^47^86^88^98^AL^MH^UC*********W"


class Expected(NamedTuple):
    """What the answer of a scenario is."""

    status: str
    iop_mental: str
    iop_substance: str
    php_mental: str
    php_substance: str


DELEGATED = Expected("active", "delegated", "delegated", "delegated", "delegated")
"""Somebody else runs the behavioral benefit."""


class KnownOtherwise(NamedTuple):
    """What a payer knows of a member otherwise than the member says; ``""`` for what it knows alike.

    ``new_id`` gives the member another id of the payer's.
    """

    last_name: str = ""
    birth_date: str = ""
    new_id: bool = False


class Scenario(NamedTuple):
    """A plan's lines by what is asked, and the answer that they come to.

    ``last_name`` is how the member of this scenario is called at every payer. ``rejected`` are AAA03 codes in place of
    lines. ``plan`` replaces the payer's own plan line, and ``after_plan`` the lines that follow it. ``begins`` and
    ``ends`` are the plan's dates. ``own_loop`` says where a dependent of this scenario comes back; with None
    the payer's habit decides. ``managed`` says that the payer which manages behavioral benefits runs this member's,
    wherever else they are insured; it tells the rest of the scenario. ``known`` is how the member comes back, when
    not as asked about. ``base`` is the line that is sent where nothing is more specific; empty for none.
    """

    name: str
    last_name: str
    expected: Expected
    plan: str | None = None
    after_plan: Lines = ()
    mental: Lines = ()
    substance: Lines = ()
    partial: Lines = ()
    rejected: tuple[str, ...] = ()
    carved_out: bool = False
    managed: bool = False
    dependent: bool = False
    own_loop: bool | None = None
    begins: str = "20260101"
    ends: str = ""
    base: str = BASE
    known: KnownOtherwise = KnownOtherwise()
