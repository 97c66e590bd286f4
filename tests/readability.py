"""How hard a text is to read: the grade of school that English needs, and Fernández Huerta's index of Spanish.

Sources: J. P. Kincaid and others, *Derivation of New Readability Formulas* (1975); J. Fernández Huerta, *Medidas
sencillas de lecturabilidad* (1959), as corrected by G. Law (2011): an index of 60 or more is the eighth grade or below.
Syllables are counted from the letters: in Spanish by its rules of diphthongs, in English by groups of vowels, which
rather counts one too many. A figure is one word of one syllable; an abbreviation is spelled, a syllable a letter.
"""

import re

FIGURE = re.compile(r"\(?\d{3}\)? \d{3}-\d{4}|[$]?\d[\d,.:]*\d%?|\d%?")
SENTENCE = re.compile(r"[.!?]+(?:\s|$)")
WORD = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ0-9'-]+")
VOWELS = re.compile(r"[aeiouy]+")
SPANISH_VOWELS = re.compile(r"[aeiouáéíóúü]+|y$")
HIATUS = re.compile(r"(?<=[aeoáéó])(?=[aeoáéóíú])|(?<=[íú])(?=[aeoáéó])")


def english_grade(text: str) -> float:
    """The school grade of Flesch and Kincaid."""
    words, sentences = words_of(text), sentences_of(text)
    syllables = sum(map(english_syllables, words))
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def spanish_ease(text: str) -> float:
    """The index of Fernández Huerta: the higher, the easier."""
    words, sentences = words_of(text), sentences_of(text)
    return 206.84 - 60 * sum(map(spanish_syllables, words)) / len(words) - 1.02 * len(words) / sentences


def words_of(text: str) -> list[str]:
    return WORD.findall(plain(text))


def sentences_of(text: str) -> int:
    return len([part for part in SENTENCE.split(plain(text)) if WORD.search(part)])


def plain(text: str) -> str:
    """The text with figures as one word, and without the full stops that end no sentence."""
    return FIGURE.sub("1", text.replace("a. m.", "am").replace("p. m.", "pm"))


def english_syllables(word: str) -> int:
    if word.isupper() and len(word) <= 4:
        return len(word)
    if "-" in word:
        return sum(map(english_syllables, filter(None, word.split("-"))))
    lower = word.lower()
    count = len(VOWELS.findall(lower)) + len(re.findall(r"i(?=a)|io(?=r)|ua(?!l?r)", lower))
    if re.search(r"[^aeiouytd]ed$|[^aeiouyl]e$|[^aeiouyscxzh]es$", lower):
        count -= 1
    return max(count, 1)


def spanish_syllables(word: str) -> int:
    if word.isupper() and len(word) <= 4:
        return len(word)
    lower = re.sub(r"(?<=[gq])u(?=[eiéí])", "", word.lower())
    return max(sum(1 + len(HIATUS.findall(group)) for group in SPANISH_VOWELS.findall(lower)), 1)
