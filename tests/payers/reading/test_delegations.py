"""What names and roles promise in delegation: who runs the benefit, who does not, and who is only mentioned."""

from collections.abc import Callable

import pytest

from contracts import Answer, Condition
from payers.aetna import adapter as aetna
from payers.cigna import adapter as cigna
from payers.florida_blue import adapter as florida_blue
from payers.optum import adapter as optum
from payers.reading.coverage.companies import COMPANIES, Column
from payers.unitedhealthcare import adapter as united

Read = Callable[..., Answer]


PLAN = ("EB*1**30*PR*OPEN CHOICE", "EB*1**MH^AI*********W")
CARDS = tuple(one.card for one in (aetna, cigna, florida_blue, optum, united))
BOTH = {"mental_health", "substance_use"}


def pointing(eb: str, *nm1: str) -> list[str]:
    return [*PLAN, eb, "LS*2120", *nm1, "LE*2120"]


def delegated(answer: Answer) -> set[str]:
    return {row.condition.value for row in answer.programs if row.in_network.verdict == "delegated"}


@pytest.mark.parametrize("name", COMPANIES[Column.BY_NAME])
def test_a_behavioral_company_delegates_on_any_status_line(read: Read, name: str) -> None:  # [D1], [D5]
    assert delegated(read(*pointing("EB*1**30", f"NM1*VN*2*{name.upper()} OF FLORIDA"))) == BOTH
    assert delegated(read(*pointing("EB*1**98", f"NM1*Y2*2*{name.upper()}"))) == BOTH
    assert delegated(read(*pointing("EB*1**AI", f"NM1*VN*2*{name.upper()}"))) == {"substance_use"}


@pytest.mark.parametrize("name", COMPANIES[Column.BESIDE_WORDS])
def test_a_company_of_two_kinds_delegates_on_a_behavioral_type_or_beside_words(read: Read, name: str) -> None:
    vendor = f"NM1*VN*2*{name.upper()}"  # [D1], [D3], [D5]
    assert delegated(read(*pointing("EB*1**AI", vendor))) == {"substance_use"}
    assert delegated(read(*PLAN, "EB*1**30", "MSG*PSYCHIATRIC SERVICES", vendor)) == {"mental_health"}
    assert delegated(read(*pointing("EB*1**30", vendor))) == set()
    elsewhere = read(*pointing("EB*1**98", vendor))
    assert delegated(elsewhere) == set()
    assert "administrator" in {question.code for question in elsewhere.open_questions}


@pytest.mark.parametrize("name", COMPANIES[Column.NEVER])
def test_an_arm_that_is_never_behavioral_never_delegates(read: Read, name: str) -> None:  # [D3], [D5]
    for eb in ("EB*1**30", "EB*U**30", "EB*1**MH", "EB*U**MH", "EB*1**98"):
        assert delegated(read(*pointing(eb, f"NM1*VN*2*{name.upper()}"))) == set()


@pytest.mark.parametrize("name", ["OPTUM RX", "OPTUM VISION", "OPTUMRX", "BEACONHEALTH", "MAGELLANIC", "LYRATE"])
def test_a_longer_word_or_another_business_is_not_that_administrator(read: Read, name: str) -> None:
    assert delegated(read(*pointing("EB*1**30", f"NM1*VN*2*{name}"))) == set()


@pytest.mark.parametrize(
    ("eb", "nm1", "conditions"),
    [
        ("EB*1**MH", "NM1*X3*2*UTILIZATION COMPANY", {"mental_health"}),
        ("EB*1**CJ", "NM1*VN*2*SOME COMPANY", {"substance_use"}),
        ("EB*1**A7", "NM1*VN*2*SOME COMPANY", {"mental_health"}),
        ("EB*1**30", "NM1*VN*2*SOME BEHAVIORAL SERVICES", BOTH),
        ("EB*1**30", "NM1*GP*2*A MEDICAL GROUP", set()),
        ("EB*1**30", "NM1*2B*2*A TPA", set()),
        ("EB*1**98", "NM1*VN*2*SOME BEHAVIORAL SERVICES", BOTH),
        ("EB*1**30^MH", "NM1*P5*2*PLAN SPONSOR", set()),
        ("EB*1**MH", "NM1*I3*2*AN ASSOCIATION", set()),
        ("EB*1**MH", "NM1*I3*2*MAGELLAN", {"mental_health"}),
        ("EB*1**MH", "NM1*IL*1*SPECIMEN", set()),
        ("EB*1**MH", "NM1*PRP*2*MAGELLAN", {"mental_health"}),
        ("EB*1**MH", "NM1*PRP*2*THE FIRST PAYER", set()),
        ("EB*U**30", "NM1*VN*2*ANYBODY", BOTH),
        ("EB*U", "NM1*VN*2*ANYBODY", BOTH),
        ("EB*U**30", "NM1*PRP*2*THE FIRST PAYER", set()),
        ("EB*U**98", "NM1*VN*2*ANYBODY", set()),
        ("EB*U**98", "NM1*VN*2*CARELON", set()),
        ("EB*U**30^AI", "NM1*VN*2*ANYBODY", BOTH),
        ("EB*B**MH***27*20", "NM1*VN*2*MAGELLAN", set()),
        ("EB*6**AI", "NM1*VN*2*MAGELLAN", set()),
    ],
)
def test_types_roles_and_names_say_for_which_condition(read: Read, eb: str, nm1: str, conditions: set[str]) -> None:
    assert delegated(read(*pointing(eb, nm1))) == conditions


@pytest.mark.parametrize("eb", ["EB*U**MH", "EB*U**30", "EB*U"])
def test_asked_to_call_nobody_in_particular_is_a_question_and_no_delegation(read: Read, eb: str) -> None:  # [D7]
    answer = read(*PLAN, eb)

    assert (delegated(answer), answer.administrators) == (set(), ())
    assert "call_payer" in {question.code for question in answer.open_questions}


def test_a_known_name_in_the_message_of_such_a_line_is_the_administrator(read: Read) -> None:
    answer = read(*PLAN, "EB*U**MH", "MSG*CONTACT MAGELLAN FOR BENEFITS")  # [D4]: the name as the reply gives it

    assert [one.name for one in answer.administrators] == ["MAGELLAN"]
    assert answer.programs[0].in_network.administered_by == "MAGELLAN"


def test_words_delegate_on_behavioral_types_and_the_plan_alone(read: Read) -> None:  # [D1], [D6]
    words = "MSG*MENTAL HEALTH AND SUBSTANCE USE: CALL MAGELLAN"
    assert delegated(read(*PLAN, "EB*U**47", words)) == set()
    for eb in ("EB*U**30", "EB*D**30", "EB*1**MH^AI"):
        assert delegated(read(*PLAN, eb, words)) == BOTH
    assert delegated(read(*PLAN, "EB*U**AI", "MSG*CALL CARELON")) == {"substance_use"}
    for message in ("CALL OPTUM RX", "CALL THE HOSPITAL UNIT"):
        assert delegated(read(*PLAN, "EB*U**30", f"MSG*{message}")) == set()


def test_the_asked_payers_own_name_in_a_message_beside_u_is_an_open_question(read: Read) -> None:
    found = read(*PLAN, "EB*U**MH", "MSG*CALL OPTUM", card=optum.card)
    assert delegated(found) == set()
    assert "call_payer" in [question.code for question in found.open_questions]


@pytest.mark.parametrize("nm1", ["NM1*PR*2*EXAMPLE PAYER", "NM1*VN*2*EXAMPLE PAYER", "NM1*PR*2*A NAME*****PI*60054"])
def test_the_payers_own_name_or_id_beside_u_is_an_open_question(read: Read, nm1: str) -> None:
    answer = read(*pointing("EB*U**MH", nm1))

    assert delegated(answer) == set()
    assert "call_payer" in {question.code for question in answer.open_questions}


@pytest.mark.parametrize(
    ("payer", "name", "own"),
    [
        (aetna, "AETNA BEHAVIORAL HEALTH", True),
        (aetna, "EVERNORTH", False),
        (cigna, "EVERNORTH BEHAVIORAL HEALTH", True),
        (cigna, "CIGNA BEHAVIORAL HEALTH", True),
        (united, "OPTUM BEHAVIORAL HEALTH", False),
        (united, "UNITED BEHAVIORAL HEALTH", False),
        (florida_blue, "LUCET", False),
        (florida_blue, "NEW DIRECTIONS BEHAVIORAL HEALTH", False),
    ],
)
@pytest.mark.parametrize("role", ["VN", "PR"])
def test_a_payers_own_arm_is_listed_and_any_other_company_delegates(
    read: Read, payer: object, name: str, own: bool, role: str
) -> None:
    answer = read(*pointing("EB*1**MH", f"NM1*{role}*2*{name}"), card=payer.card, cards=CARDS)  # type: ignore[attr-defined]

    assert delegated(answer) == (set() if own else {"mental_health"})
    assert [one.name for one in answer.administrators] == [name]


@pytest.mark.parametrize(
    ("name", "known"),
    [("OPTUM BEHAVIORAL HEALTH", "optum"), ("CARELON", None), ("EVERNORTH", "cigna")],
)
def test_an_administrator_has_our_card_where_there_is_one(read: Read, name: str, known: str | None) -> None:
    (one,) = read(*pointing("EB*1**MH", f"NM1*VN*2*{name}"), card=aetna.card, cards=CARDS).administrators

    assert one.payer == known


@pytest.mark.parametrize(("member_id", "differs"), [("W900000011", False), ("w-900 000011", False), ("X77", True)])
def test_an_administrators_member_id_is_compared_with_the_replys_own(read: Read, member_id: str, differs: bool) -> None:
    (one,) = read(*pointing("EB*U**MH", f"NM1*VN*2*CARELON*****MI*{member_id}")).administrators

    assert one.member_id_differs is differs


def test_lines_about_one_administrator_are_one_entry(read: Read) -> None:
    lines = [*pointing("EB*U**MH", "NM1*VN*2*CARELON"), "EB*1**AI", "NM1*VN*2*CARELON", "PER*IC**TE*8005550133"]

    (one,) = read(*lines).administrators

    assert (one.phone, one.covers, one.asked) == ("8005550133", tuple(Condition), False)


def test_delegation_stands_below_a_named_program_and_above_the_broad_types(read: Read) -> None:
    answer = read(*pointing("EB*U**MH", "NM1*VN*2*CARELON"), "EB*I**BB*********Y", "EB*1**CH*********Y")

    assert [row.in_network.verdict for row in answer.programs] == ["delegated", "likely", "not_covered", "likely"]


@pytest.mark.parametrize("lines", [["EB*6**30"], ["AAA*N**72*C"]])
def test_without_an_active_plan_nobody_runs_anything(read: Read, lines: list[str]) -> None:
    answer = read(*lines, "EB*U**MH", "NM1*VN*2*CARELON")

    assert answer.administrators == () or answer.coverage.status == "unclear"
