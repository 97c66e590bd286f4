"""Consent to ask a payer: what is kept of it, and whose questions need it.

A provider that treats substance use tells the payer by its very question that somebody seeks such care. Where 42 CFR
Part 2 applies, the person's consent is therefore recorded before anything is sent: which text they agreed to, in which
language, and when. Source: 42 CFR 2.31 to 2.33; ``RELIABILITY.md`` 6.2.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from contracts import Frozen
from service.errors import ServiceRefusal
from service.security.access import Role

REDISCLOSURE_NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""What accompanies records where 42 CFR Part 2 applies, in the words of 42 CFR 2.32(a)(2)."""


class Consent(Frozen):
    """What a person agreed to: ``version`` names the text, ``text_sha256`` is the digest (hex) of what was shown."""

    version: str
    language: str
    given_at: datetime
    text_sha256: str


class ConsentRequired(ServiceRefusal):
    """The question needs a recorded consent and came with none; nothing was sent."""

    def __init__(self) -> None:
        """Refuse; coming again with consent helps."""
        super().__init__(422, "consent_required")


class ConsentUnknown(ServiceRefusal):
    """The consent is to a text that the operator does not know; nothing was sent."""

    def __init__(self) -> None:
        """Refuse; another text has to be shown."""
        super().__init__(422, "consent_unknown")


class ConsentRule(NamedTuple):
    """Whose questions need consent, and the texts that count.

    ``texts`` give the digest of each text by ``version/language``; without any, every text counts.
    """

    needed_by: frozenset[Role] = frozenset()
    texts: Mapping[str, str] = {}

    def check(self, role: Role, consent: Consent | None) -> None:
        """Raise ``ConsentRequired`` or ``ConsentUnknown`` for a question of ``role`` that must not be sent."""
        if consent is None:
            if role in self.needed_by:
                raise ConsentRequired
        elif self.texts and self.texts.get(f"{consent.version}/{consent.language}") != consent.text_sha256:
            raise ConsentUnknown
