"""The texts of the form: the same in both languages, and plain enough for everybody."""

import re
from collections.abc import Iterator

import pytest

from contracts.wording import Both
from service.web.pages.visitor import consent_texts, texts
from tests.readability import english_grade, spanish_ease, words_of

GROUPS = (texts.COMMON, texts.PAYER, texts.CARD, texts.CONTACT, texts.ERROR, texts.DOUBT, texts.OUTCOME)

PLACEHOLDER = re.compile(r"\{\w+\}")

FILLED = {
    "{provider}": "Harbor",
    "{payer}": "Aetna",
    "{example}": "W1",
    "{typed}": "Acme",
    "{phone}": "(305) 555-0100",
    "{date}": "June 1",
    "{time}": "noon",
    "{step}": "1",
    "{steps}": "3",
    "{seconds}": "9",
}

SHORT = 8
"""Words of a label, which is no sentence whose ease could be measured."""


def every_text() -> Iterator[tuple[str, Both]]:
    for group in GROUPS:
        for name, words in group._asdict().items():
            yield f"{type(group).__name__}.{name}", words
    for text in (consent_texts.GENERAL, consent_texts.PART_TWO):
        for number, words in enumerate(text.paragraphs):
            yield f"{text.version}.{number}", words


def fill(text: str) -> str:
    for name, value in FILLED.items():
        text = text.replace(name, value)
    return text


def differing_placeholders(texts: Iterator[tuple[str, Both]]) -> list[str]:
    return [name for name, (en, es) in texts if sorted(PLACEHOLDER.findall(en)) != sorted(PLACEHOLDER.findall(es))]


def hard_texts(texts: Iterator[tuple[str, Both]]) -> list[str]:
    return [
        name
        for name, both in texts
        for en, es in [(fill(both.en), fill(both.es))]
        if len(words_of(en)) > SHORT and (english_grade(en) > 8 or spanish_ease(es) < 60)
    ]


def test_both_languages_hold_the_same_placeholders() -> None:
    assert differing_placeholders(every_text()) == []


def test_a_placeholder_that_one_language_lacks_is_noticed() -> None:
    assert differing_placeholders(iter([("x", Both("by {time}", "pronto"))])) == ["x"]


def test_no_text_is_left_in_one_language() -> None:
    same = {"OutcomeTexts.code"}
    assert [name for name, (en, es) in every_text() if not (en and es) or (en == es and name not in same)] == []


def test_sentences_are_of_the_eighth_grade_or_lower() -> None:
    assert hard_texts(every_text()) == []


def test_a_hard_sentence_is_noticed() -> None:
    hard = (
        "Notwithstanding preauthorization requirements, reimbursement determinations are predicated upon adjudication."
    )
    assert hard_texts(iter([("x", Both(hard, hard))])) == ["x"]


@pytest.mark.parametrize("text", [consent_texts.GENERAL, consent_texts.PART_TWO])
def test_the_digest_of_a_consent_is_of_what_is_shown(text: consent_texts.ConsentText) -> None:
    assert "Harbor" in " ".join(text.paragraphs_in("es", "Harbor"))
    assert len({text.digest(language, name) for language in ("en", "es") for name in ("Harbor", "Bay")}) == 4


DIGESTS = {
    "2026-11": "ef8a723b03dcb8a5/91aa98e99003c228",
    "2026-11-part-2": "2b295c5a025edc4b/22d20091251d63da",
}
"""Of each version's English and Spanish text, without the provider's name: a text that was shown is never changed."""


@pytest.mark.parametrize("text", [consent_texts.GENERAL, consent_texts.PART_TWO])
def test_a_text_of_consent_is_never_changed_under_its_version(text: consent_texts.ConsentText) -> None:
    both = "/".join(text.digest(language, "{provider}")[:16] for language in ("en", "es"))
    assert DIGESTS[text.version] == both
