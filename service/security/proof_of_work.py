"""A proof of work: a few seconds of a browser's time for one form, so that asking about thousands of people is dear.

The challenge, its signature and the check are those of ``altcha`` (its protocol, version 2): the browser tries counters
until the key derived from one begins as the challenge says. A challenge is for one draft, and a draft is sent once: so
a solved one counts once. Without script there is no proof, and tighter caps hold.
"""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import randbelow

from altcha import create_challenge, verify_solution

ALGORITHM = "PBKDF2/SHA-256"
"""What every browser has in WebCrypto."""

ITERATIONS = 2_000
"""Of one try: about 0.6 ms of a processor."""

LEAST_TRIES, MORE_TRIES = 500, 1_000
"""Tries that a challenge takes: from the first number, up to so many more. 0.3 to 0.9 s on a desk, some seconds on a
phone, while a visitor types."""

LASTS = timedelta(minutes=30)
"""As long as a draft."""

LONGEST_PROOF = 4_096
"""Characters of the longest proof that is looked at."""


def make_challenge(key: bytes, bound_to: str, now: datetime, random: Callable[[int], int] = randbelow) -> str:
    """Return a challenge (JSON) for the draft that ``bound_to`` stands for, signed with ``key``."""
    challenge = create_challenge(
        ALGORITHM,
        ITERATIONS,
        counter=LEAST_TRIES + random(MORE_TRIES),
        expires_at=now + LASTS,
        data={"for": bound_to},
        hmac_secret=key,
        hmac_key_secret=key,
    )
    return json.dumps(challenge.to_dict(), separators=(",", ":"))


def is_solved(proof: str, key: bytes, bound_to: str) -> bool:
    """Return whether ``proof`` (base64 of JSON) solves a challenge that was made for this draft and has not expired."""
    if not 0 < len(proof) <= LONGEST_PROOF:
        return False
    if not verify_solution(proof, key, hmac_key_secret=key).verified:
        return False
    # What it says is signed by us.
    found: object = json.loads(b64decode(proof))["challenge"]["parameters"]["data"]["for"]
    return found == bound_to
