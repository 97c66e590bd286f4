"""People whose every detail exists nowhere else: what is found of them anywhere was leaked."""

import secrets
import string
from datetime import date
from typing import Any, NamedTuple

_CONSONANTS = "bcdfghjklmnpqrstvwxz"


def mint(before: str = "", length: int = 10, alphabet: str = _CONSONANTS) -> str:
    """A word that nobody wrote before."""
    return before + "".join(secrets.choice(alphabet) for _ in range(length))


def mint_day() -> date:
    """A birth date."""
    return date(1931 + secrets.randbelow(55), 1 + secrets.randbelow(12), 13 + secrets.randbelow(16))


class UniquePerson(NamedTuple):
    """A patient, and who holds the insurance. The simulator knows nobody of a last name in ``CROWD`` but its crowd."""

    first_name: str
    last_name: str
    birth_date: date
    member_id: str
    group_number: str
    reference: str
    holder_first_name: str
    holder_birth_date: date

    def fields(self) -> dict[str, str | date]:
        """Every value, by its name."""
        return dict(self._asdict())

    def body(self, fault: str = "", *, dependent: bool = False) -> dict[str, Any]:
        """The question about this person; ``fault`` is a key of the simulator's, such as ``STATUS503``."""
        member_id = f"SIM-{fault}-{self.member_id}" if fault else self.member_id
        member = {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "birth_date": self.birth_date.isoformat(),
            "group_number": self.group_number,
        }
        asked: dict[str, Any] = {"payer": "aetna", "member": member, "reference": self.reference}
        if not dependent:
            member["member_id"] = member_id
            return asked
        holder = {
            "first_name": self.holder_first_name,
            "last_name": self.last_name,
            "birth_date": self.holder_birth_date.isoformat(),
            "member_id": member_id,
            "relationship": "child",
        }
        return {**asked, "subscriber": holder}


def unique_person(last_name: str = "Crowd", first_name: str = "") -> UniquePerson:
    """Somebody new. ``last_name`` and ``first_name`` begin the names."""
    return UniquePerson(
        first_name=mint(first_name or "Zq"),
        last_name=mint(last_name),
        birth_date=mint_day(),
        member_id=mint("W", 9, string.digits),
        group_number=mint("GQ", 9, string.digits),
        reference=mint("ref-", 12),
        holder_first_name=mint("Hq"),
        holder_birth_date=mint_day(),
    )
