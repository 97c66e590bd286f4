"""F19: whoever calls, with whatever rights, the running service does what its description says, and nothing else.

Schemathesis reads the description from the service, makes requests that keep to it and that don't, follows links from
one response to the next request, and judges each response by all of its checks. Seeds and numbers are fixed.
"""

import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.faults.deployment import Deployment, bare

pytestmark = pytest.mark.counts

SEED = 19
EXAMPLES = 15
MANY_EXAMPLES = 200

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


def judge(deployment: Deployment, home: Path, key: str | None, examples: int, *only: str) -> Verdict:
    """Let Schemathesis judge a service on behalf of the caller with ``key``; of a visitor, who has none, with None."""
    granted = f'[auth.openapi.key]\nbearer = "{key}"\n' if key else ""
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


Deployments = Callable[..., Deployment]


@pytest.fixture(scope="module")
def honest(deployments: Deployments) -> Deployment:
    return deployments(BENEFITS_LIMITS__WRONG_KEYS="1000000")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("caller", ["visitor", "staff", "batch"])
def test_the_service_keeps_to_its_description(
    caller: str, honest: Deployment, tmp_path: Path, figure: Any, full: bool
) -> None:
    keys = {"visitor": None, "staff": honest.staff, "batch": honest.batch}

    verdict = judge(honest, tmp_path, keys[caller], MANY_EXAMPLES if full else EXAMPLES)

    figure(f"F19-{caller}", value=verdict.failures, n=verdict.requests, seed=SEED, cpu=round(verdict.cpu, 1))
    assert verdict.failures == 0, verdict.words
    assert verdict.requests > 500


@pytest.mark.timeout(300)
def test_a_service_that_does_not_is_found_out(deployments: Deployments, tmp_path: Path, figure: Any) -> None:
    mutant = deployments(changes=[UNDESCRIBED])

    verdict = judge(mutant, tmp_path, mutant.staff, 1, "--include-operation-id", "ask", "--phases", "examples")

    figure("F19-mutant", value=0, n=verdict.requests, seed=SEED, mutant_value=verdict.failures)
    assert verdict.failures > 0
