"""What the files that people have become: each row read right or refused by name, and no identifier altered."""

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from contracts import Provider
from service.batches.reading import RosterFile, RosterMapping, RosterRefused, format_of, load_mapping
from service.batches.roster import tables, workbook
from service.batches.roster.mapping import NO_MAPPING, MappingWrong
from service.batches.rows import RefusedRow, RosterRow, RosterTerms
from service.plugins.loading import load_payers
from service.store.sealed_columns import canonical_form

TERMS = RosterTerms(load_payers(), Provider(npi="1234567893", name="Imaginary Recovery"), date(2026, 11, 29))

HEADER = "payer,first_name,last_name,birth_date,member_id"
LULU = "aetna,LULU,WORDWELL,1990-02-12,W900000101"


def read(raw: bytes, mapping: RosterMapping = NO_MAPPING) -> list[RosterRow | RefusedRow]:
    return list(RosterFile(BytesIO(raw), format_of("roster", start=raw[:200]), mapping).rows(TERMS))


def faults(row: RosterRow | RefusedRow) -> list[tuple[str, str]]:
    found = row.faults if isinstance(row, RefusedRow) else row.warnings
    assert all(one.mend for one in found)
    return [(one.column, one.code) for one in found]


def one_row(header: str, cells: str, mapping: RosterMapping = NO_MAPPING) -> RosterRow | RefusedRow:
    (row,) = read(f"{header}\n{cells}\n".encode(), mapping)
    return row


def refused(column: str, cell: str, mapping: RosterMapping = NO_MAPPING) -> str:
    """The code with which LULU's row is refused when one cell of it is another."""
    cells = dict(zip(HEADER.split(","), LULU.split(","), strict=True)) | {column: cell}
    row = one_row(",".join(cells), ",".join(cells.values()), mapping)
    assert isinstance(row, RefusedRow), cell
    assert [one.column for one in row.faults] == [column]
    return row.faults[0].code


def accepted(**changed: str) -> RosterRow:
    cells = dict(zip(HEADER.split(","), LULU.split(","), strict=True)) | changed
    row = one_row(",".join(cells), ",".join(f'"{cell}"' for cell in cells.values()))
    assert isinstance(row, RosterRow), (changed, faults(row))
    return row


LINES = f"{HEADER}\n{LULU}\naetna,JOSÉ,NÚÑEZ,1990-02-12,W900000102\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_text_is_read_in_every_encoding_separator_and_line_ending(encoding: str, separator: str, ending: str) -> None:
    rows = read(LINES.replace(",", separator).replace("\n", ending).encode(encoding))

    assert [row.question.member.last_name for row in rows if isinstance(row, RosterRow)] == ["WORDWELL", "NÚÑEZ"]


def test_the_header_is_found_below_titles_and_each_row_keeps_the_number_that_a_spreadsheet_shows() -> None:
    raw = f"Imaginary Recovery\nRoster of November,,,\n\n{HEADER}\n{LULU}\n,,,,\n{HEADER}\n{LULU}\n"

    assert [(type(row), row.number) for row in read(raw.encode())] == [(RosterRow, 5), (RosterRow, 8)]


@pytest.mark.parametrize(
    "header",
    [
        "Insurance Co.,Pt First,Pt Last,DOB,Member ID #",
        "PAYOR,Patient_First_Name,Patient_Last_Name,Patient_DOB,Subscriber ID",
        "primaryInsurance,firstName,lastName,dateOfBirth,memberId",
        "Carrier Name,FNAME,LNAME,Birth Dt,Policy No.",
        'health plan,given name,surname,birthday [US],"ID\nnumber"',
        "INS,Client First,Client Last,Date of Birth (mm/dd/yyyy),Sub. ID*",
        "Ins.,Pt First,Pt Last,D.O.B.,I.D. #",
        "Carrier,Given,Surname,D/O/B,Cert. No.",
    ],
)
def test_columns_are_recognized_by_the_names_that_exports_use(header: str) -> None:
    row = one_row(header, LULU)

    assert isinstance(row, RosterRow)
    assert dict(row.question.member) | {"payer": row.question.payer} == {
        "payer": "aetna",
        "first_name": "LULU",
        "last_name": "WORDWELL",
        "birth_date": date(1990, 2, 12),
        "member_id": "W900000101",
        "group_number": None,
    }


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("shoe size,colour", "no_header"),
        ("first_name,last_name,birth_date,member_id", "no_payer_column"),
        ("payer,first_name,last_name,member id,member number", "two_columns_for_one"),
        (",".join([HEADER, *(f"x{n}" for n in range(60))]), "too_many_columns"),
    ],
)
def test_a_header_that_could_mean_two_things_is_refused_and_never_assumed(header: str, code: str) -> None:
    with pytest.raises(RosterRefused) as refusal:
        read(f"{header}\n{LULU}\n".encode())

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", "old_or_locked_workbook"),
        (b"PK\x03\x04 and nothing of a workbook", "broken_workbook"),
        (b"%PDF-1.7", "not_a_table"),
        (f'{HEADER}\naetna,"LULU,W,1990-02-12,1\n{LULU}\n'.encode(), "quote_not_closed"),
        (f"{HEADER}\n{'x' * (tables.LONGEST_LINE + 1)}\n".encode(), "line_too_long"),
    ],
)
def test_what_is_no_roster_is_refused_as_a_whole(raw: bytes, code: str) -> None:
    with pytest.raises(RosterRefused) as refusal:
        read(raw)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1990-02-12", date(1990, 2, 12)),
        ("02/12/1990", date(1990, 2, 12)),
        ("2/12/1990 0:00", date(1990, 2, 12)),
        ("2-12-1990", date(1990, 2, 12)),
        ("2/12/57", date(1957, 2, 12)),
        ("19900212", date(1990, 2, 12)),
        ("02121990", date(1990, 2, 12)),
        ("12-Feb-1990", date(1990, 2, 12)),
        ("February 12, 1990", date(1990, 2, 12)),
        ("Mon, Feb 12 1990", date(1990, 2, 12)),
        ("1990-02-12T00:00:00Z", date(1990, 2, 12)),
        ("02.02.1990", date(1990, 2, 2)),
        ("02–12–1990", date(1990, 2, 12)),
        ("Feb\u00a012,\u00a01990", date(1990, 2, 12)),
    ],
)
def test_a_date_in_the_usual_forms_is_read(cell: str, day: date) -> None:
    assert accepted(birth_date=cell).question.member.birth_date == day


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("05.06.1990", "ambiguous_date"),
        ("2/12/12", "two_digit_year"),
        ("32916", "serial_date"),
        ("13/13/1990", "not_a_date"),
        ("02/30/1990", "not_a_date"),
        ("in May", "not_a_date"),
    ],
)
def test_a_date_that_could_be_two_days_is_refused_by_name(cell: str, code: str) -> None:
    assert refused("birth_date", cell) == code


def test_one_date_with_its_day_first_makes_the_others_of_its_column_uncertain() -> None:
    raw = f"{HEADER}\naetna,A,B,05/06/1990,W900000101\naetna,C,D,25/12/1990,W900000102\n".encode()

    first, second = read(raw)
    assert faults(first) == [("birth_date", "ambiguous_date")]
    assert isinstance(second, RosterRow)
    mapped, _ = read(raw, load_mapping('dates = "day_first"'))
    assert isinstance(mapped, RosterRow)
    assert mapped.question.member.birth_date == date(1990, 6, 5)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [("00123456", "00123456"), ("'00123456", "00123456"), ('=""00123456""', "00123456"), ("w9000-00101", "W900000101")],
)
def test_an_identifier_is_text(cell: str, kept: str) -> None:
    assert accepted(member_id=cell).question.member.member_id == kept


def test_a_file_that_ends_its_lines_with_returns_is_read_whole() -> None:
    raw = "\r".join([HEADER, *[LULU] * 9000]).encode()

    assert [row.number for row in read(raw) if isinstance(row, RosterRow)] == list(range(2, 9002))


@pytest.mark.parametrize("cell", ["N/A", "-", "none", "#N/A", "tbd"])
def test_what_people_write_for_nothing_is_nothing(cell: str) -> None:
    assert accepted(group_number=cell).question.member.group_number is None
    assert refused("member_id", cell) == "missing"


def test_an_identifier_that_was_a_number_is_pointed_at() -> None:
    row = accepted(member_id="900000101.0")

    assert (row.question.member.member_id, faults(row)) == ("900000101", [("member_id", "numeric_id")])


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("member_id", "9.00E+11", "digits_lost"),
        ("member_id", "02/12/1990", "looks_like_a_date"),
        ("last_name", "W900000101", "looks_like_an_id"),
        ("last_name", "=HYPERLINK(1)", "formula"),
        ("last_name", "@SUM(1)", "formula"),
        ("last_name", "x" * 1001, "too_long"),
        ("payer", "Atena", "uncertain"),
        ("payer", "Blue Cross Blue Shield", "uncertain"),
        ("payer", "Aetna Better Health", "uncertain"),
        ("payer", "United", "uncertain"),
        ("payer", "87726", "uncertain"),
        ("payer", "Humana", "unknown"),
        ("member_id", "W900000101 / W900000102", "several_ids"),
        ("member_id", "W900000101 or W900000102", "several_ids"),
        ("member_id", "SELF PAY", "not_an_id"),
        ("member_id", "pending", "not_an_id"),
        ("first_name", '"LULU, JR"', "name_not_parted"),
        ("last_name", '"WORDWELL, LULU"', "name_not_parted"),
    ],
)
def test_a_cell_that_is_not_what_its_column_holds_is_refused_by_name(column: str, cell: str, code: str) -> None:
    assert refused(column, cell) == code


@pytest.mark.parametrize(
    ("cell", "payer"),
    [
        ("AETNA PPO", "aetna"),
        ("Aetna (60054)", "aetna"),
        ("Cigna Health & Life Insurance Company", "cigna"),
        ("BCBS of FL", "florida_blue"),
        ("Florida Blue HMO", "florida_blue"),
        ("UHC", "unitedhealthcare"),
        ("United Healthcare Choice Plus", "unitedhealthcare"),
        ("UBH", "optum"),
        ("62308", "cigna"),
    ],
)
def test_a_payer_is_found_by_the_words_that_people_write(cell: str, payer: str) -> None:
    assert accepted(payer=cell).question.payer == payer


def test_an_uncertain_payer_is_asked_with_those_that_may_be_meant() -> None:
    row = one_row(HEADER, LULU.replace("aetna", "Atena"))

    assert isinstance(row, RefusedRow)
    assert "aetna" in row.faults[0].mend
    mapped = one_row(HEADER, LULU.replace("aetna", "Atena"), load_mapping('[payers]\nAtena = "aetna"'))
    assert isinstance(mapped, RosterRow)


@pytest.mark.parametrize(
    ("name", "written", "parted"),
    [
        ("WORDWELL, LULU", None, ("LULU", "WORDWELL")),
        ("WORDWELL, LULU A.", None, ("LULU", "WORDWELL")),
        ("WORDWELL, LULU ANN", None, ("LULU ANN", "WORDWELL")),
        ("WORDWELL, LULU, JR", None, ("LULU", "WORDWELL JR")),
        ("LULU A WORDWELL", "first_last", ("LULU", "WORDWELL")),
        ("WORDWELL LULU", "last_first", ("LULU", "WORDWELL")),
        ("LULU WORDWELL", None, None),
        ("LULU DE LA WORDWELL", "first_last", None),
        ("WORDWELL, JR", None, None),
    ],
)
def test_a_whole_name_is_parted_where_it_is_sure(name: str, written: Any, parted: tuple[str, str] | None) -> None:
    header = "payer,patient name,birth_date,member_id"
    row = one_row(header, f'aetna,"{name}",1990-02-12,W900000101', RosterMapping(names=written))

    if parted is None:
        assert faults(row) == [("patient name", "name_not_parted")]
    else:
        assert isinstance(row, RosterRow)
        assert (row.question.member.first_name, row.question.member.last_name) == parted


def test_a_patient_who_holds_the_plan_is_no_dependent_of_himself() -> None:
    header = f"{HEADER},subscriber name,subscriber dob,relationship"
    himself = one_row(header, f'{LULU},"WORDWELL, LULU",1990-02-12,Self')
    repeated = one_row(header, f'{LULU},"Wordwell, Lulu",02/12/1990,')
    child = one_row(header, f'{LULU},"WORDWELL, BIG",1960-02-12,Son')

    assert isinstance(himself, RosterRow)
    assert isinstance(repeated, RosterRow)
    assert isinstance(child, RosterRow)
    assert (himself.question.subscriber, repeated.question.subscriber) == (None, None)
    assert child.question.subscriber is not None
    assert child.question.subscriber.relationship.value == "child"


def test_json_lines_are_read_on_one_level_or_as_the_body_of_a_verification() -> None:
    body = (
        b'{"payer":"aetna","member":{"first_name":"L","last_name":"W","birth_date":"1990-02-12","member_id":"00101"}}'
    )
    number = body.replace(b'"00101"', b"101")
    flat = b'{"Insurance":"UHC","firstName":"L","lastName":"W","dob":"2/12/1990","memberId":"900000101"}'

    rows = read(b"\n".join([body, number, flat, b"[1]", body.replace(b'"payer":', b'"payer":"a","payer":')]))
    assert [type(row) for row in rows] == [RosterRow, RosterRow, RosterRow, RefusedRow, RefusedRow]
    assert isinstance(rows[0], RosterRow)
    assert rows[0].question.member.member_id == "00101"
    assert faults(rows[1]) == [("member_id", "numeric_id")]


@pytest.mark.parametrize(
    "header",
    [
        "Aseguradora,Nombre,Apellido,Fecha de nacimiento,Número de miembro",
        "SEGURO MÉDICO,NOMBRES,APELLIDOS,FECHA DE NACIMIENTO,No. de afiliado",
        "Compañía de seguros,Primer nombre,Apellido paterno,F. Nac.,Póliza",
    ],
)
def test_headers_in_spanish_are_recognized_and_their_dates_never_guessed(header: str) -> None:
    def born(cell: str) -> RosterRow | RefusedRow:
        return one_row(header, f"aetna,LULU,WORDWELL,{cell},W900000101")

    for cell in ("12 de febrero de 1990", "12-feb-1990", "1990-02-12"):
        row = born(cell)
        assert isinstance(row, RosterRow), cell
        assert (row.question.member.birth_date, row.question.member.member_id) == (date(1990, 2, 12), "W900000101")
    assert faults(born("2/12/1990")) == [(header.split(",")[3], "ambiguous_date")]


def test_relationships_in_spanish_are_those_that_they_name() -> None:
    header = f"{HEADER},nombre del titular,fecha de nacimiento del titular,parentesco"
    row = one_row(header, 'aetna,LULU,WORDWELL,2012-02-12,W900000101,"WORDWELL, ANA",1980-01-31,Cónyuge')
    assert isinstance(row, RosterRow)
    assert row.question.subscriber is not None
    assert (row.question.subscriber.first_name, row.question.subscriber.relationship.value) == ("ANA", "spouse")


@pytest.mark.parametrize("cell", ["JOSƒ", "NÃ³ra", "N„EZ", "Ana®"])
def test_a_name_that_was_read_in_a_wrong_encoding_is_pointed_at(cell: str) -> None:
    assert faults(accepted(last_name=cell)) == [("last_name", "looks_garbled")]


@pytest.mark.parametrize("cell", ["LULU (LU)", "LULU “LU”"])
def test_a_nickname_is_pointed_at(cell: str) -> None:
    assert faults(accepted(first_name=cell)) == [("first_name", "nickname")]


def test_a_suffix_behind_a_last_name_belongs_to_it() -> None:
    assert faults(accepted(last_name="WORDWELL, JR.")) == []


def test_rows_that_differ_in_case_and_spaces_ask_the_same() -> None:
    first, second = read(f"{HEADER}\n{LULU}\n AETNA ,lulu,Wordwell ,02/12/1990,w9000 00101\n".encode())
    assert isinstance(first, RosterRow)
    assert isinstance(second, RosterRow)
    assert canonical_form(first.question) == canonical_form(second.question)


@pytest.mark.parametrize("footer", ["Total,,,,1", "*** END OF REPORT ***", "Page 1 of 2,,,,", ",,,Total: 1,"])
def test_what_stands_below_a_roster_is_refused_by_name_and_ends_nothing(footer: str) -> None:
    first, second, third = read(f"{HEADER}\n{LULU}\n{footer}\n{LULU}\n".encode())
    assert (type(first), type(second), type(third)) == (RosterRow, RefusedRow, RosterRow)


def book(fill: Callable[[Any, Any], None], *sheets: str) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file) as made:
        for name in sheets or ("RosterFile",):
            fill(made, made.add_worksheet(name))
    return file.getvalue()


def write_people(*members: tuple[object, object]) -> Callable[[Any, Any], None]:
    """Fill a sheet: for each member a cell of the birth date and one of the id."""

    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(1, 0, HEADER.split(","))
        day = made.add_format({"num_format": "mm/dd/yyyy"})
        for number, (born, member_id) in enumerate(members, start=2):
            sheet.write_row(number, 0, ["Aetna", "LULU", "WORDWELL"])
            sheet.write(number, 3, born, *([day] if isinstance(born, datetime) else []))
            sheet.write(number, 4, member_id)

    return fill


def test_a_workbook_keeps_texts_and_points_at_identifiers_that_are_numbers() -> None:
    born = datetime(1990, 2, 12)  # noqa: DTZ001 - a cell has no time zone
    people = [(born, "00101"), (born, 900000101), (born, 1234567890123456789), (born, 1.5), (32916, "W900000101")]
    rows = read(book(write_people(*people)))

    assert [row.number for row in rows] == [3, 4, 5, 6, 7]
    assert isinstance(rows[0], RosterRow)
    assert (rows[0].question.member.member_id, rows[0].question.member.birth_date) == ("00101", born.date())
    assert isinstance(rows[1], RosterRow)
    assert [faults(row) for row in rows[1:]] == [
        [("member_id", "numeric_id")],
        [("member_id", "digits_lost")],
        [("member_id", "not_an_id")],
        [("birth_date", "serial_date")],
    ]


def test_of_several_sheets_somebody_has_to_say_which_is_the_roster() -> None:
    raw = book(write_people(("1990-02-12", "W900000101")), "June", "July")

    with pytest.raises(RosterRefused) as refusal:
        read(raw)
    assert (refusal.value.code, refusal.value.about) == ("several_sheets", "June, July")
    assert len(read(raw, load_mapping('sheet = "July"'))) == 1


def test_a_workbook_that_unpacks_to_more_than_anybody_needs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one whose parts lie about their size."""
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 1_000_000)
    raw = BytesIO(book(write_people(("1990-02-12", "W900000101"))))
    with ZipFile(raw, "a", ZIP_DEFLATED) as parts:
        parts.writestr("xl/media/bomb", bytes(2_000_000))
    size = (2_000_000).to_bytes(4, "little")
    lying = raw.getvalue().replace(size, (10).to_bytes(4, "little"))

    for bomb in (raw.getvalue(), lying):
        with pytest.raises(RosterRefused) as refusal:
            read(bomb)
        assert refusal.value.code == "workbook_too_large"


@pytest.mark.parametrize(
    ("text", "where"),
    [("columns = 1", "columns"), ('[columns]\n"ID" = "shoe"', "columns.ID"), ('dates = "odd"', "dates"), ("=", "")],
)
def test_a_mapping_file_that_is_wrong_is_refused_with_its_entry(text: str, where: str) -> None:
    with pytest.raises(MappingWrong) as refusal:
        load_mapping(text)

    assert refusal.value.where == where
