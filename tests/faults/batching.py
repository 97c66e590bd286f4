"""Rosters of a crowd at five payers, given to services that are killed; and what the payers' diary says of it."""

import asyncio
import csv
import io
import json
import random
import sqlite3
import sys
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import psycopg

from service.cli import bootstrap
from service.gateway.pace import Pace
from service.security.access import Role
from service.store import Store, batch_items
from tests.faults.crashing import Town
from tests.faults.deployment import running
from tests.faults.driver import PATIENCE, request
from tests.faults.people import MEMBER_IDS, crowd

PAYERS = tuple(MEMBER_IDS)
LATENESS = 3.0
"""Seconds after its process died that an inquiry which had left may still be noted, where the payer is busy too."""

JITTER = 0.1
"""Seconds from the moment in which an inquiry is let go to the instant that its row names, on a busy machine."""


def last_name(number: int) -> str:
    """The last name of somebody of the crowd, in letters alone: a name with many digits looks like an id."""
    return "CROWD" + "".join(chr(ord("A") + int(digit)) for digit in f"{number:06d}")


def payer_of(name: str) -> str:
    """The payer that was asked about somebody of the crowd."""
    return PAYERS[(ord(name[-1]) - ord("A")) % len(PAYERS)]


def roster(count: int) -> bytes:
    """A roster of ``count`` members, every payer's in turn."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("reference", "payer", "first_name", "last_name", "birth_date", "member_id"))
    for number in range(count):
        payer = PAYERS[number % len(PAYERS)]
        member = crowd(number, payer)["member"]
        writer.writerow((
            *(f"R-{number}", payer, member["first_name"], last_name(number)),
            *(member["birth_date"], member["member_id"]),
        ))  # fmt: skip
    return text.getvalue().encode()


def paces(per_second: float) -> Mapping[str, str]:
    """The settings that let every payer be asked so fast."""
    return {f"BENEFITS_PAYERS__{payer.upper()}__PACE": str(per_second) for payer in PAYERS}


class Api(NamedTuple):
    """The batches of a service over HTTP."""

    address: str
    key: str

    def send(self, method: str, path: str, body: bytes = b"", patience: float = PATIENCE) -> Any:
        """What it answers."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "text/csv"}
        said = asyncio.run(request(self.address, method, f"/v1/batches{path}", headers, body, patience))
        assert said.status in {200, 201}, said
        return said.json

    def start(self, roster_bytes: bytes) -> str:
        """A batch of the roster, which runs."""
        batch_id = str(self.send("POST", "", roster_bytes)["id"])
        self.send("POST", f"/{batch_id}/start")
        return batch_id

    def wait(self, batch_id: str, patience: float, share: float = 1.0) -> Any:
        """The batch when it has ended, or ``share`` of its rows have.

        It is waited for as long as rows end: it has come to a standstill when none has for ``patience`` seconds.
        """
        fewest, moved_at = sys.maxsize, time.monotonic()
        while True:
            view, now = self.send("GET", f"/{batch_id}"), time.monotonic()
            if view["open"] < fewest:
                fewest, moved_at = view["open"], now
            enough = share < 1.0 and view["open"] <= view["rows"] * (1.0 - share)
            if view["state"] != "running" or enough or now > moved_at + patience:
                return view
            time.sleep(0.3)

    def results(self, batch_id: str) -> list[Any]:
        """The rows of its results."""
        headers = {"Authorization": f"Bearer {self.key}"}
        path = f"/v1/batches/{batch_id}/results"
        said = asyncio.run(request(self.address, "GET", path, headers, patience=600.0))
        assert said.status == 200, said.status
        return [json.loads(line) for line in said.body.splitlines()]


def arrivals_by_payer(here: Town) -> Mapping[str, list[float]]:
    """When each payer received an inquiry about somebody of the crowd."""
    found: dict[str, list[float]] = defaultdict(list)
    for at, name, _ in here.arrivals():
        found[payer_of(name)].append(at)
    return {payer: sorted(times) for payer, times in found.items()}


def rate(times: list[float]) -> float:
    """Inquiries a second, from the first to the last."""
    return (len(times) - 1) / (times[-1] - times[0])


def sends_by_payer(here: Town) -> Mapping[str, list[float]]:
    """When inquiries to each payer were let go, as the database has it: arrivals are late where a machine is busy."""
    text, url = "SELECT payer, sent_at FROM attempts ORDER BY sent_at", here.environment["BENEFITS_DATABASE_URL"]
    found: dict[str, list[float]] = defaultdict(list)
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            rows = connection.execute(text).fetchall()
    else:
        with psycopg.connect(url) as server:
            rows = server.execute(text).fetchall()
    for payer, sent_at in rows:
        found[payer].append(sent_at / 1_000_000)
    return found


def most_in_a_second(times: list[float]) -> int:
    """How many were let go at most within a second."""
    times = sorted(times)
    return max(bisect_left(times, at + 1 - JITTER) - place for place, at in enumerate(times))


class JudgedBatch(NamedTuple):
    """What came of a batch over which services were killed: sentences, none when all is right.

    ``lost`` are rows that are gone, that nobody asks about any more, or that ended without their own answer.
    ``stalled`` says that rows still wait to be asked and nothing moves: nothing is lost then, and nothing is proven.
    ``kills`` is how many processes died while rows were open.
    """

    lost: list[str]
    sent: list[str]
    stalled: list[str]
    kills: int
    resent: int


@contextmanager
def worker(here: Town, changes: Iterable[Callable[[], None]], **more: str) -> Iterator[Any]:
    """``benefits work`` over the same database: its process."""
    names = [f"{change.__module__}:{change.__name__}" for change in changes]
    with running(["work"], {**here.environment, **more}, here.home, names) as (_, process):
        yield process


def crash_batch(
    here: Town, count: int, kills: int, changes: list[Callable[[], None]], *, workers: int = 0, patience: float = 30
) -> JudgedBatch:
    """Services are killed one after the other, the kills spread over the batch; a last one lives, and ends it.

    With ``workers`` so many others work beside each, and die after it one by one. The batch goes on until ``kills``
    processes have died, or no row is open. ``patience`` is how many seconds nothing has to move until the batch is
    taken to stand still.
    """
    dice, deaths, batch_id = random.Random(20261129), list[float](), ""
    while True:
        with here.serving(changes) as (stage, process), ExitStack() as others:
            working = [others.enter_context(worker(here, changes)) for _ in range(workers)]
            api, is_last = Api(stage.service, stage.staff), len(deaths) >= kills
            batch_id = batch_id or api.start(roster(count))
            share = 1.0 if is_last else (len(deaths) + dice.uniform(0.4, 1.0)) / (kills + 1)
            view = api.wait(batch_id, patience, share)
            if is_last or view["state"] != "running":
                stalled, lost = _open_rows(view)
                lost += list(_wrong_rows(api.results(batch_id), count))
                break
            # The others go on for a while, and take over what the dead one left.
            for victim in [*working, process]:
                victim.kill()
                victim.wait(10)
                deaths.append(time.time())
                time.sleep(0.7 if working else 0.0)
    arrivals = here.arrivals()
    asked = {(name, types) for _, name, types in arrivals}
    return JudgedBatch(lost, list(sent_twice(arrivals, deaths)), stalled, len(deaths), len(arrivals) - len(asked))


def _open_rows(view: Any) -> tuple[list[str], list[str]]:
    """What the rows mean that are open when a batch stands still: those that stall, and those that are lost.

    Rows that wait can still be asked by somebody. A row whose question nobody asks, though no other is left, is lost.
    """
    waiting, asking = (sum(payer[state] for payer in view["payers"]) for state in ("waiting", "asking"))
    if waiting:
        return [f"stalled: {waiting} rows wait, {asking} are asked about, and none ends"], []
    return [], [f"lost: {asking} rows whose question nobody asks"] if view["state"] != "finished" else []


def _wrong_rows(rows: list[Any], count: int) -> Iterator[str]:
    if len(rows) != count:
        yield f"lost: {len(rows)} rows of {count}"
    for row in rows:
        if row["state"] in {"waiting", "asking"}:
            continue
        if row["state"] != "answered" or row["plan_name"] != f"PLAN OF {row['last_name']}":
            yield f"lost: row {row['row']} is {row['state']}"


def sent_twice(arrivals: Iterable[tuple[float, str, str]], deaths: Iterable[float]) -> Iterator[str]:
    """What a diary says against us: an inquiry that was sent again though nobody died between the two."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for at, name, types in arrivals:
        times[name, types].append(at)
    for (name, types), seen in times.items():
        for earlier, later in pairwise(sorted(seen)):
            if not any(earlier - LATENESS <= death <= later for death in deaths):
                yield f"{name} {types}: sent again after {later - earlier:.1f} s, and nobody died"


def wait_for_store() -> None:
    """Change: a store that is slow on a busy machine is waited for, also at a start."""
    bootstrap.Tuning = partial(bootstrap.Tuning, patience=30.0)  # type: ignore[misc,assignment]


def pace_off() -> None:
    """Mutant: batches go as fast as people's bursts, and know of no second."""

    async def acquire(self: Pace, role: Role) -> None:
        """Wait for nothing."""

    Pace.acquire = acquire  # type: ignore[method-assign]


def pace_unshared() -> None:
    """Mutant: every process has a payer's whole pace to itself."""
    Store.is_shared = property(lambda self: False)  # type: ignore[assignment,method-assign]


def taken_again() -> None:
    """Mutant: that a row was taken is not noted with its verification."""
    noted = batch_items.note_asked

    def forget(connection: Any, sealer: Any, row: Any, verification_id: str, job_id: str) -> None:
        if row["number"] % 4:
            noted(connection, sealer, row, verification_id, job_id)

    batch_items.note_asked = forget
