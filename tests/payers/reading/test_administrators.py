"""What delegation promises: who runs the benefit is named, and never mistaken for a refusal or for the payer itself."""

from collections.abc import Callable

import pytest

from contracts import Answer, BehavioralAdministrator, Card, Dialect
from payers.reading.coverage.asked_payer import asked_payer

Read = Callable[..., Answer]

ACTIVE = "EB*1**30*PR*OPEN CHOICE"


def pointing(eb: str, nm1: str, *more: str) -> list[str]:
    return [ACTIVE, "EB*1**MH^AI*********W", eb, "LS*2120", nm1, *more, "LE*2120"]


@pytest.mark.parametrize(
    ("eb", "nm1", "delegated"),
    [
        ("EB*U**MH", "NM1*VN*2*OPTUM BEHAVIORAL HEALTH", {"mental_health"}),
        ("EB*U**AI", "NM1*VN*2*SOME COMPANY", {"substance_use"}),
        ("EB*U", "NM1*PR*2*LABOR FUND", {"mental_health", "substance_use"}),
        ("EB*U**30", "NM1*PR*2*LABOR FUND", {"mental_health", "substance_use"}),
        ("EB*U**47", "NM1*VN*2*VALUE OPTIONS", {"mental_health", "substance_use"}),
        ("EB*U**88", "NM1*VN*2*OPTUM RX", set()),
        ("EB*U**35", "NM1*VN*2*DENTAL COMPANY", set()),
        ("EB*U**MH", "NM1*PR*2*EXAMPLE PAYER", set()),
        ("EB*1**MH", "NM1*VN*2*SOME COMPANY", {"mental_health"}),
        ("EB*1**MH", "NM1*PR*2*SOME COMPANY", set()),
        ("EB*1**MH", "NM1*PR*2*MAGELLAN HEALTH", {"mental_health"}),
        ("EB*1**MH", "NM1*1P*2*A PROVIDER", set()),
        ("EB*1**MH", "NM1*SEP*2*OTHER INSURANCE", set()),
        ("EB*1**30", "NM1*X3*2*UTILIZATION COMPANY", set()),
        ("EB*1**30", "NM1*X3*2*CARELON BEHAVIORAL", {"mental_health", "substance_use"}),
        ("EB*1**MH", "NM1*VN*2*EXAMPLE BEHAVIORAL", set()),
    ],
)
def test_only_another_entity_of_the_behavioral_benefit_delegates(
    read: Read, eb: str, nm1: str, delegated: set[str]
) -> None:
    answer = read(*pointing(eb, nm1))

    assert {row.condition for row in answer.programs if row.in_network.verdict == "delegated"} == delegated


def test_the_payers_own_arm_is_listed_and_its_line_speaks(read: Read) -> None:
    answer = read(*pointing("EB*1**MH", "NM1*VN*2*EXAMPLE BEHAVIORAL", "PER*IC**TE*8005550161"))

    assert [(one.name, one.phone) for one in answer.administrators] == [("EXAMPLE BEHAVIORAL", "8005550161")]
    assert answer.programs[0].in_network.verdict == "likely"


def test_what_follows_from_a_card_is_not_another_cards_of_the_same_id(card: Card) -> None:
    named = card.model_copy(update={"legal_names": ("Labor Fund",)})

    before, found, after = (asked_payer((), one, ()).names for one in (card, named, card))

    assert hash(card) == hash(named)
    assert before == after == found - {"LABORFUND"} != found


def test_an_administrator_is_known_by_our_card_and_its_member_id_compared(read: Read, card: Card) -> None:
    knows = BehavioralAdministrator(name="Optum", payer="optum", source="test")
    answer = read(
        *pointing("EB*U**MH", "NM1*VN*2*OPTUM BEHAVIORAL HEALTH*****MI*B7777", "PER*IC**TE*8005550111"),
        card=card.model_copy(update={"administrators": (knows,)}),
        dialect=Dialect(),
    )

    (one,) = answer.administrators
    assert (one.payer, one.phone, one.member_id_differs, one.member_id) == ("optum", "8005550111", True, "B7777")
    assert "B7777" not in one.model_dump_json()
    assert answer.next_step.code == "call_administrator"
    assert answer.next_step.phone == "8005550111"


def test_a_payer_that_says_to_ask_itself_is_an_open_question(read: Read) -> None:
    answer = read(*pointing("EB*U**MH", "NM1*PR*2*EXAMPLE PAYER"))

    assert answer.administrators == ()
    assert "call_payer" in {question.code for question in answer.open_questions}


def test_a_named_program_stands_above_delegation(read: Read) -> None:
    answer = read(*pointing("EB*U**MH", "NM1*VN*2*MAGELLAN"), "EB*1**BB*********Y")

    assert [row.in_network.verdict for row in answer.programs if row.condition == "mental_health"] == [
        "delegated",
        "covered",
    ]
