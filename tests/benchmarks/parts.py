"""What the parts of a question cost, each alone: those that no answer can do without, beside what is wanted in all.

``python -m tests.benchmarks.parts`` prints milliseconds of processor time a question. The web and the exchange are
measured in the floor's process, everything else in this one, with all of its threads.
"""

import asyncio
import hashlib
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from contracts import Answer, ExchangeOutcome, State
from payers.aetna import CARD, DIALECT
from payers.reading import Reading
from payers.x12 import read_interchange, write_270
from service.security.encryption import Place
from service.store import AuditEntry, Intent, Store, audit, held_rows
from service.store.attempts import Closing
from service.store.rows import FirstAttempt
from tests.benchmarks.payer_end import read_inquiry, write_reply
from tests.benchmarks.side_by_side import SIZES, full_load, measure, running
from tests.faults.people import numbers
from tests.service.staging import INQUIRY, MEMBER, QUESTION, STAFF, stored

TIMES = 200
TOGETHER = 32
ROUNDS = 5
NOW = datetime(2026, 11, 23, tzinfo=UTC)
NUMBERS = count(1)
LINES_OF_AUDIT = 4
FIRST = FirstAttempt("first", ("MH", "AI"))
AT = 1_800_000_000_000_000
"""Microseconds since 1970 at which lines of the audit are written."""


def cost_of(work: Callable[[], object], times: int = TIMES) -> float:
    """Milliseconds of processor time of one call of ``work``, the least of some rounds."""

    def once() -> float:
        began = time.process_time()
        for _ in range(times):
            work()
        return 1000 * (time.process_time() - began) / times

    return min(once() for _ in range(ROUNDS))


def reply_of(size: int) -> bytes:
    """The reply that the payer's end of the measurements sends."""
    inquiry = INQUIRY.model_copy(update={"service_types": ("MH", "AI", "30")})
    raw = write_270(inquiry, numbers(1), sender_id="BENEFITS", receiver_id="60054", at=NOW, test=True)
    return write_reply(read_inquiry(raw), size)


def answer_of(raw: bytes) -> Answer:
    """The answer of ``raw``, written out once, as it is for the store and for whoever asked."""
    answer = Reading(CARD, DIALECT, NOW.date(), cards=(CARD,)).answer(read_interchange(raw).people, as_of=NOW)
    answer.to_json()
    return answer


def two_commits(folder: Path) -> float:
    """Two transactions with one row each, flushed to the disk."""
    engine = sa.create_engine(f"sqlite:///{folder}/bare.sqlite")
    rows = sa.Table("rows", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("body", sa.Text))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        rows.create(connection)
        connection.commit()

        def write() -> None:
            for _ in range(2):
                connection.execute(sa.insert(rows), {"body": "x" * 300})
                connection.commit()

        return cost_of(write)


def of_audit(store: Store) -> float:
    """The lines of one question in the audit: chained by a keyed hash, and inserted."""
    entry = AuditEntry("staff-1", "staff", "verification.asked", "ver_1", "job_1", payer="aetna", outcome="made")
    with store._write_by_itself("benchmark") as connection:

        def write() -> None:
            held_rows.hold(connection)
            for _ in range(LINES_OF_AUDIT):
                audit.append(connection, store._sealer, entry, AT)
            held_rows.write(connection)

        return cost_of(write)


def of_sealing(store: Store, raw: bytes, answer: bytes) -> float:
    """Compressing and sealing the question, the reply and the answer."""
    place, question = Place("jobs", "job_1", "question"), QUESTION.model_dump_json().encode()
    return cost_of(lambda: [store._sealer.seal(value, place) for value in (question, raw, answer)])


async def of_store(store: Store, raw: bytes, answer: Answer) -> float:
    """The three transactions of a question as they stand, of so many questions at a time as the table has callers."""

    async def keep() -> None:
        number = next(NUMBERS)
        member = MEMBER.model_copy(update={"member_id": f"ZZ{number:09d}"})
        question = QUESTION.model_copy(update={"member": member})
        intended = await store.intend(Intent(question=question, caller=STAFF, life_seconds=900.0, first=FIRST))
        job, (attempt, _) = intended.job_id, intended.attempt or ("", None)
        closing = Closing(attempt, ExchangeOutcome.ANSWERED, sent=True, ms=1, raw=raw, media_type="application/edi-x12")
        digest = hashlib.sha256(str(number).encode()).digest()
        await store.close_attempt(closing._replace(consumed=True, body_digest=digest))
        own = answer.model_copy(update={"coverage": answer.coverage})
        await store.settle(job, own, state=State.FINAL, next_at=None)

    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TIMES // TOGETHER):
            await asyncio.gather(*(keep() for _ in range(TOGETHER)))
        found.append(1000 * (time.process_time() - began) / (TIMES // TOGETHER * TOGETHER))
    return min(found)


async def kept(folder: Path, raw: bytes) -> Mapping[str, float]:
    """What keeping a question costs."""
    answer = answer_of(raw)
    commits = two_commits(folder)
    async with stored(folder) as store:
        return {
            "two commits of one row through SQLAlchemy": commits,
            "four lines of the audit": of_audit(store),
            "sealing question, reply and answer": of_sealing(store, raw, answer.to_json()),
            "(the store as it stands, with these three)": await of_store(store, raw, answer),
        }


def served(folder: Path) -> Mapping[str, float]:
    """What the floor costs: without an exchange, and one exchange more."""
    with running(folder) as bench:

        async def cost(waves: str) -> float:
            await measure(bench, bench.floor_of(waves), full_load, 0.5, size=SIZES[0])
            rounds = [await measure(bench, bench.floor_of(waves), full_load, 1.0, size=SIZES[0]) for _ in range(ROUNDS)]
            return median(one.cpu for one in rounds)

        alone, asking = asyncio.run(cost("0")), asyncio.run(cost("1"))
    return {"uvicorn and FastAPI, a body validated": alone, "an exchange of httpx, connected anew": asking - alone}


def main() -> None:
    """Print the table, for each size of reply."""
    with tempfile.TemporaryDirectory() as folder:
        web = served(Path(folder))
    for size in SIZES:
        raw = reply_of(size)
        with tempfile.TemporaryDirectory() as folder:
            parts = {**web, **asyncio.run(kept(Path(folder), raw))}
        parts["reading to the JSON of the answer"] = cost_of(lambda raw=raw: answer_of(raw))  # type: ignore[misc]
        print(f"reply of {len(raw)} bytes")
        for name, milliseconds in parts.items():
            print(f"{milliseconds:7.2f}  {name}")
        print(f"{sum(ms for name, ms in parts.items() if not name.startswith('(')):7.2f}  together")


if __name__ == "__main__":
    main()
