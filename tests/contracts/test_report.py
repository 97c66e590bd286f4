"""What the page promises: all of an answer stands on it, in 80 columns, and a payer's words are only words."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from enum import EnumType
from typing import Any

import pytest
from pydantic import BaseModel

import contracts.vocabulary
from contracts import Administrator, Answer, PlainText, State
from contracts.answer import TEXTS
from contracts.report import LookAgain, escape_for_terminal, escape_json_for_terminal, report, words

FIGURES = {
    "total": "1500.00",
    "met": "600.00",
    "remaining": "900.00",
    "alternatives": [
        {"figure": "deductible", "value": "77.00", "per": "day", "distinguished_by": "tier", "text": "TIER"}
    ],
    "evidence": ["e1"],
}
LEVEL = {"deductible": FIGURES, "out_of_pocket": FIGURES}
SIDE = {"individual": LEVEL, "family": LEVEL}
TERMS: dict[str, Any] = {
    "verdict": "covered",
    "grade": "A",
    "rule": "phrase",
    "authorization": "required",
    "copay": {"amount": "40.00", "per": "day"},
    "coinsurance": "0.20",
    "deductible_applies": True,
    "limits": [{"quantity": "30", "unit": "days", "period": "calendar_year", "remaining": "12", "evidence": ["e2"]}],
    "virtual": "covered",
    "cost_rule": "both",
    "alternatives": [
        {
            "figure": "copay",
            "value": "60.00",
            "per": "visit",
            "distinguished_by": "message",
            "text": "OFFICE",
            "evidence": ["e1"],
        }
    ],
    "assumed": ["coinsurance"],
    "administered_by": "Imaginary Behavioral",
    "evidence": ["e2"],
}
WHOLE: dict[str, Any] = {
    "verification_id": "ver_IMAGINARY",
    "reference": "walk-in 7",
    "state": "pending",
    "payer": "aetna",
    "service_date": "2026-11-23",
    "as_of": "2026-11-23T15:04:05Z",
    "member_match": "differs",
    "coverage": {
        "status": "active",
        "plan_name": "OPEN CHOICE",
        "plan_type": "PPO",
        "group_number": "0908765",
        "group_name": "IMAGINARY EMPLOYER",
        "begins_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "benefit_year": {"kind": "plan", "resets_on": "2027-03-01"},
        "other_payers": [{"name": "OTHER PLAN", "order": "primary", "evidence": ["e1"]}],
        "evidence": ["e1"],
    },
    "programs": [
        {"program": program, "condition": condition, "in_network": TERMS, "out_of_network": TERMS}
        for program in ("iop", "php")
        for condition in ("mental_health", "substance_use")
    ],
    "accumulators": {"in_network": SIDE, "out_of_network": SIDE},
    "medical_benefits": [
        {
            "service_types": ["98"],
            "side": "in_network",
            "copay": {"amount": "25.00", "per": "visit"},
            "coinsurance": "0.15",
            "limit": {"quantity": "40", "unit": "visits", "period": "plan_year", "remaining": "7", "evidence": ["e1"]},
            "evidence": ["e2"],
        }
    ],
    "administrators": [
        {
            "name": "Imaginary Behavioral",
            "payer": "optum",
            "phone": "8005550100",
            "member_id_differs": True,
            "covers": ["mental_health"],
            "asked": True,
            "outcome": "pending",
            "evidence": ["e2"],
        }
    ],
    "answered_by": [
        {"payer": "aetna", "route": "core_mime", "trace": "T1", "answered_at": "2026-11-23T15:04:00Z"},
        {"payer": "optum", "route": "core_soap", "trace": "T2", "answered_at": "2026-11-23T15:04:03Z"},
    ],
    "open_questions": [{"code": "limits", "ask": "How many days are left?", "phone": "8005550111"}],
    "next_step": {
        "code": "wait",
        "text": "The payer is asked again.",
        "text_es": "Se vuelve a preguntar.",
        "phone": "8005550122",
    },
    "summary": {
        "en": "In short, covered.",
        "es": "En resumen, cubierto.",
        "statements": [{"en": "In short, covered.", "es": "En resumen, cubierto.", "evidence": ["e1"]}],
    },
    "evidence": [
        {"id": "e1", "answered_by": 0, "segment": 31, "text": "EB*1**30", "description": "active for 30"},
        {"id": "e2", "answered_by": 1, "path": "$.a", "text": "EB*A*IND", "description": "coinsurance"},
    ],
    "findings": [
        {"code": "unknown_code", "segment": 44, "detail": "EB01=ZZ"},
        {"code": "contradiction", "path": "$.b", "detail": "phrase:I"},
    ],
    "problems": [
        {"code": "payer_busy", "responsible": "payer", "fields": ["member_id"], "retry_at": "2026-11-23T15:06:00Z"}
    ],
    "timing": {
        "budget_ms": 8000,
        "elapsed_ms": 1840,
        "exchanges": [{"payer": "aetna", "route": "core_mime", "attempt": 1, "ms": 1602, "outcome": "answered"}],
    },
}
SAID_IN_WORDS = (
    *("next_step.code", "open_questions.0.code", "administrators.0.asked"),
    *("summary.en", "summary.es"),
)
"""Codes whose meaning stands in a text beside them (the step's, the question's, the outcome's), and the summary as one
text, whose statements are printed one by one.
"""

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202edoog\u2066 \r\nPlan: active\x00[red]x[/red]\u2028y\ud800"


def read_answer(value: object) -> Answer:
    """An answer with its texts, as it comes from a service."""
    return Answer.model_validate_json(json.dumps(value, default=str))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [leaf for name, one in inner for leaf in leaves(one, (*path, name))]
    yield from found or ([(path, value)] if not isinstance(value, (dict, list)) else [])


def others(value: Any) -> Iterator[Any]:
    """What could stand in the place of ``value``."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, str):
        with_a_day_more = value
        try:
            with_a_day_more = (date.fromisoformat(value) + timedelta(1)).isoformat()
        except ValueError:
            yield from (f"{value}9", value.replace("1", "2"), value.replace("T15", "T16"))
        yield with_a_day_more
        for kind in vars(contracts.vocabulary).values():
            if isinstance(kind, EnumType) and value in list(kind):
                yield from kind


def changed(path: tuple[Any, ...], value: Any) -> Answer | None:
    """The whole answer with another value at ``path``; None when no such answer can be."""
    document = deepcopy(WHOLE)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    try:
        answer = Answer.model_validate_json(json.dumps(document))
    except ValueError:
        return None
    return answer if answer.model_dump() != read_answer(WHOLE).model_dump() else None


@pytest.mark.parametrize("field", WHOLE)
def test_nothing_that_an_answer_holds_is_missing(field: str) -> None:
    page = report(read_answer(WHOLE))

    hidden = []
    for path, value in leaves({field: WHOLE[field]}):
        other = next(answer for one in others(value) if (answer := changed(path, one)) is not None)
        if report(other) == page:
            hidden.append(".".join(map(str, path)))

    assert [path for path in hidden if path not in SAID_IN_WORDS] == []


def test_the_answer_that_is_printed_leaves_no_field_out() -> None:
    answer = read_answer(WHOLE)

    given = {path for path, _ in leaves(WHOLE)}
    held = {path for path, value in leaves(answer.model_dump(mode="json")) if value is not None}
    assert held <= given | {path for path in held if path[-1] in {"per", "program", "condition", "answered_by"}}


def keys(value: Any) -> Iterator[str]:
    """Every name in a document."""
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(inner)


def fields_not_printed(kind: type[Answer]) -> set[str]:
    """Fields of an answer that the one that is printed here does not have."""
    schema = kind.model_json_schema(mode="serialization")
    named = {name for part in (schema, *schema["$defs"].values()) for name in part.get("properties", {})}
    return named - {*keys(WHOLE)} - {field for part in (Answer, Administrator) for field in hidden_in(part)}


def hidden_in(kind: type[BaseModel]) -> set[str]:
    """Fields that are never written out."""
    return {name for name, field in kind.model_fields.items() if field.exclude}


class Wider(Answer):
    """An answer with a field that is new."""

    claims_address: PlainText | None = None


def test_a_new_field_of_the_answer_is_printed() -> None:
    assert fields_not_printed(Answer) == set()
    assert fields_not_printed(Wider) == {"claims_address"}


EVERY = {
    "Program": words.PROGRAM,
    "Condition": words.CONDITION,
    "CoverageStatus": words.STATUS,
    "MemberMatch": words.MEMBER_MATCH,
    "Verdict": words.VERDICT,
    "Grade": words.GRADE,
    "Rule": words.RULE,
    "Authorization": words.AUTHORIZATION,
    "VirtualDelivery": words.VIRTUAL,
    "CopayPer": words.PER,
    "CostRule": words.COST_RULE,
    "Figure": words.FIGURE,
    "DistinguishedBy": words.APART,
    "LimitPeriod": words.PERIOD,
    "BenefitYearKind": words.BENEFIT_YEAR,
    "AdministratorOutcome": words.OUTCOME,
    "Responsible": words.RESPONSIBLE,
    "FindingCode": words.FINDING,
    "PayerOrder": words.ORDER,
    "ExchangeOutcome": words.EXCHANGE,
}
"""The words of each closed list, by its name in ``contracts.vocabulary``."""


@pytest.mark.parametrize("name", EVERY)
def test_every_value_of_a_closed_list_has_its_words(name: str) -> None:
    missing = {one.value for one in getattr(contracts.vocabulary, name)} - EVERY[name].keys()

    assert not missing


def everywhere(text: str) -> Answer:
    """An answer with ``text`` wherever an answer holds words from outside."""
    free = {
        "name",
        "phone",
        "text",
        "description",
        "detail",
        "plan_name",
        "group_number",
        "group_name",
        "trace",
        "route",
    }
    free |= {"administered_by", "reference", "ask", "en", "es", "payer", "path"}

    def filled(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: filled(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [filled(one, name) for one in value]
        return text if name in free else value

    return Answer.model_validate(filled({name: value for name, value in WHOLE.items() if name not in TEXTS}))


def test_a_terminal_obeys_no_word_of_a_payer() -> None:
    page = report(everywhere(HOSTILE))

    assert "\\x1b]0;owned\\x07" in page
    assert all(sign.isprintable() or sign == "\n" for sign in page)
    assert not [line for line in page.splitlines() if line.strip() == "Plan: active"]


def test_every_line_fits_a_terminal_that_nobody_widened() -> None:
    for text in ("WORDS " * 90, "X" * 500, HOSTILE * 9):
        assert max(map(len, report(everywhere(text)).splitlines())) <= 80


def test_a_page_is_plain_text_unless_headings_are_set_off() -> None:
    plain = report(read_answer(WHOLE))

    assert "\x1b" not in plain
    assert report(read_answer(WHOLE), emphasise=lambda text: f"<{text}>").count("<") == 13


def pending(**changes: Any) -> Answer:
    return read_answer(WHOLE | {"state": State.PENDING} | changes)


def test_a_pending_answer_is_called_so_with_its_id_and_its_next_try() -> None:
    page = report(pending(), look_again=LookAgain(("benefits show ver_IMAGINARY",)))

    assert page.startswith("Verification ver_IMAGINARY: PENDING")
    assert "asked again at 10:06 AM EST on November 23" in page
    assert "benefits show ver_IMAGINARY" in page
    assert "The payer is asked again." in page


@pytest.mark.parametrize(
    ("field", "words"), [("member_id", "member ID"), ("subscriber.member_id", "subscriber's member ID")]
)
def test_what_is_to_be_checked_in_the_question_stands_at_the_top_and_is_nothing_of_the_reply(
    field: str, words: str
) -> None:
    doubt = {"code": "malformed_value", "detail": f"{field}: a letter stands where a digit belongs"}
    page = report(pending(findings=[doubt]))

    assert f"  Check:          {words}: a letter stands where a digit belongs" in page.partition("\n\n")[0]
    assert "Seen in the reply" not in page


def test_a_value_of_a_reply_that_can_not_be_read_is_no_doubt_about_the_question() -> None:
    malformed = {"code": "malformed_value", "segment": 7, "detail": "member_id: EB07"}
    page = report(pending(findings=[malformed]))

    assert "Check:" not in page
    assert "a value that cannot be read: member_id: EB07 (segment 7)" in page


def test_what_nobody_goes_on_asking_for_does_not_promise_to_complete_itself() -> None:
    page = report(pending(), look_again=LookAgain(("benefits show ver_IMAGINARY",), unattended=True))

    assert "may be asked again from" in page
    assert "The payer is asked again." not in page
    assert "In short" not in page


def test_each_problem_has_its_sentence_and_who_can_mend_it() -> None:
    problems = [
        {"code": "payer_silent", "responsible": "payer"},
        {"code": "setup_problem", "responsible": "provider"},
    ]
    page = report(read_answer(WHOLE | {"problems": problems, "administrators": []})).replace("\n", "")

    assert "(payer_silent)" in page
    assert "(setup_problem)" in page
    assert "The payer has not answered" not in page, "it has, in part"
    assert "the provider's office" in page


def with_terms(**changes: Any) -> str:
    terms = {"verdict": "not_stated", "grade": "D", "rule": "outpatient", "evidence": ["e1"]} | changes
    programs = [{**WHOLE["programs"][0], "in_network": terms}, *WHOLE["programs"][1:]]
    findings = [{"code": "contradiction", "segment": 31, "detail": "outpatient:I"}]
    page = report(read_answer(WHOLE | {"programs": programs, "findings": findings}))
    return page[page.index("IOP, mental health, in network") : page.index("IOP, mental health, out")]


def test_a_contradiction_is_called_one_and_silence_is_not() -> None:
    assert "contradiction" in with_terms()
    assert "left open" in with_terms(evidence=["e2"])
    assert "not stated by the payer" in with_terms(rule="silent", evidence=[])


def test_a_borrowed_figure_is_said_to_be_borrowed() -> None:
    assert "20%; borrowed" in with_terms(**TERMS).replace("\n", "")
    assert "borrowed" not in with_terms(**TERMS | {"assumed": []})


def test_several_values_are_shown_and_none_is_chosen() -> None:
    several = [
        {"figure": "copay", "value": value, "per": "day", "distinguished_by": "tier", "text": f"TIER {number}"}
        for number, value in enumerate(("40.00", "60.00"), start=1)
    ]
    block = with_terms(**TERMS | {"copay": None, "alternatives": several})

    assert "the payer states 2 of it" in block
    assert "$40.00 per day, by network tier" in block
    assert "$60.00 per day, by network tier" in block


def test_json_that_is_made_harmless_means_the_same() -> None:
    text = json.dumps({"a": HOSTILE[:-1] + "\U000e0041é"}, ensure_ascii=False)

    made = escape_json_for_terminal(text)

    assert json.loads(made) == json.loads(text)
    assert made.isprintable()
    assert escape_for_terminal("plain [e1] ~") == "plain [e1] ~"
