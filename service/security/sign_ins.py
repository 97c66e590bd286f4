"""What everybody knows of signing in, also where no identity provider is set and its libraries are not loaded."""

from typing import NamedTuple


class TokenRefused(Exception):
    """The token is not one of ours to believe. It carries a code for tests and never a part of the token."""


class Begun(NamedTuple):
    """A sign-in that was begun: where the browser goes, and what has to come back."""

    address: str
    state: str
    nonce: str
    verifier: str

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Begun(…)"
