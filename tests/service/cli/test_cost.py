"""``benefits cost``: an estimate from the database of this machine, or from a running service."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import respx
from click.testing import CliRunner, Result

from service.cli.main import main
from service.guidance.cost_values import EpisodeCost
from service.guidance.program_plan import ProgramPlan, default_phases
from service.guidance.stay_cost import estimate_with_us
from service.settings.contract_roster import Roster
from tests.service.cli.stored import store_answer
from tests.service.guidance.staging import ON, accumulators, answer, figure, terms

pytestmark = pytest.mark.usefixtures("key")

URL = "http://127.0.0.1:8123"
ID = "ver_IMAGINARY"
GIVEN = answer(terms(copay="40.00", coinsurance="0.10"), accumulators(figure("500.00", "1500.00")))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["cost", *arguments])


def test_an_estimate_is_made_from_the_database_of_this_machine() -> None:
    verification_id = store_answer(GIVEN)

    found = run(verification_id, "--phase", "php:5x1@400", "--days")

    assert found.exit_code == 0, found.output
    # 40 + 10 % of 360 a day
    assert "What a stay may cost the patient: $380.00" in found.output
    assert "Jun 1, 2026: $76.00 (copay $40.00, share $36.00)" in found.output
    assert "no promise of payment" in found.output


def test_the_rates_of_the_settings_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "BENEFITS_CONTRACTS",
        json.dumps([{"payer": "acme", "source": "contract 1", "rates": [{"program": "php", "per_day": "140.00"}]}]),
    )
    verification_id = store_answer(GIVEN)

    found = run(verification_id, "--phase", "php:5x1", "--json")

    assert json.loads(found.output)["patient_pays"] == {"at_least": "250.00", "at_most": "250.00"}


def test_a_running_service_is_asked(key: Path) -> None:
    plan = ProgramPlan(starts_on=ON + timedelta(days=7), phases=default_phases())
    cost = estimate_with_us(GIVEN, plan, Roster())
    with respx.mock(base_url=URL) as router:
        route = router.post(f"/v1/verifications/{ID}/cost").respond(content=cost.model_dump_json())

        found = run(ID, "--url", URL, "--key-file", str(key), "--start", "2026-06-08", "--json")

    assert found.exit_code == 0, found.output
    assert EpisodeCost.model_validate_json(found.output) == cost
    assert json.loads(route.calls[0].request.content) == {"starts_on": "2026-06-08"}
    assert route.calls[0].request.headers["authorization"] == "Bearer bv_file"


def test_what_is_no_phase_is_refused() -> None:
    found = run(ID, "--phase", "php for ever")

    assert found.exit_code == 2
    assert "program:DAYSxWEEKS" in found.output


def test_what_is_no_id_is_not_looked_up() -> None:
    assert run("../keys").exit_code == 2


def test_a_plan_that_is_too_long_is_refused() -> None:
    found = run(store_answer(GIVEN), "--phase", "php:7x52")

    assert found.exit_code == 1
    assert "phases" in found.output


def test_a_call_sheet_is_printed_from_the_database_of_this_machine() -> None:
    verification_id = store_answer(GIVEN)

    found = CliRunner().invoke(main, ["call-sheet", verification_id])

    assert found.exit_code == 0, found.output
    assert f"Call sheet of {verification_id}, version 0" in found.output
    assert "ZZ900000001" in found.output
    assert "Must EAP sessions be used before this benefit?" in found.output


def test_a_verification_that_is_not_there_has_no_call_sheet() -> None:
    store_answer(GIVEN)

    found = CliRunner().invoke(main, ["call-sheet", ID])

    assert found.exit_code == 1
    assert "has this id" in found.output
