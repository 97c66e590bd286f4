"""What a person reads when a request of their browser is refused: what happened, and what to do next.

Programs get the problem document, byte for byte: a page is written only for a path of the pages, and for a browser that
asks for one.
"""

import json
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import Scope

from contracts.wording import Both
from service.web.pages.rendering import Language, render_page
from service.web.pages.visitor.page import render_visitor_page
from service.web.services import Services
from service.web.sign_in_pages import sign_in_path

VISITOR_PATH, DESK_PATH, SIGN_IN_PATHS = "/verify", "/desk", "/auth"

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]


class RefusalWords(NamedTuple):
    """The title of a refusal, and what to do next."""

    title: Both
    text: Both


_CROSS_SITE = RefusalWords(
    Both("This request did not come from our page", "Esta solicitud no vino de nuestra página"),
    Both(
        "Nothing was changed. Open the page again and send it from there.",
        "No se cambió nada. Abra la página de nuevo y envíela desde allí.",
    ),
)
_BUSY = RefusalWords(
    Both("We cannot do this right now", "No podemos hacer esto ahora"),
    Both(
        "Nothing was sent. Wait a little, then try again. What you typed is still there when you go back.",
        "No se envió nada. Espere un poco y vuelva a intentarlo. Si regresa, lo que escribió sigue allí.",
    ),
)
_UNKNOWN = RefusalWords(
    Both("Something went wrong on our side", "Algo falló de nuestro lado"),
    Both(
        "It is not your fault. Go back and try again in a few minutes.",
        "No es culpa suya. Regrese e inténtelo de nuevo en unos minutos.",
    ),
)
_WORDS: Mapping[int, RefusalWords] = {
    401: RefusalWords(
        Both("You are not signed in", "No ha iniciado sesión"),
        Both(
            "Your session has ended, or the sign-in did not work. Nothing was changed. Sign in to go on.",
            "Su sesión terminó, o no se pudo iniciar. No se cambió nada. Inicie sesión para continuar.",
        ),
    ),
    403: RefusalWords(
        Both("Your role does not open this page", "Su función no abre esta página"),
        Both(
            "You are signed in, and this is not among what your role may do. Ask whoever runs this service.",
            "Ha iniciado sesión, pero su función no permite esto. Pregunte a quien administra este servicio.",
        ),
    ),
    404: RefusalWords(
        Both("This page is not here", "Esta página no está aquí"),
        Both(
            "The address may be mistyped, or what it showed is no longer kept. Start again from the first page.",
            "Puede que la dirección esté mal escrita, o que ya no se guarde. Empiece de nuevo desde el principio.",
        ),
    ),
    408: RefusalWords(
        Both("The form did not arrive in time", "El formulario no llegó a tiempo"),
        Both(
            "Nothing was sent. Check your connection, go back, and send it again.",
            "No se envió nada. Revise su conexión, regrese y envíelo de nuevo.",
        ),
    ),
    413: RefusalWords(
        Both("This is too large", "Esto es demasiado grande"),
        Both(
            "Nothing was sent. Go back, make it shorter, and send it again.",
            "No se envió nada. Regrese, acórtelo y envíelo de nuevo.",
        ),
    ),
    422: RefusalWords(
        Both("Something in this form cannot be read", "Algo en este formulario no se puede leer"),
        Both(
            "Nothing was sent. Go back, check what you typed, and send it again.",
            "No se envió nada. Regrese, revise lo que escribió y envíelo de nuevo.",
        ),
    ),
    429: RefusalWords(
        Both("Too many requests came at once", "Llegaron demasiadas solicitudes a la vez"),
        Both(
            "Nothing was sent. Wait a minute, then try again.",
            "No se envió nada. Espere un minuto y vuelva a intentar.",
        ),
    ),
    503: _BUSY,
}
_READ_AS = {400: 422, 405: 404, 415: 422}
"""Refusals that mean the same to a person: a form that is none, and an address that shows nothing by itself."""


def for_browsers(handler: Handler) -> Handler:
    """Return ``handler`` of an exception, whose problem documents become pages for browsers."""

    async def handle(request: Request, error: Exception) -> Response:
        return page_instead(request.scope, await handler(request, error))

    return handle


def page_instead(scope: Scope, problem: Response) -> Response:
    """Return the page that a browser shows for ``problem``; ``problem`` itself for programs."""
    if not is_for_pages(scope["path"]) or not asks_for_page(Headers(scope=scope)):
        return problem
    page = _visitor_page(scope, problem) if scope["path"].startswith(VISITOR_PATH) else _staff_page(scope, problem)
    for name in ("retry-after", "allow", "www-authenticate"):
        if name in problem.headers:
            page.headers[name] = problem.headers[name]
    return page


def asks_for_page(headers: Headers) -> bool:
    """Return whether a browser that opens a page sent ``headers``: browsers name HTML first, programs do not."""
    return headers.get("accept", "").startswith("text/html")


def is_for_pages(path: str) -> bool:
    """Return whether ``path`` is one of the pages for people, where a browser is answered with a page."""
    return path == "/" or any(
        path == one or path.startswith(f"{one}/") for one in (VISITOR_PATH, DESK_PATH, SIGN_IN_PATHS)
    )


def _words_for(problem: Response) -> RefusalWords:
    if json.loads(bytes(problem.body)).get("code") == "cross_site":
        return _CROSS_SITE
    return _WORDS.get(_READ_AS.get(problem.status_code, problem.status_code), _UNKNOWN)


def _staff_page(scope: Scope, problem: Response) -> Response:
    words = _words_for(problem)
    is_unknown = problem.status_code == HTTPStatus.UNAUTHORIZED
    # A page that was looked at is opened again; what was sent is never sent a second time.
    back = scope["path"] if scope["method"] == "GET" and scope["path"].startswith(DESK_PATH) else DESK_PATH
    return render_page(
        "refusals/staff.html.jinja",
        status=problem.status_code,
        refusal=words,
        seconds=problem.headers.get("retry-after"),
        action=(sign_in_path(back), "Sign in") if is_unknown else (DESK_PATH, "Go to the desk"),
    )


def _visitor_page(scope: Scope, problem: Response) -> Response:
    services: Services = scope["app"].state.services
    return render_visitor_page(
        "refused",
        services,
        language=language_of(scope),
        status=problem.status_code,
        refusal=_words_for(problem),
    )


def language_of(scope: Scope, shown_in: str | None = None) -> Language:
    """Return the language of a visitor: of the page that was sent, of the address, or what the browser prefers."""
    request = Request(scope)
    wanted = shown_in or request.query_params.get("language") or request.headers.get("accept-language", "")
    return Language.SPANISH if wanted.lower().startswith("es") else Language.ENGLISH
