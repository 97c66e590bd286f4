"""Try the way to a payer without an inquiry: the name, the connection, the certificates, the token."""

import asyncio
import ssl
from collections.abc import Sequence

from contracts import PayerError, Probe, RouteSettings
from payers.routes.shared.failures import tls_reason
from payers.routes.shared.http import HttpClient
from payers.routes.shared.tokens import Tokens


class ProbedRoute:
    """A route over HTTP that can be tried without an inquiry: its address, and the token endpoint where it has one."""

    provider_fields = frozenset({"npi", "name"})
    imaginary_settings: frozenset[str] = frozenset()
    _tokens: Tokens | None = None

    def __init__(self, settings: RouteSettings, attempt_cap: float) -> None:
        """Take the settings, and the cap when they name none. Raises ``ValueError``, naming the setting."""
        self._http = HttpClient.from_settings(settings)
        self.attempt_cap = settings.attempt_cap or attempt_cap

    async def probe(self, seconds: float) -> Sequence[Probe]:
        """Try the connection, and fetch a token where one is needed; the first failure is the last step."""
        found = [await _try_connection(self._http, "connection", seconds)]
        if self._tokens is not None and found[-1].failure is None:
            found.append(await _try_connection(self._tokens.http, "connection of the token endpoint", seconds))
            if found[-1].failure is None:
                found.append(await _try_token(self._tokens, seconds))
        return found


async def _try_connection(client: HttpClient, step: str, seconds: float) -> Probe:
    try:
        async with asyncio.timeout(seconds):
            await client.connect()
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
