"""F2: thousands of interleaved inquiries at a payer that mixes its replies up, and nobody is given another's answer.

The same replies are counted twice: as the correlation gate lets them through, and as they would reach the caller if the
gate were off. The second count is what makes the first worth anything.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.deployment import GATE_OFF, WIDE_OPEN, Deployment, bare, running
from tests.faults.driver import ask as ask_service, drive, look
from tests.faults.history import History, faults
from tests.faults.mixing import AT_ONCE, DISCONNECTS, SHARE
from tests.faults.people import crowd

SEED = 20261124
MIXING = ["--swap", str(SHARE), "--duplicate", str(SHARE), "--seed", str(SEED)]

Deployments = Callable[..., Deployment]


def counted(runs: list[list[str]]) -> Counter[str]:
    """Processes of ``mixing`` side by side, and what they counted together."""
    started = [
        subprocess.Popen([sys.executable, "-m", "tests.faults.mixing", *run], env=bare(), stdout=subprocess.PIPE)
        for run in runs
    ]
    seen: Counter[str] = Counter()
    for process in started:
        told, _ = process.communicate(timeout=590)
        seen.update(json.loads(told))
    return seen


@pytest.mark.counts
@pytest.mark.timeout(600)
def test_nobody_is_given_another_members_answer(tmp_path: Path, figure: Any, full: bool) -> None:
    near, far = (40_000, 20_000) if full else (8_500, 3_000)
    inquiries = 2 * near + far
    with running(["simulate", "--port", "0", *MIXING], bare(), tmp_path) as (url, _):
        seen = counted([[str(SEED), str(near)], [str(SEED + 1), str(near)]])
        seen += counted([[str(SEED), str(far), url]])

    figure(
        "F2",
        value={"crossed": seen["crossed"], "falsely_blocked": seen["falsely_blocked"]},
        n=inquiries,
        seed=SEED,
        mutant_value=seen["crossed_without_the_gate"],
        blocked=seen["blocked"],
        mixed_up=seen["mixed_up"],
        left=seen["left"],
    )
    assert seen["crossed"] == seen["falsely_blocked"] == 0
    assert seen["blocked"] == seen["mixed_up"]
    assert seen["right"] + seen["blocked"] + seen["left"] == inquiries
    assert seen["left"] > inquiries * DISCONNECTS / 4
    assert seen["crossed_without_the_gate"] >= 100


def ours(subject: str, answer: Any) -> bool:
    """Whether a final answer about somebody of the crowd is about them, or about nobody."""
    plan = answer["coverage"]["plan_name"]
    return answer["reference"] == subject and plan in {None, f"PLAN OF {subject}"}


async def over_http(deployment: Deployment, people: int) -> History:
    """Ask about everybody once, and later look at what is kept about them."""
    history = History()

    async def one(number: int) -> None:
        body = crowd(number)
        subject = body["reference"]
        history.invoke(subject)
        history.came(subject, await ask_service(deployment, body, wait=10))

    async def again(asked: tuple[str, str]) -> None:
        verification_id, subject = asked
        history.invoke(subject)
        history.came(subject, await look(deployment, verification_id))

    await drive(range(1, people + 1), one, AT_ONCE)
    await drive(list(history.accepted().items()), again, AT_ONCE)
    return history


@pytest.mark.timeout(600)
def test_what_is_kept_and_shown_later_is_the_members_own(deployments: Deployments, figure: Any, full: bool) -> None:
    people = 5_000 if full else 600
    mixing = ["--swap", "0.05", "--duplicate", "0.05", "--seed", str(SEED)]
    guarded = asyncio.run(over_http(deployments(changes=[WIDE_OPEN], simulate=mixing), people))
    mutant = asyncio.run(over_http(deployments(changes=[WIDE_OPEN, GATE_OFF], simulate=mixing), 200))

    found, without = faults(guarded, final=False, own=ours), faults(mutant, final=False, own=ours)
    figure("F2-http", value=len(found), n=people, seed=SEED, mutant_value=len(without))
    assert found == []
    assert len(guarded.accepted()) == people
    assert any("another member's answer" in one for one in without)
