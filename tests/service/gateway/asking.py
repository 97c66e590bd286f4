"""A gateway over scripted routes, as an adapter asks it."""

import pytest

from contracts import (
    Benefits,
    Card,
    PayerError,
    PayerUnreachable,
)
from service.gateway import GatewayPolicy, Guards, JobGateway
from service.security.access import Role
from service.store import Store
from tests.service.staging import INQUIRY, ScriptedRoute, Time, card, job_of


class Stand:
    """A guards with its routes, and a gateway whose caller waits 20 seconds."""

    def __init__(self, store: Store, time: Time, *routes: ScriptedRoute, policy: GatewayPolicy | None = None) -> None:
        self.store = store
        self.time = time
        self.routes = routes
        self.card: Card = card(*(route.name for route in routes))
        self.guards = Guards(
            routes={route.name: route for route in routes},
            cards=(self.card,),
            store=store,
            policy=policy,
            clocks=time.clocks(),
        )

    async def gateway(self, *, wait: float = 20.0, role: Role = Role.STAFF) -> JobGateway:
        ends = self.time.gone + wait
        job_id = await job_of(self.store)
        return JobGateway(self.guards, job_id, role, left=lambda: max(0.0, ends - self.time.gone))

    async def ask(self, *, wait: float = 20.0) -> Benefits:
        return await (await self.gateway(wait=wait)).ask(self.card, INQUIRY)

    async def failure(self, *, wait: float = 20.0) -> PayerError:
        with pytest.raises(PayerError) as caught:
            await self.ask(wait=wait)
        return caught.value


UNREACHABLE = PayerUnreachable("connect")
