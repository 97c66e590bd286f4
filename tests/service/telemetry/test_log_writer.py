"""What the way into the log promises: whole lines in their order, or a count of those that are missing."""

import io
import json
import os
from pathlib import Path

import pytest

from service.telemetry import log_writer
from service.telemetry.log_writer import LogWriter


def test_lines_come_whole_and_in_their_order(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        writer = LogWriter(stream)
        for number in range(2_000):
            writer.write(f'{{"number": {number}}}')

        assert writer.flush(5)

    written = [json.loads(line)["number"] for line in (tmp_path / "log").read_text().splitlines()]
    assert written == list(range(2_000))
    assert (writer.lost, writer.is_failing) == (0, False)


def test_a_reader_that_is_gone_costs_lines_and_raises_nothing() -> None:
    reader, descriptor = os.pipe()
    os.close(reader)
    with os.fdopen(descriptor, "w") as stream:
        writer = LogWriter(stream)
        writer.write("{}")
        writer.write("{}")

        assert writer.flush(5)
        assert (writer.lost, writer.is_failing) == (2, True)


def test_the_log_itself_says_how_many_lines_are_missing(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    descriptor = os.open("/dev/full", os.O_WRONLY)
    with os.fdopen(descriptor, "w") as stream:
        writer = LogWriter(stream)
        writer.write('{"lost": 1}')
        assert writer.flush(5)
        mended = os.open(tmp_path / "log", os.O_WRONLY)
        os.dup2(mended, descriptor)
        os.close(mended)
        writer.write('{"kept": 1}')
        assert writer.flush(5)
        assert writer.flush(5)

    kept, told = (json.loads(line) for line in (tmp_path / "log").read_text().splitlines())
    assert kept == {"kept": 1}
    assert (told["event"], told["count"]) == ("log.lines_lost", 1)
    assert (writer.lost, writer.is_failing) == (1, False)


def test_who_reads_nothing_is_waited_for_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "MOST_WAITING", 100)
    reader, descriptor = os.pipe()
    with os.fdopen(descriptor, "w") as stream:
        writer = LogWriter(stream)
        for _ in range(3_000):
            writer.write("x" * 1_000)

        assert writer.lost > 0
        assert writer.is_failing
        while not writer.flush(0.01):
            os.read(reader, 1 << 20)
    os.close(reader)


def test_a_stream_without_a_descriptor_is_written_at_once() -> None:
    stream = io.StringIO()

    LogWriter(stream).write("{}")

    assert stream.getvalue() == "{}\n"


def test_no_stream_at_all_loses_every_line() -> None:
    writer = LogWriter(None)
    writer.write("{}")

    assert (writer.lost, writer.flush(0)) == (1, True)
