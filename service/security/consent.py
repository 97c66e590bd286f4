"""Consent to ask a payer: what is kept of it, and whose questions need it.

A provider that treats substance use tells the payer by its very question that somebody seeks such care. Where 42 CFR
Part 2 applies, the person's consent is therefore recorded before anything is sent: which text they agreed to, in which
language, and when. Source: 42 CFR 2.31 to 2.33; ``RELIABILITY.md`` 6.2.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts import FURTHEST_SERVICE_DATE, Frozen
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


class ConsentEnded(ServiceRefusal):
    """The consent has ended by its own words; nothing was sent."""

    def __init__(self) -> None:
        """Refuse; the member has to agree anew."""
        super().__init__(422, "consent_ended")


class ConsentRule(NamedTuple):
    """Whose questions need consent, and the texts that count.

    ``texts`` give the digest of each text by ``version/language``; without any, every text counts. ``lasts`` is how
    long a consent holds by its own words, by the digest of its text; one of a text that does not say holds for as long
    as a service date may lie back.
    """

    needed_by: frozenset[Role] = frozenset()
    texts: Mapping[str, str] = {}
    lasts: Mapping[str, timedelta] = {}

    def check(self, role: Role, consent: Consent | None, now: datetime) -> None:
        """Raise ``ConsentRequired``, ``ConsentUnknown`` or ``ConsentEnded`` for a question that must not be sent."""
        if consent is None:
            if role in self.needed_by:
                raise ConsentRequired
        elif self.texts and self.texts.get(f"{consent.version}/{consent.language}") != consent.text_sha256:
            raise ConsentUnknown
        elif self.has_ended(consent, now):
            raise ConsentEnded

    def has_ended(self, consent: Consent, now: datetime) -> bool:
        """Whether a consent no longer holds by its own words."""
        return now - consent.given_at > self.lasts.get(consent.text_sha256, FURTHEST_SERVICE_DATE)
