"""What holds for every sentence: a word that nobody knows decides nothing, a negation leaves no grant, a cut no change.

The sentences are generated from the vocabulary, so that what each one means is known by construction.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from contracts import Answer, Program
from payers.reading.lines.statements import Effect, Patient, statements_of
from payers.reading.text import Text, lexicon_of, read_text
from payers.reading.text.vocabulary import Kind, programs
from tests.payers.reading.expectations import BEHAVIORAL, PLAN
from tests.payers.reading.test_rules_of_text import CASES

Read = Callable[..., Answer]

LEXICON = lexicon_of((), ())
PATIENT = Patient(36, date(2026, 11, 23))
SENTENCES = 10_000
PROGRAM_OF = {
    Kind.IOP: Program.IOP,
    Kind.IOP_ABBREVIATION: Program.IOP,
    Kind.PHP: Program.PHP,
    Kind.PHP_ABBREVIATION: Program.PHP,
}
NAMES = [
    (words.replace("*", ""), PROGRAM_OF[entry.kind]) for entry in programs.ENTRIES for words in entry.words.split("|")
]
GRANTS = [
    ("{0} COVERED", "{0} NOT COVERED"),
    ("{0} IS COVERED", "{0} IS NOT COVERED"),
    ("{0} ARE PAYABLE", "{0} ARE NOT PAYABLE"),
    ("{0} WILL BE PAID", "{0} WILL NOT BE PAID"),
    ("{0} IS A COVERED BENEFIT", "{0} IS NOT A COVERED BENEFIT"),
    ("{0} IS A BENEFIT", "{0} IS NOT A BENEFIT"),
    ("{0} IS ELIGIBLE", "{0} IS NOT ELIGIBLE"),
    ("{0} AVAILABLE", "{0} UNAVAILABLE"),
    ("{0} IS INCLUDED", "{0} IS EXCLUDED"),
    ("{0} APPROVED", "{0} DENIED"),
    ("{0} IS REIMBURSABLE", "{0} IS NEVER REIMBURSABLE"),
    ("{0} IS OFFERED", "{0} ISN'T OFFERED"),
    ("{0} CAN BE COVERED", "{0} CANNOT BE COVERED"),
    ("THIS PLAN COVERS {0}", "THIS PLAN DOES NOT COVER {0}"),
    ("THE PLAN INCLUDES {0}", "THE PLAN EXCLUDES {0}"),
    ("PLAN PAYS FOR {0}", "PLAN DOES NOT PAY FOR {0}"),
    ("COVERAGE IS AVAILABLE FOR {0}", "NO COVERAGE FOR {0}"),
    ("BENEFITS ARE PAYABLE FOR {0}", "BENEFITS ARE DENIED FOR {0}"),
    ("COVERED: {0}", "NOT COVERED: {0}"),
    ("COVERED SERVICES INCLUDE {0}", "NOT COVERED SERVICES INCLUDE {0}"),
    ("THE FOLLOWING SERVICES ARE COVERED: {0}", "THE FOLLOWING SERVICES ARE NOT COVERED: {0}"),
    ("NO EXCLUSIONS FOR {0}", "EXCLUSIONS - {0}"),
    ("{0} IS NOT EXCLUDED", "{0} IS AN EXCLUSION"),
]
TAILS = (
    *(
        "",
        " AFTER DEDUCTIBLE",
        " IN NETWORK",
        " SUBJECT TO PLAN PROVISIONS",
        " WHEN MEDICALLY NECESSARY",
        " FOR ADULTS",
    ),
    *(" EFFECTIVE 01/01/2026", " THROUGH 12/31/2026", ". PREAUTHORIZATION IS REQUIRED", "; COPAY APPLIES"),
)
ATTACHED = tuple(tail for tail in TAILS if not tail.startswith((".", ";")))
"""What belongs to the clause before it; the other tails are clauses of their own."""

HEADS = ("", "BEHAVIORAL HEALTH SERVICES. ", "DETOX IS COVERED. ", "INPATIENT STAYS ARE NOT COVERED. ", "NOTE: ")
UNKNOWN = "GROBBLE"
OPEN_WORDS = "A AN THE OF FOR IN WITH AND OR NOT NO IS ARE BE DOES WILL HAS COVERS EXCLUDES".split()


def sentences(dice: random.Random, count: int) -> Iterator[tuple[str, str, Program]]:
    """Sentences that grant a program, each with its negation."""
    for _ in range(count):
        name, program = dice.choice(NAMES)
        positive, negative = dice.choice(GRANTS)
        head, tail = dice.choice(HEADS), dice.choice(TAILS)
        yield head + positive.format(name) + tail, head + negative.format(name) + tail, program


def effects(words: str, program: Program) -> set[Effect]:
    text = read_text((words,), LEXICON, behavioral=True)
    return {one.effect for one in statements_of(text, Text(), "1", PATIENT) if one.program is program}


def test_a_negated_grant_is_never_a_grant() -> None:
    for positive, negative, program in sentences(random.Random(20261123), SENTENCES):
        assert Effect.GRANTS in effects(positive, program), positive
        denied = effects(negative, program)
        assert denied & {Effect.REFUSES, Effect.STOPS}, negative
        assert Effect.GRANTS not in denied, negative


def test_an_unknown_word_leaves_no_grant_and_no_refusal_of_its_clause() -> None:
    dice = random.Random(1123)
    for _ in range(SENTENCES // 4):
        name, program = dice.choice(NAMES)
        sentence = dice.choice(dice.choice(GRANTS)).format(name) + dice.choice(ATTACHED)
        words = sentence.split()
        place = dice.randrange(len(words) + 1)
        spoilt = " ".join([*words[:place], UNKNOWN, *words[place:]])
        assert not effects(spoilt, program) & {Effect.GRANTS, Effect.REFUSES}, spoilt


def test_an_unknown_word_beside_other_clauses_adds_no_grant_and_no_refusal() -> None:
    dice = random.Random(2311)
    for positive, negative, program in sentences(dice, SENTENCES // 4):
        for sentence in (positive, negative):
            words = sentence.split()
            place = dice.randrange(len(words) + 1)
            spoilt = " ".join([*words[:place], UNKNOWN, *words[place:]])
            added = effects(spoilt, program) - effects(sentence, program)
            assert not added & {Effect.GRANTS, Effect.REFUSES}, spoilt


def decided(answer: Answer) -> dict[str, str]:
    """Every cell that says something certain: a verdict, or that no authorization is required."""
    cells: dict[str, str] = {}
    for row in answer.programs:
        for side, terms in (("in", row.in_network), ("out", row.out_of_network)):
            where = f"{row.program} {row.condition} {side}"
            if terms.verdict in {"covered", "not_covered"}:
                cells[where] = terms.verdict.value
            if terms.authorization == "not_required":
                cells[f"{where} authorization"] = "not_required"
    return cells


@pytest.mark.parametrize("line", [BEHAVIORAL, BEHAVIORAL.replace("EB*1*", "EB*I*"), "EB*1**BB*********Y"])
def test_an_unknown_word_decides_nothing_in_any_case_of_the_rules(read: Read, line: str) -> None:
    dice = random.Random(264)
    for words in [" ".join(one.removeprefix("MSG*") for one in lines[1:]) for _, lines, _ in CASES]:
        before = decided(read(PLAN, line, f"MSG*{words}"))
        parts = words.split()
        for place in {0, len(parts), dice.randrange(len(parts) + 1), dice.randrange(len(parts) + 1)}:
            spoilt = " ".join([*parts[:place], UNKNOWN, *parts[place:]])
            after = decided(read(PLAN, line, f"MSG*{spoilt}"))
            assert after.items() <= before.items(), spoilt


def test_a_cut_after_an_open_word_changes_no_answer(read: Read) -> None:
    for words in [" ".join(one.removeprefix("MSG*") for one in lines[1:]) for _, lines, _ in CASES]:
        whole = decided(read(PLAN, BEHAVIORAL, f"MSG*{words}"))
        parts = words.split()
        for place in [at + 1 for at, word in enumerate(parts[:-1]) if word in OPEN_WORDS]:
            cut = read(PLAN, BEHAVIORAL, f"MSG*{' '.join(parts[:place])}", f"MSG*{' '.join(parts[place:])}")
            assert decided(cut) == whole, (parts[:place], parts[place:])


@pytest.mark.parametrize("ending", ["IS NOT COVERED", "IS COVERED", "IS EXCLUDED"])
def test_a_full_message_goes_on_in_the_next_without_a_space(read: Read, ending: str) -> None:
    before = ("SERVICES ARE DESCRIBED. " * 11)[:241].rstrip() + " "
    for cut in range(1, len("HOSPITALIZATION")):
        start = "PARTIAL " + "HOSPITALIZATION"[:cut]
        full = before[: 264 - len(start)].rpartition(". ")[0] + "."
        full = full.ljust(264 - len(start)) + start
        split = read(PLAN, BEHAVIORAL, f"MSG*{full}", f"MSG*{'HOSPITALIZATION'[cut:]} {ending}")
        assert decided(split) == decided(read(PLAN, BEHAVIORAL, f"MSG*PARTIAL HOSPITALIZATION {ending}")), cut
