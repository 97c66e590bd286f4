"""What a summary promises its reader: plain words, the same in both languages, each resting on a line of the reply."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import permutations

import pytest

from contracts import (
    Answer,
    CoverageStatus,
    Evidence,
    Member,
    ProblemCode,
    Subscriber,
    Summary,
    SummaryStatement,
    Verdict,
    phrases,
)
from contracts.mending import MEND
from contracts.summary import _SENTENCES, summary_of
from contracts.wording import Both
from payers.reading.lines.codes import REJECTIONS
from tests.readability import FIGURE, english_grade, english_syllables, spanish_ease, spanish_syllables
from tests.summaries import every_answer

from .staging import answer, problem, terms

HIGHEST_GRADE = 8.0
LOWEST_EASE = 60.0
"""Fernández Huerta's index of the eighth grade."""

MONTHS = (
    "January February March April May June July August September October November December".split(),
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
)
DATES = (
    re.compile(rf"(?P<month>{'|'.join(MONTHS[0])}) (?P<day>\d+)(?:, (?P<year>\d{{4}}))?"),
    re.compile(rf"(?P<day>\d+) de (?P<month>{'|'.join(MONTHS[1])})(?: de (?P<year>\d{{4}}))?"),
)
PHONE = re.compile(r"\(\d{3}\) \d{3}-\d{4}")
VERDICTS = (
    {
        "is covered in network": "covered",
        "is likely covered in network": "likely",
        "is not covered in network": "not_covered",
        "if it is covered": "not_stated",
        "it is run by": "delegated",
        "care (IOP) could not": "could_not_check",
        "must approve it first": "authorization",
        "need not approve it first": "no authorization",
        "plan is active": "active",
        "plan is not active": "inactive",
        "did not find the member": "not_found",
    },
    {
        "(?<!no )(?<!probablemente )está cubierto dentro de la red": "covered",
        "probablemente está cubierto dentro de la red": "likely",
        "no está cubierto dentro de la red": "not_covered",
        "si está cubierto": "not_stated",
        "lo administra": "delegated",
        "intensivo (IOP) .* no se pudo": "could_not_check",
        "debe aprobarlo antes": "authorization",
        "no tiene que aprobarlo antes": "no authorization",
        "plan está activo": "active",
        "plan no está activo": "inactive",
        "no encontró a esta persona": "not_found",
    },
)
"""What is said of verdicts, authorization and status, by the words of each language, read without the templates."""


def said(text: str, language: int) -> dict[str, list[str]]:
    """The figures, dates, phones and verdicts of a text, in English (0) or Spanish (1)."""
    dates = []
    for found in DATES[language].finditer(text):
        month = MONTHS[language].index(found["month"]) + 1
        dates.append(f"{found['year']}-{month}-{found['day']}")
    rest = DATES[language].sub("", text)
    phones = PHONE.findall(rest)
    figures = FIGURE.findall(PHONE.sub("", rest))
    places = [(match.start(), name) for words, name in VERDICTS[language].items() for match in re.finditer(words, text)]
    return {
        "dates": dates,
        "phones": phones,
        "figures": sorted(figures),
        "verdicts": [name for _, name in sorted(places)],
    }


def differences(summary: Summary) -> list[str]:
    """What one language says and the other does not."""
    english, spanish = said(summary.en, 0), said(summary.es, 1)
    return [kind for kind in english if english[kind] != spanish[kind]]


def test_every_summary_is_of_the_eighth_grade_or_lower_in_both_languages() -> None:
    found = {name: one.summary for name, one in every_answer().items()}

    assert len(found) > 400
    assert {name: one.en for name, one in found.items() if english_grade(one.en) > HIGHEST_GRADE} == {}
    assert {name: one.es for name, one in found.items() if spanish_ease(one.es) < LOWEST_EASE} == {}


def test_every_next_step_is_of_the_eighth_grade_or_lower_too() -> None:
    steps = {(one.next_step.text, one.next_step.text_es) for one in every_answer().values()}
    texts = " ".join(text for text, _ in steps), " ".join(text or "" for _, text in steps)

    assert english_grade(texts[0]) <= HIGHEST_GRADE
    assert spanish_ease(texts[1]) >= LOWEST_EASE


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("plan", 1), ("named", 1), ("stated", 2), ("visit", 2), ("deductible", 4), ("authorization", 5), ("IOP", 3)],
)
def test_syllables_of_english_are_counted(word: str, syllables: int) -> None:
    assert english_syllables(word) == syllables


@pytest.mark.parametrize(
    ("word", "syllables"),
    [("plan", 1), ("día", 2), ("previa", 2), ("cubierto", 3), ("aún", 2), ("quiere", 2), ("aseguradora", 6)],
)
def test_syllables_of_spanish_are_counted(word: str, syllables: int) -> None:
    assert spanish_syllables(word) == syllables


def test_long_words_and_long_sentences_are_noticed() -> None:
    one_sentence = "Intensive outpatient for mental health: covered in network; whether prior authorization is required"

    assert english_grade(one_sentence.replace(";", ",").replace(":", ",")) > HIGHEST_GRADE
    assert spanish_ease("La administradora responsabilizada indicó imposibilidades administrativas.") < LOWEST_EASE


def test_both_languages_say_the_same_figures_dates_phones_and_verdicts() -> None:
    found = {name: differences(one.summary) for name, one in every_answer().items()}

    assert {name: kinds for name, kinds in found.items() if kinds} == {}


def test_both_languages_of_every_next_step_say_the_same() -> None:
    for name, one in every_answer().items():
        step = one.next_step
        assert differences(Summary(en=step.text, es=step.text_es or "")) == [], name


@pytest.fixture
def changed_words(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """What a summary says of a program is remembered: not while its words are others, and not after."""
    _SENTENCES._found.clear()
    with monkeypatch.context() as changed:
        yield changed
    _SENTENCES._found.clear()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ENDS", Both("The plan ends on {day}.", "El plan termina pronto.")),
        ("PHONE", Both("The phone of {name} is {phone}.", "El teléfono de {name} se desconoce.")),
        ("LIMITED", Both("There is a limit.", "El límite es de {value}.")),
        ("LIKELY_IF_ACTIVE", phrases.VERDICT[Verdict.LIKELY]._replace(es="{program} está cubierto.")),
    ],
)
def test_a_sentence_that_says_less_in_one_language_is_noticed(
    changed_words: pytest.MonkeyPatch, name: str, words: Both
) -> None:
    changed_words.setattr(phrases, name, words)

    assert any(differences(summary_of(one)) for one in every_answer().values())


def test_every_verdict_in_network_is_said() -> None:
    for name, one in every_answer().items():
        if one.coverage.status in {CoverageStatus.ACTIVE, CoverageStatus.UNCLEAR}:
            verdicts = {row.in_network.verdict.value for row in one.programs} - {"could_not_check", "not_stated"}
            assert verdicts <= set(said(one.summary.en, 0)["verdicts"]), name


NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|\.\d+")
CLAIM = re.compile(r"[$%]|\d|covered in network|run by|plan is active|(?<!if the plan )must approve|need not")


def numbers(text: str) -> set[Decimal]:
    return {Decimal(found.replace(",", "")) for found in NUMBER.findall(text)}


def founded(statement: SummaryStatement, evidence: dict[str, Evidence]) -> bool:
    """Whether each figure of a statement stands in a line that it rests on, as such, as a share, or as a difference."""
    lines = set().union(*(numbers(evidence[one].text or "") for one in statement.evidence))
    known = lines | {one * 100 for one in lines} | {max(a - b, Decimal(0)) for a, b in permutations(lines, 2)}
    known |= {a + b for a, b in permutations(lines, 2)}
    return numbers(DATES[0].sub("", PHONE.sub("", statement.en))) <= known


def unfounded(one: Answer, summary: Summary) -> Iterator[str]:
    """Statements of a summary that claim something and rest on nothing, or on lines that do not say it."""
    evidence = {line.id: line for line in one.evidence}
    for statement in summary.statements:
        claims = CLAIM.search(statement.en) is not None
        leads_somewhere = evidence.keys() >= set(statement.evidence) and (not claims or statement.evidence)
        if not leads_somewhere or (claims and not founded(statement, evidence)):
            yield statement.en


def read_answers() -> Iterator[tuple[str, Answer]]:
    """Answers that were read of a reply: their evidence stands in it."""
    return ((name, one) for name, one in every_answer().items() if one.evidence)


def test_every_statement_rests_on_lines_that_say_it() -> None:
    found = {name: list(unfounded(one, one.summary)) for name, one in read_answers()}

    assert len(found) > 300
    assert {name: statements for name, statements in found.items() if statements} == {}


def test_statements_that_rest_on_other_lines_are_noticed() -> None:
    noticed = 0
    for _, one in read_answers():
        marks = [statement.evidence for statement in one.summary.statements]
        turned = [
            statement.model_copy(update={"evidence": other})
            for statement, other in zip(one.summary.statements, [*marks[1:], marks[0]], strict=True)
        ]
        noticed += bool(list(unfounded(one, one.summary.model_copy(update={"statements": tuple(turned)}))))

    assert noticed > 300


def test_the_statements_are_the_whole_text() -> None:
    for one in every_answer().values():
        assert " ".join(part.en for part in one.summary.statements) == one.summary.en
        assert " ".join(part.es for part in one.summary.statements) == one.summary.es


PROMISES = re.compile(
    r"will (?:pay|cover|be paid|be covered)|guarantee|promise|garanti|promesa|pagará|cubrirá|será (?:pagado|cubierto)"
)


def promises(summary: Summary) -> list[str]:
    texts = [text.replace(words, "") for text, words in zip((summary.en, summary.es), phrases.NO_PROMISE, strict=True)]
    return [found for text in texts for found in PROMISES.findall(text)]


def test_nothing_promises_payment_and_what_is_covered_is_said_to_be_no_promise() -> None:
    for name, one in every_answer().items():
        granted = any(row.in_network.verdict in {Verdict.COVERED, Verdict.LIKELY} for row in one.programs)
        is_read = one.coverage.status in {CoverageStatus.ACTIVE, CoverageStatus.UNCLEAR}
        assert promises(one.summary) == [], name
        assert (phrases.NO_PROMISE.en in one.summary.en) is (granted and is_read), name
        assert (phrases.NO_PROMISE.es in one.summary.es) is (granted and is_read), name


def test_a_promise_is_noticed(changed_words: pytest.MonkeyPatch) -> None:
    will_pay = Both("{program} will be covered.", "El plan pagará {program}.")
    changed_words.setitem(phrases.VERDICT, Verdict.COVERED, will_pay)

    assert set(promises(summary_of(answer(terms())))) == {"will be covered", "pagará"}


@pytest.mark.parametrize("field", sorted({field for one in REJECTIONS.values() for field in one.fields}))
def test_a_detail_that_is_wrong_says_how_to_mend_it(field: str) -> None:
    whole = answer(None, CoverageStatus.NOT_FOUND, problems=(problem(ProblemCode.MEMBER_REJECTED, field),))

    assert MEND[field].en in whole.summary.en
    assert MEND[field].es in whole.summary.es


@pytest.mark.parametrize(
    "field", sorted({*Member.model_fields, *(f"subscriber.{name}" for name in Subscriber.model_fields)})
)
def test_every_detail_has_its_name_in_both_languages(field: str) -> None:
    whole = answer(None, CoverageStatus.NOT_FOUND, problems=(problem(ProblemCode.MEMBER_REJECTED, field),))
    texts = (whole.summary.en, whole.summary.es, whole.next_step.text, whole.next_step.text_es or "")
    name = field.rpartition(".")[2].replace("_", " ")

    assert not any("_" in text or "{" in text for text in texts)
    assert not any(name in text for text in texts[1::2])
    assert ("subscriber's" in texts[2]) is ("titular" in texts[3]) is field.startswith("subscriber.")


def test_details_that_are_wrong_without_a_name_say_how_to_mend_them() -> None:
    whole = answer(None, CoverageStatus.NOT_FOUND, problems=(problem(ProblemCode.MEMBER_REJECTED),))

    assert "Check each of the member's details against the card." in whole.summary.en
    assert "Compare con la tarjeta cada dato" in whole.summary.es
