"""The ladder, written a second time from its contract for lines of codes alone, comes to the same verdicts.

Random lines of every EB01, service type, procedure, modifier, place, network mark and age. Source: ``ANSWER.md`` 2.1,
2.3, 2.5.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pytest

from contracts import Answer, Condition, Side
from payers.reading.terms import ladder

Read = Callable[..., Answer]
Decision = tuple[str, str, str]

PLAN = "EB*1**30*PR*OPEN CHOICE"
MENTAL, SUBSTANCE = frozenset({Condition.MENTAL_HEALTH}), frozenset({Condition.SUBSTANCE_USE})
BOTH = MENTAL | SUBSTANCE
STRUCK = frozenset("48 A5 A7 CE CG CI RT".split())
OF_TYPE = dict.fromkeys("BB BC A4 A6 A8 CF CH MH A5 A7 CE CG RT".split(), Condition.MENTAL_HEALTH) | dict.fromkeys(
    "AI AJ AK CJ CI".split(), Condition.SUBSTANCE_USE
)
OF_MODIFIER = {"HF": Condition.SUBSTANCE_USE, "HE": Condition.MENTAL_HEALTH}
PROCEDURES = {
    "S9480": ("iop", MENTAL),
    "H0015": ("iop", SUBSTANCE),
    "H0035": ("php", BOTH),
    "S0201": ("php", BOTH),
    "H2036": ("php", SUBSTANCE),
}
GROUP = frozenset({"G0410", "G0411"})
EXCLUDED = frozenset("02 10 11 12 13 20 21 23 31 32 41 42 51 55 56 61 81".split())
AT_FACILITY = {
    Condition.MENTAL_HEALTH: (frozenset({"A4", "A8", "MH"}), frozenset({"53", "22", "19"}), "CH"),
    Condition.SUBSTANCE_USE: (frozenset({"AI", "AJ", "AK"}), frozenset({"57", "53", "22", "19"}), "CJ"),
}
OUTPATIENT = {
    Condition.MENTAL_HEALTH: frozenset({"A8", "CF", "A4", "MH"}),
    Condition.SUBSTANCE_USE: frozenset({"AI", "AJ", "AK"}),
}
RUNGS = (
    ("procedure", "procedure", "covered", "A"),
    ("service_type", "service_type", "covered", "A"),
    ("place 52", "place", "covered", "A"),
    ("place", "place", "likely", "B"),
    ("outpatient", "outpatient", "likely", "C"),
)


class CodedLine(NamedTuple):
    """A line at one place, in codes; ``fits``: whether its age holds for a woman of 36, None without one."""

    code: str
    types: tuple[str, ...]
    procedure: str
    modifiers: tuple[str, ...]
    place: str
    mark: str
    age: tuple[str, int] | None

    @property
    def fits(self) -> bool | None:
        if self.age is None:
            return None
        return self.age[1] >= 36 if self.age[0] == "S7" else self.age[1] <= 36

    @property
    def bindings(self) -> frozenset[str]:
        """What narrows it ([K1])."""
        age = f"age {self.age}" if self.age else ""
        place, procedure = self.place and f"place {self.place}", self.procedure and f"procedure {self.procedure}"
        return frozenset({age, place, procedure}) - {""}


def conditions(line: CodedLine) -> frozenset[Condition]:
    """[L4]."""
    of_types = frozenset(OF_TYPE[one] for one in line.types if one in OF_TYPE)
    of_modifier = frozenset(OF_MODIFIER[one] for one in line.modifiers if one in OF_MODIFIER)
    of_procedure = PROCEDURES[line.procedure][1] if line.procedure in PROCEDURES else frozenset()
    of_procedure |= BOTH if line.procedure in GROUP else frozenset()
    narrower = of_modifier or of_procedure
    if narrower and of_types and not narrower & of_types:
        return frozenset()
    return of_modifier or (of_types & of_procedure) or of_types or of_procedure or BOTH


def voice(line: CodedLine, rung: str) -> str:
    """[L3], [S6]."""
    if line.fits is False:
        return ""
    if line.code in "1 2 3 4 A B C F G H CB".split():
        return "speaks"
    if line.code == "I" or (line.code == "6" and rung != "procedure"):
        return "closes"
    return "stops" if line.code in "E O 5 7 8".split() else ""


def stands(line: CodedLine, rung: str, program: str, condition: Condition) -> bool:
    """[L2], [S1], [S2], [S4], [S8]."""
    named, types = PROCEDURES.get(line.procedure, ("", BOTH))[0], frozenset(line.types) - STRUCK
    is_telehealth = not {"95", "GT"}.isdisjoint(line.modifiers) or line.place in {"02", "10"}
    if condition not in conditions(line) or is_telehealth or (line.types and not types):
        return False
    if rung == "procedure" or named not in {"", program}:
        return rung == "procedure" and named == program
    is_other = line.procedure and not named and line.procedure not in GROUP
    if is_other or line.place in EXCLUDED or (program == "iop" and line.place == "52"):
        return False
    is_php_mental = program == "php" and condition is Condition.MENTAL_HEALTH
    placed, places, facility = AT_FACILITY[condition]
    is_placed = bool(types & placed) and line.place in places
    at_facility = facility in types or line.procedure in GROUP or (is_php_mental and "BC" in types) or is_placed
    is_behavioral = bool(named) or line.procedure in GROUP or not OF_TYPE.keys().isdisjoint(line.types)
    return {
        "service_type": is_php_mental and "BB" in types,
        "place 52": program == "php" and line.place == "52" and is_behavioral,
        "place": at_facility,
        "outpatient": bool(types & OUTPATIENT[condition]) and not at_facility,
    }[rung]


def hear(lines: Sequence[CodedLine], rung: str, row: tuple[str, Condition], side: Side) -> list[tuple[CodedLine, str]]:
    """What lines do on a rung, for a side ([L5])."""
    found = [(line, does) for line in lines if stands(line, rung, *row) and (does := voice(line, rung))]
    is_marked = any(line.mark in {"Y", "N", "W"} for line, does in found if does != "stops")
    own = "Y" if side is Side.IN_NETWORK else "N"
    return [one for one in found if one[0].mark in {own, "W"} or (one[0].mark in {"", "U"} and not is_marked)]


def decide(lines: Sequence[CodedLine], row: tuple[str, Condition], side: Side) -> Decision:
    """[L2], [K1], [K2]."""
    voices = {rung: hear(lines, rung, row, side) for rung, *_ in RUNGS}
    for rung, rule, verdict, grade in RUNGS:
        speaking, closing, stopping = (
            [line for line, does in voices[rung] if does == kind] for kind in ("speaks", "closes", "stops")
        )
        if closing and not speaking and rung in {"place", "outpatient"}:
            other = voices["outpatient" if rung == "place" else "place"]
            if any(does == "speaks" for _, does in other) and all(
                one.place or one.procedure in GROUP for one in closing
            ):
                continue
        if speaking and closing:
            spoken = frozenset().union(*(line.bindings for line in speaking))
            if not all(line.bindings - spoken for line in closing):
                return "not_stated", rule, "D"
        if speaking:
            return verdict, rule, grade
        if closing:
            return "not_covered", rule, grade
        if stopping:
            return "not_stated", rule, "D"
    return "not_stated", "silent", "D"


def random_lines(source: random.Random) -> list[list[CodedLine]]:
    """One to five benefits, each as its lines at one place."""
    types = [*OF_TYPE, "48", "98", "47"]
    found = []
    for _ in range(source.choice([1, 2, 2, 3, 4, 5])):
        procedure = source.choice(["", "", "", "", "", *PROCEDURES, *GROUP, "90853"][: source.choice([4, 14])])
        some = source.choice(
            [["MH"], ["AI"], ["MH", "AI"], ["BB"], ["CH"], source.sample(types, source.choice([1, 2, 3]))]
        )
        said = CodedLine(
            code=source.choice("1 1 1 1 A B I I I 6 E O 5 7 V C F H G 2 CB J X".split()),
            types=() if procedure and source.random() < 0.5 else tuple(some),
            procedure=procedure,
            modifiers=source.choice([(), (), ("HF",), ("HE",), ("95",), ("HF", "GT")]) if procedure else (),
            place="",
            mark=source.choice(["Y", "Y", "Y", "N", "W", "", "U"]),
            age=source.choice([None] * 10 + [("S7", 17), ("S8", 18), ("S7", 64)]),
        )
        places = source.choice([("",)] * 8 + [("11",), ("22",), ("52",), ("57",), ("02",), ("11", "22"), ("52", "53")])
        found.append([said._replace(place=one) for one in places])
    return found


def segments(said: Sequence[CodedLine]) -> Iterator[str]:
    first = said[0]
    kind, quantity = first.age or ("", "")
    amount, share = "25" if first.code in "BCG" else "", ".2" if first.code == "A" else ""
    procedure = ":".join(("HC", first.procedure, *first.modifiers)) if first.procedure else ""
    level = "IND" if first.code in "ABCFG" else ""
    elements = (first.code, level, "^".join(first.types), "", "", "", amount, share, kind, quantity, "", first.mark)
    yield "*".join(["EB", *map(str, elements), procedure]).rstrip("*")
    yield from (f"III*ZZ*{one.place}" for one in said if one.place)


def both_agree(read: Read, seed: int, count: int) -> None:
    source = random.Random(seed)
    for _ in range(count):
        benefits = random_lines(source)
        lines = [line for said in benefits for line in said]
        reply = [PLAN, *(segment for said in benefits for segment in segments(said))]
        answer = read(*reply)
        if answer.coverage.status != "active":
            continue
        for row in answer.programs:
            for side in Side:
                terms = row.on(side)
                wanted = decide(lines, (row.program.value, row.condition), side)
                assert (terms.verdict.value, terms.rule.value, terms.grade.value) == wanted, "~".join(reply)


@pytest.mark.parametrize("seed", range(4))
def test_lines_of_codes_come_to_what_the_contract_says(read: Read, seed: int) -> None:
    both_agree(read, seed, 400)


def test_a_ladder_that_takes_every_closing_line_for_narrower_is_noticed(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder, "_all_narrower", lambda *_: True)

    with pytest.raises(AssertionError):
        both_agree(read, 0, 400)
