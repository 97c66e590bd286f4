"""Whom the load asks about: imaginary people, most of them of a crowd in which everybody has a plan of their own."""

from datetime import date
from typing import Any

from contracts import AttemptNumbers
from payers.simulator.people import PEOPLE, ImaginaryPerson

MEMBER_IDS = {
    "aetna": "W{:09d}",
    "cigna": "U{:010d}",
    "florida_blue": "XJQH{:08d}",
    "optum": "{:010d}",
    "unitedhealthcare": "{:09d}",
}


def crowd(number: int, payer: str = "aetna", fault: str = "") -> dict[str, Any]:
    """The body that asks about somebody of the crowd; ``fault`` is a key such as ``HANG`` or ``STATUS502``."""
    member_id = MEMBER_IDS[payer].format(number)
    return {
        "payer": payer,
        "member": {
            "first_name": "IMA",
            "last_name": f"CROWD{number:06d}",
            "birth_date": date(1950 + number % 50, 1 + number % 12, 1 + number % 28).isoformat(),
            "member_id": f"SIM-{fault}-{member_id}" if fault else member_id,
        },
        "reference": f"CROWD{number:06d}",
    }


def own_plan(number: int) -> str:
    """The plan that nobody else of the crowd has."""
    return f"PLAN OF CROWD{number:06d}"


def person(scenario: str, payer: str = "aetna") -> ImaginaryPerson:
    """The imaginary person of a scenario at a payer."""
    return next(one for one in PEOPLE if (one.payer, one.scenario) == (payer, scenario))


def about(one: ImaginaryPerson, fault: str = "") -> dict[str, Any]:
    """The body that asks about an imaginary person."""
    key = f"SIM-{fault}-" if fault else ""
    patient = {name: getattr(one, name) for name in ("first_name", "last_name", "birth_date")}
    if one.holder is None:
        return {"payer": one.payer, "member": {**patient, "member_id": key + one.member_id}}
    holder = {
        "first_name": one.holder,
        "last_name": one.last_name,
        "birth_date": "1970-01-02",
        "member_id": key + one.member_id,
        "relationship": "child",
    }
    return {"payer": one.payer, "member": {**patient, "member_id": None}, "subscriber": holder}


def numbers(number: int) -> AttemptNumbers:
    """The numbers under which inquiry ``number`` is sent."""
    return AttemptNumbers(
        interchange=f"{number:09d}",
        group=str(number),
        trace=f"BV{number:010d}",
        originator="9123456789",
        transaction=f"BT{number:010d}",
        envelope_id=f"f81d4fae-7dec-41d0-a765-{number:012d}",
    )
