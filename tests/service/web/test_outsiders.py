"""What a caller may not see is in no response of any route: neither another caller's, nor a field hidden from the role.

The routes come from the application itself, the desk's pages included, so that a new one is tried before anybody
thinks of it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from fastapi.routing import APIRoute

from contracts import Alternative, Copay, Evidence, Finding, FindingCode, Question
from contracts.facts import Figure
from service.security import access, projection
from service.security.access import SESSION_COOKIE, Role, StaffRole
from service.store import SessionLimits
from service.web.app import ROUTERS_WITH_KEY
from tests.service.web import conftest
from tests.service.web.api.test_batches import checked, roster
from tests.service.web.api.test_redisclosure import finished_batch
from tests.service.web.conftest import ASKED, ServedApi, answer_to

NOTHING_THERE = {"verification_id": "ver_" + "A" * 26, "batch_id": "bat_" + "A" * 26}
WORDS = ("Zqwordsone", "Zqwordstwo", "Zqwordsthree")
FIGURE = "7391.17"
FIGURES = (FIGURE, "7,391")
PLAN = {"program": "iop", "condition": "mental_health", "phases": [{"program": "iop", "days": 3}]}
NOTE = {"called_at": "2026-11-23T15:00:00Z", "representative": "Pat"}
BODIES: Mapping[str, Any] = {
    "estimate": {"json": PLAN},
    "add_call_note": {"json": NOTE, "headers": {"If-Match": '"0"'}},
}


def routes() -> Iterator[tuple[str, str, str]]:
    """Method, path and name of every route about a verification or a batch that is there, and of every list."""
    for router in ROUTERS_WITH_KEY:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield from ((method, route.path, route.name) for method in sorted(route.methods))


def address_of(path: str, ids: Mapping[str, str]) -> str:
    return re.sub(r"\{[a-z_:]+\}", "pause", path.format_map(_Kept(ids)))


class _Kept(dict[str, str]):
    """Ids by their name in a path; any other name is left as it is."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


async def request(api: ServedApi, route: tuple[str, str, str], ids: Mapping[str, str], shown: Mapping[str, str]) -> Any:
    method, path, name = route
    body = BODIES.get(name, {})
    headers = {**shown, **body.get("headers", {})}
    # ``{word:batch_word}`` is a path of its own kind.
    plain = path.replace(":batch_word", "")
    return await api.http.request(method, address_of(plain, ids), headers=headers, json=body.get("json"))


def telling(answer: Any) -> tuple[int, bytes]:
    """What a response tells; its own trace id tells nothing."""
    return answer.status_code, answer.content


async def told_apart(api: ServedApi) -> set[str]:
    """The routes that tell a batch's key whether what another caller has is there."""
    asked = await api.http.post("/v1/verifications", json=ASKED, headers=api.staff)
    batch = await checked(api, roster(1), api.staff)
    theirs = {"verification_id": asked.json()["verification_id"], "batch_id": str(batch["id"])}
    stranger = {"Authorization": f"Bearer {await api.store.create_key(Role.BATCH)}"}
    found = set()
    for route in routes():
        if not any(f"{{{name}}}" in route[1] for name in theirs):
            continue
        there, nowhere = [await request(api, route, ids, stranger) for ids in (theirs, NOTHING_THERE)]
        assert there.status_code in {403, 404, 422, 409}, route
        if telling(there) != telling(nowhere):
            found.add(route[2])
    return found


async def test_what_is_another_callers_is_as_if_it_were_not_there(api: ServedApi) -> None:
    assert await told_apart(api) == set()


async def test_a_look_at_anybodys_is_noticed(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("service.store.history", "service.verification.service", "service.store.batches"):
        monkeypatch.setattr(f"{module}.may_see", lambda *_: True, raising=False)
    monkeypatch.setattr(access, "may_see", lambda *_: True)
    with pytest.raises(AssertionError):
        assert await told_apart(api) == set()


def full_answer(question: Question, trace: str | None = None) -> Any:
    """An answer with something in each field that is hidden from a role."""
    answer = answer_to(question, trace)
    copay = Copay(amount=Decimal(FIGURE))
    other = Alternative(figure=Figure.COPAY, value=Decimal(FIGURE), text=WORDS[1], evidence=("e1",))
    programs = []
    for row in answer.programs:
        terms = row.in_network.model_copy(update={"copay": copay, "alternatives": (other,), "evidence": ("e1",)})
        programs.append(row.model_copy(update={"in_network": terms}))
    return answer.model_copy(
        update={
            "programs": tuple(programs),
            "evidence": (
                Evidence(id="e1", segment=20, text=f"MSG*{WORDS[0]} {FIGURE}", description=f"copay {FIGURE}"),
            ),
            "findings": (Finding(code=FindingCode.MESSAGE_NOT_UNDERSTOOD, segment=21, detail=WORDS[2]),),
            "as_of": datetime(2026, 11, 23, 15, tzinfo=UTC),
        }
    )


async def shown_by(api: ServedApi, role: Role | StaffRole) -> dict[str, str]:
    if isinstance(role, Role):
        return api.batch
    link = await api.store.make_link(await api.store.invite("Ada", frozenset({role})), 60)
    session = await api.store.sign_in_by_link(link, SessionLimits())
    return {"Cookie": f"{SESSION_COOKIE}={session}", "Sec-Fetch-Site": "same-origin"}


async def leaking(api: ServedApi, role: Role | StaffRole, secrets: tuple[str, ...]) -> tuple[set[str], int]:
    """The routes that show one of ``secrets`` to a role, and how many showed the role anything."""
    shown = await shown_by(api, role)
    asked = await api.http.post("/v1/verifications", json=ASKED, headers={**shown, "Prefer": "wait=10"})
    ids = {"verification_id": asked.json()["verification_id"]}
    if role is Role.BATCH:
        ids["batch_id"] = str(await finished_batch(api))
        ids["batch_id"] = str(await finished_batch(api))
    assert asked.json()["coverage"]["status"] == "active", asked.text
    found = {"ask"} if any(secret in asked.text for secret in secrets) else set()
    count = 1
    for route in routes():
        if route[0] == "GET" or route[2] in BODIES:
            answer = await request(api, route, {**NOTHING_THERE, **ids}, shown)
            count += answer.status_code < 300
            if any(secret in answer.text for secret in secrets):
                found.add(route[2])
    return found, count


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """The payer's answer is full; what it says stands in no reply, and is believed all the same."""
    monkeypatch.setattr(conftest, "answer_to", full_answer)
    monkeypatch.setattr("service.verification.adapter_call.invented_line", lambda *_: None)


HIDDEN = {Role.BATCH: WORDS, StaffRole.INTAKE: (*WORDS, *FIGURES)}


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("role", HIDDEN, ids=str)
async def test_what_is_hidden_from_a_role_is_in_no_response(api: ServedApi, role: Role | StaffRole) -> None:
    found, count = await leaking(api, role, HIDDEN[role])

    assert found == set()
    assert count >= 7


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("role", HIDDEN, ids=str)
async def test_a_projection_that_hides_nothing_is_found_out(
    api: ServedApi, role: Role | StaffRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "HIDDEN", dict.fromkeys(projection.HIDDEN, frozenset()))

    found, _ = await leaking(api, role, HIDDEN[role])

    assert found >= {"ask", "look"}
