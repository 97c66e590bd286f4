"""The pages of signing in, and where they lead. Nothing of a member stands on them."""

from collections.abc import Iterable
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse

from service.web.pages.rendering import render_page

SIGN_IN_PATH = "/auth/sign-in"


def sign_in_path(to: str) -> str:
    """Return the address at which somebody signs in, to be brought to the path ``to`` of this service then."""
    return f"{SIGN_IN_PATH}?{urlencode({'to': to})}"


def link_page(action: str, to: str) -> HTMLResponse:
    """Return the page on which the code of a link is sent to ``action``, to be brought to the path ``to`` then."""
    return render_page("sign_in/link.html.jinja", action=action, to=to)


def signed_in_page(roles: Iterable[str], sign_out: str) -> HTMLResponse:
    """Return the page that says with which ``roles`` somebody is signed in."""
    names = [role.replace("_", " ") for role in roles]
    return render_page("sign_in/signed_in.html.jinja", roles=names, sign_out=sign_out)


def signed_out_page() -> HTMLResponse:
    """Return the page that says that nobody is signed in."""
    return render_page("sign_in/signed_out.html.jinja", sign_in=SIGN_IN_PATH)


def local_path(wanted: str, otherwise: str) -> str:
    """Return ``wanted`` when it is a path of this service, else ``otherwise``: nobody is sent elsewhere from here."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isascii()
    return wanted if is_ours and wanted.isprintable() and "\\" not in wanted else otherwise
