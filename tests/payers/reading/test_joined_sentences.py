"""What holds for sentences of several clauses and lists: joined in any way, they decide only what one of them says.

What each clause, heading and item does is known by construction: G grants, F frees from authorization, R refuses, S
stops the ladder; nothing for what leaves the program to the rest of the reply.
"""

import random
from collections.abc import Callable, Iterator

from contracts import Answer, Condition, Program, Side
from tests.payers.reading.expectations import BEHAVIORAL, PLAN

Read = Callable[..., Answer]

SENTENCES = 1_250

CLAUSES = [
    *(("INTENSIVE OUTPATIENT IS COVERED", "G", ""), ("PLAN COVERS INTENSIVE OUTPATIENT", "G", "")),
    *(("PARTIAL HOSPITALIZATION IS COVERED", "", "G"), ("IOP AND PHP ARE COVERED", "G", "G")),
    *(("INTENSIVE OUTPATIENT IS NOT COVERED", "R", ""), ("NO BENEFITS FOR IOP", "R", "")),
    *(("PHP IS EXCLUDED", "", "R"), ("NO PHP COVERAGE", "", "R"), ("PLAN DOES NOT COVER DAY TREATMENT", "", "R")),
    *(("PHP BENEFIT EXHAUSTED", "", "R"), ("PREAUTHORIZATION REQUIRED FOR PHP", "", "G")),
    *(("NO PREAUTHORIZATION FOR IOP", "GF", ""), ("DEDUCTIBLE DOES NOT APPLY TO IOP", "G", "")),
    *(("PHP LIMITED TO 30 DAYS PER CALENDAR YEAR", "", "G"), ("IOP UP TO 20 VISITS PER CALENDAR YEAR", "G", "")),
    *(("IOP COVERED FOR CHILDREN", "S", ""), ("PHP COVERED AFTER 30 DAYS", "", "S"), ("VIRTUAL IOP COVERED", "", "")),
    *(("DETOX IS COVERED", "", ""), ("RESIDENTIAL IS NOT COVERED", "", ""), ("MEALS ARE EXCLUDED", "", "")),
    *(("NO BENEFITS FOR WILDERNESS", "", ""), ("ROOM AND BOARD IS NOT COVERED", "", ""), ("COPAY APPLIES", "", "")),
    *(("INPATIENT STAYS REQUIRE PREAUTHORIZATION", "", ""), ("GROUP THERAPY COPAY APPLIES", "", "")),
    *(("PREAUTHORIZATION REQUIRED", "", ""), ("SUBJECT TO PLAN PROVISIONS", "", "")),
    *(("NOT A GUARANTEE OF PAYMENT", "", ""), ("CALL 800-555-0100 FOR CLAIMS", "", "")),
    *(("OFFICE VISITS ARE COVERED", "", ""), ("TELEHEALTH IS NOT COVERED", "", "")),
    *(("SUBSTANCE ABUSE SERVICES ARE COVERED", "", ""), ("OUT OF NETWORK IS NOT COVERED", "", "")),
    *(("AMBULATORY SERVICES ARE COVERED", "", ""), ("COURT ORDERED SERVICES ARE EXCLUDED", "", "")),
]
"""Clauses with what each does for IOP and for PHP."""

JOINTS = (". ", "; ", ", ", " AND ", " BUT ", " - ", "~MSG*")


def test_clauses_joined_in_any_way_decide_only_what_one_of_them_says(read: Read) -> None:
    dice = random.Random(20260101)
    for _ in range(SENTENCES):
        chosen = [dice.choice(CLAUSES) for _ in range(dice.randrange(2, 5))]
        sentence = chosen[0][0] + "".join(dice.choice(JOINTS) + words for words, *_ in chosen[1:])
        said = {program: "".join(one[place] for one in chosen) for place, program in enumerate(Program, 1)}
        assert not list(wrong(read, sentence, said)), sentence


HEADINGS = [
    *(("COVERED: ", "G"), ("NOT COVERED: ", "R"), ("EXCLUSIONS: ", "R"), ("COVERED SERVICES INCLUDE ", "G")),
    *(("NOT COVERED SERVICES INCLUDE ", "R"), ("THE FOLLOWING SERVICES ARE COVERED: ", "G"), ("EXCLUSIONS - ", "R")),
    *(("COVERED - ", "G"), ("NOT COVERED - ", "R"), ("PREAUTHORIZATION REQUIRED FOR ", "G"), ("PLAN EXCLUDES ", "R")),
    *(("NO BENEFITS FOR ", "R"), ("PLAN COVERS ", "G"), ("PLAN DOES NOT COVER ", "R"), ("NO COPAY FOR ", "G")),
]
PREDICATES = [
    *((" ARE COVERED", "G"), (" ARE NOT COVERED", "R"), (" REQUIRE PREAUTHORIZATION", "G"), (": NOT COVERED", "R")),
    *((" - COVERED", "G"), (" ARE NOT EXCLUDED", "G"), (" ARE COVERED FOR ADULTS", "G"), (" ARE COVERED IF WVD", "S")),
    *((" ARE COVERED FOR CHILDREN", "S"), (" ARE NOT COVERED OUT OF NETWORK", ""), (" BENEFITS ARE EXHAUSTED", "R")),
    *((" ARE NOT COVERED EFFECTIVE 01/01/2027", ""), (" ARE COVERED EFFECTIVE 01/01/2027", "S")),
    *((" ARE NOT COVERED FOR SUBSTANCE ABUSE", ""), (" BY TELEHEALTH ARE NOT COVERED", "")),
]
ITEMS: dict[str, Program | None] = {
    **dict.fromkeys(("IOP", "INTENSIVE OUTPATIENT"), Program.IOP),
    **dict.fromkeys(("PHP", "PARTIAL HOSPITALIZATION", "DAY TREATMENT"), Program.PHP),
    **dict.fromkeys(("RTC", "DETOX", "GROUP THERAPY", "MEALS", "INPATIENT", "ROOM AND BOARD")),
}


def listed(dice: random.Random) -> tuple[str, list[Program | None], str]:
    """A list of services with a verdict before or after it: the words, what they name, what is said of it."""
    items = [dice.choice(list(ITEMS)) for _ in range(dice.randrange(1, 4))]
    words = ", ".join(items[:-1]) + dice.choice([" AND ", " OR ", ", "]) * (len(items) > 1) + items[-1]
    before, effect = dice.choice(HEADINGS)
    if dice.random() < 0.5:
        after, effect = dice.choice(PREDICATES)
        return words + after, [ITEMS[one] for one in items], effect
    return before + words, [ITEMS[one] for one in items], effect


def test_lists_with_a_verdict_decide_only_what_it_says(read: Read) -> None:
    dice = random.Random(20261231)
    for _ in range(SENTENCES):
        chosen = [listed(dice) for _ in range(dice.randrange(1, 4))]
        sentence = chosen[0][0] + "".join(dice.choice([". ", "; ", "~MSG*", " BUT "]) + one[0] for one in chosen[1:])
        said = {program: "".join(one[2] for one in chosen if program in one[1]) for program in Program}
        assert not list(wrong(read, sentence, said)), sentence


def cut(dice: random.Random, sentence: str) -> str:
    """The sentence with one or two of its spaces the end of a message, none of them right after another end."""
    words = sentence.split(" ")
    for _ in range(dice.randrange(1, 3)):
        place = dice.randrange(1, len(words)) if len(words) > 1 else 0
        if place:
            words[place - 1 : place + 1] = [f"{words[place - 1]}~MSG*{words[place]}"]
    return " ".join(words)


def test_a_clause_cut_between_messages_decides_nothing_that_no_clause_says(read: Read) -> None:
    dice = random.Random(20260612)
    for _ in range(SENTENCES // 2):
        chosen = [dice.choice(CLAUSES) for _ in range(dice.randrange(1, 4))]
        sentence = ". ".join(cut(dice, words) for words, *_ in chosen)
        said = {program: "".join(one[place] for one in chosen) for place, program in enumerate(Program, 1)}
        assert not [one for one in wrong(read, sentence, said) if "likely" not in one], sentence


def wrong(read: Read, sentence: str, said: dict[Program, str]) -> Iterator[str]:
    """What the words ``sentence`` on a line for mental health decide beyond what is ``said`` of each program."""
    answer = read(PLAN, BEHAVIORAL, "EB*1**MH*********Y", *f"MSG*{sentence}".split("~"))
    for program, effects in said.items():
        terms = answer.terms(program, Condition.MENTAL_HEALTH, Side.IN_NETWORK)
        allowed = {
            "covered": "G" in effects and "R" not in effects,
            "not_covered": "R" in effects,
            "likely": not {"R", "S"} & set(effects),
        }
        if not allowed.get(terms.verdict, True):
            yield f"{program} {terms.verdict}"
        if terms.authorization == "not_required" and "F" not in effects:
            yield f"{program} not_required"
