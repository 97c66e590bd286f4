"""What every refusal promises: a problem, that leads nowhere else and repeats nothing that was sent."""

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import Mount
from starlette.types import Message
from structlog.testing import capture_logs

from service.security.access import Role
from service.web import dependencies
from service.web.app import create_app
from service.web.problems import EXCEPTION_HANDLERS

from .conftest import ASKED, ServedApi

CANARY = "zqcanary.example"


METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE")
NEARLY = (
    *("/v1/payers/", "/v1/verifications/", "/v1/verifications/ver_1/", "/healthz/", "/readyz/", "/openapi.json/"),
    *("//v1/payers", "/v1/payers//", "/v1/payers/%2e%2e/", "/", f"//{CANARY}/", "/v1/payers;/", "/V1/payers"),
)


async def test_no_path_leads_elsewhere(api: ServedApi) -> None:
    headers = {**api.staff, "Host": CANARY}

    responses = [
        await api.http.request(method, f"http://service{path}", headers=headers)
        for path in NEARLY
        for method in METHODS
    ]

    assert {response.status_code for response in responses} <= {404, 405}
    assert not any("location" in response.headers or CANARY in response.text for response in responses)
    assert {response.headers["content-type"] for response in responses} == {"application/problem+json"}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/payers", "GET"),
        ("/v1/verifications", "POST"),
        ("/desk/batches", "GET, HEAD, POST"),
        ("/verify", "GET, HEAD, POST"),
        ("/auth/sign-out", "POST"),
        ("/auth/link", "GET, HEAD, POST"),
    ],
)
async def test_a_method_too_many_is_refused_with_those_that_there_are(api: ServedApi, path: str, allowed: str) -> None:
    refused = await api.http.delete(path, headers=api.staff)

    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)


async def test_a_path_with_a_slash_too_many_is_no_route_without_a_key_either(api: ServedApi) -> None:
    paths = ("/v1/payers/", "/v1/verifications/", "/v1/verifications/ver_1/", "/v1/nothing")

    assert [(await api.http.get(path)).status_code for path in paths] == [404] * len(paths)


async def test_every_route_of_a_version_needs_a_key(api: ServedApi) -> None:
    described = [path for path in app_paths(api) if path.startswith("/v1/")]
    paths = [path.replace("{verification_id}", "ver_1").replace("{word}", "start") for path in described]

    assert len(paths) >= 2
    assert {(await api.http.get(path)).status_code for path in paths} == {401}


def app_paths(api: ServedApi) -> list[str]:
    app = create_app(api.services)
    assert isinstance(app, FastAPI)
    return list(app.openapi()["paths"])


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "ver_1",
            "ver_",
            "x",
            "%00",
            "ver_%00",
            "ver_AAAAAAAAAAAAAAAAAAAAAAAAA%00",
            "ver_AAAAAAAAAAAAAAAAAAAAAAAAAA%0A",
        ),
        *("ver_aaaaaaaaaaaaaaaaaaaaaaaaaa", "VER_AAAAAAAAAAAAAAAAAAAAAAAAAA", "ver_AAAAAAAAAAAAAAAAAAAAAAAAA%C3%84"),
        *("ver_AAAAAAAAAAAAAAAAAAAAAAAAAA%2F", "..%2Fpayers", "%2e%2e", "'%20OR%201=1--", "%F0%9F%98%80", "%FF%FE"),
        *(
            "ver_" + "A" * 10_000,
            "job_AAAAAAAAAAAAAAAAAAAAAAAAAA",
            "ver_AAAAAAAAAAAAAAAAAAAAAAAAAA%20",
            "*",
            "ver_%EF%BC%A1",
        ),
    ],
)
async def test_what_has_not_the_form_of_an_id_is_not_found_without_a_look(
    api: ServedApi, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    async def fetch(verification_id: str, *_: object) -> None:
        looked.append(verification_id)

    monkeypatch.setattr(api.store, "fetch", fetch)
    response = await api.http.get(f"/v1/verifications/{wrong}", headers=api.staff)
    right = await api.http.get("/v1/verifications/ver_" + "A" * 26, headers=api.staff)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert (right.status_code, looked) == (404, ["ver_" + "A" * 26])


async def test_an_idempotency_key_is_given_once(api: ServedApi) -> None:
    headers = [*api.staff.items(), ("Idempotency-Key", "one"), ("Idempotency-Key", "two")]

    response = await api.http.post("/v1/verifications", headers=headers, json=ASKED)

    assert response.status_code == 422
    assert response.json()["errors"] == [{"field": "Idempotency-Key", "code": "bad_value"}]


async def test_a_token_of_a_megabyte_is_no_key_and_is_not_looked_up(
    api: ServedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    async def find_key(plain: str) -> None:
        looked.append(plain)

    monkeypatch.setattr(api.store, "find_key", find_key)
    response = await api.http.get("/v1/payers", headers={"Authorization": "Bearer " + "x" * 1_000_000})

    assert (response.status_code, looked) == (401, [])


async def test_a_caller_that_hangs_up_is_nobodys_fault(api: ServedApi, caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", api.staff["Authorization"].encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/verifications", "headers": headers, "query_string": b""}
    with capture_logs() as logs:
        await create_app(api.services)(scope, receive, send)

    assert [line["event"] for line in logs if line["log_level"] in {"warning", "error"}] == []
    assert not caplog.records
    assert sent[0]["status"] == 400


async def test_a_key_without_the_right_is_forbidden(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "RIGHTS", {Role.BATCH: frozenset()})

    responses = [
        await api.http.post("/v1/verifications", json=ASKED, headers=api.batch),
        await api.http.get("/v1/verifications/ver_" + "A" * 26, headers=api.batch),
        await api.http.get("/v1/payers", headers=api.batch),
    ]

    assert [(one.status_code, one.json()["code"]) for one in responses] == [(403, "forbidden")] * 3
    assert api.acme.asked == []


async def test_a_parameter_of_a_wrong_type_is_named_and_never_echoed() -> None:
    app = FastAPI(exception_handlers=EXCEPTION_HANDLERS)

    @app.get("/")
    async def take(number: int) -> int:
        return number

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service") as http:
        response = await http.get("/", params={"number": CANARY})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert response.json()["errors"] == [{"field": "number", "code": "bad_value"}]
    assert CANARY not in response.text


async def test_no_part_of_the_service_redirects_by_itself(api: ServedApi) -> None:
    app = create_app(api.services)

    assert isinstance(app, FastAPI)
    assert not app.router.redirect_slashes
    assert not [route for route in app.routes if isinstance(route, Mount)]


@pytest.mark.parametrize("path", ["/v1/payers", "/healthz", "/v1/verifications/ver_1", "/openapi.json"])
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT"])
async def test_a_method_that_a_route_has_not_is_a_problem(api: ServedApi, method: str, path: str) -> None:
    response = await api.http.request(method, path, headers=api.staff, json=ASKED)

    assert response.status_code == 405 or (method == "HEAD" and path == "/openapi.json")
    assert response.headers["content-type"].startswith(("application/problem+json", "application/json"))


async def test_a_refused_method_is_answered_with_all_that_may_be_used_there(api: ServedApi) -> None:
    batches = await api.http.put("/v1/batches", headers=api.staff)
    items = await api.http.post("/v1/batches/bat_ABCDEFGHIJKLMNOPQRSTUVWXYZ/items", headers=api.staff)

    assert (batches.status_code, batches.headers["allow"]) == (405, "GET, POST")
    assert (items.status_code, items.headers["allow"]) == (405, "GET")
