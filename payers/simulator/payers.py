"""How each imaginary payer writes, as data: ids, names, plans and habits of the real ones.

Source: ``PROTOCOLS.md`` 2 and 3; the phones are of the range that nobody has.
"""

from enum import StrEnum
from typing import NamedTuple

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
    when one inquiry asks for several.
    """

    id: str
    receives_as: frozenset[str]
    name: str
    payer_id: str
    plan: str
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


PAYERS = [
    SimulatedPayer(
        id="aetna",
        receives_as=frozenset({"60054", "AETNA", "00002"}),
        name="AETNA",
        payer_id="60054",
        plan="CHOICE POINT OF SERVICE",
        insurance="PS",
        phone="8005550110",
        member_ids="W9000{number:05d}",
        plan_line="EB*1*EMP*30*PS*CHOICE POINT OF SERVICE",
        plan_lines=(
            "EB*C*EMP*30***23*1500*****Y",
            "EB*C*EMP*30***29*900*****Y",
            "EB*G*EMP*30****5000*****Y",
            "EB*G*EMP*30***29*4100*****Y",
            "EB*F*EMP*30*********W",
            "MSG*PLAN REQUIRES PRECERTIFICATION",
            "EB*L",
            "LS*2120",
            "NM1*P3*1*HEALER*IMA",
            "LE*2120",
        ),
        vendor=("NM1*PR*2*IMAGINARY LABOR FUND", "PER*IC**TE*8005550111"),
        points="EB*U",
    ),
    SimulatedPayer(
        id="cigna",
        receives_as=frozenset({"62308", "CIGNA"}),
        name="CIGNA",
        payer_id="62308",
        plan="OPEN ACCESS PLUS",
        insurance="",
        phone="8005550120",
        member_ids="U9{number:05d}0001",
        plan_line="EB*1**30**OPEN ACCESS PLUS",
        plan_lines=(
            "MSG*COMPLETE CARE MANAGEMENT",
            "EB*C*IND*30***23*1500.00*****Y",
            "EB*C*IND*30***29*900.00*****Y",
            "EB*C*FAM*30***23*3000.00*****Y",
            "EB*G*IND*30***23*5000.00*****Y",
            "EB*A*IND*30*****.20****Y",
            "EB*A*IND*30*****.50****N",
        ),
        vendor=("NM1*VN*2*EVERNORTH BEHAVIORAL HEALTH", "PER*IC**TE*8005550121"),
        points="EB*1**MH^A8*********W",
        own_loop=False,
        repeats_interchange=True,
        maintained="*001*25",
        refuses="N",
        answers_bb=True,
    ),
    SimulatedPayer(
        id="florida_blue",
        receives_as=frozenset({"BCBSF", "00590", "BCBSFL", "ULXRI"}),
        name="FLORIDA BLUE",
        payer_id="BCBSF",
        plan="BLUEOPTIONS",
        insurance="PR",
        phone="8005550130",
        member_ids="XJQH900{number:05d}",
        plan_line="EB*1**30*PR*BLUEOPTIONS",
        plan_lines=("EB*C*IND*30***23*1000*****Y", "EB*C*IND*30***29*1000*****Y", "EB*G*IND*30***23*4000*****Y"),
        vendor=("NM1*VN*2*LUCET BEHAVIORAL HEALTH", "PER*IC**TE*8005550131"),
        points="EB*U**MH^AI",
        delimiters=Delimiters(element="|", component=">", repetition="!", segment="~", line_end="\r\n"),
    ),
    SimulatedPayer(
        id="optum",
        receives_as=frozenset({"OPTUM-UNITED-BH", "87726"}),
        name="UNITED BEHAVIORAL HEALTH",
        payer_id="OPTUM-UNITED-BH",
        plan="BEHAVIORAL HEALTH PLAN",
        insurance="C1",
        phone="8005550140",
        member_ids="90070{number:05d}",
        plan_line="EB*1**30*C1*BEHAVIORAL HEALTH PLAN",
        plan_lines=(),
        vendor=("NM1*PR*2*IMAGINARY LABOR FUND", "PER*IC**TE*8005550141"),
        points="EB*U",
        answers_bb=True,
        manages=True,
    ),
    SimulatedPayer(
        id="unitedhealthcare",
        receives_as=frozenset({"87726"}),
        name="UNITEDHEALTHCARE",
        payer_id="87726",
        plan="CHOICE PLUS",
        insurance="C1",
        phone="8005550150",
        member_ids="90000{number:05d}",
        # The Y is EB11, sent for every member; a reader that inherits it is wrong about every program.
        plan_line="EB*1**30*C1*CHOICE PLUS******Y",
        plan_lines=(
            "MSG*FUNDING TYPE = SELF FUNDED",
            "MSG*A PRIOR AUTHORIZATION OR NOTIFICATION INQUIRY REQUEST MAY BE SUBMITTED",
            "LS*2120",
            "NM1*PR*2*UNITEDHEALTHCARE*****PI*87726",
            "LE*2120",
            "EB*C*IND*30***23*2000*****Y",
            "EB*C*IND*30***24*350*****Y",
            "EB*C*IND*30***29*1650*****Y",
            "EB*C*FAM*30***23*4000*****Y",
            "EB*G*IND*30***23*99999.99*****Y",
            "EB*C*IND*30***23*4000*****N",
            "EB*X",
            "LS*2120",
            "NM1*1P*2*IMAGINARY PROVIDER*****XX*1999999984",
            "LE*2120",
        ),
        vendor=("NM1*VN*2*OPTUM BEHAVIORAL HEALTH*****MI*9007099999", "PER*IC**UR*WWW.EXAMPLE.TEST*TE*8005550151"),
        points="EB*U**MH",
        repeats_interchange=True,
        own_trace="TRN*1*SIM{number:09d}*9UHCSIMULA",
        maintained="*001*25",
    ),
]
"""All that are simulated; ``enrolling`` adds those of others."""

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
