"""What words are read for: once for all patients where they set no age and no day, and else for each of them."""

from datetime import date

import pytest

from contracts import Benefit, Dialect
from contracts.benefits import Message
from payers.reading.evidence import Book
from payers.reading.lines.facts import Facts, FactsOfReply, Reader
from payers.reading.lines.statements import Patient
from payers.reading.text import lexicon_of

LEXICON = lexicon_of((), ())
CHILD, ADULT = Patient(14, date(2026, 11, 23)), Patient(40, date(2026, 11, 23))
LATER = Patient(40, date(2027, 11, 23))


def facts(words: str, patient: Patient) -> Facts:
    benefit = Benefit(1, "EB*1**MH", "1", service_types=("MH",), messages=(Message(2, words),))
    (found,) = FactsOfReply(Reader(Dialect(), LEXICON, patient, Book()), frozenset()).of(benefit)
    return found


@pytest.mark.parametrize(
    "words", ["IOP COVERED", "PHP IS NOT COVERED", "OFFICE VISIT", "PHP NEEDS PRIOR AUTHORIZATION", "FIRST 3 VISITS"]
)
def test_words_without_an_age_or_a_day_are_read_once_for_all(words: str) -> None:
    assert facts(words, CHILD) is facts(words, ADULT) is facts(words, LATER)


@pytest.mark.parametrize(
    ("words", "other"),
    [
        ("PHP COVERED AGES 13 TO 17", CHILD),
        ("IOP NOT COVERED AGE 18 AND OLDER", CHILD),
        ("OFFICE VISIT AGES 13 TO 17", CHILD),
        ("PHP COVERED EFFECTIVE 01/01/2027", LATER),
        ("PHP COVERED UNTIL 12/31/2026", LATER),
    ],
)
def test_words_with_an_age_or_a_day_are_read_for_each(words: str, other: Patient) -> None:
    one, another = facts(words, ADULT), facts(words, other)

    assert (one.statements, one.subject) != (another.statements, another.subject)
