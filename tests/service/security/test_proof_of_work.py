"""A proof of work counts for the draft that it was asked for, until it expires, and for nothing else."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from altcha import Challenge, Payload, solve_challenge

from service.security import proof_of_work
from service.security.proof_of_work import LONGEST_PROOF, is_solved, make_challenge

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof_of_work, "ITERATIONS", 1)
    monkeypatch.setattr(proof_of_work, "LEAST_TRIES", 3)
    monkeypatch.setattr(proof_of_work, "MORE_TRIES", 5)


def solved(challenge: str) -> str:
    asked = Challenge.from_dict(json.loads(challenge))
    solution = solve_challenge(asked)
    assert solution is not None
    return Payload(asked, solution).to_base64()


def make(bound_to: str = "draft", *, ago: float = 0.0) -> str:
    return make_challenge(KEY, bound_to, datetime.now(UTC) - timedelta(seconds=ago))


def test_a_solved_challenge_counts_for_its_own_draft() -> None:
    proof = solved(make())

    assert is_solved(proof, KEY, "draft")
    assert not is_solved(proof, KEY, "another")
    assert not is_solved(proof, bytes(32), "draft")


def test_a_challenge_that_expired_counts_no_more() -> None:
    assert is_solved(solved(make(ago=1_790)), KEY, "draft")
    assert not is_solved(solved(make(ago=1_810)), KEY, "draft")


def changed(proof: str, change: Callable[[dict[str, Any]], object]) -> str:
    held = json.loads(b64decode(proof))
    change(held)
    return b64encode(json.dumps(held).encode()).decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held["solution"].update(derivedKey="00" * 32),
        lambda held: held["challenge"]["parameters"].update(cost=0),
        lambda held: held["challenge"]["parameters"].update(keyPrefix=""),
        lambda held: held["challenge"]["parameters"].update(expiresAt=9_999_999_999),
        lambda held: held["challenge"]["parameters"].update(data={"for": "another"}),
        lambda held: held["challenge"]["parameters"].pop("data"),
        lambda held: held["challenge"].pop("signature"),
        lambda held: held["challenge"].update(signature=None),
        lambda held: held.pop("solution"),
        lambda held: held.update(challenge=[]),
    ],
)
def test_a_challenge_that_was_made_easier_counts_for_nobody(change: Callable[[dict[str, Any]], object]) -> None:
    proof = changed(solved(make()), change)

    assert not is_solved(proof, KEY, "draft")
    assert not is_solved(proof, KEY, "another")


@pytest.mark.parametrize("proof", ["", "x", "é", "{}", "bnVsbA==", "W10=", "e30=", "A" * (LONGEST_PROOF + 1), "=" * 9])
def test_what_is_no_proof_is_none(proof: str) -> None:
    assert not is_solved(proof, KEY, "draft")


def test_what_a_browser_has_to_try_is_what_the_page_says() -> None:
    asked = json.loads(make_challenge(KEY, "draft", datetime.now(UTC), random=lambda most: most - 1))["parameters"]

    assert (asked["algorithm"], asked["keyLength"]) == ("PBKDF2/SHA-256", 32)
    assert len(asked["keyPrefix"]) == 32
    assert "draft" in asked["data"].values()
