"""Every code, place, type and company that a rule lists does what the rule says.

The lists are written out from ``ANSWER.md`` [L3], [S2], [S4], [D3], [C3], [C7], [C10] and ``REFERENCE.md`` 7, and
are not read from the code.
"""

from collections.abc import Callable

import pytest

from contracts import Answer
from tests.payers.reading.expectations import BEHAVIORAL, PLAN, differences

Read = Callable[..., Answer]

SPEAK = "1 2 3 4 A B C F G H CB".split()
STOP = "E O 5 7 8".split()
SILENT = "J K L M MC N P Q R S T U V W X Y".split()


def line(information: str, types: str, tail: str = "") -> str:
    amount = "20" if information in "BCG" else ""
    share = ".2" if information == "A" else ""
    return f"EB*{information}*IND*{types}****{amount}*{share}****Y{tail}"


RUNGS = [
    ("MH", "", [], "iop", "outpatient", "likely/outpatient/C"),
    ("MH", "", ["III*ZZ*22"], "iop", "place", "likely/place/B"),
    ("BB", "", [], "php", "service_type", "covered/service_type/A"),
    ("MH", "", ["III*ZZ*52"], "php", "place", "covered/place/A"),
    ("", "*HC:H0035", [], "php", "procedure", "covered/procedure/A"),
    ("MH", "", ["MSG*PARTIAL HOSPITALIZATION"], "php", "phrase", "covered/phrase/A"),
]


@pytest.mark.parametrize("information", [*SPEAK, *STOP, *SILENT, "I", "6", "D"])
@pytest.mark.parametrize(("types", "tail", "below", "program", "rule", "granted"), RUNGS)
def test_each_information_code_speaks_closes_or_stops_as_listed(
    read: Read, information: str, types: str, tail: str, below: list[str], program: str, rule: str, granted: str
) -> None:
    expected = "not_stated/silent"
    if information in SPEAK or (information == "D" and rule == "phrase"):
        expected = granted
    elif information == "I":
        expected = f"not_covered/{rule}"
    elif information in STOP:
        expected = f"not_stated/{rule}/D"
    elif information == "6" and rule not in {"procedure", "phrase"}:
        expected = f"not_covered/{rule}"
    elif information == "6":
        expected = "not_stated" if rule == "procedure" else ""

    answer = read(PLAN, line(information, types, tail), *below)

    found = {"5": "pending", "7": "pending", "8": "pending", "V": "unknown_code"}.get(information, "")
    assert not differences(answer, {program: expected, "finding": found})


@pytest.mark.parametrize("information", STOP)
def test_a_stopping_code_beside_a_speaking_line_is_a_finding_only(read: Read, information: str) -> None:
    answer = read(PLAN, line("1", "MH"), line(information, "MH"))

    assert not differences(answer, {"iop": "likely/outpatient/C"})
    assert answer.findings


EXCLUDED = "02 10 11 21 51 55 56 61 12 13 20 23 31 32 41 42 81".split()
SPOKEN = {"53": "place/B", "22": "place/B", "19": "place/B", "57": "outpatient/C", "49": "outpatient/C"}


@pytest.mark.parametrize("place", EXCLUDED)
def test_an_excluded_place_says_nothing_and_prices_nothing(read: Read, place: str) -> None:
    placed = f"III*ZZ*{place}"

    assert not differences(read(PLAN, line("1", "MH^AI"), placed), {"iop": "not_stated/silent", "php_su": "not_stated"})
    priced = {"iop": "likely", "iop_copay": "None", "iop_alt": "copay:20.00:place", "php_alt": "copay:20.00:place"}
    assert not differences(read(PLAN, line("1", "MH"), line("B", "MH"), placed), priced)
    closed = {"iop": "not_stated/silent", "finding": "exclusion", "question": "iop_covered php_covered"}
    assert not differences(read(PLAN, line("I", "MH"), placed), closed)
    named = {"iop_su": "covered/procedure/A" if place not in {"02", "10"} else "not_stated/silent"}
    assert not differences(read(PLAN, line("1", "", "*HC:H0015"), placed), named)


@pytest.mark.parametrize(("place", "rung"), SPOKEN.items())
def test_any_other_place_speaks_on_its_rung(read: Read, place: str, rung: str) -> None:
    of_substance = "place/B" if place == "57" else rung

    answer = read(PLAN, line("1", "MH^AI"), f"III*ZZ*{place}")

    assert not differences(
        answer, {"iop": f"likely/{rung}", "php": f"likely/{rung}", "iop_su": f"likely/{of_substance}"}
    )


def test_a_line_at_several_places_is_left_out_only_when_all_are_excluded(read: Read) -> None:
    both = ["III*ZZ*11", "III*ZZ*22"]

    assert not differences(read(PLAN, line("1", "MH"), *both), {"iop": "likely/place/B"})
    assert not differences(read(PLAN, line("1", "MH"), "III*ZZ*11", "III*ZZ*02"), {"iop": "not_stated/silent"})
    assert not differences(read(PLAN, line("B", "MH"), *both), {"iop_copay": "20.00"})


@pytest.mark.parametrize("struck", "48 A5 A7 CE CG CI RT".split())
def test_a_struck_type_says_nothing_and_leaves_the_rest_of_its_list(read: Read, struck: str) -> None:
    nothing = {"iop": "not_stated/silent", "php": "not_stated/silent", "iop_su": "not_stated/silent"}

    assert not differences(read(PLAN, line("1", struck)), nothing)
    assert not differences(read(PLAN, line("I", struck)), nothing)
    assert not differences(read(PLAN, line("1", "MH"), line("A", struck)), {"iop_coins": "None", "iop_alt": "None"})
    assert not differences(read(PLAN, line("1", f"{struck}^MH")), {"iop": "likely/outpatient/C"})
    assert not differences(read(PLAN, line("1", f"AI^{struck}")), {"iop_su": "likely/outpatient/C"})


@pytest.mark.parametrize(("struck", "condition"), [*((one, "") for one in "A5 A7 CE CG RT".split()), ("CI", "_su")])
def test_a_struck_type_still_gives_its_condition(read: Read, struck: str, condition: str) -> None:
    answer = read(PLAN, line("1", f"{struck}^98"), "MSG*INTENSIVE OUTPATIENT")

    assert not differences(answer, {f"iop{condition}": "covered/phrase/A"})
    assert sum(row.in_network.verdict == "covered" for row in answer.programs) == 1


@pytest.mark.parametrize("struck", "48 A5 A7 CE CG CI RT".split())
def test_a_line_of_struck_types_alone_says_nothing_of_a_program_that_it_names(read: Read, struck: str) -> None:
    silent = {"php": "not_stated/silent", "php_su": "not_stated/silent"}

    assert not differences(read(PLAN, line("1", struck), "MSG*PARTIAL HOSPITALIZATION"), silent)
    assert not differences(read(PLAN, line("1", struck), "MSG*PARTIAL HOSPITALIZATION IS NOT COVERED"), silent)
    assert not differences(read(PLAN, f"EB*1**{struck}*********Y*HC:H0035"), silent)


BY_NAME = (
    "OPTUM BEHAVIORAL HEALTH|OPTUM BEHAVIORAL SOLUTIONS|UNITED BEHAVIORAL HEALTH|UBH|EVERNORTH BEHAVIORAL"
    "|CIGNA BEHAVIORAL|MAGELLAN BEHAVIORAL|CARELON BEHAVIORAL|BEACON HEALTH OPTIONS|LUCET|NEW DIRECTIONS|VALUEOPTIONS"
    "|VALUE OPTIONS|COMPPSYCH|CENPATICO|LYRA|MHN|MANAGED HEALTH NETWORK"
).split("|")
BESIDE_WORDS = "OPTUM|EVERNORTH|MAGELLAN|MAGELLAN HEALTHCARE|CARELON|BEACON".split("|")
NEVER = (
    "OPTUM RX|OPTUM VISION|OPTUM PHYSICAL HEALTH|OPTUM CARE|OPTUM CARE NETWORK|OPTUM BANK|OPTUM FINANCIAL|OPTUM SERVE"
    "|OPTUMCARE|OPTUMCARE NETWORK|MAGELLAN RX|MAGELLAN HEALTHCARE NIA|NIA|NATIONAL IMAGING ASSOCIATES"
    "|CARELON MEDICAL BENEFITS MANAGEMENT|CARELON RX|AIM|EVERNORTH CARE|EVERNORTH HOME|EXPRESS SCRIPTS|CVS CAREMARK"
    "|BEACON HEALTH SYSTEM|EVICORE|AMERICAN SPECIALTY HEALTH"
).split("|")
TO = {1: "delegated/delegated/D", 0: "likely/outpatient/C"}


def entity(name: str, role: str = "VN") -> list[str]:
    return ["LS*2120", f"NM1*{role}*2*{name}", "PER*IC**TE*8005550111", "LE*2120"]


@pytest.mark.parametrize(
    ("name", "column"),
    [*((one, 1) for one in BY_NAME), *((one, 2) for one in BESIDE_WORDS), *((one, 3) for one in NEVER)],
)
def test_each_company_delegates_by_the_column_that_lists_it(read: Read, name: str, column: int) -> None:
    known = column in {1, 2}

    def comes_to(delegates: bool, *lines: str) -> list[str]:
        expected = {"iop": TO[delegates], "admin": f"{name}:8005550111" if delegates else "None"}
        return differences(read(PLAN, BEHAVIORAL, *lines), expected)

    for information in ("U", "1", "R", "MC", "W"):
        assert not comes_to(known, f"EB*{information}**MH", *entity(name)), information
    assert not differences(read(PLAN, *entity(name), BEHAVIORAL), {"iop": TO[column == 1], "php_su": TO[column == 1]})
    worded = read(PLAN, "MSG*BEHAVIORAL HEALTH", *entity(name), BEHAVIORAL)
    assert not differences(worded, {"iop": TO[known], "iop_su": TO[known]})
    assert not comes_to(column == 1, "EB*1**47", *entity(name))
    if column == 2:
        assert not differences(read(PLAN, BEHAVIORAL, "EB*1**47", *entity(name)), {"question": "administrator"})
    if column == 3:
        assert not differences(read(PLAN, BEHAVIORAL, "EB*U**88", *entity(name)), {"noquestion": "administrator"})
    words = f"MSG*MENTAL HEALTH BENEFITS ARE MANAGED BY {name}, CALL 800-555-0111"
    managed = read(PLAN, words, BEHAVIORAL)
    assert not differences(managed, {"iop": TO[known], "iop_su": TO[False]})


WORDS = (
    "COVERAGE TERMINATED|POLICY TERMED|PLAN TERMING|MEMBER CANCELLED|COVERAGE CANCELED|POLICY LAPSED|MEMBER DISENROLLED"
    "|COVERAGE ENDED|ELIGIBILITY EXPIRED|MEMBER NOT ELIGIBLE|MEMBER INELIGIBLE|GRACE PERIOD|PLAN SUSPENDED"
    "|CANCELED FOR NON PAYMENT|NONPAYMENT|PREMIUM NOT RECEIVED|PREMIUM PAST DUE|TERMINATED"
).split("|")


@pytest.mark.parametrize("words", WORDS)
def test_each_word_of_status_makes_an_active_plan_unclear(read: Read, words: str) -> None:
    unclear = {"status": "unclear", "finding": "terminated_message", "question": "coverage_unclear"}

    for said in (words, f"{words} GROBBLE", f"{words} 10/01/2026"):
        assert not differences(read(PLAN, f"MSG*{said}"), unclear), said
    assert not differences(read(PLAN, line("1", "MH"), f"MSG*{words}"), unclear)
    assert not differences(read(PLAN, line("1", "98"), f"MSG*{words}"), {"status": "active"})


@pytest.mark.parametrize(
    "words",
    [
        *("COVERAGE HAS NOT BEEN TERMINATED", "POLICY IS NOT CANCELED", "MEMBER HAS NEVER BEEN TERMINATED"),
        *(
            "PROVIDER AGREEMENT TERMINATED",
            "NETWORK CONTRACT EXPIRED",
            "AUTHORIZATION EXPIRED",
            "DAY TREATMENT BENEFIT ENDED",
        ),
        *("DETOX SUSPENDED", "YOUR CONTRACT HAS ENDED", "PROVIDER NOT ELIGIBLE"),
    ],
)
def test_a_word_of_status_about_something_else_or_negated_is_none(read: Read, words: str) -> None:
    assert not differences(read(PLAN, f"MSG*{words}"), {"status": "active", "nofinding": "terminated_message"})


def test_a_word_of_status_with_a_later_date_is_the_end(read: Read) -> None:
    for words in ("COVERAGE TERMED 12/31/2026", "POLICY ENDED 12/31/2026", "MEMBER DISENROLLED EFFECTIVE 12/31/2026"):
        assert not differences(read(PLAN, f"MSG*{words}"), {"status": "active", "ends": "2026-12-31"}), words


OTHER_PLANS = [
    *((f"EB*1**{one}", "") for one in ("35", "AL", "88")),
    *((f"EB*1**30*{one}", "") for one in ("D", "DB", "LC", "LD", "LI", "SP")),
    *(
        (f"EB*1**30**{one}", one)
        for one in (
            *("DENTAL PPO", "VISION SAVER", "PHARMACY PLAN", "PRESCRIPTION DRUG PLAN", "EMPLOYEE ASSISTANCE PROGRAM"),
            *("EAP", "FSA", "HSA", "HRA ACCOUNT", "HOSPITAL INDEMNITY", "FIXED INDEMNITY PLAN", "ACCIDENT PLAN"),
            *("CRITICAL ILLNESS", "MEDICARE SUPPLEMENT", "GROUP LIFE", "SHORT TERM DISABILITY", "LONG TERM CARE"),
            "LIMITED TO DIALYSIS ONLY",
        )
    ),
]


@pytest.mark.parametrize(("plan", "name"), OTHER_PLANS)
def test_a_plan_that_is_set_aside_gives_no_status_no_verdict_and_no_figure(read: Read, plan: str, name: str) -> None:
    _, _, _, types, insurance, *_ = [*plan.split("*"), ""]
    figure = f"EB*C*IND*{types}*{insurance}*{name}*23*700*****Y"

    assert not differences(read(plan, figure), {"status": "unclear", "acc": "None/None/None", "iop": "not_stated"})
    beside = read("EB*1**30*PR*PPO", "EB*C*IND*30*PR*PPO*23*1000*****Y", line("1", "MH"), plan, figure)
    assert not differences(beside, {"status": "active", "acc": "1000.00/None/None", "iop": "likely", "plan": "PPO"})


@pytest.mark.parametrize(
    "name", ["PPO WITH HSA", "CHOICE PLUS HRA", "HDHP/HSA", "OPEN ACCESS PLUS WITH HRA", "MEDICAL AND DENTAL"]
)
def test_a_medical_plan_whose_name_mentions_an_account_is_medical(read: Read, name: str) -> None:
    assert not differences(read(f"EB*1**30*PR*{name}", line("1", "MH")), {"status": "active", "iop": "likely"})


LATER, SERVICE, MEMBER, FINAL = (
    "payer_busy:payer",
    "setup_problem:service",
    "member_rejected:member",
    "payer_declined:payer",
)
AT_MEMBER = {
    **dict.fromkeys("04 42 80".split(), LATER),
    **dict.fromkeys("33 53 54 55 56 57 60 61 62 63 AF AG IA MA T4".split(), SERVICE),
    **dict.fromkeys("41 43 44 45 46 47 48 50 51 79 97".split(), SERVICE),
    **dict.fromkeys("15 52 58 64 65 66 67 68 71 72 73 74 75 76 77 78 AO".split(), MEMBER),
    **dict.fromkeys("35 49 69 70 98 AA AE CI E8".split(), FINAL),
}
NOT_FOUND = "58 64 65 67 68 71 72 73 75 76 77 78".split()


@pytest.mark.parametrize(("code", "problem"), AT_MEMBER.items())
def test_each_rejection_says_whose_it_is_and_is_never_inactive(read: Read, code: str, problem: str) -> None:
    status = "not_found" if code in NOT_FOUND else "could_not_check"

    answer = read(f"AAA*N**{code}*C")

    assert not differences(answer, {"status": status, "prob": problem, "iop": "could_not_check/not_checked/D"})
    # What is missing at a benefit is of our inquiry ([C10]).
    problem = SERVICE if code == "15" else problem
    beside = read(PLAN, line("1", "MH"), f"AAA*N**{code}*C")
    assert not differences(beside, {"status": "active", "prob": problem, "iop": "likely"})
