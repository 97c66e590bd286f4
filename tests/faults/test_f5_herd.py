"""F5: a herd that asks about one member is one question to its payer, whoever leaves and whatever fails."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.changes import wide_open
from tests.faults.conftest import Figure
from tests.faults.crashing import Town, town
from tests.faults.driver import ask, control, counters, drive
from tests.faults.mutants import single_flight_off
from tests.faults.people import crowd, own_plan

SETTINGS = {"BENEFITS_LIMITS__REQUESTS": "1000"}
WAIT = 20


async def herd(deployment: Any, number: int, size: int) -> list[Any]:
    """``size`` callers who ask about one member at once."""
    return await drive(range(size), lambda _: ask(deployment, crowd(number), wait=WAIT), size)


async def sent(deployment: Any, doing: Any) -> tuple[int, Any]:
    """How many inquiries the payer received while ``doing`` was done."""
    before = (await counters(deployment))["exchanges"]
    result = await doing
    return (await counters(deployment))["exchanges"] - before, result


def serving(here: Town, *changes: Callable[[], None]) -> Any:
    return here.serving([wide_open, *changes], **SETTINGS)


@pytest.mark.timeout(200)
def test_five_hundred_who_ask_about_one_member_are_one_question(
    full: bool,
    figure: Figure,
    tmp_path: Path,
) -> None:
    size, rounds = 500, 20 if full else 1
    with town(tmp_path, latency=2.0) as here:
        with serving(here) as (deployment, _):
            # The first question of a payer may cost more: what its replies tell is not known yet.
            asyncio.run(herd(deployment, 0, 1))
            alone, _ = asyncio.run(sent(deployment, herd(deployment, 1, 1)))
            herds = [asyncio.run(sent(deployment, herd(deployment, 2 + number, size))) for number in range(rounds)]
        with serving(here, single_flight_off) as (deployment, _):
            broken, _ = asyncio.run(sent(deployment, herd(deployment, 1, 50)))

    said = [one for _, came in herds for one in came]
    late = [one.seconds for one in said if one.seconds > WAIT + 0.5]
    figure(
        "F5",
        value=max(count / alone for count, _ in herds),
        n=len(said),
        mutant_value=round(broken / alone),
        late=len(late),
    )
    assert all(count == alone for count, _ in herds)
    assert all(one.status == 200 for one in said)
    assert {one.json["coverage"]["plan_name"] for one in herds[0][1]} == {own_plan(2)}
    assert len({one.json["verification_id"] for one in said}) == len(said)
    assert not late
    assert broken >= 40 * alone


@pytest.mark.timeout(120)
def test_when_the_leader_leaves_or_fails_the_herd_is_answered_and_the_payer_asked_once(
    figure: Figure, tmp_path: Path
) -> None:
    with town(tmp_path, latency=1.5) as here, serving(here) as (deployment, _):
        alone, _ = asyncio.run(sent(deployment, herd(deployment, 1, 1)))
        left, after_leaving = asyncio.run(sent(deployment, leader_leaves(deployment, 2, 60)))
        asyncio.run(control(deployment, "reset"))
        failed, after_failing = asyncio.run(sent(deployment, herd(deployment, 3, 60)))

    figure("F5.leader", value=max(left, failed) / alone, n=120)
    assert left <= alone
    assert failed <= 2 * alone  # Once more by the schedule, which comes within the herd's wait.
    assert all(one.status == 200 for one in after_leaving)
    assert all(one.status == 202 and one.json["problems"][0]["code"] == "payer_silent" for one in after_failing)


async def leader_leaves(deployment: Any, number: int, size: int) -> list[Any]:
    """The first caller hangs up while the payer is being asked; the others have joined him."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(deployment.service.rpartition(":")[2]))
    del reader
    body = json.dumps(crowd(number)).encode()
    head = f"POST /v1/verifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {deployment.staff}\r\n"
    writer.write(
        head.encode() + f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )
    await asyncio.sleep(0.5)
    others = asyncio.create_task(herd(deployment, number, size))
    await asyncio.sleep(0.3)
    writer.transport.abort()
    return await others
