"""F13: the form tells nobody whether a payer knows somebody, and about one identity no more is asked than the cap."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from service.store import identity_tries
from service.web.pages.visitor import outcome
from tests.faults.conftest import Figure
from tests.faults.deployment import deploy
from tests.faults.people import person
from tests.faults.visiting import (
    best_accuracy,
    describe,
    enumerate_identity,
    hurry,
    release_at_once,
    say_why,
    sqlite_in,
    watch_pairs,
)

AT_ONCE = 64


@pytest.mark.timeout(600)
def test_nobody_can_tell_who_is_insured_from_what_the_form_says_or_how_long_it_takes(
    full: bool, figure: Figure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    pairs = 2_000 if full else 500
    seen = asyncio.run(watch_pairs(sqlite_in(tmp_path), pairs, AT_ONCE))
    best, accuracies = best_accuracy(seen)
    mutants = {}
    for mutant in (release_at_once, say_why):
        monkeypatch.setattr(outcome, "_outcome_of", mutant)
        (home := tmp_path / mutant.__name__).mkdir()
        mutants[mutant.__name__], _ = best_accuracy(asyncio.run(watch_pairs(sqlite_in(home), 66, 32)))

    figure("F13", value=best, n=len(seen), seed=13, mutant_value=mutants, classifiers=accuracies)
    assert best <= 0.55
    assert min(mutants.values()) > 0.9


@pytest.mark.counts
@pytest.mark.timeout(600)
def test_about_one_identity_three_are_asked_in_a_day_whoever_tries_how_often(
    full: bool, figure: Figure, postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 10_000 if full else 600
    urls = [postgres.url(), postgres.url()]
    asked = asyncio.run(enumerate_identity(urls[0], tries, addresses=500, restart_after=tries // 2))
    monkeypatch.setattr(identity_tries, "take", lambda *_: None)
    uncapped = asyncio.run(enumerate_identity(urls[1], 60, addresses=500, restart_after=30))
    for url in urls:
        postgres.drop(url)

    figure("F13.identity", value=asked, n=tries, mutant_value=uncapped)
    assert asked == 3
    assert uncapped > 50


ADVERSE = ("inactive", "unknown_member", "wrong_birth_date", "payer_down", "other_birth_date")
GOOD = "covered_by_wording"
LOOKS = (3.0, 6.5, 9.5)
"""Seconds after the form was sent."""


class Visited(NamedTuple):
    """What a visitor of the running service read: of each response what it says, and the headings of the pages."""

    said: tuple[str, ...]
    headings: tuple[str, ...]


async def visit(http: httpx.AsyncClient, scenario: str, address: str) -> Visited:
    """Fill in the form about an imaginary person, send it, and look three times."""
    one = person(scenario)
    year, month, day = one.birth_date.split("-")
    card = {"first_name": one.first_name, "last_name": one.last_name, "member_id": one.member_id}
    born = {"birth_date_year": year, "birth_date_month": month, "birth_date_day": day}
    headers = {"X-Forwarded-For": address}

    async def post(path: str, form: dict[str, str]) -> httpx.Response:
        response = await http.post(path, data=form, headers=headers)
        assert response.status_code == 303, response.text
        return response

    path = (await post("/verify", {"payer": "aetna"})).headers["location"]
    path = (await post(path, {**card, **born, "is_subscriber": "yes"})).headers["location"]
    token = re.search(r'name="token" value="([0-9a-f]+)"', (await http.get(path)).text)
    assert token is not None, path
    sent = await post(path, {"token": token[1], "phone": "2125550123", "may_ask_insurer": "yes"})
    began = asyncio.get_running_loop().time()
    said, headings = [describe(sent)], list[str]()
    for at in LOOKS:
        await asyncio.sleep(began + at - asyncio.get_running_loop().time())
        page = await http.get(sent.headers["location"])
        said.append(describe(page))
        heading = re.search(r"<h1>([^<]+)</h1>", page.text)
        headings.append(heading[1] if heading else "")
    return Visited(tuple(said), tuple(headings))


async def visit_all(origin: str) -> dict[str, Visited]:
    async with httpx.AsyncClient(base_url=origin, timeout=30) as http:
        scenarios = [*ADVERSE, GOOD, "unknown_member"]
        found = await asyncio.gather(
            *(visit(http, scenario, f"192.0.2.{number}") for number, scenario in enumerate(scenarios))
        )
        pages = [await http.get(f"/verify/sent/{made_up}") for made_up in ("A" * 26, "B" * 26, "%20")]
    assert len({describe(page) for page in pages}) == 1
    assert pages[0].status_code == 404
    return dict(zip([*ADVERSE, GOOD, "again"], found, strict=True))


@pytest.mark.timeout(120)
def test_over_http_at_the_real_instants_every_adverse_cause_is_one_page(figure: Figure, tmp_path: Path) -> None:
    with deploy(tmp_path, settings={"BENEFITS_TRUSTED_PROXIES": '["127.0.0.1/32"]'}) as deployment:
        found = asyncio.run(visit_all(deployment.service))
        log = deployment.log()

    good, adverse = found.pop(GOOD), set(found.values())
    figure("F13.http", value=len(adverse), n=len(found), headings=sorted(good.headings))
    assert len(adverse) == 1, found
    [one] = adverse
    assert one.headings[0] == one.headings[1] != one.headings[2]
    assert good.headings[0] == one.headings[0]
    assert good.headings[1] == good.headings[2] not in one.headings
    assert not [name for name in ("NOBODY", "WORDWELL", "W900000101", "2125550123", "555-0123") if name in log]


def test_a_classifier_that_is_given_a_difference_finds_it() -> None:
    """The three of them are no straw men: each finds a difference of one kind by itself."""
    from tests.faults.visiting import CLASSIFIERS, Seen

    told = [Seen(number % 2 == 0, (f"{number % 2}",), (0.1, 0.2)) for number in range(200)]
    slow = [Seen(number % 4 < 2, ("",), (0.1 + 0.01 * (number % 4 < 2), 0.2)) for number in range(200)]
    learn: Callable[..., Any]
    for name, learn in CLASSIFIERS.items():
        seen = told if name == "words" else slow
        guess = learn(seen[:100])
        assert sum(guess(one) == one.exists for one in seen[100:]) > 90, name
