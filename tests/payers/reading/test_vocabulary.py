"""The vocabulary's promises: each entry is what its example says, and every listed word does what its table says."""

from collections.abc import Callable

import pytest

from contracts import Answer
from payers.reading.text import lexicon_of
from payers.reading.text.tokens import tokens_of
from payers.reading.text.vocabulary import TABLES, Entry, Kind
from tests.payers.reading.expectations import BEHAVIORAL, PLAN, differences

Read = Callable[..., Answer]

ENTRIES = [entry for table in TABLES for entry in table]
LEXICON = lexicon_of((), ())
CAUTIONS = frozenset({Kind.NEGATIVE, Kind.LIMITING})

NEGATIVE = (
    "NO NOT NON NOR NEVER NEITHER CANNOT WITHOUT EXCEPT EXCLUD* EXCLUS* DENI* DENY REFUS* REJECT* DISALLOW* INELIGIBLE "
    "UNAVAILABLE EXHAUST* TERMINAT* CEAS* SUSPEND* DISCONTINU*"
).split()
LIMITING = (
    "ONLY SOLELY LIMIT* RESTRICT* UNLESS UNTIL IF WHEN WHERE WHILE AFTER BEFORE DURING UNDER OVER FIRST MAXIMUM "
    "MINIMUM WAITING PENDING PENDED REDUC* REQUIRING SUBJECT CERTAIN SELECT SPECIFIC GRANDFATHERED GRACE"
).split()

IOP = (
    "INTENSIVE OUTPATIENT|INTENSIVE OUT PATIENT|INTENSIVE OUT-PATIENT|INTENSIVE OUTPT|INTENSIVE OP|INT OUTPATIENT|IOP"
    "|ASAM 2.1|ASAM LEVEL 2.1|LEVEL 2.1|LEVEL II.1|S9480|H0015|REVENUE CODE 0905|0906"
    "|INTENSIVE OUTPATIENT PROGRAM (IOP)"
).split("|")
PHP = (
    "PARTIAL HOSPITALIZATION|PARTIAL HOSPITAL|PARTIAL HOSP|PART HOSP|PARTIAL DAY|PARTIAL PROGRAM|DAY TREATMENT"
    "|DAY HOSPITAL|DAY HOSPITALIZATION PROGRAM|DAY PROGRAM|PHP|ASAM 2.5|LEVEL 2.5|LEVEL II.5|H0035|S0201|H2036"
    "|REVENUE CODE 0912|0913|PARTIAL HOSPITALIZATION PROGRAM (PHP)"
).split("|")
OTHER_SERVICES = (
    "INPATIENT|INPT|ACUTE|HOSPITALIZATION|ADMISSION|STAYS|RESIDENTIAL|RESIDENTIAL TREATMENT CENTER|RTC|DETOX"
    "|DETOXIFICATION|REHABILITATION|SUBACUTE|SKILLED NURSING|SNF|HALFWAY HOUSE|SOBER LIVING|WILDERNESS"
    "|INDIVIDUAL THERAPY|GROUP THERAPY|FAMILY THERAPY|MARRIAGE THERAPY|OUTPATIENT THERAPY|ART THERAPY|COUNSELING"
    "|PSYCHOTHERAPY|PSYCHOLOGIST|PSYCHIATRIST|SPECIALIST|PCP|PRIMARY CARE|OFFICE VISIT|OUTPATIENT VISIT|EVALUATION"
    "|CONSULTATION|ASSESSMENT|MEDICATION MANAGEMENT|MED MGMT|MAT|METHADONE|OPIOID TREATMENT|PHARMACY|PRESCRIPTION|RX"
    "|PRESCRIPTION DRUG|PSYCHOLOGICAL TESTING|NEUROPSYCHOLOGICAL TESTING|LAB|LABORATORY|IMAGING|RADIOLOGY|SCREENING"
    "|ABA|APPLIED BEHAVIORAL ANALYSIS|AUTISM|ECT|TMS|TRANSCRANIAL|BIOFEEDBACK|EATING DISORDER RESIDENTIAL"
    "|SMOKING CESSATION|EMERGENCY ROOM|ER|URGENT CARE|CRISIS|AMBULANCE|HOME HEALTH|HOSPICE|EAP|MATERNITY"
    "|FAMILY PLANNING|PREVENTIVE|WELLNESS|VISION|DENTAL|CHIROPRACTIC|PT|OT|SPEECH|DME|ANESTHESIA|SURGERY|ALLERGY"
    "|IN OFFICE|OFFICE|TELEHEALTH|MDLIVE|VIRTUAL VISITS|TELEPSYCHIATRY|E VISIT"
).split("|")
PARTS = (
    "ROOM AND BOARD|MEALS|TRANSPORTATION|COURT ORDERED SERVICES|MARITAL|EDUCATIONAL|VOCATIONAL|CUSTODIAL|RECREATIONAL"
    "|EXPERIMENTAL|NON MEDICAL|LONG TERM"
).split("|")
AUTHORIZATION = (
    "PRIOR AUTHORIZATION|PRE-AUTHORIZATION|PREAUTHORIZATION|AUTH|PREAUTH|PRECERTIFICATION|PRE CERT|CERTIFICATION"
    "|PRIOR APPROVAL|PREAPPROVAL|NOTIFICATION|UTILIZATION REVIEW|CONCURRENT REVIEW|MEDICAL NECESSITY REVIEW"
).split("|")
CLOSING = BEHAVIORAL.replace("EB*1*", "EB*I*")
GRANTED, REFUSED, SILENT, BROAD = "covered/phrase/A", "not_covered/phrase/A", "not_stated/silent", "likely/outpatient"


def said(read: Read, words: str, line: str = BEHAVIORAL) -> Answer:
    return read(PLAN, line, f"MSG*{words}")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind}:{entry.words[:20]}")
def test_an_example_holds_its_entry_and_is_read_as_its_kind(entry: Entry) -> None:
    alone = lexicon_of((), ()).__class__([entry])

    assert any(entry.kind in term.kinds or term.caution for term in alone.terms(tokens_of([entry.example])))
    if entry.kind not in CAUTIONS:
        assert any(entry.kind in term.kinds for term in LEXICON.terms(tokens_of([entry.example])))


@pytest.mark.parametrize("word", [*NEGATIVE, *LIMITING, "PROVIDED THAT", "ISN'T", "WON'T"])
def test_every_word_of_table_w9_is_cautious(word: str) -> None:
    for written in (word.replace("*", ""), word.replace("*", "ED")):
        assert any(term.caution for term in LEXICON.terms(tokens_of([written]))), written


def test_no_word_beyond_table_w9_is_cautious() -> None:
    listed = {*NEGATIVE, *LIMITING, "PROVIDED THAT"}
    words = {one for entry in ENTRIES if entry.kind in CAUTIONS for one in entry.words.split("|")}

    # NONCOVERED and NONE are NON in one word; the others end in N'T.
    assert {one for one in words - listed if not one.endswith(("NT", "N'T"))} == {"EXCEPT*", "NONCOVERED", "NONE"}


@pytest.mark.parametrize(("program", "name"), [*(("iop", name) for name in IOP), *(("php", name) for name in PHP)])
def test_every_name_of_a_program_grants_and_refuses_it(read: Read, program: str, name: str) -> None:
    for words in (name, f"{name} COVERED", f"NO EXCLUSIONS FOR {name}"):
        assert not differences(said(read, words), {program: GRANTED}), words
    for words in (f"{name} NOT COVERED", f"NO COVERAGE FOR {name}", f"EXCLUSIONS: {name}"):
        assert not differences(said(read, words), {program: REFUSED}), words


@pytest.mark.parametrize("name", OTHER_SERVICES)
def test_another_service_is_no_program_and_refuses_none(read: Read, name: str) -> None:
    both = {"php": SILENT, "iop": SILENT}
    assert not differences(said(read, name), both)
    assert not differences(said(read, f"{name} IS COVERED"), both)
    assert not differences(said(read, f"{name} NOT COVERED"), {"php": BROAD, "iop": BROAD})
    assert not differences(said(read, f"PREAUTH REQUIRED FOR {name}"), {"php": BROAD, "php_auth": "unknown"})
    assert not differences(said(read, f"PHP COVERED. {name} NOT COVERED."), {"php": GRANTED})
    assert not differences(said(read, name, CLOSING), both)
    assert not differences(said(read, f"{name} NOT COVERED", CLOSING), both | {"question": "php_covered iop_covered"})


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_refused_refuses_no_program(read: Read, name: str) -> None:
    assert not differences(said(read, f"{name} NOT COVERED"), {"php": BROAD, "finding": "exclusion"})
    assert not differences(said(read, f"PHP EXCLUDES {name}"), {"php": "likely", "finding": "exclusion"})
    assert not differences(said(read, f"PHP COVERED. {name} NOT COVERED."), {"php": GRANTED})
    assert not differences(said(read, f"{name} IS NOT COVERED", CLOSING), {"php": SILENT, "iop": SILENT})


@pytest.mark.parametrize("noun", AUTHORIZATION)
def test_every_noun_of_authorization_requires_frees_or_leaves_open(read: Read, noun: str) -> None:
    line = "EB*1**BB*********Y"
    for required in ("{} REQUIRED", "{} IS NEEDED", "{} MUST BE OBTAINED", "REQUIRES {}", "SUBJECT TO {}"):
        assert not differences(said(read, required.format(noun), line), {"php_auth": "required"}), required
    for freed in ("NO {}", "{} NOT REQUIRED", "{} IS NOT NEEDED", "{} WAIVED", "NOT SUBJECT TO {}"):
        assert not differences(said(read, freed.format(noun), line), {"php_auth": "not_required"}), freed
    for open_ in ("{} MAY BE REQUIRED", "{} REQUIRED FOR DETOX", "NO {} FOR DETOX", "{} GROBBLE"):
        assert not differences(said(read, open_.format(noun), line), {"php_auth": "unknown"}), open_
