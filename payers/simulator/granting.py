"""The token endpoint of a gateway: client credentials in, a token that lives for a while out.

Source: ``PROTOCOLS.md`` 4.2.1, 4.3.1. The clock is the process's own, so a short life can be asked for.
"""

import json
from collections.abc import Callable
from itertools import count
from time import monotonic
from urllib.parse import parse_qsl

from payers.simulator.speech import Request, Response
from payers.simulator.weather import FaultKind, Sky

CLIENT_ID = CLIENT_SECRET = "simulator"  # noqa: S105 - the simulator's own, and no secret

_JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
_FORM = "application/x-www-form-urlencoded"
_KEPT = 1000


class Granting:
    """Grants tokens of one gateway, and knows its own again."""

    def __init__(
        self, sky: Sky, violations: list[str], scope_fault: Callable[[str], str | None] = lambda _: None
    ) -> None:
        """Stand under ``sky``; ``scope_fault`` is the OAuth error of a scope that this gateway does not grant."""
        self._sky = sky
        self._violations = violations
        self._scope_fault = scope_fault
        self._ends_at: dict[str, float] = {}
        self._scopes: dict[str, str] = {}
        self._numbers = count(1)

    def grant(self, request: Request) -> Response:
        """The response of the token endpoint."""
        switched = self._sky.switched
        if switched is not None and switched.kind in _SWITCHED:
            return Response(status=_SWITCHED[switched.kind], headers=_JSON, body=b'{"error":"temporarily_unavailable"}')
        if request.method != "POST":
            return self._refuse(405, "invalid_request")
        if request.content_type.partition(";")[0].strip().lower() != _FORM:
            return self._refuse(415, "invalid_request")
        pairs = parse_qsl(request.body.decode("latin-1"), keep_blank_values=True)
        form = dict(pairs)
        if len(form) != len(pairs) or form.get("grant_type") != "client_credentials":
            return self._refuse(400, "unsupported_grant_type")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return self._refuse(401, "invalid_client")
        fault = self._scope_fault(form.get("scope", ""))
        return self._refuse(400, fault) if fault else self._grant(form.get("scope", ""))

    def scope_of(self, request: Request) -> str | None:
        """The scope of the request's token; None when it has none, or one that has ended."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or monotonic() >= self._ends_at.get(token, 0.0):
            return None
        return self._scopes[token]

    def _grant(self, scope: str) -> Response:
        life = self._sky.token_life
        token = f"imaginary-{next(self._numbers)}"
        self._ends_at[token] = monotonic() + life
        self._scopes[token] = scope
        for old in list(self._ends_at)[:-_KEPT]:
            del self._ends_at[old], self._scopes[old]
        body = {"access_token": token, "token_type": "Bearer", "expires_in": life, "scope": scope}
        return Response(headers=_JSON, body=json.dumps(body).encode())

    def _refuse(self, status: int, error: str) -> Response:
        self._violations.append(f"token {error}")
        return Response(status=status, headers=_JSON, body=json.dumps({"error": error}).encode())


_SWITCHED = {FaultKind.TOKENDOWN: 503, FaultKind.TOKENREFUSED: 401}
"""What the switch does to every call of a token endpoint: no member's id is at hand there."""
