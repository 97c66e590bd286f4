"""F19: whoever calls, with whatever rights, the running service does what its description says, and nothing else.

Schemathesis reads the description from the service, makes requests that keep to it and that don't, follows links from
one response to the next request, and judges each response by all of its checks. Seeds and numbers are fixed.
"""

import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from typing import Any, NamedTuple

import pytest

from service.security.access import StaffRole
from tests.faults.deployment import Deployment, bare
from tests.identity_provider import access_token, provider_running, settings_of, sign_in

pytestmark = pytest.mark.counts

SEED = 19
EXAMPLES = 10
MANY_EXAMPLES = 200
PEOPLES_EXAMPLES = 5
RANDOM_PHASES = ("--phases", "fuzzing,stateful")
"""Of people: what is wrong by form is refused before anybody's rights are looked at, and is tried by the others."""

UNDESCRIBED = "tests.faults.mutants:undescribed_state"

CONFIGURATION = """
hooks = "tests.faults.contract_hooks"
continue-on-failure = true
generation.codec = "ascii"
generation.deterministic = true

[checks.positive_data_acceptance]
# What no schema can say: a body of more than 16 KB, a form that nobody asked for, a change for which it is too late.
expected-statuses = ["2xx", "401", "403", "404", "406", "409", "412", "413", "503"]

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "413", "415", "422", "428"]

[checks.missing_required_header]
# 428 is the status for a condition that must be given (RFC 6585).
expected-statuses = ["401", "403", "422", "428"]

[[operations]]
include-operation-id = "check_roster"
# A roster is told by its content, and no schema says which bytes are none.
checks.negative_data_rejection.expected-statuses = ["2xx", "401", "403", "413", "422"]

"""


class Verdict(NamedTuple):
    """What Schemathesis says of one caller's requests: how many, how many failures, seconds of processor, and all."""

    requests: int
    failures: int
    cpu: float
    words: str


def judge(deployment: Deployment, home: Path, granted: str, examples: int, *only: str) -> Verdict:
    """Let Schemathesis judge a service on behalf of a caller; ``granted`` says in its configuration what it shows."""
    configuration = home / "schemathesis.toml"
    configuration.write_text(CONFIGURATION + granted)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "--no-color"),
        *("run", f"{deployment.service}/openapi.json", "--checks", "all", "--seed", str(SEED)),
        *("--max-examples", str(examples), *only),
    ]
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=home, env=bare(), capture_output=True, text=True, timeout=900, check=False)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = re.search(r"(\d+) generated", done.stdout)
    unique = re.search(r"(\d+) unique failure", done.stdout)
    assert made is not None, done.stdout + done.stderr
    assert done.returncode == (1 if unique else 0), done.stdout + done.stderr
    return Verdict(
        requests=int(made[1]),
        failures=int(unique[1]) if unique else 0,
        cpu=ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime,
        words=done.stdout,
    )


def by_bearer(credential: str) -> str:
    """What a caller shows who has a key or an access token."""
    return f'[auth.openapi.key]\nbearer = "{credential}"\n'


def by_session(cookie: str) -> str:
    """What a browser shows in which somebody signed in, and that our own page began each request."""
    return f'[headers]\nSec-Fetch-Site = "same-origin"\n[auth.openapi.session]\napi_key = "{cookie}"\n'


Deployments = Callable[..., Deployment]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with provider_running() as address:
        yield address


@pytest.fixture(scope="module")
def honest(deployments: Deployments, provider: str) -> Deployment:
    return deployments(settings=settings_of(provider), BENEFITS_LIMITS__WRONG_KEYS="1000000")


PROGRAMS: dict[str, Callable[[Deployment], str]] = {
    "visitor": lambda _: "",
    "staff": lambda service: by_bearer(service.staff),
    "batch": lambda service: by_bearer(service.batch),
}
PEOPLE: dict[str, Callable[[Deployment, str], str]] = {
    "token": lambda _, provider: by_bearer(access_token(provider, exp=int(time()) + 3_600, roles=[*StaffRole])),
    **{
        role.value: lambda service, provider, role=role: by_session(sign_in(provider, service.service, role.value))
        for role in StaffRole
    },
}
"""What each caller shows: a program nothing or its key, a person a token with all roles or the session of one role."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("caller", PROGRAMS)
def test_the_service_keeps_to_its_description(
    caller: str, honest: Deployment, tmp_path: Path, figure: Any, full: bool
) -> None:
    verdict = judge(honest, tmp_path, PROGRAMS[caller](honest), MANY_EXAMPLES if full else EXAMPLES)

    figure(f"F19-{caller}", value=verdict.failures, n=verdict.requests, seed=SEED, cpu=round(verdict.cpu, 1))
    assert verdict.failures == 0, verdict.words
    assert verdict.requests > 500


@pytest.mark.timeout(900)
@pytest.mark.parametrize("caller", PEOPLE)
def test_the_service_keeps_to_its_description_whoever_signed_in(
    caller: str, honest: Deployment, provider: str, tmp_path: Path, figure: Any, full: bool
) -> None:
    chosen = (MANY_EXAMPLES,) if full else (PEOPLES_EXAMPLES, *RANDOM_PHASES)
    logged = len(honest.log())

    verdict = judge(honest, tmp_path, PEOPLE[caller](honest, provider), *chosen)

    figure(f"F19-{caller}", value=verdict.failures, n=verdict.requests, seed=SEED, cpu=round(verdict.cpu, 1))
    assert verdict.failures == 0, verdict.words
    assert verdict.requests > 100
    # Whoever the service took for nobody would fail nothing either.
    assert honest.log()[logged:].count('"caller_id":"usr_') > 50


@pytest.mark.timeout(300)
def test_a_service_that_does_not_is_found_out(deployments: Deployments, tmp_path: Path, figure: Any) -> None:
    mutant = deployments(changes=[UNDESCRIBED])

    verdict = judge(
        mutant, tmp_path, by_bearer(mutant.staff), 1, "--include-operation-id", "ask", "--phases", "examples"
    )

    figure("F19-mutant", value=0, n=verdict.requests, seed=SEED, mutant_value=verdict.failures)
    assert verdict.failures > 0
