"""What the codes of the programs promise: those of all payers stand once; a dialect adds its own and changes none."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from contracts import (
    GROUP_PROCEDURES,
    PROGRAM_PROCEDURES,
    REVENUE_CODES,
    Answer,
    Benefits,
    Card,
    Condition,
    Dialect,
    Program,
    ProgramProcedure,
    ProgramServiceType,
    Side,
)
from payers.adapter import DataAdapter
from payers.reading.follow_up import worth_asking
from payers.reading.lines import facts, line as lines_of_reply, program_codes
from payers.reading.lines.codes import KNOWN_TYPES, SHARED_TYPES

Read = Callable[..., Answer]

ROOT = Path(__file__).parents[3]
ACTIVE = "EB*1**30*PR*OPEN CHOICE"
NIGHT_CARE = ProgramProcedure(
    program=Program.PHP, code="T9001", conditions=(Condition.SUBSTANCE_USE,), source="imaginary"
)
EVENING = ProgramServiceType(program=Program.IOP, code="D7", conditions=(Condition.MENTAL_HEALTH,), source="imaginary")
DIALECT = Dialect(procedures=(NIGHT_CARE,), service_types=(EVENING,))
PROCEDURE_LINE = "EB*{0}***********Y*HC:T9001"
TYPE_LINE = "EB*{0}**D7*********Y"


def verdicts(answer: Answer) -> dict[str, str]:
    """What stands for a program and condition in network, where anything decided."""
    found = {f"{row.program}/{row.condition}": row.on(Side.IN_NETWORK) for row in answer.programs}
    return {
        row: f"{terms.verdict} {terms.rule} {terms.grade}" for row, terms in found.items() if terms.rule != "silent"
    }


def own_codes_decide(read: Read) -> None:
    for line, row, rule in (
        (PROCEDURE_LINE, "php/substance_use", "procedure"),
        (TYPE_LINE, "iop/mental_health", "service_type"),
    ):
        granted = read(ACTIVE, line.format("1"), dialect=DIALECT)
        assert verdicts(granted) == {row: f"covered {rule} A"}
        assert verdicts(read(ACTIVE, line.format("I"), dialect=DIALECT)) == {row: f"not_covered {rule} A"}
        assert not granted.findings
        assert verdicts(read(ACTIVE, line.format("1"))) == {}


def test_a_payers_own_codes_decide_on_the_rung_of_their_kind_in_its_replies_alone(read: Read) -> None:
    own_codes_decide(read)


@pytest.mark.parametrize("kind", ["procedures", "service_types"])
def test_a_reading_that_passes_over_the_dialects_codes_is_noticed(
    read: Read, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = program_codes.program_codes_of
    deaf = lambda dialect: whole(dialect.model_copy(update={kind: ()}))  # noqa: E731 - a mutant of one line
    for module in (facts, lines_of_reply):
        monkeypatch.setattr(module, "program_codes_of", deaf)

    with pytest.raises(AssertionError):
        own_codes_decide(read)


def test_figures_of_an_own_code_are_the_programs(read: Read) -> None:
    answer = read(ACTIVE, TYPE_LINE.format("1"), "EB*B**D7***27*75*****Y", dialect=DIALECT)

    copay = answer.terms(Program.IOP, Condition.MENTAL_HEALTH, Side.IN_NETWORK).copay
    assert copay is not None
    assert copay.amount == 75


def test_an_own_type_is_asked_for_while_its_program_is_open(read: Read) -> None:
    open_still, decided = read(ACTIVE, dialect=DIALECT), read(ACTIVE, TYPE_LINE.format("1"), dialect=DIALECT)

    assert worth_asking("D7", open_still, [Benefits()], DIALECT)
    assert not worth_asking("D7", decided, [Benefits()], DIALECT)


REDEFINING = [
    Dialect(procedures=(NIGHT_CARE.model_copy(update={"code": code}),)) for code in ("S9480", "G0410", "H0035")
] + [
    Dialect(service_types=(EVENING.model_copy(update={"code": code}),)) for code in ("30", "BB", "A7", "98", "CJ", "35")
]


@pytest.mark.parametrize("dialect", REDEFINING, ids=lambda one: (*one.procedures, *one.service_types)[0].code)
def test_no_dialect_changes_what_a_shared_code_means(card: Card, read: Read, dialect: Dialect) -> None:
    lines = [ACTIVE, "EB*1***********Y*HC:S9480", "EB*1**BB*********Y", "EB*1**98*********Y", "EB*1**CJ*********Y"]

    with pytest.raises(ValueError, match="mean the same for every payer"):
        DataAdapter(card, dialect)
    assert read(*lines, dialect=dialect) == read(*lines)


def test_a_type_without_a_shared_meaning_may_be_a_payers_own() -> None:
    assert KNOWN_TYPES > SHARED_TYPES


def test_the_codes_that_decide_stand_once() -> None:
    deciding = [one.code for one in PROGRAM_PROCEDURES] + [*GROUP_PROCEDURES]
    deciding += [code for codes in REVENUE_CODES.values() for code in codes]
    written = {}
    for path in (*(ROOT / "payers").rglob("*.py"), *(ROOT / "contracts").rglob("*.py")):
        # Words for people, an example in a table and imaginary replies decide nothing.
        if "simulator" in path.parts or "explanation" in path.parts or path.name == "program_codes.py":
            continue
        text = re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r'"[^"\n]* IS COVERED"', "", text)
        found = {code for code in deciding if re.search(rf'"[^"\n]*\b{code}\b[^"\n]*"', text)}
        if found:
            written[str(path.relative_to(ROOT))] = found

    # A note is for people too.
    assert written == {"payers/florida_blue.py": {"0912", "0913"}}
