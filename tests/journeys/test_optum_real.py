"""Every scenario of UnitedHealthcare over Optum Real has the answer that it has over CORE MIME."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from contracts import (
    BirthDateDiffers,
    PayerError,
    RouteSettings,
    problem_of,
)
from payers.routes.optum_real import open_route
from payers.simulator.endpoints.optum_real.endpoint import STRANGER, OptumRealEndpoint
from payers.simulator.faults import FaultSource
from payers.simulator.payer_system import PayerSystem
from payers.simulator.people import PEOPLE, ImaginaryPerson
from tests.faults.catalogue import INTERCHANGE, Owed, is_combination, rows
from tests.journeys.asking import sayable
from tests.journeys.edge import ADAPTERS, PlainGateway, edge, question_about

HOST = "https://127.0.0.1:9443"
MEMBERS = tuple(
    person for person in PEOPLE if person.payer == "unitedhealthcare" and person.scenario != "other_birth_date"
)
SETTINGS = {"token_url": f"{HOST}/optum-real/token", "client_id": "simulator", "client_secret": "simulator"}
ROUTE = RouteSettings(url=f"{HOST}/optum-real/graphql", **SETTINGS)
TAX_ID = "123456789"


async def answered(person: ImaginaryPerson, end: OptumRealEndpoint, key: str = "") -> Any:
    async with edge(end):
        return await ADAPTERS[person.payer].verify(question_about(person, key, TAX_ID), PlainGateway(open_route(ROUTE)))


async def test_another_birth_date_is_told_over_optum_real_too() -> None:
    person = next(one for one in PEOPLE if (one.payer, one.scenario) == ("unitedhealthcare", "other_birth_date"))

    with pytest.raises(BirthDateDiffers):
        await answered(person, OptumRealEndpoint(FaultSource(), PayerSystem()))


@pytest.mark.parametrize("person", MEMBERS, ids=lambda person: person.scenario)
async def test_a_scenario_has_the_same_answer_over_optum_real(person: ImaginaryPerson) -> None:
    end = OptumRealEndpoint(FaultSource(), PayerSystem())

    answer = await answered(person, end)

    said = [answer.coverage.status, *(row.in_network.verdict for row in answer.programs)]
    assert sayable(person, "optum_real", said) == sayable(person, "optum_real", person.expected)
    assert end.violations == []
    assert all(one.path and one.path.startswith("$") for one in answer.evidence)


def member_of(scenario: str) -> ImaginaryPerson:
    return next(person for person in MEMBERS if person.scenario == scenario)


async def test_benefit_check_tells_the_authorization_of_a_program_and_grants_none() -> None:
    end = OptumRealEndpoint(FaultSource(), PayerSystem())

    named, silent = (
        await answered(member_of("covered_by_bb"), end),
        await answered(member_of("silent_on_behavioral"), end),
    )

    php = named.programs[2].in_network
    assert (php.verdict, php.authorization) == ("covered", "required")
    assert any("checkPriorAuthBenefitCoverage" in (one.path or "") for one in named.evidence if one.id in php.evidence)
    assert {row.in_network.verdict for row in silent.programs} == {"not_stated"}


async def test_without_the_benefit_check_the_answer_is_the_same_but_for_its_authorization() -> None:
    person = member_of("covered_by_bb")
    end = OptumRealEndpoint(FaultSource(), PayerSystem())

    whole, alone = await answered(person, end), await answered(person, end, key="SIM-UNCHECKED-")

    said, told = (
        [(row.in_network.verdict, row.in_network.coinsurance) for row in answer.programs] for answer in (whole, alone)
    )
    assert said == told
    assert [answer.programs[2].in_network.authorization for answer in (whole, alone)] == ["required", "unknown"]


FAULTS = [
    (key, owed) for key, owed in rows("optum_real") if key in {*INTERCHANGE, "CODED0"} and not is_combination(key)
]


@pytest.mark.parametrize(("fault", "owed"), FAULTS)
async def test_what_goes_wrong_comes_to_what_the_answer_says_of_it(fault: str, owed: Owed) -> None:
    # Of the crowd any details are known, so that a reply may be crossed in a single one of them.
    anybody = member_of("covered_by_wording")._replace(last_name="CROWDED")

    try:
        answer = await answered(anybody, OptumRealEndpoint(FaultSource(), PayerSystem()), key=f"SIM-{fault}-")
    except PayerError as error:
        problems = [problem_of(error)]
    else:
        problems = list(answer.problems)

    assert [(one.code, one.responsible) for one in problems] == ([(owed.code, owed.responsible)] if owed.code else [])


async def test_a_tax_id_that_nobody_has_on_file_is_the_providers_to_mend() -> None:
    person = member_of("covered_by_wording")

    async with edge(OptumRealEndpoint(FaultSource(), PayerSystem())):
        answer = await ADAPTERS[person.payer].verify(
            question_about(person, tax_id=STRANGER), PlainGateway(open_route(ROUTE))
        )

    assert [(one.code, one.responsible) for one in answer.problems] == [("setup_problem", "provider")]
    assert answer.coverage.status == "could_not_check"


@pytest.mark.parametrize("key", ["TOKEN1", "CODED0", "CODED3", "FLOOD1"])
async def test_what_is_legal_is_read(key: str) -> None:
    person = member_of("covered_by_wording")

    answer = await answered(person, OptumRealEndpoint(FaultSource(), PayerSystem()), key=f"SIM-{key}-")

    assert [row.in_network.verdict for row in answer.programs] == list(person.expected)[1:]


# --- through a running service, by settings alone ---


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, staging: Any) -> Iterator[Any]:
    """A service that knows no route to UnitedHealthcare but Optum Real."""
    client = {"TOKEN_URL": "/optum-real/token", "CLIENT_ID": "simulator", "CLIENT_SECRET": "simulator"}
    more = {
        "BENEFITS_PAYERS__UNITEDHEALTHCARE__ROUTES": '["optum_real"]',
        "BENEFITS_PROVIDER__TAX_ID": "123456789",
    }
    route_name = {"optum_real": ("/optum-real/graphql", client)}
    with staging(tmp_path_factory.mktemp("real"), route_name, **more) as found:
        yield found


def ask(deployment: Any, person: ImaginaryPerson, key: str = "") -> dict[str, Any]:
    patient = {name: getattr(person, name) for name in ("first_name", "last_name", "birth_date")}
    body = {"payer": person.payer, "member": {**patient, "member_id": key + person.member_id}}
    headers = {"Authorization": f"Bearer {deployment.staff}", "Prefer": "wait=8"}
    found: dict[str, Any] = httpx.post(
        f"{deployment.service}/v1/verifications", json=body, headers=headers, timeout=30, trust_env=False
    ).json()
    return found


@pytest.mark.parametrize(
    "scenario",
    ["covered_by_wording", "program_excluded", "carve_out", "inactive", "unknown_member", "payer_down"],
)
def test_a_scenario_is_answered_through_the_door(deployment: Any, scenario: str) -> None:
    person = member_of(scenario)

    answer = ask(deployment, person)

    said = [answer["coverage"]["status"], *(row["in_network"]["verdict"] for row in answer["programs"])]
    assert said == list(person.expected)
    assert {one["route"] for one in answer["timing"]["exchanges"] if one["payer"] == person.payer} == {"optum_real"}


def test_an_administrator_that_knows_the_member_by_another_id_is_asked_in_vain(deployment: Any) -> None:
    """A 271 gives the member's id with the administrator; this form has no word for it."""
    answer = ask(deployment, member_of("managed"))

    (administrator,) = answer["administrators"]
    assert (administrator["name"], administrator["asked"]) == ("OPTUM BEHAVIORAL HEALTH", True)
    assert administrator["outcome"] == "rejected"
    assert {row["in_network"]["verdict"] for row in answer["programs"]} == {"delegated"}


def test_two_members_whom_nobody_knows_are_both_not_found(deployment: Any) -> None:
    """Their errors are equal byte by byte, and neither may count as the other's reply."""
    people = [member_of("unknown_member")._replace(last_name=name, member_id="900000999") for name in ("ANN", "BOB")]

    answers = [ask(deployment, person) for person in people]

    assert [answer["coverage"]["status"] for answer in answers] == ["not_found", "not_found"]
    assert [problem["code"] for answer in answers for problem in answer["problems"]] == ["member_rejected"] * 2


def test_the_payer_found_nothing_wrong_with_any_request(deployment: Any) -> None:
    counted = httpx.get(f"{deployment.simulator}/control/counters", trust_env=False).json()

    assert counted["violations"] == []


# --- asked about authorization alone, beside another route ---


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory, staging: Any) -> Iterator[Any]:
    """A service that asks UnitedHealthcare over CORE MIME, and Optum Real about authorization alone."""
    client = {"TOKEN_URL": "/optum-real/token", "CLIENT_ID": "simulator", "CLIENT_SECRET": "simulator"}
    more = {
        "BENEFITS_PAYERS__UNITEDHEALTHCARE__ROUTES": '["core_mime"]',
        "BENEFITS_PAYERS__UNITEDHEALTHCARE__AUTHORIZATION_ROUTES": '["optum_real"]',
        "BENEFITS_PROVIDER__TAX_ID": "123456789",
    }
    with staging(tmp_path_factory.mktemp("beside"), {"optum_real": ("/optum-real/graphql", client)}, **more) as found:
        yield found


def test_what_core_mime_leaves_open_optum_real_is_asked_about(beside: Any) -> None:
    answer = ask(beside, member_of("covered_by_wording"))

    php = answer["programs"][3]["in_network"]
    source = {one["id"]: answer["answered_by"][one["answered_by"]]["route"] for one in answer["evidence"]}
    assert (answer["state"], answer["problems"]) == ("final", [])
    assert [one["route"] for one in answer["timing"]["exchanges"]] == ["core_mime", "optum_real"]
    assert (php["verdict"], php["authorization"]) == ("likely", "required")
    assert {source[mark] for mark in php["evidence"]} == {"core_mime", "optum_real"}
    found = httpx.get(
        f"{beside.service}/v1/verifications/{answer['verification_id']}/authorization",
        headers={"Authorization": f"Bearer {beside.staff}"},
        trust_env=False,
    ).json()
    assert [one["decided_by"] for one in found["decisions"]] == ["nobody", "nobody", "line", "route"]


def test_a_plan_that_is_not_active_is_not_asked_about_authorization(beside: Any) -> None:
    answer = ask(beside, member_of("inactive"))

    assert [one["route"] for one in answer["timing"]["exchanges"]] == ["core_mime"]
