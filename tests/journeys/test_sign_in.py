"""Staff sign in at an identity provider, each a process of its own: the happy path, and every attack on it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from payers.simulator.people import PEOPLE
from tests.identity_provider import (
    ATTACKS,
    CLIENT,
    SECRET,
    access_token,
    cookie_of,
    provider_running,
    settings_of,
)
from tests.journeys.asking import body_of

from .conftest import REPOSITORY, Stage

WRONG_KEYS = "100000"


class Desk(NamedTuple):
    """A service, its provider, and a browser that follows no redirect by itself."""

    stage: Stage
    provider: str
    home: Path

    def provide(self, path: str, content: str = "") -> None:
        httpx.post(self.provider + path, content=content, trust_env=False).raise_for_status()

    def token(self, **claims: Any) -> str:
        return access_token(self.provider, **claims)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.stage.service + path, headers=headers, trust_env=False, timeout=30)

    def begin(self, to: str = "/v1/me") -> tuple[str, str]:
        """Begin a sign-in: the cookie of it, and where the provider sends the browser back to."""
        begun = self.get(f"/auth/sign-in?to={to}")
        assert begun.status_code == 303, begun.text
        back = httpx.get(begun.headers["location"], trust_env=False)
        return cookie_of(begun), back.headers["location"]

    def finish(self, cookie: str, back: str) -> httpx.Response:
        return httpx.get(back, headers={"Cookie": cookie}, trust_env=False, timeout=30)


@pytest.fixture(scope="module")
def desk(staging: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("desk")
    with provider_running() as provider:
        settings = {**settings_of(provider), "BENEFITS_LIMITS__WRONG_KEYS": WRONG_KEYS}
        with staging(home, **settings) as stage:
            yield Desk(stage, provider, home)


@pytest.fixture(autouse=True)
def honest(desk: Desk) -> Iterator[None]:
    """The provider does nothing wrong unless a test says so."""
    yield
    desk.provide("/attack")


def here(desk: Desk, back: str) -> str:
    """The provider sends the browser to our public address, which leads to the port of this test."""
    parts = urlsplit(back)
    return f"{desk.stage.service}{parts.path}?{parts.query}"


def test_a_person_signs_in_and_asks(desk: Desk) -> None:
    cookie, back = desk.begin()
    finished = desk.finish(cookie, here(desk, back))
    session = {"Cookie": cookie_of(finished)}
    me = desk.get("/v1/me", **session).json()
    person = next(person for person in PEOPLE if person.whole[0] == "active")
    asked = httpx.post(
        f"{desk.stage.service}/v1/verifications",
        json=body_of(person),
        headers={**session, "Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin", "Prefer": "wait=20"},
        trust_env=False,
        timeout=30,
    )

    assert (finished.status_code, finished.headers["location"]) == (303, "/v1/me")
    assert session["Cookie"].startswith("__Host-benefits=bvs_")
    assert (me["roles"], me["in_emergency"]) == (["billing"], False)
    assert asked.status_code == 200
    assert asked.json()["coverage"]["status"] == "active"


def test_what_goes_to_the_provider_is_bound_to_this_sign_in(desk: Desk) -> None:
    firsts, seconds = (parse_qs(urlsplit(desk.get("/auth/sign-in").headers["location"]).query) for _ in range(2))

    assert firsts["code_challenge_method"] == ["S256"]
    assert firsts["redirect_uri"] == ["http://127.0.0.1/auth/callback"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(firsts[name][0]) >= 43
        assert firsts[name] != seconds[name]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_the_sign_in_opens_no_session(desk: Desk, attack: str) -> None:
    desk.provide("/attack", attack)
    cookie, back = desk.begin()
    finished = desk.finish(cookie, here(desk, back))

    assert (finished.status_code, finished.json()["code"]) == (401, "unauthorized")
    assert "set-cookie" not in finished.headers


def test_an_answer_counts_once_and_for_the_browser_that_asked_alone(desk: Desk) -> None:
    cookie, back = desk.begin()
    other, _ = desk.begin()
    address = here(desk, back)
    stolen = [desk.finish(one, address).status_code for one in (other, "", f"{cookie}00", f"{cookie}; {cookie}")]
    first, again = desk.finish(cookie, address), desk.finish(cookie, address)

    assert stolen == [401] * 4
    assert (first.status_code, again.status_code) == (303, 401)


def test_an_id_token_that_is_good_for_ten_hours_signs_in(desk: Desk) -> None:
    ada = {"sub": "person-1", "name": "Ada", "roles": ["billing"]}
    desk.provide("/person", json.dumps({**ada, "exp": int(time()) + 36_000}))
    cookie, back = desk.begin()
    finished = desk.finish(cookie, here(desk, back))
    desk.provide("/person", json.dumps(ada))

    assert finished.status_code == 303


def test_a_token_of_the_provider_is_the_same_person(desk: Desk) -> None:
    cookie, back = desk.begin()
    session = cookie_of(desk.finish(cookie, here(desk, back)))
    by_session = desk.get("/v1/me", Cookie=session).json()
    by_token = desk.get("/v1/me", Authorization=f"Bearer {desk.token(roles=['intake'])}").json()

    assert by_session["id"] == by_token["id"]
    assert by_token["roles"] == ["intake"]
    assert desk.get("/v1/me", Authorization=f"Bearer {desk.token(roles=['cook'])}").json()["rights"] == []
    nobody = desk.get("/v1/payers", Authorization=f"Bearer {desk.token(roles=['cook'])}")
    assert (nobody.status_code, nobody.json()["code"]) == (403, "forbidden")


def test_whose_access_ended_here_is_out_whatever_the_provider_says(desk: Desk) -> None:
    token = desk.token(sub="leaver")
    person = desk.get("/v1/me", Authorization=f"Bearer {token}").json()["id"]
    environment = {"BENEFITS_DATABASE_URL": f"sqlite:///{desk.home / 'benefits.sqlite'}", "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(
        [sys.executable, "-m", "service.cli.main", "staff", "end", person],
        cwd=desk.home,
        env=environment,
        check=True,
        timeout=60,
    )

    assert desk.get("/v1/me", Authorization=f"Bearer {token}").status_code == 401


def test_every_forged_token_is_refused_alike_and_counted(desk: Desk) -> None:
    forged: dict[str, str] = httpx.get(f"{desk.provider}/forged", trust_env=False).json()
    bare = desk.get("/v1/payers")
    answers = {name: desk.get("/v1/payers", Authorization=f"Bearer {token}") for name, token in forged.items()}

    assert len(answers) >= 70
    refused = {name for name, answer in answers.items() if answer.status_code == 401}
    # What has more bytes than a head may have is refused before it is read.
    assert set(answers) - refused <= {"a token of 60 kB"}
    assert {answers[name].text for name in refused} == {bare.text}
    assert desk.get("/v1/payers", Authorization=f"Bearer {desk.token()}").status_code == 200


def examine(desk: Desk, issuer: str) -> tuple[str, int]:
    """What the doctor says of a provider, and its exit code."""
    settings = {"BENEFITS_STAFF__ISSUER": issuer, "BENEFITS_STAFF__CLIENT_ID": CLIENT, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "service.cli.main", "doctor", "--probe"]
    environment = {**settings, "BENEFITS_STAFF__URL": "http://127.0.0.1"}
    done = subprocess.run(
        command, cwd=desk.home, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout, done.returncode


def test_the_doctor_says_whether_the_provider_can_be_used(desk: Desk) -> None:
    good, _ = examine(desk, desk.provider)
    other, code = examine(desk, desk.provider + "/")

    assert "identity provider: keys: ok" in " ".join(good.split())
    assert "what it publishes can't be fetched" in " ".join(other.split())
    assert code == 1


def test_no_secret_of_signing_in_is_in_the_log(desk: Desk) -> None:
    cookie, back = desk.begin()
    session = cookie_of(desk.finish(cookie, here(desk, back)))
    desk.get("/v1/me", Authorization=f"Bearer {desk.token()}")
    log = (desk.home / "serve.log").read_text()
    code, state = (parse_qs(urlsplit(back).query)[name][0] for name in ("code", "state"))

    assert "/auth/callback" in log
    for secret in (
        code,
        state,
        session.partition("=")[2].split("_", 2)[2],
        cookie.partition("=")[2],
        SECRET,
        "Ada",
        "person-1",
    ):
        assert secret not in log, re.sub(r".", "*", secret)
