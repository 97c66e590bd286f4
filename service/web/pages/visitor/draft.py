"""A draft: what a visitor has filled in so far. It is kept sealed on the server, and the browser keeps none of it."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from contracts import Frozen, Relationship
from service.web.pages.rendering import Language

MINUTES = 30
"""A draft is kept for so long after the last screen that was sent; then it is deleted."""


class NoPayer(StrEnum):
    """Why nobody can be asked online: the visitor said so on the first screen. A person calls instead."""

    UNLISTED = "unlisted"
    NO_CARD = "no_card"
    UNINSURED = "uninsured"


class VisitorDraft(Frozen):
    """What a visitor has filled in so far; every field may still be missing.

    ``payer`` is a card's id or a value of ``NoPayer``; ``payer_typed`` is what was written in the search.
    ``consent_version`` and ``consent_sha256`` name the text that was shown when ``may_ask_insurer`` was answered, in
    ``language``, at ``consent_given_at``. ``kept_until`` is when the draft is deleted. ``typed`` holds every input as
    it was typed, so that nothing has to be typed again; the fields beside it hold what was read from it. ``asked``
    names the doubts that were shown once, and ``checked`` the screens that were sent with something missing.
    """

    language: Language = Language.ENGLISH
    payer: str | None = None
    payer_typed: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    birth_date: date | None = None
    member_id: str | None = None
    group_number: str | None = None
    is_subscriber: Literal["yes", "no", "unsure"] | None = None
    subscriber_first_name: str | None = None
    subscriber_last_name: str | None = None
    subscriber_birth_date: date | None = None
    relationship: Relationship | None = None
    phone: str | None = None
    email: str | None = None
    may_leave_message: bool = False
    may_text: bool = False
    best_time: str | None = None
    may_ask_insurer: bool | None = None
    consent_version: str | None = None
    consent_sha256: str | None = None
    consent_given_at: datetime | None = None
    kept_until: datetime | None = None
    typed: Mapping[str, str] = {}
    asked: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show nothing of the visitor."""
        return "VisitorDraft(…)"

    __str__ = __repr__

    @property
    def can_be_asked(self) -> bool:
        """Whether an insurer can be asked about this person online: one was chosen, and the visitor agrees to it."""
        return self.payer is not None and self.payer not in set(NoPayer) and self.may_ask_insurer is True
