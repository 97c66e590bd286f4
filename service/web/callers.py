"""Finds the caller behind a credential: keys and sessions in the store, tokens by the identity provider's keys."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from service.security.access import Caller, Credential, CredentialKind
from service.security.sign_ins import TokenRefused
from service.store import KeyRow, SessionLimits, Store

if TYPE_CHECKING:
    from service.security.identity_provider import IdentityProvider


class Callers:
    """Where credentials are looked up."""

    def __init__(self, store: Store, limits: SessionLimits, provider: "IdentityProvider | None" = None) -> None:
        """Look up in ``store``; without an identity provider no token is anybody's."""
        self._store = store
        self._limits = limits
        self._provider = provider

    async def find_caller(self, credential: Credential) -> Caller | None:
        """Return the caller, or None.

        Raises ``ServiceRefusal`` when the store does not answer, or when the identity provider has never been reached.
        """
        if credential.kind is CredentialKind.KEY:
            return await self._store.find_key(credential.plain)
        if credential.kind is CredentialKind.SESSION:
            return await self._store.find_session(credential.plain, self._limits)
        return await self._find_bearer(credential.plain)

    async def list_keys(self) -> Iterable[KeyRow]:
        """Return every key, revoked ones included."""
        return await self._store.list_keys()

    async def _find_bearer(self, token: str) -> Caller | None:
        if self._provider is None:
            return None
        try:
            person = await self._provider.verify_access_token(token)
        except TokenRefused:
            return None
        return await self._store.find_person(person.known_as, person.roles)


def may_come_from(caller: Caller, host: str) -> bool:
    """Return whether ``caller`` may come from the address ``host``."""
    if not caller.networks:
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in ip_network(one) for one in caller.networks)
