"""What holds for a sentence that is cut over messages: only cuts that end a clause change what it says ([T4])."""

import random
from collections.abc import Iterator
from itertools import combinations

from contracts import Program
from payers.reading.lines.statements import Effect, statements_of
from payers.reading.text import Text, read_text
from tests.payers.reading.test_rules_of_text import CASES
from tests.payers.reading.test_sentences import LEXICON, PATIENT, SENTENCES, sentences

OPEN = "A AN THE OF FOR IN WITH AND OR NOT NO IS ARE BE DOES WILL HAS COVERS EXCLUDES DENIES PAYS".split()
LABELS = ("IOP", "DETOX", "OUT OF NETWORK", "RESIDENTIAL TREATMENT", "OFFICE VISITS", "PARTICIPATING PROVIDERS")
PREDICATES = ("IS NOT COVERED", "ARE COVERED", "NOT PAYABLE", "IS EXCLUDED", "COVERED", "NOT A COVERED BENEFIT")
BEFORE = (
    "PLAN DOES NOT COVER IOP",
    "PHP IS COVERED",
    "DETOX IS EXCLUDED",
    "THIS PLAN COVERS PHP",
    "NO BENEFITS FOR IOP",
)
HEADINGS = (
    "IOP COVERED NOT COVERED - DAY TREATMENT BUT PHP IS COVERED",
    "PHP IS EXCLUDED COVERED - IOP AND NOT COVERED: RESIDENTIAL",
    "DETOX IS COVERED NO BENEFITS FOR PHP AND IOP IS PAYABLE",
)
WORDS = sorted({" ".join(one.removeprefix("MSG*") for one in lines[1:]) for _, lines, _ in CASES})


def effects_of(*messages: str) -> set[tuple[Program, Effect, frozenset[str]]]:
    """What messages do for the programs, whichever of them said it."""
    text = read_text(messages, LEXICON, behavioral=True)
    return {(one.program, one.effect, one.sides) for one in statements_of(text, Text(), "1", PATIENT)}


def cuts(words: list[str], dice: random.Random, most: int) -> Iterator[tuple[str, str, str]]:
    """Some of the ways to cut words over three messages."""
    places = list(combinations(range(1, len(words)), 2))
    for one, two in dice.sample(places, min(most, len(places))):
        yield " ".join(words[:one]), " ".join(words[one:two]), " ".join(words[two:])


def test_a_cut_after_an_open_word_changes_nothing_beside_another_cut() -> None:
    dice = random.Random(45)
    joined = [both for one, two, _ in sentences(dice, 100) for both in (f"{one}. {two}", f"{two} {one}")]
    for sentence in (*HEADINGS, *WORDS, *joined):
        most = 1000 if sentence in HEADINGS else 10
        for one, two, three in cuts(sentence.split(), dice, most):
            if one.split()[-1] in OPEN:
                assert effects_of(one, two, three) == effects_of(f"{one} {two}", three), (one, two, three)
            if two.split()[-1] in OPEN:
                assert effects_of(one, two, three) == effects_of(one, f"{two} {three}"), (one, two, three)


def test_a_predicate_after_a_label_is_read_as_one_message_whatever_stands_before() -> None:
    for before in BEFORE:
        for label in LABELS:
            for predicate in PREDICATES:
                whole = effects_of(before, f"{label} {predicate}")
                assert effects_of(before, label, predicate) == whole, (before, label, predicate)


def test_no_cut_makes_a_refusal_a_grant_or_a_grant_a_refusal() -> None:
    dice = random.Random(54)
    for positive, negative, program in sentences(dice, SENTENCES // 50):
        for sentence, never in ((positive, Effect.REFUSES), (negative, Effect.GRANTS)):
            for parts in cuts(sentence.split(), dice, 10):
                assert never not in {effect for one, effect, _ in effects_of(*parts) if one is program}, parts
