"""The search for leaks finds every value, in every disguise, in every kind of place: its nothing means nothing."""

import gzip
import os
import sqlite3
import subprocess
import sys
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.leaks.people import mint, unique_person
from tests.leaks.places import Places, in_folder, in_process, in_rows
from tests.leaks.scanner import Hit, Scanner

FIELDS: dict[str, str | date] = {
    **unique_person().fields(),
    "accented name": "Zöé" + mint(),
    "a name with a sign": "O'" + mint().title(),
    "words": f"{mint()} & <{mint()}>",
    "short": mint(length=7),
}
SCANNER = Scanner(FIELDS)
PLANTS = [raw for _, _, raw in SCANNER.forms]
BETWEEN = b"\x00,"
MIXED = BETWEEN.join(raw if number % 2 else raw.upper() for number, raw in enumerate(PLANTS))


def in_a_file(home: Path, _: Any) -> Places:
    (home / "serve.log").write_bytes(MIXED)
    return in_folder(home)


def compressed(home: Path, _: Any) -> Places:
    (home / "old.log.gz").write_bytes(b"..." + gzip.compress(MIXED) + b"...")
    return in_folder(home)


def compressed_within(home: Path, _: Any) -> Places:
    (home / "core").write_bytes(os.urandom(100_000) + zlib.compress(b"-" + zlib.compress(MIXED)))
    return in_folder(home)


def compressed_in_a_line(home: Path, _: Any) -> Places:
    yield "line", b'{"body": "' + b64encode(gzip.compress(MIXED)) + b'"}'


def zipped(home: Path, _: Any) -> Places:
    with zipfile.ZipFile(home / "all.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("dump", MIXED)
    return in_folder(home)


def filled(home: Path, journal: str) -> sqlite3.Connection:
    connection = sqlite3.connect(home / "x.sqlite")
    connection.execute(f"PRAGMA journal_mode={journal}")
    connection.execute("PRAGMA secure_delete=OFF")
    connection.execute("CREATE TABLE plants (raw BLOB)")
    connection.executemany("INSERT INTO plants VALUES (?)", [(raw,) for raw in PLANTS])
    connection.commit()
    return connection


def in_a_database(home: Path, _: Any) -> Places:
    with closing(filled(home, "delete")):
        return list(in_folder(home))  # type: ignore[return-value]  # before it is closed


def in_its_log(home: Path, _: Any) -> Places:
    with closing(filled(home, "wal")):
        return [one for one in in_folder(home) if one[0].endswith("-wal")]  # type: ignore[return-value]


def in_deleted_rows(home: Path, _: Any) -> Places:
    with closing(filled(home, "delete")) as connection:
        connection.execute("DELETE FROM plants")
        connection.commit()
        return list(in_folder(home))  # type: ignore[return-value]


def in_a_journal(home: Path, _: Any) -> Places:
    with closing(filled(home, "delete")) as connection:
        connection.execute("PRAGMA cache_size=1")
        connection.execute("UPDATE plants SET raw = zeroblob(length(raw))")
        return [one for one in in_folder(home) if one[0].endswith("-journal")]  # type: ignore[return-value]


def on_a_server(home: Path, url: str) -> Places:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS engine")
        connection.execute("CREATE TABLE engine.plants (raw BYTEA)")
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO engine.plants VALUES (%s)", [(raw,) for raw in PLANTS])
    return in_rows(url)


PLACES: dict[str, Callable[[Path, Any], Any]] = {
    one.__name__: one
    for one in (
        *(in_a_file, compressed, compressed_within, compressed_in_a_line, zipped),
        *(in_a_database, in_its_log, in_deleted_rows, in_a_journal, on_a_server),
    )
}


@pytest.mark.parametrize("place", PLACES)
def test_every_value_is_found_in_every_disguise(place: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("postgres").url() if place == "on_a_server" else None

    found = SCANNER.scan_all(PLACES[place](tmp_path, url))

    assert len(SCANNER.forms) > 3_000
    assert {(field, form) for field, form, _ in SCANNER.forms} - {(hit.field, hit.form) for hit in found} == set()


def test_names_of_files_and_arguments_of_processes_are_searched(tmp_path: Path) -> None:
    name = str(FIELDS["last_name"])
    (tmp_path / f"{name}.txt").touch()
    with subprocess.Popen(
        [sys.executable, "-c", "input()", name], env={"MEMBER": str(FIELDS["member_id"])}, stdin=subprocess.PIPE
    ) as process:
        found = SCANNER.scan_all([*in_folder(tmp_path), *in_process(process.pid)])
        process.communicate(b"\n")

    plain = {(hit.place, hit.field) for hit in found}
    assert {("arguments", "last_name"), ("environment", "member_id"), (f"name of {name}.txt", "last_name")} <= plain


def test_what_says_nothing_of_a_member_is_no_find() -> None:
    day = FIELDS["birth_date"]
    assert isinstance(day, date)
    innocent = [
        os.urandom(3_000_000),
        f"{day:%Y%m%d}{day:%Y%m%d} at 1{day:%Y%m%d}",
        "ver_ABCDEFGHIJKLMNOPQRSTUVWXYZ " * 9,
    ]

    assert SCANNER.scan_all(("place", one) for one in innocent) == set()
    assert SCANNER.scan("place", f"born {day:%Y%m%d}.") == {Hit("place", "birth_date", "%Y%m%d, utf-8")}


def test_a_value_that_may_stand_somewhere_by_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="middle initial"):
        Scanner({"middle initial": "Q"})


@pytest.mark.parametrize("data", [b"ver_AB2{}QRSTUVWXYZ23456", b"\x00AB2{}QRSTUVWXYZ23456*"])
@pytest.mark.parametrize("name", ["DAYSGONE", "ENOGSYAD"])
def test_letters_within_a_random_id_are_no_name(data: bytes, name: str) -> None:
    assert Scanner({"name": "daysgone"}).scan("row", data.replace(b"{}", name.encode())) == set()


@pytest.mark.parametrize("data", [b"ver_ABCDEFGHIJKLMNOPQRSTUV2345{}", b"{}ver_ABCDEFGHIJKLMNOPQRSTUV2345", b"X{}Y"])
def test_a_name_beside_an_id_is_found(data: bytes) -> None:
    assert Scanner({"name": "daysgone"}).scan("row", data.replace(b"{}", b"DAYSGONE"))


def test_what_is_too_long_for_chance_is_found_within_an_id() -> None:
    assert Scanner({"name": "daysgonealone"}).scan("row", b"ver_AB2DAYSGONEALONEQRSTUVWXYZ")
