"""Visitors in the store: drafts that end, requests that are made once, and counts that nobody gets around."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts import State
from service.security.access import Caller, Role, StaffRole
from service.security.consent import Consent
from service.store import Store, identity_tries
from service.store.visitor_requests import CODE_LETTERS
from service.store.visitor_values import (
    ASSIGN,
    CLAIM,
    CLOSE,
    RELEASE,
    REOPEN,
    Caps,
    NotAsked,
    RequestState,
    Submission,
    Submitted,
)
from tests.leaks.scanner import Scanner
from tests.service.kept import kept_bytes, rows_of

from .conftest import START, VISITOR, Clock, Opening, answer, audit_of, intent

TODAY = START.date()
HALF_HOUR = timedelta(minutes=30)
CANARY = "Zqvisitoria"
ADA = Caller(id="per-ada", role=Role.STAFF, staff_roles=frozenset({StaffRole.INTAKE}))
AGREED = Consent(version="1", language="es", given_at=START, text_sha256="cd" * 32)


def caps(*identities: str, day: date = TODAY, **chosen: Any) -> Caps:
    return Caps(
        day=day,
        identities=identities,
        of_identity=chosen.pop("of_identity", 3),
        of_day=chosen.pop("of_day", 500),
        **chosen,
    )


def submission(number: int, *identities: str, **chosen: Any) -> Submission:
    return Submission(
        reference=f"R{number}",
        content=chosen.pop("content", b"{}"),
        promised_by=START + timedelta(hours=2),
        intent=intent(f"Name{number}", VISITOR, consent=AGREED),
        caps=caps(*identities, **chosen),
    )


async def asked(store: Store, *submissions: Submission) -> int:
    """How many of them became a question."""
    made = await asyncio.gather(*(store.submit_request(one, then=lambda *_: None) for one in submissions))
    return sum(one.intended is not None for one in made)


async def test_a_draft_is_found_by_its_reference_until_its_time_is_over(store: Store, clock: Clock) -> None:
    reference = await store.start_draft(b'{"a":1}', HALF_HOUR)
    clock.pass_by(1_700)
    assert await store.change_draft(reference, b'{"a":2}', HALF_HOUR)
    clock.pass_by(1_700)
    assert await store.draft(reference) == b'{"a":2}'
    clock.pass_by(200)

    assert await store.draft(reference) is None
    assert not await store.change_draft(reference, b"{}", HALF_HOUR)
    assert await store.draft("A" * 26) is None


async def test_a_draft_that_expired_is_removed_with_its_key(store: Store, clock: Clock) -> None:
    await store.start_draft(b"{}", HALF_HOUR)
    clock.pass_by(1_801)
    await store.start_draft(b"{}", HALF_HOUR)

    assert len(await rows_of(store, "visitor_drafts")) == 1
    assert len(await rows_of(store, "shredding")) == 1


async def test_nothing_that_a_visitor_typed_is_kept_in_clear_nor_the_reference(database: str, store: Store) -> None:
    reference = await store.start_draft(CANARY.encode(), HALF_HOUR)
    await store.submit_request(submission(1, CANARY, content=CANARY.encode())._replace(reference=CANARY))

    assert Scanner({"typed": CANARY, "reference": reference}).scan("store", kept_bytes(database)) == set()


async def test_a_draft_becomes_one_request_however_often_it_is_sent(store: Store) -> None:
    sent = await asyncio.gather(*(store.submit_request(submission(1, "a"), then=lambda *_: None) for _ in range(8)))

    assert len({one.request_id for one in sent}) == 1
    assert [one.is_new for one in sent].count(True) == 1
    assert len(await rows_of(store, "verifications")) == 1
    assert [row["count"] for row in await rows_of(store, "identity_tries")] == [1, 1]


async def test_the_consent_stands_before_anything_can_be_sent(store: Store) -> None:
    made = await store.submit_request(submission(1, "a"))

    assert made.intended is not None
    assert await store.consent_of(made.intended.verification_id) == AGREED


@pytest.mark.parametrize("shared", [("id:1", "born:x"), ("id:1",), ("born:x",)])
async def test_of_one_identity_no_more_than_the_cap_is_asked_by_either_bucket(
    store: Store, shared: tuple[str, ...]
) -> None:
    """By the same id under changing names, and under changing ids by the same name."""
    tries = [submission(number, *shared, f"other:{number}") for number in range(40)]

    assert await asked(store, *tries) == 3
    rows = await rows_of(store, "visitor_requests")
    assert sorted(str(row["not_asked"]) for row in rows) == ["None"] * 3 + ["cap_of_identity"] * 37


async def test_a_try_that_a_cap_refused_counts_in_no_other_bucket(store: Store) -> None:
    await asked(store, *(submission(number, "a") for number in range(5)))
    await asked(store, *(submission(number, "a", "b") for number in range(5, 9)))

    assert await asked(store, *(submission(number, "b") for number in range(9, 14))) == 3


async def test_the_caps_hold_through_a_restart_and_end_with_the_day(opened: Opening) -> None:
    first = await opened()
    assert await asked(first, submission(1, "a"), submission(2, "a")) == 2
    await first.stop()
    second = await opened()

    assert await asked(second, *(submission(number, "a") for number in range(3, 9))) == 1
    tomorrow = START.date() + timedelta(days=1)
    assert await asked(second, *(submission(number, "a", day=tomorrow) for number in range(9, 15))) == 3
    assert {row["day"] for row in await rows_of(second, "identity_tries")} == {tomorrow.toordinal()}


async def test_who_tries_one_person_in_turn_by_each_way_is_counted_together(store: Store) -> None:
    ways = [("id", "born"), ("born", "name"), ("id", "name")]
    tries = [submission(number, *ways[number % 3], f"other:{number}") for number in range(30)]

    assert await asked(store, *tries) == 3


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_the_caps_hold_over_two_processes(opened: Opening) -> None:
    stores = [await opened(), await opened()]
    tries = [submission(number, "id:1", f"other:{number % 7}") for number in range(60)]

    made = await asyncio.gather(*(asked(stores[number % 2], one) for number, one in enumerate(tries)))

    assert sum(made) == 3


async def test_without_the_counts_every_try_would_be_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mutant of the caps: nothing is counted."""
    monkeypatch.setattr(identity_tries, "take", lambda *_: None)

    assert await asked(store, *(submission(number, "id:1") for number in range(9))) == 9


async def test_in_a_day_no_more_is_asked_than_the_cap_and_of_that_a_part_without_proof(store: Store) -> None:
    without = [submission(number, f"id:{number}", of_day=6, without_proof=2) for number in range(10)]
    assert await asked(store, *without) == 2

    assert await asked(store, *(submission(number, f"id:{number}", of_day=6) for number in range(10, 20))) == 4
    reasons = {row["not_asked"] for row in await rows_of(store, "visitor_requests")}
    assert reasons == {None, NotAsked.CAP_OF_DAY.value}


async def test_an_intent_that_is_not_committed_counts_nothing(store: Store) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.submit_request(submission(1, "a"), then=fail)

    assert await rows_of(store, "identity_tries") == []
    assert await rows_of(store, "visitor_requests") == []
    assert await asked(store, submission(1, "a")) == 1


async def one_request(store: Store) -> Submitted:
    return await store.submit_request(submission(1, "a", content=b'{"phone":"2125550123"}'))


async def test_every_request_is_work_whatever_became_of_its_question(store: Store) -> None:
    good = await one_request(store)
    assert good.intended is not None
    await store.settle(good.intended.job_id, answer(), state=State.FINAL, next_at=None)
    wish = Submission("R2", b"{}", START + timedelta(hours=1), not_asked=NotAsked.NOT_WANTED)
    await store.submit_request(wish)

    rows = await store.visitor_requests(ADA)

    assert [(row.not_asked, row.verification_id is None) for row in rows] == [
        (NotAsked.NOT_WANTED, True),
        (None, False),
    ]
    assert rows[1].content == b'{"phone":"2125550123"}'
    assert rows[1].promised_by == START + timedelta(hours=2)
    assert await store.visitor_request_counts() == {RequestState.OPEN: 2, RequestState.CLAIMED: 0}
    shown = [line for line in await audit_of(store) if line["action"] == "visitor_requests.shown"]
    assert [(line["actor"], line["times"]) for line in shown] == [("per-ada", 2)]
    assert rows[1].id == good.request_id
    assert rows[1].verification_id == good.intended.verification_id


async def test_work_is_claimed_by_one_person_alone_and_every_change_stands_in_the_audit(store: Store) -> None:
    request_id = (await one_request(store)).request_id
    two = [Caller(id=f"per-{name}", role=Role.STAFF) for name in ("b", "c")]

    claimed = await asyncio.gather(*(store.change_visitor_request(request_id, CLAIM, one) for one in two))

    assert sorted(map(bool, claimed)) == [False, True]
    [row] = await store.visitor_requests(ADA)
    assert (row.state, row.assignee) == (RequestState.CLAIMED, two[claimed.index(True)].id)
    assert await store.change_visitor_request(request_id, ASSIGN, ADA, assignee="per-d")
    assert await store.change_visitor_request(request_id, CLOSE, ADA)
    [closed] = await store.visitor_requests(ADA, states=(RequestState.DONE,))
    assert (closed.state, closed.assignee, closed.closed_at) == (RequestState.DONE, "per-d", START)
    assert await store.change_visitor_request(request_id, CLAIM, ADA) is False
    assert await store.change_visitor_request(request_id, REOPEN, ADA)
    assert await store.change_visitor_request(request_id, CLAIM, ADA)
    assert await store.change_visitor_request(request_id, RELEASE, ADA)
    assert await store.change_visitor_request("vis_nothing", CLAIM, ADA) is None
    changes = [line["action"] for line in await audit_of(store) if line["outcome"] == request_id]
    verbs = ["claimed", "assigned", "closed", "reopened", "claimed", "released"]
    assert changes == [f"visitor_request.{verb}" for verb in verbs]


async def test_a_code_is_short_and_can_be_read_aloud(store: Store) -> None:
    await one_request(store)

    [row] = await rows_of(store, "visitor_requests")

    assert len(row["code"]) == 7
    assert set(row["code"].replace("-", "")) <= set(CODE_LETTERS)


async def test_requests_and_drafts_are_shredded_when_their_time_is_over(store: Store, clock: Clock) -> None:
    request_id = (await one_request(store)).request_id
    await store.start_draft(b"{}", HALF_HOUR)
    clock.pass_by(1_801)
    before = {"replies": 0, "rosters": 0, "prospect": 0, "admission": 0, "active": 0}
    assert (await store.shred(before, lambda *_: None))["visitors"] == 1
    later = dict.fromkeys(before, int(datetime(2027, 12, 1, tzinfo=UTC).timestamp() * 1e6))

    assert (await store.shred(later, lambda *_: None))["visitors"] == 1

    assert await rows_of(store, "visitor_requests") == await rows_of(store, "visitor_drafts") == []
    assert [line["outcome"] for line in await audit_of(store) if line["action"] == "visitor_request.shredded"] == [
        request_id
    ]
