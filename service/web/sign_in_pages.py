"""The pages of signing in. Nothing of a member stands on them, and nothing of another site runs on them."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape

SIGN_IN_PATH = "/auth/sign-in"

_SCRIPT = """
const code = location.hash.slice(1);
if (code) {
  document.querySelector("input[name=code]").value = code;
  history.replaceState(null, "", location.pathname);
}
"""
"""Takes the code behind ``#`` into the form. A browser sends that part of an address nowhere, so no log has it."""

POLICY = (
    f"default-src 'none'; script-src 'sha256-{b64encode(sha256(_SCRIPT.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def link_page(action: str) -> str:
    """Return the page on which the code of a link is sent to ``action``."""
    form = (
        f'<form method="post" action="{action}"><p><label>Code of your sign-in link '
        '<input name="code" required autocomplete="one-time-code"></label></p><button>Sign in</button></form>'
        f"<script>{_SCRIPT}</script>"
    )
    return _page("Sign in", f"<p>A link works once, and for a short time.</p>{form}")


def signed_in_page(roles: Iterable[str], sign_out: str) -> str:
    """Return the page that says with which ``roles`` somebody is signed in."""
    words = escape(", ".join(role.replace("_", " ") for role in roles) or "none yet: ask whoever runs this service")
    form = f'<form method="post" action="{sign_out}"><button>Sign out</button></form>'
    return _page("Signed in", f"<p>Your roles: {words}.</p>{form}")


def signed_out_page(sign_in: str) -> str:
    """Return the page that says that nobody is signed in, with the way to ``sign_in``."""
    return _page("Signed out", f'<p>You are signed out here.</p><p><a href="{sign_in}">Sign in again</a></p>')


def local_path(wanted: str, otherwise: str) -> str:
    """Return ``wanted`` when it is a path of this service, else ``otherwise``: nobody is sent elsewhere from here."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isascii()
    return wanted if is_ours and wanted.isprintable() and "\\" not in wanted else otherwise


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><main><h1>{title}</h1>{body}</main></html>'
    )
