"""What a visitor sends: once, from our own page alone, with bounds for each address; and always work for the staff."""

from typing import Any

import pytest

from contracts import Member, MemberIdHint, Provider, Question, Subscriber
from service.security.access import Caller, Role
from service.security.consent import ConsentRule
from service.settings.model import PublicSettings
from service.store.visitor_values import NotAsked
from service.web.pages.visitor.limits import AT_ONCE, AT_ONCE_WITHOUT
from service.web.pages.visitor.submission import form_token, identities_of
from tests.service.kept import rows_of
from tests.service.web.conftest import TODAY, Acme

from .conftest import DRAFT, Visitors

ADA = Caller(id="per-ada", role=Role.STAFF)

FAMILY_CARD = Acme.card.model_copy(
    update={
        "member_id": MemberIdHint(pattern=r"W\d{6}(\d{2})?", words="imaginary", example="W123456", source="imaginary"),
        "member_id_suffix": 2,
    }
)
"""Of a payer whose ids end in two digits for the person, which may be left out."""


async def test_a_draft_that_is_sent_again_asks_nobody_again(visitors: Visitors) -> None:
    first = await visitors.post("DRAFT")
    again = await visitors.post("DRAFT", address="198.51.100.7", proof=False)

    assert first.status_code == again.status_code == 200
    assert first.text == again.text != "DRAFT"
    await visitors.api.verifier.jobs.end(5.0)
    assert len(visitors.api.acme.asked) == 1
    assert len(await rows_of(visitors.api.store, "visitor_requests")) == 1


FOREIGN: list[dict[str, Any]] = [
    {"headers": {"Sec-Fetch-Site": "cross-site", "Origin": "null"}},
    {"headers": {"Sec-Fetch-Site": "same-site"}},
    {"headers": {"Origin": "https://elsewhere.test"}},
    {"headers": {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.test"}},
    {"form": {"token": ""}},
    {"form": {"token": "00" * 32}},
    {"form": {"token": "é"}},
]


@pytest.mark.parametrize("foreign", FOREIGN)
async def test_a_form_of_another_site_or_without_its_token_does_nothing(
    visitors: Visitors, foreign: dict[str, Any]
) -> None:
    response = await visitors.post("DRAFT", **foreign)

    assert (response.status_code, response.json()["code"]) == (403, "cross_site")
    assert await rows_of(visitors.api.store, "visitor_requests") == []


async def test_the_token_of_another_draft_does_nothing(visitors: Visitors) -> None:
    response = await visitors.post("DRAFT", form={"token": form_token(visitors.services, "ANOTHER")})

    assert response.status_code == 403


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "null"}, {"Origin": "http://service"}, {"Sec-Fetch-Site": "same-origin"}]
)
async def test_an_old_browser_that_says_less_is_taken_by_its_token(visitors: Visitors, headers: dict[str, str]) -> None:
    assert (await visitors.post("DRAFT", headers=headers)).status_code == 200


async def test_one_address_sends_a_few_at_once_and_another_one_too(visitors: Visitors) -> None:
    sent = [(await visitors.post(f"D{number}", "2001:db8::1")).status_code for number in range(int(AT_ONCE))]
    refused = await visitors.post("LATE", "2001:db8::ffff")

    assert set(sent) == {200}
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert (await visitors.post("LATE", "2001:db8:0:1::1")).status_code == 200


async def test_without_a_proof_there_are_fewer_and_a_tenth_of_a_day(visitors: Visitors) -> None:
    visitors.services = visitors.services._replace(public=PublicSettings(inquiries_a_day=20))
    sent = [
        (await visitors.post(f"D{number}", f"192.0.2.{number // 3}", proof=False)).status_code for number in range(9)
    ]
    one_more = await visitors.post("D9", "192.0.2.0", proof=False)

    assert AT_ONCE_WITHOUT == 3
    assert (set(sent), one_more.status_code) == ({200}, 429)
    asked = [row["not_asked"] for row in await rows_of(visitors.api.store, "visitor_requests")]
    assert sorted(map(str, asked)) == ["None"] * 2 + ["cap_of_day"] * 7


async def test_a_stolen_proof_counts_for_its_own_draft_alone(visitors: Visitors) -> None:
    response = await visitors.post("FIRST", form={"proof": "bnVsbA=="})

    assert response.status_code == 200
    [row] = await rows_of(visitors.api.store, "visitor_requests")
    assert row["not_asked"] is None
    assert len([one for one in await rows_of(visitors.api.store, "identity_tries") if one["count"] == 1]) == 5


async def test_of_one_person_three_are_asked_and_each_try_is_work(visitors: Visitors) -> None:
    for number in range(6):
        await visitors.send(f"ID{number}", first_name=f"Name{number}", last_name=f"Name{'abcdef'[number]}")
    for number in range(6):
        await visitors.send(f"BORN{number}", member_id=f"QQ{number}0000")
    await visitors.api.verifier.jobs.end(5.0)

    assert len(visitors.api.acme.asked) == 6
    assert len(await visitors.api.store.visitor_requests(ADA)) == 12


async def test_who_does_not_want_it_is_asked_about_nowhere(visitors: Visitors) -> None:
    await visitors.send("NO", may_ask_insurer=False)
    await visitors.send("CASH", payer="uninsured")
    await visitors.send("ODD", payer="no_such_payer")
    await visitors.send("EMPTY", member_id=None, birth_date=None, last_name=None, first_name=None)

    rows = await visitors.api.store.visitor_requests(ADA)

    assert {row.not_asked for row in rows} <= {NotAsked.NOT_WANTED, NotAsked.INCOMPLETE, None}
    assert [row.not_asked for row in rows].count(NotAsked.NOT_WANTED) == 2


async def test_where_consent_is_needed_nothing_is_sent_without_it(
    visitors: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = visitors.api.verifier
    monkeypatch.setattr(verifier, "_terms", verifier._terms._replace(consent=ConsentRule(frozenset({Role.PUBLIC}), {})))
    await visitors.send("AGREED")
    await visitors.send("NOT", consent_version=None)
    await verifier.jobs.end(5.0)

    kept, asked = await rows_of(visitors.api.store, "consents"), visitors.api.acme.asked
    assert (len(kept), len(asked)) == (1, 1)
    assert (kept[0]["version"], kept[0]["language"], kept[0]["text_digest"].hex()) == ("1", "en", "ab" * 32)
    assert {row.not_asked for row in await visitors.api.store.visitor_requests(ADA)} == {None, NotAsked.CONSENT}


async def test_with_too_much_to_do_a_person_takes_care_of_it(visitors: Visitors) -> None:
    visitors.api.verifier.admission.draining = True

    await visitors.send("LATE")

    [row] = await visitors.api.store.visitor_requests(ADA)
    assert row.not_asked is NotAsked.OVERLOADED


async def test_staff_find_the_contact_and_what_was_typed(visitors: Visitors) -> None:
    await visitors.send("DRAFT")

    [row] = await visitors.api.store.visitor_requests(ADA)

    kept = DRAFT.model_validate_json(row.content)
    assert (kept.phone, kept.member_id, kept.payer) == ("2125550123", "ZZ12345", "acme")


def person(**chosen: Any) -> Question:
    member = {"first_name": "Zoë", "last_name": "O’Brien-Núñez", "birth_date": TODAY, "member_id": "w 123-456"}
    return Question(
        payer="acme",
        member=Member(**{**member, **chosen.pop("member", {})}),
        provider=Provider(npi="1234567893", name="Imaginary Recovery"),
        service_date=TODAY,
        **chosen,
    )


@pytest.mark.parametrize(
    "typed",
    [
        {"member_id": "W123456"},
        {"member_id": "w.123/456"},
        {"last_name": "OBRIEN NUNEZ"},
        {"last_name": "o'brien–nuñez "},
        {"first_name": "ZOE "},
        {"last_name": "Dr. O'Brien-Nunez, Jr., MD"},
        {"last_name": "O’Brıen-Núñez III"},
        {"first_name": "Mrs Zøë"},
        {"member_id": "W12345607"},
    ],
)
def test_one_identity_is_one_however_it_is_written(typed: dict[str, str]) -> None:
    assert identities_of(person(member=typed), FAMILY_CARD) == identities_of(person(), FAMILY_CARD)


def test_the_person_who_holds_the_plan_is_counted_too() -> None:
    holder = Subscriber(first_name="Ann", last_name="Holder", birth_date=TODAY, member_id="W999")

    found = identities_of(person(subscriber=holder, member={"member_id": None}), FAMILY_CARD)

    born = (f"born:OBRIENNUNEZ:{TODAY}", f"born:HOLDER:{TODAY}")
    assert found == ("id:W999", *born, "name:ZOE:OBRIENNUNEZ", "name:ANN:HOLDER")
