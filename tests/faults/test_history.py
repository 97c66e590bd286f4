"""The checker of histories bites: each kind of fault that it is there for is found in a history that holds it."""

import json
from typing import Any

from tests.faults.driver import Said
from tests.faults.history import History, faults


def answered(verification_id: str, state: str = "final", plan: str = "A", **more: Any) -> Said:
    body = {"verification_id": verification_id, "state": state, "plan": plan, "timing": more}
    return Said(200 if state == "final" else 202, {}, json.dumps(body).encode(), 0.1)


def history(*replies: tuple[str, Said, str | None]) -> History:
    written = History()
    for subject, reply, key in replies:
        written.invoke(subject, key)
        written.came(subject, reply, key)
    return written


def test_a_right_history_has_no_fault() -> None:
    right = history(
        ("A", answered("ver_1", "pending"), None),
        ("A", answered("ver_1"), None),
        ("A", answered("ver_1", spent=2), None),
        ("B", Said(503, {}, b"", 0.1), None),
        ("C", Said(0, {}, b"", 0.1), None),
    )

    assert faults(right, own=lambda subject, answer: answer["plan"] == subject) == []


def test_each_fault_is_found() -> None:
    lost = history(("A", answered("ver_1", "pending"), None))
    back = history(("A", answered("ver_1"), None), ("A", answered("ver_1", "pending"), None))
    changed = history(("A", answered("ver_1"), None), ("A", answered("ver_1", plan="B"), None))
    crossed = history(("B", answered("ver_1"), None))
    mixed = history(("A", answered("ver_1"), None), ("B", answered("ver_1"), None))
    doubled = history(("A", answered("ver_1"), "k"), ("A", answered("ver_2"), "k"))
    silent = History()
    silent.invoke("A")

    assert faults(lost) == ["ver_1: lost, it never became final"]
    assert faults(back) == ["ver_1: went back from final"]
    assert faults(changed) == ["ver_1: a final answer that changed"]
    assert faults(crossed, own=lambda subject, answer: answer["plan"] == subject) == ["ver_1: another member's answer"]
    assert faults(mixed) == ["ver_1: two subjects under one id"]
    assert faults(doubled) == ["k: doubled, 2 verifications"]
    assert faults(silent) == ["A: asked and never answered"]
