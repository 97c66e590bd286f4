"""Batches as pages: a roster is sent, checked and started; what it comes to is taken as files and as changes."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from service.batches.changes import ChangedRow
from service.batches.dispatch import Dispatcher
from service.guidance.change_values import Actor, Change, ChangeCode, Severity
from service.security.access import StaffRole
from service.web.api import sent_rosters
from service.web.pages.desk.batch_changes import urgency_of
from service.web.pages.desk.batch_view import describe_span, failing_since
from tests.service.web.api.test_batches import roster
from tests.service.web.conftest import ServedApi

from .sessions import sign_in

PATH = "/desk/batches"


async def send(api: ServedApi, clerk: dict[str, str], content: bytes, name: str = "roster.csv") -> str:
    """The path of the batch that a roster became."""
    sent = await api.http.post(PATH, files={"roster": (name, content, "text/csv")}, headers=clerk)
    assert sent.status_code == 303, sent.text
    path: str = sent.headers["location"]
    assert re.fullmatch(rf"{PATH}/bat_[A-Z2-7]{{26}}", path)
    return path


async def work(api: ServedApi) -> None:
    """Have every row of the running batches asked and answered."""
    dispatcher = Dispatcher(directory=api.services.directory, guards=api.guards, store=api.store, verifier=api.verifier)
    await dispatcher._look()
    for lane in dispatcher._lanes.values():
        await lane
    await api.verifier.jobs.end(5.0)
    await dispatcher._look()


async def test_a_roster_is_sent_checked_started_and_its_results_are_taken(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    assert "There is no batch yet" in (await api.http.get(PATH, headers=clerk)).text
    wrong = b"acme,Ima,Testcasex,yesterday,ZZ900000009,R-9\n"
    path = await send(api, clerk, roster(1, 2, 2) + b"\n" + wrong)
    ready = (await api.http.get(path, headers=clerk)).text

    started = await api.http.post(f"{path}/start", headers=clerk)
    running = (await api.http.get(path, headers=clerk)).text
    await work(api)
    ended = (await api.http.get(path, headers=clerk)).text

    assert "<strong>2</strong> of 4 rows" in ready
    assert "not_a_date" in ready
    assert "Write the date as YYYY-MM-DD" in ready
    assert "yesterday" not in ready, "no value of a row is repeated"
    assert len(api.acme.asked) == 2, "nobody was asked before the start"
    assert (started.status_code, started.headers["location"]) == (303, path)
    assert 'data-live="3"' in running
    assert "data-live" not in ended
    assert "Finished: 2 of 2 rows are done." in ended
    batch_id = path.split("/")[-1]
    for form, first in (("csv", b"row,"), ("jsonl", b"{"), ("xlsx", b"PK")):
        link = f"/v1/batches/{batch_id}/results?format={form}"
        assert f'href="{link}"' in ended
        assert (await api.http.get(link, headers=clerk)).content.startswith(first)
    rows = (await api.http.get(f"{path}/rows?state=answered", headers=clerk)).text
    assert len(re.findall(r'href="/desk/verifications/ver_', rows)) == 2
    assert "Nothing changed" in (await api.http.get(f"{path}/changes", headers=clerk)).text
    assert path in (await api.http.get(PATH, headers=clerk)).text


async def test_what_is_not_possible_any_more_is_said_and_changes_nothing(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    path = await send(api, clerk, roster(1))
    await api.http.post(f"{path}/cancel", headers=clerk)

    refused = await api.http.post(f"{path}/start", headers=clerk)

    assert refused.status_code == 409
    assert "the batch is cancelled by now" in refused.text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "No file was chosen, or it is empty."),
        (b"shoe size\n42\n", "No row names our columns."),
        (b"first_name,member_id\nIma,ZZ900000001\n", "No column names the payer."),
        (b"%PDF-1.7", "This file is no table."),
    ],
)
async def test_a_file_that_is_no_roster_is_refused_with_what_to_do(api: ServedApi, content: bytes, words: str) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)

    refused = await api.http.post(PATH, files={"roster": ("roster.csv", content, "text/csv")}, headers=clerk)

    assert refused.status_code == 422
    assert words in refused.text
    assert 'href="#roster"' in refused.text


async def test_a_roster_beyond_the_limit_is_never_held(api: ServedApi, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)
    monkeypatch.setattr(sent_rosters, "MAX_BYTES", 2_000)
    monkeypatch.setattr(sent_rosters, "MOST_OF_MAPPING", 0)

    refused = await api.http.post(PATH, files={"roster": ("roster.csv", b"x" * 40_000, "text/csv")}, headers=clerk)

    assert refused.status_code == 422
    assert "larger than 64 MB" in refused.text


async def test_a_form_of_another_kind_is_refused(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)

    assert (await api.http.post(PATH, data={"roster": "x"}, headers=clerk)).status_code == 415
    broken = {**clerk, "Content-Type": "multipart/form-data"}
    assert (await api.http.post(PATH, content=b"no parts", headers=broken)).status_code == 422
    at_the_interface = await api.http.post("/v1/batches", content=b"no parts", headers={**broken, **api.staff})
    assert (at_the_interface.status_code, at_the_interface.json()["errors"]) == (
        422,
        [{"field": "body", "code": "malformed_form"}],
    )


@pytest.mark.parametrize("role", [StaffRole.INTAKE, StaffRole.PRIVACY_OFFICER])
async def test_who_may_not_run_batches_sees_none(api: ServedApi, role: StaffRole) -> None:
    path = await send(api, await sign_in(api, StaffRole.BILLING), roster(1))
    other = await sign_in(api, role)

    for one in (PATH, path, f"{path}/rows", f"{path}/changes"):
        assert (await api.http.get(one, headers=other)).status_code == 403, one
    assert (await api.http.post(f"{path}/start", headers=other)).status_code == 403
    assert (await api.http.get(path, headers=await sign_in(api, StaffRole.BILLING))).status_code == 200


async def test_a_batch_that_is_not_there_is_not_found(api: ServedApi) -> None:
    clerk = await sign_in(api, StaffRole.BILLING)

    for name in ("bat_" + "A" * 26, "bat_nobody"):
        for part in ("", "/rows", "/changes"):
            assert (await api.http.get(f"{PATH}/{name}{part}", headers=clerk)).status_code == 404, part


async def test_a_payer_that_does_not_answer_says_since_when(api: ServedApi) -> None:
    clock = api.guards.breaker("acme", "core_mime")
    assert failing_since(api.acme.card, api.guards) is None
    clock._open()

    since = failing_since(api.acme.card, api.guards)

    assert since is not None
    assert abs(datetime.now(UTC) - since) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("seconds", "words"), [(5.0, "less than a minute"), (95.0, "about 2 min"), (7_500.0, "about 2 h 5 min")]
)
def test_the_time_left_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert describe_span(seconds) == words


def test_the_most_urgent_change_stands_first() -> None:
    def row(number: int, severity: Severity) -> ChangedRow:
        change = Change(code=ChangeCode.PLAN_CHANGED, severity=severity, actor=Actor.BILLING, text="x")
        return ChangedRow(
            row=number,
            reference=None,
            payer="acme",
            verification_id="a",
            earlier_verification_id="b",
            changes=(change,),
        )

    rows = [row(2, Severity.NOTE), row(3, Severity.SOON), row(4, Severity.URGENT)]

    assert [one.row for one in sorted(rows, key=urgency_of)] == [4, 3, 2]
