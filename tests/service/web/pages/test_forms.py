"""Every form of a page is read within the same bounds, of whoever sends it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from service.security.access import StaffRole
from service.web.pages import forms
from tests.service.web.conftest import ServedApi
from tests.service.web.pages.desk.sessions import PAGE, ask, sign_in

FORM = "application/x-www-form-urlencoded"
PATHS = (
    "/verify",
    "/auth/link",
    "/desk/new",
    "/desk/new/split",
    "/desk/verifications/{id}/work",
    "/desk/visitors/any",
    "/desk/verifications/{id}/call",
    "/desk/verifications/{id}/break-glass",
)


async def body_without_end() -> AsyncIterator[bytes]:
    yield b"a="
    await asyncio.Event().wait()


async def send(api: ServedApi, path: str, content: bytes | AsyncIterator[bytes], media_type: str = FORM) -> int:
    someone = await sign_in(api, StaffRole.BILLING, StaffRole.BREAK_GLASS)
    headers = {**(PAGE if path.startswith("/verify") else someone), "Content-Type": media_type}
    async with asyncio.timeout(5):
        answer = await api.http.post(path.format(id=await ask(api)), content=content, headers=headers)
    return answer.status_code


@pytest.mark.parametrize("path", PATHS)
async def test_a_form_that_does_not_come_is_not_waited_for(
    api: ServedApi, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "READ_SECONDS", 0.02)

    assert await send(api, path, body_without_end()) == 408


@pytest.mark.parametrize("path", PATHS)
async def test_a_form_of_another_kind_is_refused_before_it_is_used(api: ServedApi, path: str) -> None:
    reason = b"reason=patient+in+the+emergency+room&action=claim&code=x&paste=x&payer=acme"

    assert await send(api, path, reason + b"%ED%A0%80") == 422
    assert await send(api, path, b"{}", "application/json") == 415
    assert await send(api, path, reason + b"&x=" + b"x" * 600_000) == 413
    assert await api.store.emergencies() == []
