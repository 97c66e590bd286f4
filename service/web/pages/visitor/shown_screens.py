"""How the screens of the form are shown: each with what was typed, what is missing, and what is asked about once."""

from math import ceil
from typing import Any

from fastapi.responses import HTMLResponse

from contracts.phrases import CONDITION, PROGRAM
from contracts.wording import format_time
from service.web.pages.rendering import Language, speaker
from service.web.pages.visitor import card_screen, payer_screen
from service.web.pages.visitor.checks import Circumstances
from service.web.pages.visitor.consent_texts import consent_text
from service.web.pages.visitor.contact_screen import SHOWN_TEXT, TIMES
from service.web.pages.visitor.draft import NoPayer, VisitorDraft
from service.web.pages.visitor.outcome import PAGE_BYTES, RELEASED_AT, OutcomeKind, VisitorOutcome
from service.web.pages.visitor.page import (
    circumstances_of,
    render_visitor_page,
    seconds_until_warning,
)
from service.web.pages.visitor.screens import CARD_SCREEN, Screen, payer_path, screen_path
from service.web.pages.visitor.submission import TOKEN_FIELD, form_challenge, form_token
from service.web.pages.visitor.texts import CARD, CONTACT, OUTCOME, PAYER
from service.web.services import Services

LOOK_AGAIN = 2
"""Seconds between two looks at a request whose insurer is being asked."""

STEPS = 3
"""Screens to fill in; one less where nobody can be asked, since no card is needed then."""

STEP = 5
"""Seconds in steps of which a time is promised."""


def show_payer_screen(services: Services, draft: VisitorDraft, reference: str | None) -> HTMLResponse:
    """Return the first screen, of a draft or of none."""
    shown, say = payer_screen.shown_choices(draft, services.directory), speaker(draft.language)
    choices = (*shown.meant, *shown.payers, *shown.others)
    return render_visitor_page(
        "payer",
        services,
        language=draft.language,
        text=PAYER,
        step="1",
        steps=str(STEPS),
        action=payer_path(reference),
        shown=shown,
        options=[(one.value, say(one.label), say(one.more)) for one in choices],
        errors={} if shown.error is None else {shown.error.field: say(shown.error.text)},
        doubts={},
        warn_in=None if reference is None else seconds_until_warning(draft),
    )


def show_screen(services: Services, draft: VisitorDraft, reference: str, screen: Screen) -> HTMLResponse:
    """Return a screen of a draft, with its errors once it was sent, and with the doubts that were asked about."""
    given, say = circumstances_of(services, draft), speaker(draft.language)
    checked = screen.check(draft, given)
    errors = checked.errors if screen.name in draft.checked else ()
    own = _card_values(given) if screen is CARD_SCREEN else _contact_values(services, draft, reference, given)
    return render_visitor_page(
        screen.name,
        services,
        language=draft.language,
        step=str(screen.step if given.card else STEPS - 1),
        steps=str(STEPS if given.card else STEPS - 1),
        action=screen_path(screen, reference),
        typed=draft.typed,
        errors={one.field: say(one.text) for one in errors},
        doubts={one.field: say(one.text) for one in checked.doubts if one.name in draft.asked},
        card=given.card,
        warn_in=seconds_until_warning(draft),
        **own,
    )


def _card_values(given: Circumstances) -> dict[str, Any]:
    hint, card = CARD.member_id_plain_hint, given.card
    if card is not None and card.member_id is not None:
        hint = CARD.member_id_hint.fill(example=card.member_id.example)
    return {"text": CARD, "fields": () if card is None else card_screen.fields_of(card), "member_id_hint": hint}


def _contact_values(services: Services, draft: VisitorDraft, reference: str, given: Circumstances) -> dict[str, Any]:
    say, consent = speaker(draft.language), consent_text(part_two=given.part_two)
    shown_text = {} if given.card is None else {SHOWN_TEXT: consent.digest(draft.language, given.provider)}
    return {
        "text": CONTACT,
        "consent": consent.paragraphs_in(draft.language, given.provider),
        "times": [(one, say(getattr(CONTACT, one))) for one in TIMES],
        "is_uninsured": draft.payer == NoPayer.UNINSURED,
        "hidden": {TOKEN_FIELD: form_token(services, reference), **shown_text},
        "challenge": None if given.card is None else form_challenge(services, reference),
    }


def show_outcome(services: Services, outcome: VisitorOutcome, *, language: Language) -> HTMLResponse:
    """Return the last screen. In receipt mode it says the same of every request.

    Every adverse cause gives the same page to the byte but for the code and the time. Where the plan leaves a program
    open, the same page says *let's talk* of it; its length, its layout and its instant stay those of the adverse one.
    """
    kind = "receipt" if services.public.mode == "receipt" else outcome.kind.value
    return render_visitor_page(
        "outcome",
        services,
        language=language,
        text=OUTCOME,
        kind=kind,
        outcome=outcome,
        time=format_time(outcome.promised_by),
        seconds=str(_rounded_up(outcome.within or 0.0)),
        program_words={program: name.first for program, name in PROGRAM.items()},
        condition_words=CONDITION,
        look_again=LOOK_AGAIN if kind == OutcomeKind.ASKING else None,
        padded_to=PAGE_BYTES,
    )


def _rounded_up(seconds: float) -> int:
    """Return ``seconds`` as a promise: in steps of five, and never before an outcome is released."""
    return STEP * max(ceil(RELEASED_AT[-1] / STEP), ceil(seconds / STEP))
