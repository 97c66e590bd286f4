"""The token endpoint of a gateway: client credentials in, a token with a limited life out.

Source: ``PROTOCOLS.md`` 4.2.1, 4.3.1. The clock is the process's own, so a short life can be asked for.
"""

from collections import Counter
from collections.abc import Callable
from itertools import count
from time import monotonic
from urllib.parse import parse_qsl

from payers.simulator.faults import FaultKind, FaultSource
from payers.simulator.http_messages import Request, Response, respond_json

CLIENT_ID = CLIENT_SECRET = "simulator"  # noqa: S105 - the simulator's own, and no secret
CLIENT_SETTINGS = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET}

_JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
_FORM = "application/x-www-form-urlencoded"
_KEPT = 1000


class TokenEndpoint:
    """Gives out tokens of one gateway, and recognises them."""

    def __init__(
        self, faults: FaultSource, violations: list[str], scope_error: Callable[[str], str | None] = lambda _: None
    ) -> None:
        """Take the faults; ``scope_error`` gives the OAuth error of a scope that this gateway does not grant."""
        self._faults = faults
        self._violations = violations
        self._scope_error = scope_error
        self._ends_at: dict[str, float] = {}
        self._scopes: dict[str, str] = {}
        self._numbers = count(1)
        self._turned_away: Counter[str] = Counter()

    def grant(self, request: Request) -> Response:
        """Return the response to a request for a token."""
        switched = self._faults.switched
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
        violation = self._scope_error(form.get("scope", ""))
        return self._refuse(400, violation) if violation else self._issue(form.get("scope", ""))

    def scope_of(self, request: Request) -> str | None:
        """Return the scope of the request's token; None when it has none, or an expired one."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or monotonic() >= self._ends_at.get(token, 0.0):
            return None
        return self._scopes[token]

    def turns_away(self, key: str, times: int) -> bool:
        """Whether this request is one of the first ``times`` about ``key``: no token of theirs is accepted."""
        self._turned_away[key] += 1
        if self._turned_away[key] <= (times or 1):
            return True
        del self._turned_away[key]
        return False

    def _issue(self, scope: str) -> Response:
        life = self._faults.token_life
        token = f"imaginary-{next(self._numbers)}"
        self._ends_at[token] = monotonic() + life
        self._scopes[token] = scope
        for old in list(self._ends_at)[:-_KEPT]:
            del self._ends_at[old], self._scopes[old]
        body = {"access_token": token, "token_type": "Bearer", "expires_in": life, "scope": scope}
        return respond_json(200, body, _JSON)

    def _refuse(self, status: int, error: str) -> Response:
        self._violations.append(f"token {error}")
        return respond_json(status, {"error": error}, _JSON)


_SWITCHED = {FaultKind.TOKENDOWN: 503, FaultKind.TOKENREFUSED: 401}
"""What the switch does to every request for a token; such a request names no member."""
