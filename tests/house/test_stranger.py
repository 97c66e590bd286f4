"""A payer by a stranger: a distribution of its own, found by its entry point, held to the same promises."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.faults.deployment import bare, key_of, running, settings_for

ACME = Path(__file__).parent / "acme"
SIXTY_LINES = 60


class Stranger(NamedTuple):
    """Where the stranger's project lies, and the environment of a process in which it is installed."""

    project: Path
    environment: Mapping[str, str]


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    """The project, copied as a stranger would have it, and installed from there."""
    target = tmp_path_factory.mktemp("installed")
    project = tmp_path_factory.mktemp("project") / "acme"
    shutil.copytree(ACME, project)
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*install, "--target", target, project], check=True, timeout=100)
    own = {"PYTHONPATH": str(target), "BENEFITS_DATABASE_URL": f"sqlite:///{target / 'x.sqlite'}"}
    return Stranger(project, {**os.environ, **own})


def test_it_is_mostly_data() -> None:
    assert len((ACME / "acme_payer.py").read_text().splitlines()) < SIXTY_LINES


def test_it_is_found_and_listed(stranger: Stranger) -> None:
    command = [sys.executable, "-m", "service.cli.main", "payers", "--json"]

    listed = subprocess.run(command, env=stranger.environment, capture_output=True, text=True, check=True, timeout=60)

    assert "acme" in {payer["id"] for payer in json.loads(listed.stdout)}


def test_it_keeps_the_promises_of_every_payer(stranger: Stranger) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", stranger.project / "test_acme.py"]

    done = subprocess.run(command, env=stranger.environment, capture_output=True, text=True, check=False, timeout=100)

    assert done.returncode == 0, done.stdout[-2000:]
    assert "15 passed" in done.stdout


GATEWAY = {
    "BENEFITS_ROUTES__ACME_GATEWAY__URL": "https://127.0.0.1:9/gateway",
    "BENEFITS_ROUTES__ACME_GATEWAY__TENANT": "acme",
    "BENEFITS_ROUTES__ACME_GATEWAY__TENANT_TOKEN": "hushhush",
}


def doctor(stranger: Stranger, **more: str) -> subprocess.CompletedProcess[str]:
    """What the doctor says of settings for the stranger's route."""
    command = [sys.executable, "-m", "service.cli.main", "doctor"]
    given = {name: value for name, value in {**stranger.environment, **GATEWAY, **more}.items() if value}
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)


def test_its_route_keeps_the_promises_of_every_route(stranger: Stranger) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", stranger.project / "test_gateway.py"]

    done = subprocess.run(command, env=stranger.environment, capture_output=True, text=True, check=False, timeout=100)

    assert done.returncode == 0, done.stdout[-2000:]


def test_its_route_has_settings_of_its_own_and_secrets_are_not_shown(stranger: Stranger) -> None:
    said = doctor(stranger, BENEFITS_ROUTES__ACME_GATEWAY__RETRIES_AT_NIGHT="1")

    shown = {line.split()[0]: line.split()[1] for line in said.stdout.splitlines() if "ACME_GATEWAY" in line}
    assert shown["BENEFITS_ROUTES__ACME_GATEWAY__TENANT"] == "acme"
    assert shown["BENEFITS_ROUTES__ACME_GATEWAY__TENANT_TOKEN"] == "set"
    assert shown["BENEFITS_ROUTES__ACME_GATEWAY__RETRIES_AT_NIGHT"] == "1"
    assert "hushhush" not in said.stdout + said.stderr
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"TENANT": "ACME 1"}, "BENEFITS_ROUTES__ACME_GATEWAY__TENANT: String should match pattern"),
        ({"TENANT": ""}, "BENEFITS_ROUTES__ACME_GATEWAY__TENANT: Field required"),
        ({"RETRIES_AT_NIGHT": "9"}, "BENEFITS_ROUTES__ACME_GATEWAY__RETRIES_AT_NIGHT: Input should be less than"),
        (
            {"TENNANT": "acme"},
            "__TENNANT: no setting of that name; is BENEFITS_ROUTES__ACME_GATEWAY__TENANT meant?",
        ),
    ],
)
def test_a_setting_of_its_route_that_is_wrong_is_named(stranger: Stranger, given: dict[str, str], words: str) -> None:
    said = doctor(stranger, **{f"BENEFITS_ROUTES__ACME_GATEWAY__{name}": value for name, value in given.items()})

    assert words in said.stdout
    assert said.returncode == 1


def test_no_route_of_ours_takes_a_strangers_settings(stranger: Stranger) -> None:
    said = doctor(stranger, BENEFITS_ROUTES__CORE_MIME__TENANT="acme")

    assert "BENEFITS_ROUTES__CORE_MIME__TENANT: no setting of that name" in said.stdout


@pytest.fixture(scope="module")
def people(stranger: Stranger) -> list[dict[str, Any]]:
    """The simulated members of the stranger's payer."""
    command = [sys.executable, "-m", "service.cli.main", "simulate", "--payer", "acme", "--people", "--json"]
    listed = subprocess.run(command, env=stranger.environment, capture_output=True, text=True, check=True, timeout=60)
    return [person for person in json.loads(listed.stdout) if person["payer"] == "acme"]


@pytest.fixture(scope="module")
def ask(stranger: Stranger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Asks the stranger's payer, which is simulated, through a service in which it is installed."""
    home = tmp_path_factory.mktemp("deployment")
    installed = stranger.environment["PYTHONPATH"]
    environment = {**bare(), "PYTHONPATH": f"{bare()['PYTHONPATH']}{os.pathsep}{installed}"}
    with running(["simulate", "--port", "0", "--payer", "acme"], environment, home) as (simulator, _):
        environment |= {**settings_for(simulator, home), "PYTHONPATH": environment["PYTHONPATH"]}
        headers = {"Authorization": f"Bearer {key_of('staff', environment, home)}", "Prefer": "wait=10"}
        with (
            running(["serve", "--port", "0"], environment, home) as (service, _),
            httpx.Client(base_url=service, headers=headers, trust_env=False, timeout=20) as client,
        ):
            yield lambda body: client.post("/v1/verifications", json=body).json()


@pytest.mark.loopback
def test_it_can_be_tried_from_the_question_to_the_answer(ask: Any, people: list[dict[str, Any]]) -> None:
    asked = [person for person in people if person["holder"] is None and person["scenario"] != "payer_down"]
    differing = []
    for person in asked:
        member = {name: person[name] for name in ("first_name", "last_name", "birth_date", "member_id")}
        answer = ask({"payer": "acme", "member": member})
        verdicts = [row["in_network"]["verdict"] for row in answer["programs"]]
        if [answer["coverage"]["status"], *verdicts] != list(person["expected"].values()):
            differing.append((person["scenario"], person["expected"], answer["coverage"]["status"], verdicts))

    assert len(asked) > 10
    assert not differing


def test_its_sample_replies_can_be_printed(stranger: Stranger) -> None:
    command = [sys.executable, "-m", "service.cli.main", "simulate", "--payer", "acme", "--print"]
    for sample, story in SAMPLES.items():
        made = subprocess.run([*command, story], env=stranger.environment, capture_output=True, check=True, timeout=60)
        (stranger.project / "samples" / f"{sample}.271").write_bytes(made.stdout)
    read = [
        sys.executable,
        "-m",
        "service.cli.main",
        "read",
        stranger.project / "samples" / "covered.271",
        "--payer",
        "acme",
    ]

    answer = subprocess.run(read, env=stranger.environment, capture_output=True, text=True, check=True, timeout=60)

    assert '"covered"' in answer.stdout


SAMPLES = {
    "covered": "covered_by_wording",
    "excluded": "program_excluded",
    "silent": "silent_on_behavioral",
    "unknown_member": "unknown_member",
    "carve_out": "carve_out",
}
"""The samples that every payer must bring, and the scenarios that make them."""
