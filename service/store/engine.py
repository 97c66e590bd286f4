"""Threads between the event loop and a database: one lane writes and commits, one lane reads.

The writing lane of SQLite is one thread that commits everything waiting in one transaction, so sixteen callers cost one
flush to the disk; while the loop is busy, units wait for company (``gathering``). PostgreSQL gathers commits itself, so
its lane is a few threads with a unit each.

A unit of work is a function of a connection, whose transaction the lane begins and ends. It is committed whole or not
at all, and may be done more than once until it is. A caller who has left, by patience or by cancellation, has his unit
dropped before the commit. A caller whose unit is being committed at that moment is kept as long again, since only the
database knows what stands.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from service.store.errands import Deadlines, Errand, deliver
from service.store.errors import FAILURES, StoreUnavailable, failure_name
from service.store.gathering import Gathering

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class Lane(NamedTuple):
    """How one kind of work is done: over which engine, on how many threads, how many units in one transaction.

    Without ``commits`` there is no transaction, and each statement reads what is committed by then. ``gathers``: units
    wait for company while the loop is busy.
    """

    engine: Engine
    threads: int
    batch: int
    commits: bool
    gathers: bool = False


class Worker:
    """One lane's threads, each with a connection of its own that is replaced when it fails."""

    def __init__(self, lane: Lane, *, name: str, patience: float) -> None:
        """Prepare; nothing runs before ``start``. ``patience`` is how many seconds a caller waits at most."""
        self._lane = lane
        self._name = name
        self._patience = patience
        self._errands: SimpleQueue[Errand[Any] | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._deadlines: Deadlines | None = None
        self._gathering: Gathering | None = None

    def start(self) -> None:
        """Start the threads."""
        for number in range(self._lane.threads):
            thread = Thread(target=self._work, name=f"store-{self._name}-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    async def stop(self) -> None:
        """Finish what waits, then end the threads; a thread that hangs is left behind."""
        if self._gathering is not None:
            self._gathering.release()
        for _ in self._threads:
            self._errands.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join, self._patience)
        self._threads.clear()

    async def do(self, unit: Callable[[Connection, *Arguments], Result], *arguments: *Arguments) -> Result:
        """Call ``unit`` with a connection and ``arguments``; what it did is committed when this returns.

        Raises what it raises, and ``StoreUnavailable``.
        """
        if not self._threads:
            raise StoreUnavailable("stopped")
        loop = asyncio.get_running_loop()
        errand = Errand(unit, arguments, loop)
        deadlines = self._deadlines
        if deadlines is None or deadlines.loop is not loop:
            deadlines = self._deadlines = Deadlines(loop, self._patience)
            self._gathering = Gathering(loop, self._errands.put) if self._lane.gathers else None
        deadlines.add(errand)
        if self._gathering is None:
            self._errands.put(errand)
        else:
            self._gathering.add(errand)
        try:
            return await errand.future
        except BaseException:
            errand.abandon()
            raise

    def _work(self) -> None:
        own = _OwnConnection(self._lane)
        while (first := self._errands.get()) is not None:
            batch, ending = self._gather(first)
            self._serve(own, batch)
            deliver(batch)
            if ending:
                break
        own.drop()

    def _gather(self, first: Errand[Any]) -> tuple[list[Errand[Any]], bool]:
        """``first`` and what waits behind it, and whether the end of work stood there too."""
        batch = [first]
        while len(batch) < self._lane.batch:
            try:
                errand = self._errands.get_nowait()
            except Empty:
                break
            if errand is None:
                return batch, True
            batch.append(errand)
        return batch, False

    def _serve(self, own: "_OwnConnection", batch: list[Errand[Any]]) -> None:
        """Do and commit ``batch`` together; when that fails, each of its units alone."""
        batch = [errand for errand in batch if not errand.abandoned]
        if not batch:
            return
        try:
            connection = own.begin()
        except FAILURES as failure:
            _fail(batch, failure)
            return
        try:
            again = self._run_batch(connection, batch)
        except FAILURES as failure:
            stale = own.drop(failure)
            if len(batch) == 1 and (self._lane.commits or not stale):
                _fail(batch, failure)
                return
            again = [[errand] for errand in batch]
        for errands in again:
            self._serve(own, errands)

    def _run_batch(self, connection: Connection, batch: list[Errand[Any]]) -> list[list[Errand[Any]]]:
        """Do ``batch`` and commit it; returns what nothing stands of, in the groups in which it is to be done anew.

        When a unit refuses, the others are done without it, and it is judged alone by what stands then.
        """
        refusing = [errand for errand in batch if not errand.attempt(connection)]
        if not self._lane.commits:
            return []
        if refusing and len(batch) > 1:
            connection.rollback()
            return [[errand for errand in batch if errand not in refusing], *([errand] for errand in refusing)]
        # A caller who has left was told that nothing stands, so nothing may.
        if not all(errand.keep() for errand in batch):
            connection.rollback()
            for errand in batch:
                errand.wait_again()
            return [batch]
        if refusing:
            connection.rollback()
        else:
            connection.commit()
        return []


def _fail(batch: list[Errand[Any]], failure: Exception) -> None:
    for errand in batch:
        errand.fail(StoreUnavailable(failure_name(failure)))


class _OwnConnection:
    """A thread's connection: opened when needed, dropped when it fails."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._connection: Connection | None = None
        self._used = 0

    def begin(self) -> Connection:
        """The connection with a transaction begun. A connection that died while it was idle is replaced once."""
        try:
            return self._try_begin()
        except FAILURES as failure:
            if not self.drop(failure):
                raise
        return self._try_begin()

    def _try_begin(self) -> Connection:
        if self._connection is None:
            self._connection, self._used = self._lane.engine.connect(), 0
        self._used += 1
        if self._lane.commits:
            self._connection.begin()
        return self._connection

    def drop(self, failure: Exception | None = None) -> bool:
        """Close the connection, which undoes what was not committed.

        True when it had been of use before and ``failure`` says that it was found dead.
        """
        connection, self._connection = self._connection, None
        if connection is None:
            return False
        with suppress(*FAILURES):
            # The driver's connection is closed as it is: a rollback could fail once more.
            connection.invalidate()
            connection.close()
        return isinstance(failure, DBAPIError) and failure.connection_invalidated and self._used > 1
