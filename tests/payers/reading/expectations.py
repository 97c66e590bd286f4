"""What a small reply is expected to come to, in few words: ``{"php": "covered/phrase/A", "iop_su": "likely"}``.

A key names a program, then the condition and the side where they are not mental health and in network, then the part
of the terms where it is not the verdict: ``php_out``, ``iop_su_copay``. An expected value holds as far as it goes:
``likely`` is met by ``likely/outpatient/C``.
"""

from collections.abc import Callable, Iterator, Mapping

from contracts import Accumulator, Answer, Condition, Program, Side, Terms

PLAN = "EB*1**30*PR*OPEN CHOICE"
"""The line of an active plan that stands before the lines of a case."""

BEHAVIORAL = "EB*1*IND*MH^AI*********W"
"""A line that speaks for both conditions and sides on rung ``outpatient``: it carries the messages of a case."""


def _verdict(terms: Terms) -> str:
    return f"{terms.verdict}/{terms.rule}/{terms.grade}"


def _copay(terms: Terms) -> str:
    return f"{terms.copay.amount}/{terms.copay.per}" if terms.copay else "None"


def _alternatives(terms: Terms) -> str:
    return " ".join(sorted(f"{one.figure}:{one.value}:{one.distinguished_by}" for one in terms.alternatives)) or "None"


def _limits(terms: Terms) -> str:
    return " ".join(f"{one.quantity}{one.unit}/{one.period}/{one.remaining}" for one in terms.limits) or "None"


_PARTS: dict[str, Callable[[Terms], str]] = {
    "": _verdict,
    "copay": _copay,
    "coins": lambda terms: str(terms.coinsurance),
    "ded": lambda terms: str(terms.deductible_applies),
    "auth": lambda terms: str(terms.authorization),
    "rule": lambda terms: str(terms.cost_rule),
    "virtual": lambda terms: str(terms.virtual),
    "assumed": lambda terms: " ".join(terms.assumed) or "None",
    "by": lambda terms: str(terms.administered_by),
    "alt": _alternatives,
    "limits": _limits,
}


def _of_terms(answer: Answer, key: str) -> str:
    program, *rest = key.split("_")
    condition = Condition.SUBSTANCE_USE if "su" in rest else Condition.MENTAL_HEALTH
    side = Side.OUT_OF_NETWORK if "out" in rest else Side.IN_NETWORK
    part = "".join(one for one in rest if one not in {"su", "out"})
    return _PARTS[part](answer.terms(Program(program), condition, side))


def _accumulators(answer: Answer) -> str:
    def shown(one: Accumulator) -> str:
        return f"{one.total}/{one.met}/{one.remaining}"

    inside, outside = answer.accumulators.in_network, answer.accumulators.out_of_network
    three = (inside.individual.deductible, inside.family.deductible, outside.individual.deductible)
    return " ".join(map(shown, three))


def _out_of_pocket(answer: Answer) -> str:
    sides = (answer.accumulators.in_network, answer.accumulators.out_of_network)
    totals = [side.individual.out_of_pocket for side in sides]
    return " ".join(f"{one.total}/{one.met}/{one.remaining}" for one in totals)


def _problems(answer: Answer) -> str:
    return " ".join(f"{one.code}:{one.responsible}:{','.join(one.fields)}" for one in answer.problems) or "None"


_OF_ANSWER: dict[str, Callable[[Answer], str]] = {
    "status": lambda answer: str(answer.coverage.status),
    "begins": lambda answer: str(answer.coverage.begins_on),
    "ends": lambda answer: str(answer.coverage.ends_on),
    "others": lambda answer: " ".join(f"{one.name}:{one.order}" for one in answer.coverage.other_payers) or "None",
    "admin": lambda answer: " ".join(f"{one.name}:{one.phone}" for one in answer.administrators) or "None",
    "acc": _accumulators,
    "oop": _out_of_pocket,
    "plan": lambda answer: str(answer.coverage.plan_name),
    "ptype": lambda answer: str(answer.coverage.plan_type),
    "year": lambda answer: f"{answer.coverage.benefit_year.kind}/{answer.coverage.benefit_year.resets_on}",
    "covers": lambda answer: " ".join(f"{one.payer}:{'+'.join(one.covers)}" for one in answer.administrators),
    "prob": _problems,
    "step": lambda answer: f"{answer.next_step.code}/{answer.next_step.phone}",
}


def _listed(answer: Answer, key: str, expected: str) -> Iterator[str]:
    """Codes that must stand among the findings or questions, or must not (``no`` before the key)."""
    kind = key.removeprefix("no")
    listed = answer.findings if kind == "finding" else answer.open_questions
    codes = {str(one.code) for one in listed}
    for code in expected.split():
        if (code in codes) is key.startswith("no"):
            yield f"{key} {code}: {sorted(codes)}"


def differences(answer: Answer, expected: Mapping[str, str]) -> list[str]:
    """Return each expectation that ``answer`` does not meet, with what it says in its place."""
    found: list[str] = []
    for key, value in expected.items():
        if key.removeprefix("no") in {"finding", "question"}:
            found += _listed(answer, key, value)
            continue
        got = _OF_ANSWER[key](answer) if key in _OF_ANSWER else _of_terms(answer, key)
        if not got.startswith(value):
            found.append(f"{key}: {got}, expected {value}")
    return found
