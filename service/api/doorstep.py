"""Before anybody is asked who he is: what will be shed anyway is shed here, so that it hears of it at once.

Looking a key up and reading a body take time, and in a flood nobody has it. Which role a key has is remembered for this
alone: it lets nobody in, and a key that was revoked meanwhile is at worst told to come again later.
"""

from collections import Counter
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access import Role
from service.api.problems import refusal_response
from service.api.rooms import Rooms
from service.problems import Overloaded, ServiceRefusal

MOST_REMEMBERED = 1_024
"""Keys whose role is remembered; then it begins anew."""

STRANGERS = 64
"""Questions of keys not yet known that are let through to be looked up, at a time."""


class Doorstep:
    """Stands in front of everything and counts the questions in the house, by whether their key is known."""

    def __init__(self, app: ASGIApp, rooms: Rooms) -> None:
        """Stand in front of ``app``."""
        self._app = app
        self._rooms = rooms
        self._roles: dict[bytes, Role] = {}
        self._inside: Counter[bool] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse a question that cannot be let in."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        digest = sha256(Headers(scope=scope).get("authorization", "").encode("latin-1")).digest()
        role = self._roles.get(digest)
        try:
            self._refuse(role)
        except ServiceRefusal as refusal:
            await refusal_response(refusal)(scope, receive, send)
            return
        known = role is not None
        self._inside[known] += 1

        async def receiving() -> Message:
            # A body is asked for once its key was looked up: from then on it is no stranger's, however long it waits.
            nonlocal known
            if not known and self._remember(digest, scope.get("state", {}).get("role")):
                self._inside[False] -= 1
                self._inside[True] += 1
                known = True
            return await receive()

        try:
            await self._app(scope, receiving, send)
        finally:
            self._inside[known] -= 1
            self._remember(digest, scope.get("state", {}).get("role"))

    def _refuse(self, role: Role | None) -> None:
        admission = self._rooms.verifier.admission
        if role is None:
            if self._inside[False] >= STRANGERS:
                admission.shed += 1
                raise Overloaded
            return
        admission.refuse(role, self._inside[True])

    def _remember(self, digest: bytes, role: object) -> bool:
        """Keep the role of a key; false when it has none."""
        if not isinstance(role, Role):
            return False
        if digest not in self._roles:
            if len(self._roles) >= MOST_REMEMBERED:
                self._roles.clear()
            self._roles[digest] = role
        return True
