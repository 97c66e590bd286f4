"""A route by a stranger: a gateway that speaks CORE MIME, and wants to know a tenant and a token of its own."""

from pydantic import Field, SecretStr

from contracts import AttemptNumbers, Inquiry, Reply, Route, RouteSettings
from payers.routes.core_mime import open_route as open_core_mime


class GatewaySettings(RouteSettings):
    """What this gateway wants to know beside its address: a tenant, and the token that goes with it."""

    tenant: str = Field(pattern=r"[a-z]{3,12}", description="who we are to the gateway")
    tenant_token: SecretStr = Field(description="proof of it")
    retries_at_night: int = Field(default=0, ge=0, le=3, description="of the gateway itself")


class Gateway:
    """CORE MIME under a name of its own."""

    name = "acme_gateway"

    def __init__(self, settings: GatewaySettings) -> None:
        plain = {name: getattr(settings, name) for name in RouteSettings.model_fields}
        # The gateway takes tenant and token for user and password.
        plain |= {"username": settings.tenant, "password": settings.tenant_token.get_secret_value()}
        self._inner: Route = open_core_mime(RouteSettings(**plain))
        self.attempt_cap = self._inner.attempt_cap

    async def exchange(self, inquiry: Inquiry, numbers: AttemptNumbers, *, seconds: float) -> Reply:
        """One exchange, as CORE MIME does it."""
        return await self._inner.exchange(inquiry, numbers, seconds=seconds)


def open_route(settings: GatewaySettings) -> Route:
    """Open the gateway."""
    return Gateway(settings)
