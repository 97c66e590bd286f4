"""Polling at Availity: the form is never sent again, and no reply leads a poll astray."""

import json
from collections.abc import Callable

import httpx
import pytest

from contracts import (
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    PayerUnreachable,
    ReplyMismatched,
    ReplyUnreadable,
)
from payers.aetna import CARD
from payers.routes.availity_rest import AvailityRest
from service.gateway.correlation import SentInquiry, judge
from tests.payers.routes.availity_rest.edge import (
    ID,
    INQUIRY,
    LOCATION,
    NUMBERS,
    URL,
    Edge,
    Said,
    accepted,
    coverage,
    done,
    set_of,
    working,
)

# --- Faults while polling: the form is never sent again ---

POLL_FAULTS: tuple[Callable[[], Said], ...] = (
    lambda: httpx.Response(504),
    lambda: httpx.Response(502),
    lambda: httpx.Response(500),
    lambda: httpx.Response(404),
    lambda: httpx.ConnectError("refused"),
    lambda: httpx.ReadTimeout("slow"),
    lambda: httpx.ReadError("reset"),
    lambda: httpx.RemoteProtocolError("illegal status line"),
    lambda: httpx.Response(200, content=b"<html>maintenance</html>"),
    lambda: httpx.Response(200, content=json.dumps(coverage()).encode()[:-40]),
    lambda: httpx.Response(200, json={}),
)


@pytest.mark.parametrize("fault", POLL_FAULTS)
async def test_a_poll_that_fails_is_made_again_and_the_form_is_not(edge: Edge, fault: Callable[[], Said]) -> None:
    edge.get = lambda number: fault() if number < 3 else done()

    reply = await edge.exchange()

    assert reply.people[0].lines
    assert (len(edge.posts), len(edge.polls)) == (1, 3)


@pytest.mark.parametrize("fault", POLL_FAULTS)
async def test_polls_that_always_fail_end_as_sent_and_unanswered(edge: Edge, fault: Callable[[], Said]) -> None:
    edge.get = lambda _: fault()

    failure = await edge.failure(seconds=20)

    assert isinstance(failure, PayerSilent | ReplyUnreadable)
    assert not isinstance(failure, PayerUnreachable)
    assert (failure.sent, failure.another_route, len(edge.posts)) == (True, False, 1)


@pytest.mark.parametrize(
    ("status", "leaf"),
    [(429, PayerBusy), (503, PayerBusy), (400, PayerRefused), (403, PayerRefused), (308, PayerRefused)],
)
async def test_a_poll_that_is_turned_away_until_a_time_or_for_good_ends_the_exchange(
    edge: Edge, status: int, leaf: type[PayerError]
) -> None:
    edge.get = lambda _: httpx.Response(status, headers={"location": "https://127.0.0.2/x", "retry-after": "60"})

    assert isinstance(await edge.failure(), leaf)
    assert len(edge.polls) == 1
    assert not edge.astray


@pytest.mark.parametrize("status", [429, 503])
async def test_a_poll_that_is_turned_away_without_a_time_is_made_again(edge: Edge, status: int) -> None:
    edge.get = lambda number: httpx.Response(status) if number < 3 else done()

    reply = await edge.exchange()

    assert reply.people[0].lines
    assert (len(edge.posts), len(edge.polls)) == (1, 3)


@pytest.mark.parametrize("status", [429, 503])
async def test_polls_that_are_always_turned_away_end_as_busy(edge: Edge, status: int) -> None:
    edge.get = lambda _: httpx.Response(status)

    failure = await edge.failure(seconds=20)

    assert isinstance(failure, PayerBusy)
    assert (failure.sent, failure.retry_at, len(edge.posts)) == (True, None, 1)


async def test_a_token_that_expires_between_two_polls_is_renewed(edge: Edge) -> None:
    answers = iter([httpx.Response(401), accepted(), httpx.Response(401), done()])
    edge.get = lambda _: next(answers)

    await edge.exchange()

    assert [request.headers["authorization"] for _, request in edge.polls] == [
        *("Bearer token-1", "Bearer token-2", "Bearer token-2", "Bearer token-3")
    ]
    assert len(edge.posts) == 1


# --- Locations ---


@pytest.mark.parametrize("location", [f"{URL}/{ID}", f"/v1/coverages/{ID}", f"//127.0.0.1:9443/v1/coverages/{ID}"])
async def test_a_location_below_the_forms_own_address_is_followed(edge: Edge, location: str) -> None:
    edge.post = lambda: httpx.Response(202, headers={"location": location})

    await edge.exchange()

    assert [str(request.url) for _, request in edge.polls] == [f"{URL}/{ID}"]


@pytest.mark.parametrize(
    "location",
    [
        f"https://127.0.0.2:9443/v1/coverages/{ID}",
        f"https://127.0.0.1/v1/coverages/{ID}",
        f"http://127.0.0.1:9443/v1/coverages/{ID}",
        f"https://user:word@127.0.0.1:9443/v1/coverages/{ID}",
        f"https://127.0.0.1:9443@127.0.0.2/v1/coverages/{ID}",
        f"//127.0.0.2:9443/v1/coverages/{ID}",
        f"/elsewhere/{ID}",
        f"/v1/coverages-of-others/{ID}",
        f"/v1/coverages/../secrets/{ID}",
        "/v1/coverages/%2e%2e/secrets",
        "/v1/coverages/..",
        "/v1/coverages/",
        "/v1/coverages",
        f"/v1/coverages/{ID}/more",
        f"/v1/coverages/{ID}?of=others",
        "/v1/coverages/" + "1" * 200,
        "/v1/coverages/bönk",
        "file:///v1/coverages/1",
        "javascript:1",
        "http://[::1/x",
        "https://127.0.0.1:99999/v1/coverages/1",
    ],
)
async def test_a_location_anywhere_else_is_refused_and_never_called(edge: Edge, location: str) -> None:
    edge.post = lambda: httpx.Response(202, headers={"location": location.encode()})

    failure = await edge.failure()

    assert isinstance(failure, PayerRefused)
    assert (failure.sent, edge.polls, edge.astray) == (True, [], [])
    assert ID not in str(failure)


async def test_a_route_without_that_check_is_led_astray(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AvailityRest, "_is_ours", lambda *_: True)
    edge.post = lambda: httpx.Response(202, headers={"location": f"/elsewhere/{ID}"})

    await edge.exchange()

    assert len(edge.astray) == 1


async def test_an_acceptance_without_any_way_on_is_unreadable(edge: Edge) -> None:
    edge.post = lambda: httpx.Response(202)

    assert isinstance(await edge.failure(), ReplyUnreadable)


async def test_a_location_of_another_coverage_than_the_body_names_is_another_inquirys(edge: Edge) -> None:
    edge.post = lambda: set_of(working() | {"id": "1"}, status=202, headers=LOCATION)

    assert isinstance(await edge.failure(), ReplyMismatched)
    assert not edge.polls


@pytest.mark.parametrize("status", ["4", "0"])
async def test_a_coverage_of_another_id_than_was_polled_does_not_pass_the_gate(edge: Edge, status: str) -> None:
    edge.get = lambda _: done(id="1", status=status)
    reply = await edge.exchange()

    with pytest.raises(ReplyMismatched, match="control_number"):
        judge(reply, SentInquiry(INQUIRY, NUMBERS, CARD))
    assert reply.raw


async def test_a_coverage_of_another_member_does_not_pass_the_gate(edge: Edge) -> None:
    edge.get = lambda _: done(patient={"lastName": "STRANGER", "firstName": "OTIS"})
    reply = await edge.exchange()

    with pytest.raises(ReplyMismatched, match="member:last_name"):
        judge(reply, SentInquiry(INQUIRY, NUMBERS, CARD))


@pytest.mark.parametrize("patient", [{}, {"lastName": "FICTIONAL"}])
async def test_a_coverage_that_comes_at_once_must_name_its_member(edge: Edge, patient: dict[str, str]) -> None:
    edge.post = lambda: set_of(coverage(patient=patient, subscriber={}))
    reply = await edge.exchange()

    with pytest.raises(ReplyMismatched, match="trace_missing"):
        judge(reply, SentInquiry(INQUIRY, NUMBERS, CARD))


@pytest.mark.parametrize(
    "said",
    [
        lambda: set_of(coverage(), coverage(id="1")),
        lambda: httpx.Response(200, json={"totalCount": 7, "count": 1, "coverages": [coverage()]}),
        lambda: httpx.Response(200, json={"totalCount": 0, "count": 0, "coverages": []}),
        lambda: httpx.Response(200, content=json.dumps(coverage()).encode()[:-40]),
        lambda: httpx.Response(204),
    ],
)
async def test_anything_but_one_whole_coverage_is_unreadable(edge: Edge, said: Callable[[], Said]) -> None:
    edge.post = said

    assert isinstance(await edge.failure(), ReplyUnreadable)
    assert not edge.polls
