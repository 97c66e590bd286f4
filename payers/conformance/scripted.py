"""A gateway with a script: no network, no policy, and a record of what was asked."""

import asyncio
from collections.abc import Sequence

from contracts import Benefits, Card, Inquiry, PayerError


class ScriptedGateway:
    """Answers every inquiry with the same script: replies in turn (the last for ever), an error, or silence."""

    def __init__(self, *script: Benefits | PayerError, hangs: bool = False, cards: Sequence[Card] = ()) -> None:
        """Take the script; with ``hangs`` no inquiry is ever answered."""
        self.cards = cards
        self._script: Sequence[Benefits | PayerError] = script
        self._hangs = hangs
        self.asked: list[Inquiry] = []

    async def ask(self, card: Card, inquiry: Inquiry) -> Benefits:
        """Return the next thing of the script."""
        del card
        self.asked.append(inquiry)
        if self._hangs:
            await asyncio.Event().wait()
        result = self._script[min(len(self.asked), len(self._script)) - 1]
        if isinstance(result, PayerError):
            raise result
        return result._replace(asked=inquiry.service_types)
