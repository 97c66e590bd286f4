from .conftest import Door


async def test_a_payer_is_listed_with_what_it_needs_and_how_it_is_reached(door: Door) -> None:
    response = await door.http.get("/v1/payers", headers=door.staff)

    (acme,) = response.json()
    assert response.status_code == 200
    assert (acme["id"], acme["name"], acme["aliases"]) == ("acme", "Acme Health", ["ACME-1", "acme_mutual"])
    assert ["member_id"] in acme["needs"]
    assert acme["roads"] == [
        {
            "road": "core_mime",
            "payer_id": "ACME",
            "configured": False,
            "breaker": None,
            "p50_seconds": None,
            "p95_seconds": None,
        }
    ]


async def test_a_service_that_can_record_questions_is_ready(door: Door) -> None:
    response = await door.http.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"status": "ready"})
