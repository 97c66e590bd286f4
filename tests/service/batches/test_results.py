"""Results: one row a member with what is known, a reason where nothing is, and no cell that is code to a program."""

import csv
import json
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from contracts import AttemptNumbers, Inquiry, MemberRejected
from service.batches.result_files import neutralize, write_results
from service.batches.result_workbook import workbook_chunks
from service.batches.results import COLUMNS, Cell, result_rows
from service.store import StoreUnavailable
from tests.service.kept import rows_of
from tests.service.staging import STAFF, ScriptedRoute, reply

from .staging import BatchOffice, batch_office, member


async def results(here: BatchOffice, batch_id: str) -> list[Mapping[str, Cell]]:
    return [row async for row in result_rows(here.store, batch_id, STAFF)]


async def test_every_row_of_the_roster_has_one_row_with_its_answer_or_its_reason(tmp_path: Path) -> None:
    async def find(inquiry: Inquiry, numbers: AttemptNumbers) -> object:
        if (inquiry.member.member_id or "").endswith("1"):
            raise MemberRejected("75", fields=("member_id",))
        return reply(inquiry, numbers)

    async with batch_office(tmp_path, ScriptedRoute(find)) as here:
        bad = ("nobody", *member(9)[1:])
        batch_id = await here.start([member(1), member(2), member(2), bad])
        await here.work()

        missed, answered, duplicate, refused = await results(here, batch_id)

    assert set(answered) == set(COLUMNS)
    assert (answered["state"], answered["coverage"], answered["member_id"]) == ("answered", "active", "ZZ900000002")
    assert answered["iop_mental_health_in_network_verdict"]
    assert answered["deductible_individual_in_network_remaining"] is None
    assert (duplicate["state"], duplicate["duplicate_of"], duplicate["coverage"]) == ("duplicate", "3", "active")
    assert (missed["state"], missed["reason"], missed["coverage"]) == ("could_not_check", "member_rejected", None)
    assert missed["next_step"]
    assert (refused["state"], refused["payer"], refused["reference"]) == ("refused", None, "R-9")
    assert "payer: unknown" in (refused["faults"] or "")


async def test_whoever_is_shown_results_stands_in_the_audit(tmp_path: Path) -> None:
    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(1), member(2)])
        await here.work()
        await results(here, batch_id)

        lines = [line for line in await rows_of(here.store, "audit") if line["action"] == "batch.shown"]

    assert [(line["actor"], line["outcome"], line["times"]) for line in lines] == [(STAFF.id, batch_id, 2)]


async def test_a_store_that_fails_for_a_moment_cuts_no_file_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with batch_office(tmp_path) as here:
        batch_id = await here.start([member(number) for number in range(5)])
        show, failures = here.store.show_items, [StoreUnavailable("imaginary")] * 2

        async def show_late(*of: Any) -> Any:
            if failures:
                raise failures.pop()
            return await show(*of)

        monkeypatch.setattr(here.store, "show_items", show_late)
        assert len(await results(here, batch_id)) == 5
    assert not failures


async def hostile() -> AsyncIterator[Mapping[str, Cell]]:
    for cell in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "0042", "https://example.com", "1E5"):
        yield {**dict.fromkeys(COLUMNS), "plan_name": cell, "row": "2"}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "xlsx"])
async def test_no_cell_is_a_formula_a_link_or_a_number(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"results.{ending}"

    assert await write_results(path, hostile()) == 8

    if ending == "jsonl":
        assert [json.loads(line)["plan_name"] for line in path.read_text().splitlines()][5] == "0042"
    elif ending == "csv":
        found = [row["plan_name"] for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())]
        assert found[:5] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1"]
        assert found[5:] == ["0042", "https://example.com", "1E5"]
    else:
        header, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        found = [row[header.index("plan_name")] for row in rows]
        assert (found[0], found[5:]) == ("=1+1", ["0042", "https://example.com", "1E5"])
    assert path.stat().st_mode & 0o077 == 0


async def test_a_workbook_holds_every_sign_of_a_text_and_holds_back_no_row() -> None:
    odd = [
        "<b>&\"'",
        "two\nlines\tand a tab",
        " spaces ",
        "_x0041_",
        "\x00\x07\x1f",
        "ÅÖ 漢字 \U0001f600",
        "\ud800",
        "x" * 40_000,
    ]
    taken = 0

    async def rows() -> AsyncIterator[Mapping[str, Cell]]:
        nonlocal taken
        for cell in odd * 200:
            taken += 1
            yield {**dict.fromkeys(COLUMNS), "plan_name": cell}

    chunks, began_at = [], 0
    async for chunk in workbook_chunks(rows()):
        chunks.append(chunk)
        began_at = began_at or taken
    header, *read = CalamineWorkbook.from_filelike(BytesIO(b"".join(chunks))).get_sheet_by_index(0).to_python()
    found = [row[header.index("plan_name")] for row in read[: len(odd)]]

    assert len(read) == 1600
    assert began_at == 1
    assert found[:4] == odd[:4]
    assert found[5:] == [odd[5], "\ufffd" if found[6] == "\ufffd" else found[6], "x" * 32_767]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_shown(text: str) -> None:
    assert neutralize(text) == f"'{text}"


def test_a_plain_text_stays_as_it_is() -> None:
    assert [neutralize(cell) for cell in ("0042", None, "O'Hara", "a=b")] == ["0042", "", "O'Hara", "a=b"]


def test_every_column_is_documented() -> None:
    text = (Path(__file__).parents[3] / "service/batches/README.md").read_text()
    plain = [name for name in COLUMNS if not name.startswith(("iop_", "php_", "deductible_", "out_of_pocket_"))]

    assert [name for name in plain if f"`{name}`" not in text] == []
    assert len(COLUMNS) == len(set(COLUMNS)) == 115
