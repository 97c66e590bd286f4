"""The addresses of the form. A screen that is sent is answered with a redirect: reload and back send nothing twice.

A reference in an address is random and says nothing of anybody; what was typed is kept sealed on the server, and the
browser keeps none of it, not even a cookie: in a frame of another site it would send none.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.web.dependencies import ServicesDependency
from service.web.pages.forms import read_form
from service.web.pages.refusals import language_of
from service.web.pages.rendering import Language
from service.web.pages.visitor import payer_screen
from service.web.pages.visitor.checks import trim_inputs
from service.web.pages.visitor.draft import VisitorDraft
from service.web.pages.visitor.drafts import change_draft, find_draft, start_draft
from service.web.pages.visitor.outcome import look
from service.web.pages.visitor.page import circumstances_of, render_visitor_page
from service.web.pages.visitor.screens import (
    CARD_SCREEN,
    CONTACT_SCREEN,
    ROOT,
    SCREENS,
    Screen,
    first_after_payer,
    outcome_path,
    payer_path,
    screen_path,
)
from service.web.pages.visitor.shown_screens import show_outcome, show_payer_screen, show_screen
from service.web.pages.visitor.submission import count_draft, request_reference, submit
from service.web.problems import RequestRefused
from service.web.same_site import began_elsewhere
from service.web.services import Services

router = APIRouter(prefix=ROOT, include_in_schema=False)


@router.get("")
async def show_start(request: Request, services: ServicesDependency) -> Response:
    """Show the first screen, of no draft yet."""
    draft = VisitorDraft(language=language_of(request.scope))
    return show_payer_screen(services, draft, None)


@router.post("")
async def begin(request: Request, services: ServicesDependency) -> Response:
    """Begin a draft with the choice of the insurance."""
    form = await _read(request)
    draft = VisitorDraft(language=language_of(request.scope, form.get("shown_in")))
    if _switch(form) and not any(trim_inputs(form, payer_screen.INPUTS).values()):
        return _see(f"{ROOT}?language={form['language']}")
    count_draft(request, services)
    return await _take_payer(services, draft, None, form)


@router.get("/sent/{reference}")
async def show_sent(reference: str, request: Request, services: ServicesDependency) -> Response:
    """Show what came of a request; the page looks again by itself while the insurer is being asked."""
    outcome, language = await look(services, reference), language_of(request.scope)
    if outcome is None:
        return _say_gone(services, language)
    return show_outcome(services, outcome, language=language)


@router.get("/{reference}")
async def show_payer(reference: str, request: Request, services: ServicesDependency) -> Response:
    """Show the first screen of a draft."""
    draft = await find_draft(services, reference)
    if draft is None:
        return _say_gone(services, language_of(request.scope))
    return await _see_sent(services, reference, draft) or show_payer_screen(services, draft, reference)


@router.post("/{reference}")
async def change_payer(reference: str, request: Request, services: ServicesDependency) -> Response:
    """Change the choice of the insurance of a draft."""
    form = await _read(request)
    draft = await find_draft(services, reference)
    if draft is None:
        return _say_gone(services, language_of(request.scope))
    return await _see_sent(services, reference, draft) or await _take_payer(services, draft, reference, form)


@router.get("/{reference}/{name}")
async def show(reference: str, name: str, request: Request, services: ServicesDependency) -> Response:
    """Show a screen of a draft."""
    screen, draft = _screen_of(name), await find_draft(services, reference)
    if draft is None:
        return _say_gone(services, language_of(request.scope))
    sent = await _see_sent(services, reference, draft)
    if sent is not None:
        return sent
    if draft.payer is None or (screen is CARD_SCREEN and circumstances_of(services, draft).card is None):
        return _see(payer_path(reference))
    return show_screen(services, draft, reference, screen)


@router.post("/{reference}/{name}")
async def take(reference: str, name: str, request: Request, services: ServicesDependency) -> Response:
    """Take what was typed on a screen of a draft, and lead to the next one; the last one sends the request."""
    form, screen = await _read(request), _screen_of(name)
    draft = await find_draft(services, reference)
    if draft is None:
        return _say_gone(services, language_of(request.scope))
    sent = await _see_sent(services, reference, draft)
    if sent is not None:
        return sent
    typed = {**draft.typed, **trim_inputs(form, screen.inputs)}
    draft = draft.model_copy(update={"typed": typed, **_switch(form)})
    if _switch(form) or "keep" in form or "back" in form:
        path = _path_before(services, draft, reference, screen) if "back" in form else screen_path(screen, reference)
        return await _keep(services, reference, draft, path)
    return await _check(request, services, draft, reference, screen)


async def _check(request: Request, services: Services, draft: VisitorDraft, reference: str, screen: Screen) -> Response:
    """Keep what was read of a screen; lead on when nothing is missing and no doubt is left to ask about."""
    checked = screen.check(draft, circumstances_of(services, draft))
    draft, doubts = checked.draft, [one.name for one in checked.doubts if one.name not in checked.draft.asked]
    others = tuple(one for one in draft.checked if one != screen.name)
    has_ended = not checked.errors and not doubts
    draft = draft.model_copy(
        update={
            "checked": others if not checked.errors else (*others, screen.name),
            "asked": payer_screen.remember(draft.asked, *doubts),
        }
    )
    if not has_ended:
        return await _keep(services, reference, draft, screen_path(screen, reference))
    if screen is not CONTACT_SCREEN:
        return await _keep(services, reference, draft, screen_path(CONTACT_SCREEN, reference))
    # A screen before this one may have been left half filled in another tab.
    unfinished = _first_unfinished(services, draft)
    if unfinished is not None:
        draft = draft.model_copy(update={"checked": payer_screen.remember(draft.checked, unfinished.name)})
        return await _keep(services, reference, draft, screen_path(unfinished, reference))
    if not await change_draft(services, reference, draft):
        return _say_gone(services, draft.language)
    sent = await submit(request, services, reference, draft)
    return _see(f"{outcome_path(sent)}?language={draft.language}")


async def _see_sent(services: Services, reference: str, draft: VisitorDraft) -> Response | None:
    """Lead to what came of a draft that was sent; None for one that was not.

    A change of it would reach nobody, and the next one at the computer would read it by going back.
    """
    found = request_reference(services, reference)
    if await services.store.request_of(found) is None:
        return None
    return _see(f"{outcome_path(found)}?language={draft.language}")


def _first_unfinished(services: Services, draft: VisitorDraft) -> Screen | None:
    given = circumstances_of(services, draft)
    return CARD_SCREEN if CARD_SCREEN.check(draft, given).errors else None


async def _take_payer(
    services: Services, draft: VisitorDraft, reference: str | None, form: Mapping[str, str]
) -> Response:
    draft, goes_on = payer_screen.take_payer(draft, form, services.directory)
    draft = draft.model_copy(update=_switch(form))
    if reference is None:
        reference = await start_draft(services, draft)
    elif not await change_draft(services, reference, draft):
        return _say_gone(services, draft.language)
    if not goes_on or _switch(form) or "keep" in form:
        return _see(payer_path(reference))
    return _see(screen_path(first_after_payer(circumstances_of(services, draft)), reference))


async def _keep(services: Services, reference: str, draft: VisitorDraft, path: str) -> Response:
    kept = await change_draft(services, reference, draft)
    return _see(path) if kept else _say_gone(services, draft.language)


async def _read(request: Request) -> Mapping[str, str]:
    """Return the form of a page of ours. Raises ``RequestRefused``.

    There is no cookie that another site could make use of, and what ends the form brings a token. A browser that does
    not say who began the request, as older telephones do not, is therefore let in.
    """
    if began_elsewhere(request.headers, None):
        raise RequestRefused(403, "cross_site")
    return await read_form(request)


def _screen_of(name: str) -> Screen:
    """Return a screen by its name. Raises ``RequestRefused`` 404."""
    if name not in SCREENS:
        raise RequestRefused(404, "not_found")
    return SCREENS[name]


def _switch(form: Mapping[str, str]) -> dict[str, Language]:
    """Return the language that was pressed, as a change of the draft; empty when another button was."""
    wanted = form.get("language")
    return {"language": Language(wanted)} if wanted in set(Language) else {}


def _path_before(services: Services, draft: VisitorDraft, reference: str, screen: Screen) -> str:
    has_card = circumstances_of(services, draft).card is not None
    return screen_path(CARD_SCREEN, reference) if screen is CONTACT_SCREEN and has_card else payer_path(reference)


def _say_gone(services: Services, language: Language) -> Response:
    """Return the page that says that a form was deleted; it never tells whether there was one."""
    return render_visitor_page("gone", services, language=language, status=404)


def _see(path: str) -> Response:
    return RedirectResponse(path, status_code=303)
