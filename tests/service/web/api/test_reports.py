"""The report over HTTP: in the form that is asked for, for staff alone, with its line of the audit."""

import pytest
import sqlalchemy as sa

from service.guidance.report.integrity import PageMatch, read_file
from service.store.tables import AUDIT
from tests.service.web.conftest import ASKED, ServedApi

PATH = "/v1/verifications"
FORMS = {"text/html": b"<!DOCTYPE html>", "application/pdf": b"%PDF-1.7", "application/fhir+json": b'{"resourceType":'}


async def ask(api: ServedApi, who: str = "staff") -> str:
    response = await api.http.post(PATH, json=ASKED, headers=getattr(api, who))
    return f"{PATH}/{response.json()['verification_id']}"


@pytest.mark.parametrize("media_type", FORMS)
async def test_a_report_has_the_form_that_is_asked_for(api: ServedApi, media_type: str) -> None:
    place = await ask(api)

    response = await api.http.get(f"{place}/report", headers={**api.staff, "Accept": media_type})

    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == media_type
    assert response.content.startswith(FORMS[media_type])
    assert response.headers["vary"] == "Accept"
    assert response.headers["content-disposition"].startswith('inline; filename="ver_')
    assert len(api.acme.asked) == 1, "no payer is asked again"


async def test_a_form_that_there_is_not_is_refused(api: ServedApi) -> None:
    place = await ask(api)

    response = await api.http.get(f"{place}/report", headers={**api.staff, "Accept": "text/csv"})

    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


async def test_a_browser_shows_the_page_with_its_stylesheet_alone(api: ServedApi) -> None:
    place = await ask(api)

    response = await api.http.get(f"{place}/report", headers={**api.staff, "Accept": "text/html,*/*;q=0.8"})

    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy


async def test_only_staff_get_a_report(api: ServedApi) -> None:
    place = await ask(api, "batch")

    for headers, status in ((api.batch, 403), ({}, 401)):
        response = await api.http.get(f"{place}/report", headers=headers)
        assert response.status_code == status
        assert "Imaginary" not in response.text
    assert (await api.http.get(f"{place}/report", headers=api.staff)).status_code == 200


async def test_there_is_no_report_of_what_there_is_not(api: ServedApi) -> None:
    for place in (f"{PATH}/ver_{'A' * 26}", f"{PATH}/ver_x"):
        assert (await api.http.get(f"{place}/report", headers=api.staff)).status_code == 404


async def test_a_call_stands_in_the_report_that_is_written_after_it(api: ServedApi) -> None:
    place = await ask(api)
    before = await api.http.get(f"{place}/report", headers=api.staff)
    note = {
        "called_at": "2026-11-23T16:00:00Z",
        "representative": "Pat",
        "answers": [{"entry": "p25", "value": "no", "remark": "none on file"}],
    }

    noted = await api.http.post(f"{place}/call-notes", json=note, headers={**api.staff, "If-Match": '"0"'})
    after = await api.http.get(f"{place}/report", headers=api.staff)

    assert noted.status_code == 201
    assert "no (none on file)" not in before.text
    assert "no (none on file)" in after.text


async def test_two_looks_give_the_same_bytes_and_two_lines_of_the_audit(api: ServedApi) -> None:
    place = await ask(api)

    first = await api.http.get(f"{place}/report", headers={**api.staff, "Accept": "application/pdf"})
    lines = await _shown(api, place)
    second = await api.http.get(f"{place}/report", headers={**api.staff, "Accept": "application/pdf"})

    assert first.content == second.content
    assert await _shown(api, place) == lines + 1
    found = read_file(first.content)
    assert found is not None
    assert found[0].page is PageMatch.SAME


async def _shown(api: ServedApi, place: str) -> int:
    """How many lines of the audit are about a verification."""
    count = sa.select(sa.func.count()).where(AUDIT.c.verification_id == place.rpartition("/")[2])

    found: int = await api.store._read(lambda connection: connection.execute(count).scalar_one())
    return found
