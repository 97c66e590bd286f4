"""Whoever is refused is counted: the audit says as many refusals as there were forged tokens, keys and sessions."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import cycle

import httpx
import pytest

from service.security.access import SESSION_COOKIE, Role
from service.settings.groups import Limits
from service.store.refused_callers import MOST_SOURCES, Refusal, RefusalTally
from service.web import load_shedding
from service.web.app import create_app
from service.web.services import SignIn
from tests.forged_tokens import FORGERIES
from tests.service.kept import rows_of
from tests.service.security.test_tokens import GOOD, Provider
from tests.service.web.conftest import ServedApi

PATH = "/v1/payers"
ADDRESSES = [f"192.0.2.{number}" for number in range(MOST_SOURCES + 16)]
"""More than are told apart in a minute."""


AT_ONCE = load_shedding.MOST_LOOKUPS // 2
"""Requests at a time: of more keys than can be looked up some are refused for the load, and not for what they are."""


@pytest.fixture(params=[100_000, 1], ids=["each is looked up", "most are throttled"])
async def asked_from(api: ServedApi, request: pytest.FixtureRequest) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Clients at many addresses of a service whose people sign in at a provider; the key ``staff`` is remembered."""
    services = api.services._replace(sign_in=SignIn(provider=Provider()), limits=Limits(wrong_keys=request.param))
    app = create_app(services)
    clients = [
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app, client=(address, 4711)), base_url="http://service")
        for address in ADDRESSES
    ]
    yield clients
    for client in clients:
        await client.aclose()


async def forged_headers(api: ServedApi) -> list[list[tuple[str, str]]]:
    """The headers of a request for each forged token, key and session that we know."""
    live, ended, elsewhere = [await api.store.create_key(Role.STAFF) for _ in range(2)] + [
        await api.store.create_key(Role.BATCH, networks=("198.51.100.0/24",))
    ]
    await api.store.revoke_key(ended.split("_")[1])
    stem, _ = live.rsplit("_", 1)
    bearers = [
        *(forge(GOOD) for forge in FORGERIES.values()),
        *(f"{stem}_{'A' * 43}", f"bv_{'0' * 12}_{'A' * 43}", live[:-1], live + "A", live.upper(), ended, elsewhere),
        *("", " ", "bv_", "null", "undefined", f"bvs_{'0' * 12}_{'A' * 43}"),
    ]
    sessions = [f"bvs_{'0' * 12}_{'A' * 43}", live, "", "bvs_"]
    return [
        *([("Authorization", f"Bearer {bearer}")] for bearer in bearers),
        *([("Authorization", f"{scheme} {live}")] for scheme in ("Basic", "Token", "Bearer Bearer")),
        [("Authorization", f"Bearer {live}")] * 2,
        *([("Cookie", f"{SESSION_COOKIE}={session}")] for session in sessions),
        [],
    ]


async def send(clients: Sequence[httpx.AsyncClient], forged: list[list[tuple[str, str]]]) -> list[int]:
    """Send each of ``forged`` twice, from another address each time, some at once; returns the statuses."""
    requests, statuses = list(zip(forged * 2, cycle(clients), strict=False)), []
    for first in range(0, len(requests), AT_ONCE):
        some = requests[first : first + AT_ONCE]
        answers = await asyncio.gather(*(client.get(PATH, headers=headers) for headers, client in some))
        statuses += [answer.status_code for answer in answers]
    return statuses


async def counted(api: ServedApi) -> int:
    """How many refusals the audit says."""
    await api.store.note_callers(ending=True)
    return sum(line["times"] for line in await rows_of(api.store, "audit WHERE action = 'key.refused'"))


async def test_the_audit_counts_as_many_refusals_as_forgeries_were_sent(
    api: ServedApi, asked_from: list[httpx.AsyncClient]
) -> None:
    forged = await forged_headers(api)

    statuses = await send(asked_from, forged)

    assert 401 in statuses
    assert set(statuses) <= {401, 429}
    assert len(statuses) > 180
    assert await counted(api) == len(statuses)


async def test_who_is_let_in_is_counted_nowhere(api: ServedApi, asked_from: list[httpx.AsyncClient]) -> None:
    let_in = [("Authorization", f"Bearer {GOOD.token()}")], list(api.staff.items())

    assert set(await send(asked_from, list(let_in))) == {200}
    assert await counted(api) == 0


def _add_once(tally: RefusalTally, refusal: Refusal, now: int) -> None:
    tally._counts[now // 60_000_000, refusal] = 1


def _add_few(tally: RefusalTally, refusal: Refusal, now: int) -> None:
    if len(tally._counts) < MOST_SOURCES:
        tally._counts[now // 60_000_000, refusal] += 1


def _pass_over(*_: object) -> None:
    raise load_shedding._unauthorized_refusal()


MUTANTS = {
    "one of a kind in a minute": (RefusalTally, "add", _add_once),
    "many sources are forgotten": (RefusalTally, "add", _add_few),
    "what has no form of ours is passed over": (load_shedding, "credential_shown", _pass_over),
}


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_a_count_that_leaves_some_out_is_found_out(
    api: ServedApi, asked_from: list[httpx.AsyncClient], mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*MUTANTS[mutant])

    statuses = await send(asked_from, await forged_headers(api))

    assert await counted(api) < len(statuses)
