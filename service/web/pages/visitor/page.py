"""What every page of a visitor needs: whose form it is, its language, where it may be shown, how long it is kept."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from fastapi.responses import HTMLResponse

from contracts.wording import format_phone
from service.settings.requester import name_for_visitors
from service.web.pages.rendering import Language, render_page
from service.web.pages.visitor.checks import Circumstances
from service.web.pages.visitor.draft import VisitorDraft
from service.web.pages.visitor.screens import ROOT
from service.web.pages.visitor.texts import COMMON
from service.web.services import Services

WARN_BEFORE = 330
"""Seconds before a draft is deleted from which its screens say so: five minutes, and the time of looking again."""


class ShownProvider(NamedTuple):
    """Whose form it is, as its pages show it; ``leave_to`` is where *Leave quickly* goes.

    ``privacy_notice`` is the address of the provider's own notice; None where it has none online.
    """

    name: str
    phone: str | None
    shown_phone: str
    leave_to: str
    privacy_notice: str | None = None


def provider_of(services: Services) -> ShownProvider:
    """Return whose form it is."""
    public = services.public
    name = name_for_visitors(public, services.provider)
    return ShownProvider(name, public.phone, format_phone(public.phone or ""), public.leave_to, public.privacy_notice)


def circumstances_of(services: Services, draft: VisitorDraft) -> Circumstances:
    """Return what the screens of ``draft`` are checked by."""
    directory = services.directory
    card = directory.adapter(draft.payer).card if draft.payer is not None and draft.payer in directory else None
    return Circumstances(card, services.today(), provider_of(services).name, services.part_two)


def render_visitor_page(
    template: str,
    services: Services,
    *,
    language: Language,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - whatever the template shows
) -> HTMLResponse:
    """Return a page of the form; it may be shown in a frame by the pages that the operator listed."""
    return render_page(
        f"visitor/{template}.html.jinja",
        language=language,
        status=status,
        embedded_in=services.public.embed_from,
        provider=provider_of(services),
        common=COMMON,
        start=ROOT,
        other=Language.ENGLISH if language is Language.SPANISH else Language.SPANISH,
        **values,
    )


def seconds_until_warning(draft: VisitorDraft) -> int:
    """Return the seconds until a screen warns that its draft will be deleted; 0 when it is time."""
    if draft.kept_until is None:
        return 0
    return max(0, int((draft.kept_until - datetime.now(UTC)).total_seconds()) - WARN_BEFORE)
