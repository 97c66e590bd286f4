"""Pages are written here: one environment of templates, one security policy, one set of words that every page needs."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from fastapi.responses import HTMLResponse

from contracts.wording import Both
from service.templating import template_environment
from service.web.pages.assets import load_assets
from service.web.pages.words import PAGE_WORDS

if TYPE_CHECKING:
    from jinja2 import Environment


class Language(StrEnum):
    """The languages that pages are written in."""

    ENGLISH = "en"
    SPANISH = "es"


def security_policy(embedded_in: Iterable[str] = ()) -> str:
    """Return the content security policy of a page that the origins ``embedded_in`` may show in a frame, no others."""
    ancestors = " ".join(embedded_in) or "'none'"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}; "
        "require-trusted-types-for 'script'; trusted-types worker"
    )


def render_page(
    template: str,
    *,
    language: Language = Language.ENGLISH,
    status: int = 200,
    embedded_in: Iterable[str] = (),
    padded_to: int = 1,
    **values: object,
) -> HTMLResponse:
    """Return the page of ``template`` (a path below ``templates/``) in ``language`` with ``values``.

    In a template ``say(words)`` gives a ``Both`` in the page's language (any other text as it is), and
    ``asset(name)`` the path of a file of ``static/``. The page is as long as a multiple of ``padded_to`` bytes: so its
    length does not tell which of several words stands on it.
    """
    html = (
        _environment()
        .get_template(f"templates/{template}")
        .render(language=language.value, say=speaker(language), words=PAGE_WORDS, **values)
    )
    content = html.encode()
    content += b" " * (-len(content) % padded_to)
    return HTMLResponse(content, status_code=status, headers={"Content-Security-Policy": security_policy(embedded_in)})


def _environment() -> "Environment":
    environment = template_environment(__package__)
    environment.globals.setdefault("asset", lambda name: load_assets()[name].path)
    return environment


def speaker(language: Language) -> Callable[[Both | str], str]:
    """Return what gives words in ``language``."""
    return lambda words: getattr(words, language.value) if isinstance(words, Both) else words
