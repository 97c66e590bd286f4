from tests.service.web.conftest import ServedApi


async def test_a_payer_is_listed_with_what_it_needs_and_how_it_is_reached(api: ServedApi) -> None:
    response = await api.http.get("/v1/payers", headers=api.staff)

    (acme,) = response.json()
    assert response.status_code == 200
    assert (acme["id"], acme["name"], acme["aliases"]) == ("acme", "Acme Health", ["ACME-1", "acme_mutual"])
    assert ["member_id"] in acme["needs"]
    assert acme["routes"] == [
        {
            "route": "core_mime",
            "payer_id": "ACME",
            "configured": True,
            "breaker": "closed",
            "p50_seconds": None,
            "p95_seconds": None,
        }
    ]


async def test_what_was_measured_and_the_breakers_state_are_told_by_route(api: ServedApi) -> None:
    for seconds in (1.0, 2.0, 9.0):
        api.guards.measure("acme", "core_mime").took(seconds)
    for _ in range(8):
        permission = api.guards.breaker("acme", "core_mime").enter()
        assert permission is not None
        permission.record_failure()

    response = await api.http.get("/v1/payers", headers=api.staff)

    (route,) = response.json()[0]["routes"]
    assert (route["p50_seconds"], route["p95_seconds"], route["breaker"]) == (2.0, 9.0, "open")
