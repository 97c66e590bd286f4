"""Sentences of ``benefits read``: which member of a file an answer is about, and why an input is no reply.

A member is described by level and position, never by name or id.
"""

from contracts import Benefits, Person

_DEPENDENT = "03"
_RELATIONSHIPS = {"01": "spouse", "19": "child"}
"""INS02 of a 271's dependent, where it says more than that there is one."""


def describe_level(benefits: Benefits) -> str:
    """Return the member level that ``benefits`` are about: ``the dependent (child) of the subscriber, segment 19``."""
    patient = benefits.patient
    if patient is None:
        return "no member; the reply names none"
    if patient.role != _DEPENDENT:
        return f"the subscriber{_place(patient)}"
    relationship = _RELATIONSHIPS.get(patient.relationship)
    described = f"the dependent ({relationship})" if relationship else "the dependent"
    holder = benefits.subscriber
    return f"{described}{_place(patient)}, of the subscriber{_place(holder) if holder is not None else ''}"


def _place(person: Person) -> str:
    return f" at segment {person.at}" if isinstance(person.at, int) else f" at {person.at}"


def explain_refusal(raw: bytes, code: str) -> str:
    """Return why ``raw`` is no reply, as a sentence; ``code`` is that of the reader which refused it."""
    start = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        return "there is nothing in it."
    if start == b"<":
        return "it is a web page, or XML of another kind. Store what stands inside of the envelope."
    kind = code.removeprefix("no_reply:")
    if kind == "270":
        return "it is a 270, the question itself. The reply to it is a 271, a 999 or a TA1."
    if kind != code and kind.isdigit():
        return f"it is an X12 {kind}. Replies are a 271, a 999 or a TA1."
    return _SENTENCES.get(code, f"its form is none that is known ({code}).")


_SENTENCES = {
    "no_interchange": "it is neither JSON nor X12, which begins with ISA, GS or ST.",
    "no_reply:unknown": "it is X12 without a 271, a 999 or a TA1 in it.",
    "no_reply": "it is JSON, but of no form in which a payer or a gateway replies.",
    "json:no_reply": "it is JSON, but of no form in which a payer or a gateway replies.",
    "not_json": "it begins like JSON and cannot be read as JSON.",
    "too_deep": "it is JSON that is nested deeper than any reply.",
    "too_large": "it is larger than any reply.",
}
