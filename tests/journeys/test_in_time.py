"""A running service answers in time: when its payer hangs, and when it is told to end with everybody inside."""

import asyncio
import json
import signal
import sqlite3
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import httpx
import pytest

from .conftest import Stage, staged

AT_ONCE = 50
LATE_AT_MOST = 0.15


class Answered(NamedTuple):
    """One response: its status, its body, and how long after the end of the wait it came."""

    status: int
    body: dict[str, Any]
    late: float


def about(number: int, weather: str) -> dict[str, Any]:
    member = {
        "first_name": "IMA",
        "last_name": f"CROWD{number:05d}",
        "birth_date": "1990-04-12",
        "member_id": f"SIM-{weather}-W{900000000 + number}",
    }
    return {"payer": "aetna", "member": member}


async def ask(stage: Stage, number: int, weather: str, wait: int) -> Answered:
    """One question over a bare socket: a client library's own work would count as the service's."""
    host, _, port = stage.service.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps(about(number, weather)).encode()
    head = (
        "POST /v1/verifications HTTP/1.1",
        "Host: service",
        f"Authorization: Bearer {stage.staff}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Prefer: wait={wait}",
        "Connection: close",
    )
    began = monotonic()
    writer.write("\r\n".join((*head, "", "")).encode() + body)
    answer = await reader.read()
    late = monotonic() - began - wait
    writer.close()
    return Answered(int(answer.split(b" ", 2)[1]), json.loads(answer.partition(b"\r\n\r\n")[2]), late)


def bearer(stage: Stage) -> dict[str, str]:
    return {"Authorization": f"Bearer {stage.staff}"}


async def test_fifty_callers_of_a_payer_that_hangs_are_answered_when_their_wait_ends(stage: Stage) -> None:
    await ask(stage, 0, "FAIR", 5)
    answers = await asyncio.gather(*(ask(stage, number, "HANG", 2) for number in range(1, AT_ONCE + 1)))

    print(f"late: {max(answer.late for answer in answers):.3f} s")
    assert Counter(answer.status for answer in answers) == {202: AT_ONCE}
    assert {answer.body["state"] for answer in answers} == {"pending"}
    assert max(answer.late for answer in answers) < LATE_AT_MOST


@pytest.mark.timeout(60)
async def test_told_to_end_with_two_hundred_inside_it_answers_them_all_and_ends_in_its_grace(tmp_path: Path) -> None:
    with staged(tmp_path, BENEFITS_GRACE="4", BENEFITS_ROADS__CORE_MIME__ATTEMPT_CAP="30") as stage:
        async with httpx.AsyncClient(base_url=stage.service, headers=bearer(stage)) as http:
            inside = [asyncio.create_task(ask(stage, number, "HANG", 25)) for number in range(200)]
            async with asyncio.timeout(20):
                while not await everybody_is_in(tmp_path):  # noqa: ASYNC110 - another process has no event
                    await asyncio.sleep(0.1)
            began = monotonic()
            stage.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
            ready = await http.get("/readyz")
            refused = await http.post("/v1/verifications", json=about(999, "FAIR"))
            answers = await asyncio.gather(*inside)
            answered = monotonic() - began
        code = await asyncio.to_thread(stage.process.wait, 10)

    assert Counter(answer.status for answer in answers) == {202: 200}
    assert (ready.status_code, refused.status_code, refused.json()["code"]) == (503, 503, "draining")
    assert answered < 4
    assert code == 0
    assert monotonic() - began < 4 + 5


async def everybody_is_in(home: Path) -> bool:
    """Whether the store has recorded all of the questions."""

    def recorded() -> int:
        with sqlite3.connect(f"file:{home / 'benefits.sqlite'}?mode=ro", uri=True) as store:
            (count,) = store.execute("SELECT count(*) FROM verifications").fetchone()
        return int(count)

    return await asyncio.to_thread(recorded) >= 200
