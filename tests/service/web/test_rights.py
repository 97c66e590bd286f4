"""F18: every role × endpoint. Who may not is refused with 403, and everybody else with anything but that.

The endpoints come from the description of the interface, so that a new one is tested before anybody thinks of it.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from fastapi import APIRouter, Request, Response

from service.security.access import SESSION_COOKIE, Caller, Role, StaffRole
from service.store import SessionLimits
from service.web import dependencies
from service.web.app import create_api
from service.web.direct_route import DirectRoute

from .conftest import ASKED, ServedApi

OURS = {"Sec-Fetch-Site": "same-origin"}

MAY: dict[Role | StaffRole, set[str]] = {
    Role.STAFF: {"verify", "look", "payers", "call", "cost", "batch", "raw", "metrics"},
    Role.BATCH: {"verify", "look", "payers", "cost", "batch", "metrics"},
    StaffRole.INTAKE: {"verify", "look", "payers"},
    StaffRole.BILLING: {"verify", "look", "payers", "call", "cost", "batch"},
    StaffRole.SUPERVISOR: {"verify", "look", "payers", "call", "cost", "batch", "metrics"},
    StaffRole.PRIVACY_OFFICER: {"look", "payers", "call", "cost", "audit", "raw", "metrics"},
    StaffRole.BREAK_GLASS: set(),
}
"""What each role may do, written a second time: whoever changes one table has to mean it."""

BODIES: dict[str, dict[str, Any]] = {
    "ask": {"json": ASKED},
    "estimate": {"json": {}},
    "add_call_note": {"json": {"called_at": "2026-11-23T15:00:00Z", "representative": "Pat"}},
    "check_roster": {"content": b"payer,member_id\n", "headers": {"Content-Type": "text/csv"}},
    "break_glass": {"json": {"reason": "patient in the emergency room"}},
}
PEOPLE_ALONE = {"show_me", "break_glass"}

Operation = tuple[str, str, str, tuple[str, ...]]


def operations() -> Iterator[Operation]:
    """Method, path, name and needed rights of every endpoint that needs a caller."""
    for path, methods in create_api().openapi()["paths"].items():
        for method, one in methods.items():
            if "security" in one:
                yield method.upper(), path, one["operationId"], tuple(one["security"][0]["key"])


OPERATIONS = list(operations())


async def shown_by(api: ServedApi, role: Role | StaffRole) -> dict[str, str]:
    """What somebody of ``role`` shows: a key, or the session of a person."""
    if isinstance(role, Role):
        return api.staff if role is Role.STAFF else api.batch
    link = await api.store.make_link(await api.store.invite("Ada", frozenset({role})), 60)
    session = await api.store.sign_in_by_link(link, SessionLimits())
    return {**OURS, "Cookie": f"{SESSION_COOKIE}={session}"}


def address_of(path: str) -> str:
    """An address that ``path`` matches, of something that is not there."""
    address = path.replace("{verification_id}", "ver_" + "A" * 26).replace("{batch_id}", "bat_" + "A" * 26)
    return re.sub(r"\{[a-z_]+\}", "start", address)


async def is_forbidden(api: ServedApi, headers: dict[str, str], operation: Operation) -> bool:
    method, path, name, _ = operation
    body = BODIES.get(name, {})
    given = {**headers, **body.get("headers", {})}
    content = {key: value for key, value in body.items() if key != "headers"}
    response = await api.http.request(method, address_of(path), headers=given, **content)
    assert response.status_code not in {401, 500}, (operation, response.text)
    return response.status_code == 403


async def wrong_cells(api: ServedApi) -> list[tuple[str, str]]:
    """Each cell of the table, role and endpoint, that is not as the table has it."""
    wrong = []
    for role, rights in MAY.items():
        headers = await shown_by(api, role)
        for operation in OPERATIONS:
            *_, name, needed = operation
            may = set(needed) <= rights
            if name in PEOPLE_ALONE:
                may = role is StaffRole.BREAK_GLASS or (name == "show_me" and isinstance(role, StaffRole))
            if await is_forbidden(api, headers, operation) is may:
                wrong.append((role.value, name))
    return wrong


async def test_every_role_may_what_the_table_says_at_every_endpoint(api: ServedApi) -> None:
    assert len(OPERATIONS) >= 15
    assert set(MAY) == {*Role, *StaffRole} - {Role.PUBLIC}
    assert await wrong_cells(api) == []


@pytest.mark.parametrize(("role", "right"), list(product([StaffRole.INTAKE, Role.BATCH], ["call"])), ids=str)
async def test_a_right_too_many_is_noticed(
    api: ServedApi, role: Role | StaffRole, right: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wider = {**dependencies.RIGHTS, role: dependencies.RIGHTS[role] | {dependencies.Right(right)}}
    monkeypatch.setattr(dependencies, "RIGHTS", wider)

    assert {found for found, _ in await wrong_cells(api)} == {role.value}


async def test_nobody_is_let_in_anywhere_without_a_credential(api: ServedApi) -> None:
    for method, path, name, _ in OPERATIONS:
        response = await api.http.request(method, address_of(path))
        assert response.status_code == 401, name


def test_an_endpoint_that_asks_for_no_right_is_not_served_directly() -> None:
    router = APIRouter(route_class=DirectRoute)

    async def show(caller: Caller, request: Request) -> Response: ...

    with pytest.raises(TypeError, match="show asks for no right"):
        router.add_api_route("/", show)
