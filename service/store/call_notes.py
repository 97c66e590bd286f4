"""Call notes: what representatives said about a verification, each sealed, counted, and never changed.

The store does not read a note; ``number`` counts those of a verification from 1. Who adds one says how many there were
when he looked, so that of two who write at once the second is told, and nothing is lost.
"""

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from service.security.access import Caller, may_see
from service.security.encryption import Place, Sealer
from service.store import audit
from service.store.errors import CallNotesChanged, CallNotesFull
from service.store.identifiers import instant
from service.store.jobs import read_job, verification
from service.store.row_digests import RowForged, covered_columns, fetch_checked, row_digest
from service.store.rows import AuditEntry
from service.store.statements import execute, fetch_all, upsert
from service.store.tables import CALL_NOTES, Value

MOST_NOTES = 500
"""Notes of one verification. A call sheet asks about a hundred points, each of which may be saved alone, of payer and
administrator, and asked once more where two of them contradict each other.
"""

MOST_BYTES = 1_600_000
"""Sealed bytes of the notes of one verification, together: every look at its call sheet opens all of them."""

_OF_VERIFICATION = (
    sa.select(*covered_columns(CALL_NOTES))
    .where(CALL_NOTES.c.verification_id == sa.bindparam("verification"))
    .order_by(CALL_NOTES.c.number)
)
_ADD = upsert(CALL_NOTES, lambda insert: insert.on_conflict_do_nothing(index_elements=["verification_id", "number"]))


class KeptNote(NamedTuple):
    """A call note as it was added: ``content`` is JSON that the store does not read."""

    number: int
    caller_id: str
    created_at: datetime
    content: bytes

    def __repr__(self) -> str:
        """Show nothing of what was said."""
        return f"KeptNote(number={self.number})"


class Adding(NamedTuple):
    """A call note on its way into the store: its id, what it is about, its sealed content, and how many were seen."""

    note_id: str
    verification_id: str
    sealed: bytes
    seen: int
    now: int


def note_place(note_id: str) -> Place:
    """Return where a note's content is sealed for."""
    return Place("call_notes", note_id, "note")


def add(connection: Connection, sealer: Sealer, adding: Adding, caller: Caller) -> int | None:
    """Add a note as the next one, with its line of the audit; returns its number.

    None when there is no such verification or ``caller`` may not see it. Raises ``CallNotesChanged`` when there are
    others than were seen, ``CallNotesFull`` for more than ``MOST_NOTES`` or ``MOST_BYTES``, and ``RowForged``.
    """
    row = verification(connection, sealer, adding.verification_id)
    if row is None or not may_see(caller, row["caller_id"]) or read_job(connection, sealer, row["job_id"]) is None:
        return None
    notes = fetch_all(connection, _OF_VERIFICATION, {"verification": adding.verification_id})
    if len(notes) != adding.seen:
        raise CallNotesChanged
    size = sum(len(note["sealed_note"]) for note in notes) + len(adding.sealed)
    if adding.seen >= MOST_NOTES or size > MOST_BYTES:
        raise CallNotesFull
    fresh: dict[str, Value] = {
        "id": adding.note_id,
        "verification_id": adding.verification_id,
        "number": adding.seen + 1,
        "caller_id": caller.id,
        "sealed_note": adding.sealed,
        "created_at": adding.now,
    }
    if execute(connection, _ADD, {**fresh, "mac": row_digest(sealer, "call_notes", fresh)}) != 1:
        raise CallNotesChanged
    entry = AuditEntry(
        actor=caller.id,
        role=caller.role_name,
        action="call_note.added",
        verification_id=adding.verification_id,
        job_id=row["job_id"],
    )
    audit.append(connection, sealer, entry, adding.now)
    return adding.seen + 1


def notes_of(connection: Connection, sealer: Sealer, verification_id: str) -> list[KeptNote]:
    """Return every note of a verification, in clear, oldest first. Raises ``SealBroken``."""
    rows = fetch_checked(connection, sealer, "call_notes", _OF_VERIFICATION, {"verification": verification_id})
    for number, row in enumerate(rows, start=1):
        if row["number"] != number:
            # One before it was taken away: calls are counted without a gap.
            raise RowForged("call_notes", row["id"])
    return [
        KeptNote(
            number=row["number"],
            caller_id=row["caller_id"],
            created_at=instant(row["created_at"]),
            content=sealer.open(row["sealed_note"], note_place(row["id"])),
        )
        for row in rows
    ]
