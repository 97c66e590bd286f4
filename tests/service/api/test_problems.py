"""What every refusal promises: a problem, that leads nowhere else and repeats nothing that was sent."""

import pytest
from fastapi import FastAPI
from fastapi.routing import Mount

from service.app import create_app

from .conftest import ASKED, Door

CANARY = "zqcanary.example"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize(
    "path",
    [
        *("/v1/payers/", "/v1/verifications/", "/v1/verifications/ver_1/", "/healthz/", "/readyz/", "/openapi.json/"),
        *("//v1/payers", "/v1/payers//", "/v1/payers/%2e%2e/", "/", f"//{CANARY}/", "/v1/payers;/", "/V1/payers"),
    ],
)
async def test_no_path_leads_elsewhere(door: Door, method: str, path: str) -> None:
    response = await door.http.request(method, f"http://service{path}", headers={**door.staff, "Host": CANARY})

    assert response.status_code in {404, 405}
    assert "location" not in response.headers
    assert response.headers["content-type"] == "application/problem+json"
    assert CANARY not in response.text


async def test_a_path_with_a_slash_too_many_is_no_route_without_a_key_either(door: Door) -> None:
    paths = ("/v1/payers/", "/v1/verifications/", "/v1/verifications/ver_1/", "/v1/nothing")

    assert [(await door.http.get(path)).status_code for path in paths] == [404] * len(paths)


async def test_every_route_of_a_version_needs_a_key(door: Door) -> None:
    paths = [path.replace("{verification_id}", "ver_1") for path in app_paths(door) if path.startswith("/v1/")]

    assert len(paths) >= 2
    assert {(await door.http.get(path)).status_code for path in paths} == {401}


def app_paths(door: Door) -> list[str]:
    app = create_app(door.rooms)
    assert isinstance(app, FastAPI)
    return list(app.openapi()["paths"])


async def test_no_part_of_the_service_redirects_by_itself(door: Door) -> None:
    app = create_app(door.rooms)

    assert isinstance(app, FastAPI)
    assert not app.router.redirect_slashes
    assert not [route for route in app.routes if isinstance(route, Mount)]


@pytest.mark.parametrize("path", ["/v1/payers", "/healthz", "/v1/verifications/ver_1", "/openapi.json"])
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT"])
async def test_a_method_that_a_route_has_not_is_a_problem(door: Door, method: str, path: str) -> None:
    response = await door.http.request(method, path, headers=door.staff, json=ASKED)

    assert response.status_code == 405 or (method == "HEAD" and path == "/openapi.json")
    assert response.headers["content-type"].startswith(("application/problem+json", "application/json"))
