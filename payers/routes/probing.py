"""The way to a payer, tried without an inquiry: the name, the connection, the certificates, the token."""

import asyncio
import ssl
from collections.abc import Sequence

from contracts import PayerError, Probe
from payers.routes.failures import tls_reason
from payers.routes.http import HttpRoom
from payers.routes.tokens import Tokens


class ProbedRoute:
    """A route over HTTP whose way can be tried; it has a room, and the tokens of one that needs them."""

    _room: HttpRoom
    _tokens: Tokens | None = None

    async def probe(self, seconds: float) -> Sequence[Probe]:
        """Try the way to the payer, and fetch a token where one is needed; the first failure ends it."""
        found = [await _try_connection(self._room, "connection", seconds)]
        if self._tokens is not None and found[-1].failure is None:
            found.append(await _try_connection(self._tokens.room, "connection of the token endpoint", seconds))
            if found[-1].failure is None:
                found.append(await _try_token(self._tokens, seconds))
        return found


async def _try_connection(room: HttpRoom, step: str, seconds: float) -> Probe:
    try:
        async with asyncio.timeout(seconds):
            await room.connect()
    except TimeoutError:
        return Probe(step, "connect_timeout")
    except PayerError as error:
        return Probe(step, error.detail)
    except (OSError, ssl.SSLError) as error:
        return Probe(step, tls_reason(error) or "connect")
    return Probe(step)


async def _try_token(tokens: Tokens, seconds: float) -> Probe:
    try:
        async with asyncio.timeout(seconds):
            await tokens.current()
    except TimeoutError:
        return Probe("token", "token:timeout")
    except PayerError as error:
        return Probe("token", error.detail)
    return Probe("token")
