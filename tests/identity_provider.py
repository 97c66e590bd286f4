"""An identity provider for tests, as a process of its own on loopback: it speaks the happy path, and each attack.

``python -m tests.identity_provider`` prints one line with its address. It signs anybody in at once, without a page.
What it does wrong at the next sign-in is chosen by ``POST /attack/{name}``; ``GET /forged`` gives a token of every kind
of forgery, and ``GET /token`` a good access token. ``provider_running`` starts that process, ``sign_in`` signs a person
in there.
"""

import json
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_urlsafe
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.forged_tokens import FORGERIES, Good, Keys, encode

CLIENT, SECRET, AUDIENCE = "benefits", "imaginary-secret", "benefits-api"

Answer = dict[str, Any]

ATTACKS: Mapping[str, str] = {
    "another state": "the answer carries a state of its own",
    "no state": "the answer carries no state",
    "another issuer names itself": "the answer names another issuer (mix-up, RFC 9207)",
    "no issuer names itself": "the answer names no issuer though the provider says that it does",
    "an error": "the answer is an error",
    "no code": "the answer has no code",
    "a code twice": "the answer has two codes",
    "another nonce": "the id token answers another sign-in",
    "no nonce": "the id token answers none",
    "another audience": "the id token is for somebody else",
    "another party": "the id token names another authorized party",
    "several audiences": "the id token is for several, and names no party",
    "an expired id token": "the id token is over",
    "an id token of a stranger": "the id token is signed by a stranger's key",
    "an id token without a signature": "the id token has alg none",
    "an access token for an id token": "the id token has the type of an access token",
    "no id token": "the token endpoint gives none",
    "a password alone": "the person showed one factor",
    "a refused code": "the token endpoint refuses the code",
}
"""What the provider may do wrong at a sign-in."""


class Provider:
    """The state of the process."""

    def __init__(self) -> None:
        self.keys = Keys()
        self.issuer = ""
        self.attack = ""
        self.person: Answer = {"sub": "person-1", "name": "Ada", "roles": ["billing"]}
        self.codes: dict[str, Answer] = {}
        self.exchanges = 0

    def good(self) -> Good:
        return Good(self.keys, self.issuer, AUDIENCE, CLIENT, int(time()))

    def metadata(self) -> Answer:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "exchange", "jwks_uri": "keys"}
        return {
            "issuer": self.issuer,
            **{name: f"{self.issuer}/{place}" for name, place in places.items()},
            "authorization_response_iss_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser goes back to."""
        code = token_urlsafe(24)
        self.codes[code] = {**asked, "attack": self.attack}
        back: list[tuple[str, str]] = [("code", code), ("state", asked["state"]), ("iss", self.issuer)]
        changes: Mapping[str, Callable[[], list[tuple[str, str]]]] = {
            "another state": lambda: [*back[:1], ("state", token_urlsafe(24)), *back[2:]],
            "no state": lambda: [back[0], back[2]],
            "another issuer names itself": lambda: [*back[:2], ("iss", "https://elsewhere.test")],
            "no issuer names itself": lambda: back[:2],
            "an error": lambda: [("error", "access_denied"), *back[1:]],
            "no code": lambda: back[1:],
            "a code twice": lambda: [back[0], *back],
        }
        fields = changes.get(self.attack, lambda: back)()
        return f"{asked['redirect_uri']}?{urlencode(fields)}"

    def exchange(self, sent: dict[str, str], authorization: str) -> tuple[int, Answer]:
        """Return the answer of the token endpoint."""
        self.exchanges += 1
        name, _, secret = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        known = self.codes.pop(sent.get("code", ""), None)
        if (name, secret) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        if known is None or known["attack"] == "a refused code" or not self._is_proven(sent, known):
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": self.good().token(), "token_type": "Bearer", "expires_in": 300}
        if known["attack"] != "no id token":
            answer["id_token"] = self._id_token(known)
        return 200, answer

    def _is_proven(self, sent: dict[str, str], known: Answer) -> bool:
        challenge = encode(sha256(sent.get("code_verifier", "").encode()).digest())
        same = sent.get("redirect_uri") == known["redirect_uri"]
        return same and known.get("code_challenge_method") == "S256" and challenge == known.get("code_challenge")

    def _id_token(self, known: Answer) -> str:
        good, attack = self.good(), known["attack"]
        claims: Answer = {"aud": CLIENT, "nonce": known["nonce"], **self.person}
        claims |= {
            "another nonce": {"nonce": token_urlsafe(24)},
            "no nonce": {"nonce": None},
            "another audience": {"aud": "somebody-else"},
            "another party": {"azp": "somebody-else"},
            "several audiences": {"aud": [CLIENT, "somebody-else"]},
            "an expired id token": {"iat": good.now - 900, "exp": good.now - 600},
            "a password alone": {"amr": ["pwd"]},
        }.get(attack, {})
        header = good.header(typ="at+jwt" if attack == "an access token for an id token" else "JWT")
        if attack == "an id token without a signature":
            header["alg"] = "none"
        stranger = self.keys.stranger if attack == "an id token of a stranger" else None
        return good.sign(header, good.claims(**claims), stranger)


def handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    """The HTTP side of ``provider``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self.send_response(303)
                self.send_header("Location", provider.authorize(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            found: Mapping[str, Callable[[], Any]] = {
                "/.well-known/openid-configuration": provider.metadata,
                "/keys": provider.keys.published,
                "/forged": lambda: {name: forge(provider.good()) for name, forge in FORGERIES.items()},
                "/token": lambda: provider.good().token(**json.loads(asked.get("claims", "{}"))),
                "/exchanges": lambda: provider.exchanges,
            }
            self._send(200, found[parts.path]()) if parts.path in found else self._send(404, {})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            if self.path == "/exchange":
                fields = {name: values[0] for name, values in parse_qs(sent).items()}
                self._send(*provider.exchange(fields, self.headers.get("Authorization", "")))
            elif self.path == "/attack":
                provider.attack = sent
                self._send(200, {})
            elif self.path == "/person":
                provider.person = json.loads(sent)
                self._send(200, {})

        def _send(self, status: int, value: Any) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    return Handler


@contextmanager
def provider_running() -> Iterator[str]:
    """An identity provider in a process of its own, and its address."""
    command, root = [sys.executable, "-m", "tests.identity_provider"], Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().rsplit(" ", 1)[-1].strip()
        finally:
            process.terminate()


def settings_of(provider: str) -> dict[str, str]:
    """The settings of a service whose people sign in at ``provider``."""
    return {
        "BENEFITS_STAFF__ISSUER": provider,
        "BENEFITS_STAFF__CLIENT_ID": CLIENT,
        "BENEFITS_STAFF__CLIENT_SECRET": SECRET,
        "BENEFITS_STAFF__AUDIENCE": AUDIENCE,
        "BENEFITS_STAFF__URL": "http://127.0.0.1",
    }


def access_token(provider: str, **claims: Any) -> str:
    """A good access token of ``provider`` with these claims in place of its own."""
    found: str = httpx.get(f"{provider}/token", params={"claims": json.dumps(claims)}, trust_env=False).json()
    return found


def sign_in(provider: str, service: str, *roles: str) -> str:
    """Sign a person with ``roles`` in to ``service``; returns the value of the session's cookie."""
    person = {"sub": f"person of {'+'.join(roles)}", "name": "Ada", "roles": roles}
    with httpx.Client(trust_env=False, timeout=30) as browser:
        browser.post(f"{provider}/person", content=json.dumps(person)).raise_for_status()
        begun = browser.get(f"{service}/auth/sign-in")
        back = urlsplit(browser.get(begun.headers["location"]).headers["location"])
        cookie = cookie_of(begun)
        # Our public address has no port; the service of a test has one.
        finished = browser.get(f"{service}{back.path}?{back.query}", headers={"Cookie": cookie})
    assert finished.status_code == 303, finished.text
    return cookie_of(finished).partition("=")[2]


def cookie_of(response: httpx.Response) -> str:
    """The first cookie that was set, as a browser sends it back."""
    return response.headers.get_list("set-cookie")[0].partition(";")[0]


def main() -> None:
    """Serve until the standard input ends, so that no test leaves a provider behind."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"identity provider ready on {provider.issuer}", flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
