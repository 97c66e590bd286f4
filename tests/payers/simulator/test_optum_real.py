"""The payers' end of Optum Real: strict about token, headers, inputs and what a query may select."""

import json
from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest

from contracts import AttemptNumbers, Inquiry, Member, Provider
from payers.routes.optum_real import request as optum_real
from payers.simulator.endpoints.optum_real.endpoint import PATH, STRANGER, TOKEN_PATH, OptumRealEndpoint
from payers.simulator.endpoints.optum_real.graphql import NoQuery, select_fields, selection_of, unknown
from payers.simulator.faults import FaultSource
from payers.simulator.http_messages import Request, Response, is_exchange
from payers.simulator.payer_system import PayerSystem
from payers.simulator.people import PEOPLE

FORM = "grant_type=client_credentials&client_id=simulator&client_secret=simulator&scope=create_txn+read_txn"
PERSON = next(one for one in PEOPLE if (one.payer, one.scenario) == ("unitedhealthcare", "covered_by_wording"))
INQUIRY = Inquiry(
    payer="unitedhealthcare",
    payer_id="87726",
    member=Member(
        first_name=PERSON.first_name,
        last_name=PERSON.last_name,
        birth_date=PERSON.birth_date,
        member_id=PERSON.member_id,
    ),
    provider=Provider(npi="1999999984", name="Example Center", tax_id="123456789"),
    service_date="2026-11-24",
    service_types=("MH",),
)
NUMBERS = AttemptNumbers(
    interchange="000000001",
    group="1",
    trace="TR1",
    originator="9123456789",
    transaction="BV1",
    envelope_id="f81d4fae-7dec-41d0-a765-000000000001",
)
ASKED = optum_real.write_query_input(INQUIRY, NUMBERS)
ELIGIBILITY = {"query": optum_real.ELIGIBILITY, "variables": {"input": ASKED}}
CHECK = optum_real.write_benefit_check(ASKED, "123456789", ("H0035",))
DETAIL = ("variables", "benChkInput", "caseDetailProvider", 0, "procedureDetails", 0)


class Caller:
    """One end and a caller with a token of it."""

    def __init__(self) -> None:
        self.end = OptumRealEndpoint(FaultSource(), PayerSystem())
        self.token = ""
        self.used = 0

    async def ask(self, body: Any, **headers: str) -> Response:
        if not self.token:
            head = {"content-type": "application/x-www-form-urlencoded"}
            granted = await self.end.answer(Request("POST", TOKEN_PATH, head, FORM.encode()))
            self.token = json.loads(granted.body)["access_token"]
        self.used += 1
        right = {
            "content-type": "application/json",
            "authorization": f"Bearer {self.token}",
            "providertaxid": "123456789",
            "x-optum-consumer-correlation-id": str(UUID(int=self.used)),
        }
        given = right | {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else json.dumps(_filled(body)).encode()
        return await self.end.answer(Request("POST", PATH, given, content))


def _filled(body: Any) -> Any:
    found = deepcopy(body)
    if isinstance(found, dict) and "input" in found.get("variables", {}):
        found["variables"]["input"] = {key: one for key, one in found["variables"]["input"].items() if one}
    return found


def changed(body: dict[str, Any], *path: str | int, value: object = None) -> dict[str, Any]:
    """``body`` with another value at ``path``; without the field when the value is None."""
    found = deepcopy(body)
    here: Any = found
    for key in path[:-1]:
        here = here[key]
    if value is None:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return found


async def test_a_right_query_gets_what_it_selects_and_nothing_else() -> None:
    caller = Caller()
    query = "query($input: I!) { checkEligibility(input: $input) { eligibility { eligibilityInfo { trnId } } } }"

    came = await caller.ask({**ELIGIBILITY, "query": query})

    assert json.loads(came.body) == {
        "data": {"checkEligibility": {"eligibility": [{"eligibilityInfo": {"trnId": "TR1"}}]}}
    }
    assert caller.end.violations == []


async def test_a_right_check_tells_the_outcome_of_its_procedure() -> None:
    caller = Caller()

    came = await caller.ask(CHECK)

    (outcome,) = json.loads(came.body)["data"]["checkPriorAuthBenefitCoverage"]["serviceOutcomes"]
    assert (outcome["procedureCode"], outcome["servicePriorAuth"]["serviceOutcomeCode"]) == ("H0035", "1")
    assert caller.end.violations == []


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        (b"no json", "query body"),
        ({"variables": {"input": ASKED}}, "query query"),
        ({**ELIGIBILITY, "query": "{ checkEligibility { nonsense } }"}, "query checkEligibility.nonsense"),
        ({**ELIGIBILITY, "query": "{ checkEligibility { eligibility } }"}, "query checkEligibility.eligibility"),
        ({**ELIGIBILITY, "query": "{ checkEligibility { "}, "query open"),
        ({**ELIGIBILITY, "query": optum_real.BENEFIT_CHECK}, "query input"),
        (changed(ELIGIBILITY, "variables", "input", "payerId"), "query input.payerId"),
        (changed(ELIGIBILITY, "variables", "input", "providerLastName"), "query input.providerLastName"),
        (changed(ELIGIBILITY, "variables", "input", "dateOfBirth", value="19900412"), "query input.dateOfBirth"),
        (changed(ELIGIBILITY, "variables", "input", "ssn", value="1"), "query input.ssn"),
        (
            changed(CHECK, *DETAIL, "procedureCode"),
            "query benChkInput.caseDetailProvider.procedureDetails.procedureCode",
        ),
        (
            changed(CHECK, *DETAIL, "isPrimary", value="yes"),
            "query benChkInput.caseDetailProvider.procedureDetails.isPrimary",
        ),
    ],
)
async def test_what_the_schema_does_not_have_is_a_validation_error(body: Any, violation: str) -> None:
    caller = Caller()

    came = await caller.ask(body)

    (error,) = json.loads(came.body)["errors"]
    assert (came.status, error["extensions"]["classification"]) == (400, "ValidationError")
    assert caller.end.violations == [violation]


@pytest.mark.parametrize(
    ("headers", "violation"),
    [
        ({"providertaxid": ""}, "providerTaxId"),
        ({"providertaxid": "12-345"}, "providerTaxId"),
        ({"x_optum_consumer_correlation_id": "17"}, "correlation_id"),
    ],
)
async def test_a_header_that_is_missing_or_wrong_is_named(headers: dict[str, str], violation: str) -> None:
    caller = Caller()

    came = await caller.ask(ELIGIBILITY, **headers)

    assert (came.status, caller.end.violations) == (400, [violation])


async def test_an_id_or_a_trace_that_comes_twice_is_a_violation() -> None:
    caller = Caller()
    await caller.ask(ELIGIBILITY)

    again = await caller.ask(ELIGIBILITY)
    same = await caller.ask(CHECK, x_optum_consumer_correlation_id=str(UUID(int=1)))

    assert [again.status, same.status] == [400, 400]
    assert caller.end.violations == ["trnId", "correlation_id"]


async def test_a_tax_id_that_nobody_has_on_file_is_an_error_with_status_200() -> None:
    came = await Caller().ask(ELIGIBILITY, providertaxid=STRANGER)

    assert came.status == 200
    assert "tax id" in json.loads(came.body)["errors"][0]["message"]


async def test_without_a_token_nothing_is_answered() -> None:
    came = await Caller().ask(ELIGIBILITY, authorization="Bearer other")

    assert (came.status, json.loads(came.body)) == (401, {"message": "UnAuthorized", "statusCode": 401})


@pytest.mark.parametrize(("method", "path"), [("GET", PATH), ("POST", f"{PATH}/other")])
async def test_there_is_one_place_and_one_method(method: str, path: str) -> None:
    assert (await OptumRealEndpoint(FaultSource(), PayerSystem()).answer(Request(method, path, {}, b""))).status == 405


@pytest.mark.parametrize(
    ("payer", "last_name", "message"),
    [("87726", "SOMEBODY", "Member not found"), ("00000", PERSON.last_name, "Unknown payer")],
)
async def test_whom_nobody_knows_is_an_error_in_words(payer: str, last_name: str, message: str) -> None:
    asked = {**ASKED, "payerId": payer, "lastName": last_name}

    came = await Caller().ask({**ELIGIBILITY, "variables": {"input": asked}})

    said = json.loads(came.body)
    assert (said["data"], [one["message"] for one in said["errors"]]) == (None, [message])


async def test_a_check_about_whom_nobody_knows_is_an_error_too() -> None:
    body = changed(CHECK, "variables", "benChkInput", "beneficiaryDetail", "lastName", value="SOMEBODY")

    assert json.loads((await Caller().ask(body)).body)["errors"][0]["message"] == "Member not found"


def test_a_benefit_check_is_no_exchange_though_it_comes_to_the_same_address() -> None:
    end = OptumRealEndpoint(FaultSource(), PayerSystem())

    counted = [is_exchange(end, Request("POST", PATH, {}, json.dumps(body).encode())) for body in (ELIGIBILITY, CHECK)]

    assert counted == [True, False]


@pytest.mark.parametrize("query", ["", "query Q", "{ }", "{ a { } }", "{ a } }", "{ 1a }", "{ a(", "{" * 30])
def test_what_is_no_query_is_told_apart(query: str) -> None:
    with pytest.raises(NoQuery):
        selection_of(query)


def test_a_selection_is_read_held_against_a_schema_and_applied() -> None:
    selection = selection_of("query Q($a: [B!]!) { one(a: $a) { two three { four } } }")

    assert selection == {"one": {"two": {}, "three": {"four": {}}}}
    assert unknown(selection, selection) is None
    assert unknown(selection, {"one": {"two": {}}}) == "one.three"
    assert select_fields({"one": [{"two": 2, "five": 5}]}, selection) == {"one": [{"two": 2, "three": None}]}
