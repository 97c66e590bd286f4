"""The report as FHIR R4, read by two other libraries: valid for everybody, and nothing that is not known is a value."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

from contracts import Relationship, State, Subscriber
from service.guidance.report.fhir import write_fhir
from service.guidance.report.record import SealedReport, seal
from tests.service.guidance.report.reports import each_report, hostile_report, plain_report
from tests.service.guidance.test_call_sheet import QUESTION

VALIDATOR = Path(__file__).parent / "fhir_validator"
DEPENDENT = QUESTION.model_copy(
    update={"subscriber": Subscriber(first_name="Eve", last_name="Imaginary", relationship=Relationship.SPOUSE)}
)


@cache
def bundle(sealed: SealedReport) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(write_fhir(sealed))
    return found


def resource(of: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(one["resource"] for one in of["entry"] if one["resource"]["resourceType"] == kind)


def response(sealed: SealedReport) -> dict[str, Any]:
    return resource(bundle(sealed), "CoverageEligibilityResponse")


def judge(bundles: Iterable[dict[str, Any]]) -> list[list[str]]:
    """What the npm package ``fhir`` finds wrong in each bundle."""
    node = shutil.which("node")
    if node is None or not (VALIDATOR / "node_modules" / "fhir").is_dir():
        if "CI" in os.environ:
            pytest.fail("the FHIR validator is not installed: see .ci/run")
        pytest.skip(f"the FHIR validator is not installed: `npm ci --prefix {VALIDATOR.name}` beside this test")
    lines = "".join(f"{json.dumps(one)}\n" for one in bundles)
    done = subprocess.run(
        [node, "validate.js"], cwd=VALIDATOR, input=lines, capture_output=True, text=True, check=True, timeout=100
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [one["wrong"] if one["valid"] else [*one["wrong"], "not valid"] for one in found]


def test_everybody_is_valid_for_another_validator() -> None:
    reports = [sealed for _, sealed in each_report()]
    reports += [hostile_report(), plain_report(), plain_report(DEPENDENT), pending()]

    found = judge(map(bundle, reports))

    assert len(found) == len(reports)
    assert [one for one in found if one] == []


def test_the_validator_finds_a_wrong_code_and_a_missing_element() -> None:
    wrong_code, missing, unknown = (deepcopy(bundle(plain_report())) for _ in range(3))
    resource(wrong_code, "CoverageEligibilityResponse")["outcome"] = "completed"
    del resource(missing, "CoverageEligibilityRequest")["insurer"]
    resource(unknown, "Coverage")["plan"] = "GOLD"

    assert all(judge([wrong_code, missing, unknown]))


def test_our_own_library_reads_it_and_finds_what_is_wrong() -> None:
    good = bundle(plain_report())
    bad = deepcopy(good)
    resource(bad, "CoverageEligibilityResponse")["insurance"][0]["inforce"] = "maybe"

    assert Bundle.model_validate(good).type == "collection"
    with pytest.raises(ValidationError):
        Bundle.model_validate(bad)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def test_every_reference_leads_to_a_resource_of_the_bundle() -> None:
    for sealed in (plain_report(), plain_report(DEPENDENT)):
        written = bundle(sealed)
        places = {one["fullUrl"] for one in written["entry"]}
        used = {one for entry in written["entry"] for one in strings(entry["resource"]) if one.startswith("urn:uuid:")}

        assert used <= places
        assert len(used) == len(places) - 1, "nothing refers to the response"


def test_what_is_not_stated_is_absent() -> None:
    for _, sealed in each_report():
        answer = sealed.report.answer
        items = response(sealed)["insurance"][0].get("item", [])
        named = {one["name"]: one for one in items}
        for row in answer.programs:
            name = f"{row.program.value.upper()}, {row.condition.value.replace('_', ' ')}, in network"
            item, terms = named[name], row.in_network
            stated = {one["type"]["coding"][0]["code"]: one for one in item.get("benefit", [])}
            assert item.get("authorizationRequired") == {"required": True, "not_required": False}.get(
                terms.authorization.value
            )
            assert item.get("excluded") == {"covered": False, "not_covered": True}.get(terms.verdict.value)
            assert ("copay" in stated) == (terms.copay is not None)
            assert ("copay-percent" in stated) == (terms.coinsurance is not None)
            if terms.copay is not None:
                assert stated["copay"]["allowedMoney"]["value"] == float(terms.copay.amount)
            if terms.coinsurance is not None:
                assert stated["copay-percent"]["allowedUnsignedInt"] == int(terms.coinsurance * 100)
        sides = [answer.accumulators.in_network, answer.accumulators.out_of_network]
        totals = [
            one.total for side in sides for level in (side.individual, side.family) for one in (level.deductible,)
        ]
        written = [one for one in items if "deductible" in one["name"] and "allowedMoney" in one["benefit"][0]]
        assert len(written) == len([one for one in totals if one is not None])


def test_every_point_of_the_form_is_there_with_who_states_it() -> None:
    points = [one for one in response(plain_report())["extension"] if one["url"].endswith(":point")]
    by = {one["extension"][0]["valueInteger"]: one["extension"][3]["valueString"] for one in points}

    assert sorted(by) == list(range(1, 62))
    assert set(by.values()) >= {"payer", "ours", "not known"}


def test_in_force_is_said_of_a_plan_that_is_known_to_be_or_not_to_be() -> None:
    for _, sealed in each_report():
        status = sealed.report.answer.coverage.status.value

        assert response(sealed)["insurance"][0].get("inforce") == {"active": True, "inactive": False}.get(status)


def pending() -> SealedReport:
    report = plain_report().report
    return seal(report.model_copy(update={"answer": report.answer.model_copy(update={"state": State.PENDING})}))


def test_an_answer_that_is_pending_is_queued() -> None:
    assert response(pending())["outcome"] == "queued"
    assert response(plain_report())["outcome"] == "complete"


def test_a_dependent_has_a_subscriber() -> None:
    written = bundle(plain_report(DEPENDENT))
    coverage = resource(written, "Coverage")

    assert resource(written, "RelatedPerson")["name"] == [{"family": "Imaginary", "given": ["Eve"]}]
    assert coverage["relationship"]["coding"][0]["code"] == "spouse"
    assert coverage["subscriber"] != coverage["beneficiary"]


def test_hostile_words_are_only_words() -> None:
    written = write_fhir(hostile_report())
    coverage = resource(json.loads(written), "Coverage")
    plan = next(one for one in coverage["class"] if one["type"]["coding"][0]["code"] == "plan")

    assert "<script>alert(1)</script>" in plan["value"]
    assert "\\u202etxt\\u202c \\x1b[31m 漢字 שלום" in plan["value"]
    assert not [one for one in strings(json.loads(written)) if "\u202e" in one or "\x1b" in one]
    assert b"text/html" not in written
    assert b'"div"' not in written, "no narrative, which a program would show as markup"


def test_the_same_record_is_the_same_bundle() -> None:
    assert write_fhir(hostile_report()) == write_fhir(hostile_report())
    assert bundle(plain_report())["meta"]["tag"][0]["code"] == plain_report().digest
