"""What visitors type: a thousand well-meant spellings are taken, and none is given another meaning."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

import pytest
from pydantic import TypeAdapter

from contracts import Card, fits, plain_id, plain_name
from payers.aetna import CARD as AETNA
from payers.cigna import CARD as CIGNA
from payers.florida_blue import CARD as FLORIDA_BLUE
from payers.optum import CARD as OPTUM
from payers.unitedhealthcare import CARD as UNITED
from service.verification.question_fields import MemberId, Name
from service.web.pages.visitor.inputs import InputReading, dates
from service.web.pages.visitor.inputs.contact import MISSPELT_DOMAIN, NOT_A_US_NUMBER, read_email, read_phone
from service.web.pages.visitor.inputs.dates import READ_AS, read_birth_date
from service.web.pages.visitor.inputs.member_ids import LOOKS_UNUSUAL, read_group_number, read_member_id
from service.web.pages.visitor.inputs.names import HOLDS_A_NUMBER, read_name

TODAY = date(2026, 11, 29)
SEED = 20261129
EACH = 250

ENGLISH = "January February March April May June July August September October November December".split()
SPANISH = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
FULL_WIDTH = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ"
)
DASHES = "-‐‑‒–—−"

NAMES = (
    *("Ana", "José", "María José", "O'Brien", "O’Brien", "D'Angelo", "García Márquez", "García-Márquez", "Núñez"),
    *("de la Cruz", "De La Cruz", "van der Berg", "St. John", "Smith Jr.", "Smith, Jr", "Lee III", "Zoë", "Łukasz"),
    *("Müller", "Jean-Luc", "Mary Ann", "McDonald", "Nguyễn", "Peña y Lillo", "Ng", "O", "Ibáñez"),
)


class Spelling(NamedTuple):
    """What somebody typed, how it is read, and whether the reading means what they meant."""

    typed: tuple[str, ...]
    read: Callable[..., InputReading]
    is_meant: Callable[[object], bool]


def spelled_dates(dice: random.Random) -> Iterator[Spelling]:
    for _ in range(EACH):
        born = date(dice.randint(1931, 2013), dice.randint(1, 12), dice.randint(1, 28))
        month, day, year = born.month, born.day, born.year
        english, spanish = ENGLISH[month - 1], SPANISH[month - 1]
        months = [
            *(f"{month}", f"{month:02d}", english, english.lower(), english[:3], f"{english[:3].upper()}."),
            *(spanish, spanish[:3], spanish.upper(), f"{month:02d}".translate(FULL_WIDTH), f" {month} "),
        ]
        days = [f"{day}", f"{day:02d}", f"{day:02d}\u200b", f"{day}º", f"{day:02d}".replace("0", "O")]
        years = [f"{year}", f" {year}", f"{year}".translate(FULL_WIDTH), *([f"{year % 100:02d}"] * (year > 1926))]
        whole = [
            *(f"{month}/{day}/{year}", f"{month:02d}-{day:02d}-{year}", f"{month}.{day}.{year}", born.isoformat()),
            *(f"{english} {day}, {year}", f"{day} de {spanish} de {year}", f"{day} {english[:3]} {year}"),
            *(f"{month:02d}{day:02d}{year}", f"{month:02d} {day:02d} {year}", f"{day}-{spanish[:3]}-{year}"),
            *(f"DOB: {month}/{day}/{year}", f"{month}–{day}–{year}", f"{year}/{month:02d}/{day:02d}"),
        ]
        typed = (
            (dice.choice(whole), "", "")
            if dice.random() < 0.4
            else (dice.choice(months), dice.choice(days), dice.choice(years))
        )
        yield Spelling(
            typed, lambda *boxes: read_birth_date(*boxes, today=TODAY), lambda found, born=born: found == born
        )


IDS: tuple[tuple[Card, Callable[[random.Random], str]], ...] = (
    (AETNA, lambda dice: f"W{dice.randint(0, 999_999_999):09d}"),
    (AETNA, lambda dice: f"W{dice.randint(0, 999_999_999):09d}01"),
    (CIGNA, lambda dice: f"U{dice.randint(0, 99_999_999):08d}02"),
    (FLORIDA_BLUE, lambda dice: f"XJQH{dice.randint(0, 99_999_999):08d}"),
    (OPTUM, lambda dice: f"{dice.randint(0, 999_999_999):09d}"),
    (UNITED, lambda dice: f"00{dice.randint(0, 9_999_999):07d}"),
)


def spelled_ids(dice: random.Random) -> Iterator[Spelling]:
    for _ in range(EACH):
        card, make = dice.choice(IDS)
        meant = make(dice)
        assert fits(meant, card)
        dash = dice.choice(DASHES)
        typed = dice.choice(
            [
                *(meant, meant.lower(), f" {meant} ", f"ID: {meant}", f"ID {meant}", f"#{meant}", f"# {meant}"),
                *(f"Member ID: {meant}", f"Member ID# {meant}", f"Número de miembro: {meant}", f"{meant}."),
                *(" ".join((meant[:1], meant[1:5], meant[5:])), dash.join((meant[:5], meant[5:]))),
                *(meant.translate(FULL_WIDTH), f"\u200e{meant}\u00a0", f"{meant[:4]}\u00a0{meant[4:]}", f"({meant})"),
            ]
        )
        yield Spelling(
            (typed,), lambda text, card=card: read_member_id(text, card), lambda found, meant=meant: found == meant
        )


def spelled_names(dice: random.Random) -> Iterator[Spelling]:
    for _ in range(EACH):
        meant = dice.choice(NAMES)
        typed = dice.choice(
            [
                *(meant, meant.upper(), meant.lower(), f"  {meant} ", f"{meant},", f"\u200b{meant}", f'"{meant}"'),
                *(meant.replace(" ", "  "), meant.replace(" ", "\u00a0"), meant.replace("-", "–"), f"Name: {meant}"),
            ]
        )
        yield Spelling(
            (typed,), read_name, lambda found, meant=meant: plain_name(str(found)) == plain_name(meant) != ""
        )


def spelled_contacts(dice: random.Random) -> Iterator[Spelling]:
    for turn in range(EACH):
        if turn % 2:
            area, exchange, line = dice.randint(201, 989), dice.randint(200, 999), f"{dice.randint(0, 9999):04d}"
            typed = dice.choice(
                [
                    *(f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"{area}.{exchange}.{line}"),
                    *(f"+1 {area} {exchange} {line}", f"1{area}{exchange}{line}", f"{area}{exchange}{line}"),
                    *(
                        f"cell {area} {exchange} {line}",
                        f"Tel: {area}–{exchange}–{line}",
                        f"001 {area} {exchange}{line}",
                    ),
                    f"{area} / {exchange}{line}".translate(FULL_WIDTH),
                ]
            )
            yield Spelling((typed,), read_phone, lambda found, meant=f"{area}{exchange}{line}": found == meant)
        else:
            name, host = (
                dice.choice(["ana", "Jo.se", "x_y+z", "o-brien"]),
                dice.choice(["example.com", "mail.example.org"]),
            )
            meant = f"{name}@{host}"
            typed = dice.choice(
                [
                    *(meant, f" {meant} ", f"{meant}.", f"mailto:{meant}", f"Ana <{meant}>", meant.replace("@", " @ ")),
                    *(meant.replace("@", " at ").replace(".com", " dot com"), meant.replace(".com", ",com")),
                    *(meant.replace("@", "＠"), f"{meant}\u200b", f"E-mail: {meant}"),
                ]
            )
            yield Spelling((typed,), read_email, lambda found, meant=meant: found == meant)


def thousand() -> list[Spelling]:
    dice = random.Random(SEED)
    return [*spelled_dates(dice), *spelled_ids(dice), *spelled_names(dice), *spelled_contacts(dice)]


def altered() -> list[tuple[str, ...]]:
    return [one.typed for one in thousand() if not one.is_meant(one.read(*one.typed).value)]


def test_of_a_thousand_spellings_none_is_refused_or_altered() -> None:
    assert len(thousand()) == 1_000
    assert altered() == []


def test_a_reader_that_knows_no_spanish_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        dates, "_MONTHS", {name: number for name, number in dates._MONTHS.items() if name[0] in "jfmas"}
    )
    assert altered()


@pytest.mark.parametrize(
    ("boxes", "born", "is_doubted"),
    [
        (("4", "12", "1990"), date(1990, 4, 12), False),
        (("04/12/1990", "", ""), date(1990, 4, 12), True),
        (("04/25/1990", "", ""), date(1990, 4, 25), False),
        (("1990-04-12", "", ""), date(1990, 4, 12), False),
        (("19900412", "", ""), date(1990, 4, 12), False),
        (("25", "4", "1990"), date(1990, 4, 25), True),
        (("12", "April", "1990"), date(1990, 4, 12), False),
        (("Febuary", "3rd", "1985"), date(1985, 2, 3), False),
        (("2", "29", "2000"), date(2000, 2, 29), False),
        (("4", "12", "20"), date(2020, 4, 12), True),
        (("4", "12", "27"), date(1927, 4, 12), False),
        (("2", "29", "1990"), None, False),
        (("4", "12", "2030"), None, False),
        (("4", "12", "1700"), None, False),
        (("4", "", "1990"), None, False),
        (("enero", "3o", "1990"), date(1990, 1, 3), False),
        (("1O", "o4", "1990"), date(1990, 10, 4), False),
        (("", "", ""), None, False),
        (("April", "May", "1990"), None, False),
        (("4", "12", "90210"), None, False),
    ],
)
def test_a_date_is_read_as_it_was_meant(boxes: tuple[str, str, str], born: date | None, is_doubted: bool) -> None:
    assert read_birth_date(*boxes, today=TODAY) == InputReading(born, READ_AS if is_doubted else None)


def test_a_letter_in_the_place_of_a_digit_is_doubted_and_never_mended() -> None:
    assert read_member_id("W9OOOOO101", AETNA) == InputReading("W9OOOOO101", LOOKS_UNUSUAL)


@pytest.mark.parametrize("typed", ["", "-", "W9~EB*1", "W1é", "О123456", "1", "A" * 200])
def test_what_is_nobodys_id_is_not_read(typed: str) -> None:
    found = read_member_id(typed, AETNA).value
    assert found is None or plain_id(found) == plain_id(typed)
    assert found is None or "~" not in found


def test_zeros_at_the_front_of_numbers_stay() -> None:
    assert read_member_id("000 123 456", UNITED).value == "000123456"
    assert read_group_number("Group # 0012-34").value == "0012-34"


@pytest.mark.parametrize(
    ("read", "typed", "expected"),
    [
        (read_name, "R2D2", InputReading("R2D2", HOLDS_A_NUMBER)),
        (read_name, "…", InputReading(None)),
        (read_name, "Анна", InputReading(None)),
        (read_name, "x" * 61, InputReading(None)),
        (read_phone, "(305) 555-0100 ext. 12", InputReading("3055550100 x12")),
        (read_phone, "+52 55 1234 5678", InputReading("+525512345678")),
        (read_phone, "055 555 0100", InputReading("0555550100", NOT_A_US_NUMBER)),
        (read_phone, "1-800-CALL-NOW", InputReading("8002255669")),
        (read_phone, "555-0100", InputReading(None)),
        (read_phone, "call me maybe", InputReading(None)),
        (read_email, "ana@gmial.com", InputReading("ana@gmial.com", MISSPELT_DOMAIN)),
        (read_email, "email.me@example.org", InputReading("email.me@example.org")),
        (read_email, "ana.example.com", InputReading(None)),
        (read_email, "a@b@example.com", InputReading(None)),
        (read_email, "ana@example..com", InputReading(None)),
    ],
)
def test_other_inputs_are_read_as_they_were_meant(
    read: Callable[[str], InputReading], typed: str, expected: InputReading
) -> None:
    assert read(typed) == expected


SIGNS = (
    *(
        "0",
        "1",
        "9",
        "A",
        "w",
        "é",
        "ß",
        "İ",
        "ﬁ",
        "²",
        "٣",
        "１",
        "-",
        "–",
        "/",
        " ",
        "\u200b",
        "\t",
        "@",
        ".",
        ",",
        "#",
    ),
    *("id ", "member ", "de ", "april", "enero", "x", "(", "+", "<", "\x00", "😀", "’", "º", "Jr", "\n", "~", "*"),
)


def test_whatever_is_typed_is_read_or_not_and_never_an_error() -> None:
    """What is read is what every other way into the service takes too."""
    dice = random.Random(SEED)
    name, member_id = TypeAdapter(Name), TypeAdapter(MemberId)
    for _ in range(2_000):
        one, two, three = ("".join(dice.choice(SIGNS) for _ in range(dice.randint(0, 12))) for _ in range(3))
        read_birth_date(one, two, three, today=TODAY)
        read_email(one)
        if (found := read_name(one).value) is not None:
            name.validate_python(found)
        if (found := read_member_id(two, AETNA).value) is not None:
            member_id.validate_python(found)
        if (found := read_phone(three).value) is not None:
            assert found.isascii()
