"""What each rung promises for each side: who speaks, who closes, who stops it, and what a contradiction comes to."""

from collections.abc import Callable

import pytest

from contracts import Answer, Condition, Program, Side

Read = Callable[..., Answer]

ACTIVE = "EB*1**30*PR*OPEN CHOICE"
SPEAKING = "1 2 3 4 A B C F G H CB".split()
NEVER = "J K L M MC N P Q S T V W X Y R D".split()


def verdict(
    answer: Answer,
    program: Program = Program.PHP,
    condition: Condition = Condition.MENTAL_HEALTH,
    side: Side = Side.IN_NETWORK,
) -> str:
    terms = answer.terms(program, condition, side)
    return f"{terms.verdict} {terms.rule} {terms.grade}"


def sides(answer: Answer) -> tuple[str, str]:
    return verdict(answer), verdict(answer, side=Side.OUT_OF_NETWORK)


RUNGS = {
    "procedure": ("EB*{0}***********Y*HC:H0035",),
    "phrase": ("EB*{0}**98*********Y", "MSG*PARTIAL HOSPITALIZATION"),
    "service_type": ("EB*{0}**BB*********Y",),
    "place": ("EB*{0}**CH*********Y",),
    "outpatient": ("EB*{0}**CF*********Y",),
}


@pytest.mark.parametrize("rule", RUNGS)
def test_on_every_rung_these_codes_speak_and_these_say_nothing(read: Read, rule: str) -> None:
    for code in SPEAKING:
        answer = read(ACTIVE, *[segment.format(code) for segment in RUNGS[rule]])
        assert verdict(answer).split()[1] == rule, code
        assert verdict(answer).split()[0] in {"covered", "likely"}, code
    for code in NEVER:
        answer = read(ACTIVE, *[segment.format(code) for segment in RUNGS[rule]])
        expected = "covered phrase A" if (code, rule) == ("D", "phrase") else "not_stated silent D"
        assert verdict(answer) == expected, code


@pytest.mark.parametrize("rule", RUNGS)
def test_on_every_rung_i_closes_and_these_stop_the_ladder_with_a_finding(read: Read, rule: str) -> None:
    below = "EB*1**MH*********Y"
    closed = verdict(
        read(ACTIVE, *[segment.format("I") for segment in RUNGS[rule]], *([] if rule == "outpatient" else [below]))
    )
    assert closed.split()[:2] == ["not_covered", rule]
    for code in "EO578":
        lines = [segment.format(code) for segment in RUNGS[rule]]
        answer = read(ACTIVE, *lines, *([] if rule == "outpatient" else [below]))
        assert verdict(answer) == f"not_stated {rule} D", code
        assert {found.code.value for found in answer.findings} & {"exclusion", "pending"}, code
        beside = read(ACTIVE, *lines, *[segment.format("1") for segment in RUNGS[rule]])
        assert verdict(beside).split()[0] in {"covered", "likely"}, code
        assert {found.code.value for found in beside.findings} & {"exclusion", "pending"}, code


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["EB*6**BB*********Y"], "not_covered service_type A"),
        (["EB*6**CH*********Y"], "not_covered place B"),
        (["EB*6**MH*********Y"], "not_covered outpatient C"),
        (["EB*6***********Y*HC:H0035"], "not_stated silent D"),
        (["EB*6**98*********Y", "MSG*PARTIAL HOSPITALIZATION"], "not_stated silent D"),
    ],
)
def test_inactive_closes_a_rungs_own_service_type_alone(read: Read, lines: list[str], expected: str) -> None:
    answer = read(ACTIVE, *lines)

    assert (verdict(answer), answer.coverage.status) == (expected, "active")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["EB*1**BB*********Y"], ("covered", "silent")),
        (["EB*1**BB*********N"], ("silent", "covered")),
        (["EB*1**BB*********W"], ("covered", "covered")),
        (["EB*1**BB"], ("covered", "covered")),
        (["EB*1**BB*********U"], ("covered", "covered")),
        (["EB*1**BB", "EB*A**BB*****.2****Y"], ("covered", "silent")),
        (["EB*1**BB*********U", "EB*I**BB*********N"], ("silent", "not_covered")),
        (["EB*1**BB", "EB*E**BB*********N"], ("covered", "covered")),
        (["EB*1**BB", "EB*1**MH*********N"], ("covered", "covered")),
        (["EB*1**BB*********Y", "EB*I**BB"], ("covered", "silent")),
        (["EB*I**MH*********N"], ("silent", "not_covered")),
    ],
)
def test_an_unmarked_line_speaks_for_both_sides_unless_one_of_its_rung_is_marked(
    read: Read, lines: list[str], expected: tuple[str, str]
) -> None:
    found = [said.split()[1] if "silent" in said else said.split()[0] for said in sides(read(ACTIVE, *lines))]

    assert tuple(found) == expected


@pytest.mark.parametrize(
    ("lines", "expected", "finding"),
    [
        (["EB*1**MH", "EB*I**MH"], "not_stated outpatient D", "contradiction"),
        (["EB*1**MH", "EB*I**MH", "III*ZZ*57"], "likely outpatient C", "exclusion"),
        (["EB*1**MH", "EB*I**MH", "MSG*PROVIDER IS NOT COVERED"], "likely outpatient C", "exclusion"),
        (["EB*1**MH", "EB*I**MH", "MSG*NOT COVERED"], "not_stated outpatient D", "contradiction"),
        (["EB*1**MH", "EB*I**MH", "III*ZZ*57", "EB*I**MH"], "not_stated outpatient D", "contradiction"),
        (["EB*1**MH", "III*ZZ*22", "EB*I**MH", "III*ZZ*22"], "not_stated place D", "contradiction"),
        (["EB*1**MH", "III*ZZ*22", "EB*I**MH", "III*ZZ*53"], "likely place B", "exclusion"),
        (["EB*1**BB", "EB*I**BB", "III*ZZ*22"], "covered service_type A", "exclusion"),
        (["EB*1**MH", "EB*I**MH", "III*ZZ*22"], "likely outpatient C", "exclusion"),
        (["EB*I**MH", "III*ZZ*22"], "not_covered place B", None),
        (["EB*I**MH", "III*ZZ*57"], "not_covered outpatient C", None),
        (["EB*1**MH", "EB*I**CH"], "not_covered place B", None),
        (["EB*1**MH", "EB*I**MH", "III*ZZ*52"], "not_covered place A", None),
    ],
)
def test_a_contradiction_is_not_stated_unless_every_closing_is_narrower(
    read: Read, lines: list[str], expected: str, finding: str | None
) -> None:
    answer = read(ACTIVE, *lines)

    assert verdict(answer) == expected
    assert {found.code.value for found in answer.findings} == ({finding} if finding else set())
    narrower = "closed_at_place" in {question.code for question in answer.open_questions}
    assert narrower is (finding == "exclusion")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("22", "likely place B"),
        ("53", "likely place B"),
        ("19", "likely place B"),
        ("57", "likely outpatient C"),
        ("52", "covered place A"),
        *[(place, "not_stated silent D") for place in "11 02 2 10 12 13 20 21 23 31 32 41 42 51 55 56 61 81".split()],
    ],
)
def test_each_place_of_a_mental_health_line_has_its_rung(read: Read, place: str, expected: str) -> None:
    assert verdict(read(ACTIVE, "EB*1**MH*********Y", f"III*ZZ*{place}")) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [("57", "likely place B"), ("22", "likely place B"), ("58", "likely outpatient C"), ("55", "not_stated silent D")],
)
def test_each_place_of_a_substance_use_line_has_its_rung(read: Read, place: str, expected: str) -> None:
    answer = read(ACTIVE, "EB*1**AI*********Y", f"III*ZZ*{place}")

    assert verdict(answer, condition=Condition.SUBSTANCE_USE) == expected
    assert verdict(answer) == "not_stated silent D"


@pytest.mark.parametrize("code", "A4 A8 MH CF".split())
def test_mental_health_types_say_nothing_of_substance_use(read: Read, code: str) -> None:
    answer = read(ACTIVE, f"EB*1**{code}")

    assert verdict(answer, Program.IOP) == "likely outpatient C"
    assert verdict(answer, Program.IOP, Condition.SUBSTANCE_USE) == "not_stated silent D"


@pytest.mark.parametrize("code", "48 A5 A7 CE CG CI RT".split())
def test_struck_types_speak_of_nothing_and_the_rest_of_their_line_does(read: Read, code: str) -> None:
    assert verdict(read(ACTIVE, f"EB*1**{code}", "III*ZZ*52")) == "not_stated silent D"
    assert verdict(read(ACTIVE, f"EB*1**{code}^MH")) == "likely outpatient C"


def test_a_struck_type_still_gives_the_condition_of_what_its_line_names(read: Read) -> None:
    answer = read(ACTIVE, "EB*1**CI^98", "MSG*PARTIAL HOSPITALIZATION")

    assert verdict(answer, condition=Condition.SUBSTANCE_USE) == "covered phrase A"
    assert verdict(answer) == "not_stated silent D"


@pytest.mark.parametrize(
    ("message", "conditions"),
    [
        ("PARTIAL HOSPITALIZATION", {"mental_health", "substance_use"}),
        ("MENTAL HEALTH PARTIAL HOSPITALIZATION", {"mental_health"}),
        ("PARTIAL HOSPITALIZATION FOR ALCOHOL OR DRUGS", {"substance_use"}),
        ("SUD AND PSYCHIATRIC PARTIAL HOSPITALIZATION", {"mental_health", "substance_use"}),
        ("BEHAVIORAL PHP", {"mental_health", "substance_use"}),
    ],
)
def test_without_type_and_procedure_the_words_give_the_condition(
    read: Read, message: str, conditions: set[str]
) -> None:
    answer = read(ACTIVE, "EB*1**98", f"MSG*{message}")

    assert {one.value for one in Condition if verdict(answer, condition=one).startswith("covered")} == conditions


def test_a_behavioral_word_makes_a_line_at_the_partial_place_behavioral(read: Read) -> None:
    assert verdict(read(ACTIVE, "EB*1**98", "MSG*BEHAVIORAL HEALTH", "III*ZZ*52")) == "covered place A"
    assert verdict(read(ACTIVE, "EB*1**98", "III*ZZ*52")) == "not_stated silent D"


@pytest.mark.parametrize(
    ("lines", "virtual", "found"),
    [
        (["EB*1**MH*********Y", "MSG*TELEHEALTH IOP", "EB*I**MH*********Y", "MSG*VIRTUAL IOP"], "not_stated", True),
        (["EB*J**MH*********Y", "MSG*TELEHEALTH IOP IS NOT COVERED"], "not_stated", False),
        (["EB*E**MH*********Y", "MSG*TELEHEALTH IOP"], "not_stated", False),
        (["EB*1**MH*********N", "MSG*TELEHEALTH IOP"], "not_stated", False),
        (["EB*1**MH", "MSG*TELEHEALTH IOP", "EB*1**MH*********Y", "MSG*IOP"], "covered", False),
        (["EB*1***********Y*HC:S9480", "III*ZZ*10"], "covered", False),
        (["EB*1**MH*********Y", "MSG*TELEHEALTH IOP IS EXCLUDED"], "not_covered", False),
    ],
)
def test_telehealth_is_read_by_the_same_rules_from_lines_that_name_the_program(
    read: Read, lines: list[str], virtual: str, found: bool
) -> None:
    answer = read(ACTIVE, "EB*1**MH*********W", *lines)

    assert answer.programs[0].in_network.virtual == virtual
    assert ("contradiction" in {one.code for one in answer.findings}) is found


def test_a_telehealth_line_alone_never_gives_the_verdict(read: Read) -> None:
    assert verdict(read(ACTIVE, "EB*1***********Y*HC:H0035", "III*ZZ*02")) == "not_stated silent D"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("EB*1***********Y*HC:S9480", "likely procedure C"),
        ("EB*I***********Y*HC:S9480", "not_stated procedure D"),
        ("EB*1**CH", "likely place C"),
        ("EB*1**MH", "likely outpatient C"),
        ("EB*E**MH", "not_stated outpatient D"),
    ],
)
def test_under_an_unclear_plan_nothing_is_certain_and_nothing_is_refused(read: Read, line: str, expected: str) -> None:
    answer = read("EB*1**30", "DTP*347*D8*20260930", line)

    assert verdict(answer, Program.IOP) == expected
    assert "coverage_unclear" in {question.code for question in answer.open_questions}
