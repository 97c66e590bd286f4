"""Who runs the benefit, written a second time from the contract's tables for entities, comes to the same rows.

Random lines of every EB01 that may point to somebody, on types of every kind, with entities of every role and kind of
name. Source: ``ANSWER.md`` [D1], [D2], [D3], [D5].
"""

import random
from collections.abc import Callable

import pytest

from contracts import Answer, Condition, Program, Side, Verdict
from payers.reading.coverage import pointers

Read = Callable[..., Answer]

BEFORE = ("EB*1**30*PR*OPEN CHOICE", "EB*1**MH^AI*********W")
MENTAL, SUBSTANCE = Condition.MENTAL_HEALTH, Condition.SUBSTANCE_USE
BOTH = frozenset(Condition)
OF_TYPE = {"MH": MENTAL, "A8": MENTAL, "BB": MENTAL, "AI": SUBSTANCE}
TYPES = ("MH", "AI", "MH^AI", "30", "", "47", "88", "98^MH", "30^MH", "A8", "BB", "33")
LISTED, WORDED, BESIDE_WORDS, NEVER, UNKNOWN, OWN = (
    "listed",
    "behavioral word",
    "beside words",
    "never",
    "unknown",
    "own",
)
NAMES = {
    "COMPPSYCH": LISTED,
    "LUCET": LISTED,
    "SUMMIT BEHAVIORAL PARTNERS": WORDED,
    "OPTUM": BESIDE_WORDS,
    "CARELON": BESIDE_WORDS,
    "OPTUM RX": NEVER,
    "EVICORE": NEVER,
    "ZENITH GROUP": UNKNOWN,
    "EXAMPLE PAYER": OWN,
    "EXAMPLE BEHAVIORAL": OWN,
}
ROLES = ("VN", "X3", "Y2", "2B", "1P", "PRP", "SEP", "PR")
CODES = ("U", "U", "1", "1", "2", "R", "MC", "W", "A", "I", "D", "J", "X")


def find_conditions(code: str, types: str, role: str, name: str) -> frozenset[Condition]:
    """The conditions that a line hands over to its entity."""
    kind, listed = NAMES[name], types.split("^") if types else []
    is_plan = not listed or "30" in listed
    of_types = frozenset() if is_plan else frozenset(OF_TYPE[one] for one in listed if one in OF_TYPE)
    by_name, is_company = kind in {LISTED, WORDED}, kind in {LISTED, WORDED, BESIDE_WORDS}
    is_status = code in {"1", "2"}
    is_nobody = role == "1P" or kind in {NEVER, OWN} or (role == "PR" and is_status and kind in {WORDED, UNKNOWN})
    if is_nobody or (role in {"PRP", "SEP"} and not (of_types and is_company)):
        return frozenset()
    if code in {"R", "MC", "W"}:
        return of_types if is_company else frozenset()
    if code == "U" or is_status:
        if of_types:
            return of_types
        return BOTH if by_name or (is_plan and code == "U") else frozenset()
    return frozenset()


def both_agree(read: Read, seed: int, count: int) -> None:
    source = random.Random(seed)
    for _ in range(count):
        reply, wanted = [*BEFORE], frozenset[Condition]()
        for _ in range(source.choice([1, 1, 2, 3])):
            code, types, role, name = (source.choice(one) for one in (CODES, TYPES, ROLES, tuple(NAMES)))
            if code in {"R", "MC", "W"} and types in {"47", "88", "33"}:
                continue
            reply += [f"EB*{code}**{types}".rstrip("*"), "LS*2120", f"NM1*{role}*2*{name}", "LE*2120"]
            wanted |= find_conditions(code, types, role, name)
        answer = read(*reply)
        found = {
            condition
            for condition in Condition
            if answer.terms(Program.IOP, condition, Side.IN_NETWORK).verdict is Verdict.DELEGATED
        }
        assert found == wanted, "~".join(reply)


@pytest.mark.parametrize("seed", range(3))
def test_entities_delegate_what_the_contract_says(read: Read, seed: int) -> None:
    both_agree(read, seed, 300)


def test_a_reading_that_delegates_to_whoever_stands_there_is_noticed(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pointers, "_delegates", lambda *_: True)

    with pytest.raises(AssertionError):
        both_agree(read, 0, 300)
