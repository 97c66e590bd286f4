"""People who sign in, their sessions, and keys that are rotated: what each lets in, and for how long."""

from datetime import timedelta

import pytest

from service.security.access import Caller, Role, StaffRole
from service.store import KeyNotLive, PersonUnknown, SessionLimits, Store, TwoKeysLive
from tests.service.kept import change, rows_of

from .conftest import Clock, Opening, audit_of

LIMITS = SessionLimits(idle=900, absolute=3_600)
BILLING = frozenset({StaffRole.BILLING})


async def signed_in(store: Store, roles: frozenset[StaffRole] = BILLING) -> tuple[str, str]:
    """A person whom the operator invited, and their session."""
    person = await store.invite("Ada", roles)
    session = await store.sign_in_by_link(await store.make_link(person, 600), LIMITS)
    assert session is not None
    return person, session


async def test_a_link_opens_one_session(store: Store) -> None:
    person = await store.invite("Ada", BILLING)
    link = await store.make_link(person, 600)

    first, again = [await store.sign_in_by_link(link, LIMITS) for _ in range(2)]

    assert first is not None
    assert again is None
    assert await store.find_session(first, LIMITS) == Caller(id=person, role=Role.STAFF, staff_roles=BILLING)


async def test_a_link_ends_at_its_time(store: Store, clock: Clock) -> None:
    link = await store.make_link(await store.invite("Ada", BILLING), 600)
    clock.pass_by(600)

    assert await store.sign_in_by_link(link, LIMITS) is None


@pytest.mark.parametrize("shown", ["", "bvl", "bvl__", "bvl_000000000000_x", "bv_{}", "bvs_{}"])
async def test_what_is_no_link_opens_nothing(store: Store, shown: str) -> None:
    link = await store.make_link(await store.invite("Ada", BILLING), 600)

    assert await store.sign_in_by_link(shown.format(link.split("_", 1)[1]), LIMITS) is None


async def test_a_session_ends_when_nothing_is_asked_in_it(store: Store, clock: Clock) -> None:
    _, session = await signed_in(store)
    seen = []
    for seconds in (899, 899, 900):
        clock.pass_by(seconds)
        seen.append(await store.find_session(session, LIMITS) is not None)

    assert seen == [True, True, False]


async def test_a_session_ends_at_its_time_however_busy(store: Store, clock: Clock) -> None:
    _, session = await signed_in(store)
    seen = []
    for _ in range(4):
        clock.pass_by(900 - 1)
        seen.append(await store.find_session(session, LIMITS) is not None)
    clock.pass_by(4)

    assert seen == [True] * 4
    assert await store.find_session(session, LIMITS) is None


async def test_when_a_session_was_last_used_is_known_to_the_next_process(opened: Opening, clock: Clock) -> None:
    store = await opened()
    _, session = await signed_in(store)
    clock.pass_by(800)
    await store.find_session(session, LIMITS)
    await store.stop()
    other = await opened()
    clock.pass_by(800)

    assert await other.find_session(session, LIMITS) is not None


async def test_a_session_that_was_signed_out_lets_nobody_in(store: Store) -> None:
    _, session = await signed_in(store)

    ended = [await store.end_session(session.split("_")[1]) for _ in range(2)]

    assert ended == [True, False]
    assert await store.find_session(session, LIMITS) is None


async def test_signing_in_again_ends_the_session_of_before(store: Store) -> None:
    person, before = await signed_in(store)
    after = await store.sign_in_by_link(await store.make_link(person, 600), LIMITS, replaces=before.split("_")[1])

    assert after is not None
    assert after != before
    assert await store.find_session(before, LIMITS) is None
    assert await store.find_session(after, LIMITS) is not None


async def test_ending_access_ends_sessions_links_and_tokens(store: Store) -> None:
    person, session = await signed_in(store)
    link = await store.make_link(person, 600)

    assert [await store.end_person(person) for _ in range(2)] == [True, False]
    assert await store.find_session(session, LIMITS) is None
    assert await store.sign_in_by_link(link, LIMITS) is None
    with pytest.raises(PersonUnknown):
        await store.make_link(person, 600)
    with pytest.raises(PersonUnknown):
        await store.set_roles(person, BILLING)
    assert not await store.any_staff()


async def test_roles_hold_from_the_next_request_on(store: Store) -> None:
    person, session = await signed_in(store)
    await store.set_roles(person, frozenset({StaffRole.INTAKE}))
    found = await store.find_session(session, LIMITS)

    assert found is not None
    assert found.staff_roles == {StaffRole.INTAKE}
    assert [row.roles for row in await store.list_staff()] == [("intake",)]


async def test_a_person_of_the_provider_is_one_person_by_session_and_token(store: Store) -> None:
    ada = ("https://id.test", "sub-1", "Ada")
    session = await store.sign_in(ada, BILLING, LIMITS)
    by_token = await store.find_person(ada, frozenset({StaffRole.INTAKE}))
    stranger = await store.find_person(("https://other.test", "sub-1", "Ada"), BILLING)
    assert session is not None
    by_session = await store.find_session(session, LIMITS)

    assert by_token is not None
    assert by_session is not None
    assert stranger is not None
    assert (by_session.id, by_session.staff_roles) == (by_token.id, BILLING)
    assert by_token.staff_roles == {StaffRole.INTAKE}
    assert stranger.id != by_token.id
    assert len(await store.list_staff()) == 2


async def test_a_person_of_the_provider_whose_access_was_ended_here_stays_out(store: Store) -> None:
    ada = ("https://id.test", "sub-1", "Ada")
    found = await store.find_person(ada, BILLING)
    assert found is not None
    await store.end_person(found.id)

    assert await store.find_person(ada, BILLING) is None
    assert await store.sign_in(ada, BILLING, LIMITS) is None


async def test_the_glass_is_broken_for_an_hour_with_a_line_and_a_sealed_reason(store: Store, clock: Clock) -> None:
    _, session = await signed_in(store, frozenset({StaffRole.INTAKE, StaffRole.BREAK_GLASS}))
    limits = SessionLimits(idle=7_200, absolute=7_200)
    before = await store.find_session(session, LIMITS)
    assert before is not None
    await store.break_glass(before, "patient unconscious, plan unknown")
    broken = await store.find_session(session, LIMITS)
    clock.pass_by(3_599)
    late = await store.find_session(session, limits)
    [emergency] = await store.emergencies()

    assert broken is not None
    assert late is not None
    assert before.positions == {StaffRole.INTAKE}
    assert StaffRole.BREAK_GLASS in broken.positions
    assert StaffRole.BREAK_GLASS in late.positions
    assert emergency.reason == "patient unconscious, plan unknown"
    assert "unconscious" not in repr(emergency)
    assert not any(b"unconscious" in row["sealed_reason"] for row in await rows_of(store, "emergencies"))
    assert [line["outcome"] for line in await audit_of(store) if line["action"] == "glass.broken"] == [emergency.id]
    clock.pass_by(1)
    [person] = await store.list_staff()
    again = await store.sign_in_by_link(await store.make_link(person.id, 60), limits)
    assert again is not None
    later = await store.find_session(again, limits)
    assert later is not None
    assert later.positions == {StaffRole.INTAKE}


async def test_a_rotated_key_is_the_same_caller_until_the_old_one_ends(store: Store, clock: Clock) -> None:
    first = await store.create_key(Role.BATCH, "lab", networks=("192.0.2.0/24",))
    first_id = first.split("_")[1]
    second = await store.rotate_key(first_id, old_ends_at=clock.now + timedelta(days=1))
    callers = [await store.find_key(one) for one in (first, second)]

    assert callers[0] == callers[1]
    assert callers[0] is not None
    assert (callers[0].id, callers[0].networks) == (first_id, ("192.0.2.0/24",))
    with pytest.raises(TwoKeysLive):
        await store.rotate_key(second.split("_")[1])
    clock.pass_by(86_400)
    assert await store.find_key(first) is None
    assert await store.find_key(second) == callers[0]
    third = await store.rotate_key(second.split("_")[1])
    assert await store.find_key(third) == callers[0]
    with pytest.raises(KeyNotLive):
        await store.rotate_key(first_id)
    assert {row.caller_id for row in await store.list_keys()} == {first_id}


@pytest.mark.parametrize("column", ["networks", "caller_id"])
async def test_a_key_whose_bounds_were_taken_away_lets_nobody_in(store: Store, column: str) -> None:
    first = await store.create_key(Role.BATCH, networks=("192.0.2.0/24",))
    second = await store.rotate_key(first.split("_")[1])
    await change(store, f"UPDATE api_keys SET {column} = NULL")  # noqa: S608 - names of ours

    assert await store.find_key(second) is None


async def test_a_sign_in_is_completed_once(store: Store, clock: Clock) -> None:
    tries = [await store.use_sign_in("state") for _ in range(2)]
    clock.pass_by(601)
    await store.use_sign_in("another")

    assert tries == [True, False]
    assert len(await rows_of(store, "used_sign_ins")) == 1


async def test_who_is_let_in_and_out_is_in_the_audit(store: Store) -> None:
    person, session = await signed_in(store)
    await store.set_roles(person, frozenset({StaffRole.INTAKE}))
    await store.end_session(session.split("_")[1])
    await store.end_person(person)

    assert [(line["action"], line["outcome"]) for line in await audit_of(store)] == [
        ("staff.added", "billing"),
        ("staff.link_made", None),
        ("session.opened", "link"),
        ("staff.roles_changed", "intake"),
        ("session.ended", None),
        ("staff.ended", None),
    ]
