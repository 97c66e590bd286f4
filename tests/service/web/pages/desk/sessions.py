"""People who are signed in, as the tests of the desk's sheets need them: their cookie, and what a browser sends."""

from service.security.access import SESSION_COOKIE, StaffRole
from service.store import SessionLimits
from tests.service.web.conftest import ASKED, ServedApi

PAGE = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin", "Origin": "http://service"}


async def sign_in(api: ServedApi, *roles: StaffRole) -> dict[str, str]:
    """The headers of the browser of somebody with ``roles``."""
    link = await api.store.make_link(await api.store.invite("Ada", frozenset(roles)), 60)
    return {**PAGE, "Cookie": f"{SESSION_COOKIE}={await api.store.sign_in_by_link(link, SessionLimits())}"}


async def ask(api: ServedApi) -> str:
    """The id of a verification that is answered."""
    response = await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)
    verification_id: str = response.json()["verification_id"]
    return verification_id
