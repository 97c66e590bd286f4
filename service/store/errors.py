"""What may go wrong in the store, as the web layer reports it: a status, a code and when to come again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from contracts.wait_limits import RETRY_AFTER, RETRY_AFTER_NOT_READY
from service.errors import ServiceRefusal

FAILURES = (SQLAlchemyError, OSError)
"""What a database or its file raises."""


class StoreUnavailable(ServiceRefusal):
    """The store could not commit or read within its patience; nothing stands, but for two commits (``README.md``).

    ``detail`` is a short code for logs: what kind of failure, never a statement and never a value.
    """

    def __init__(self, detail: str = "") -> None:
        """Take a code for logs."""
        super().__init__(503, "store_unavailable", retry_after=RETRY_AFTER)
        self.detail = detail


def failure_name(failure: Exception) -> str:
    """The name of what the driver raised: its words, and SQLAlchemy's, may hold values of a row and stay here."""
    return type(failure.orig if isinstance(failure, DBAPIError) else failure).__name__


@contextmanager
def translate_failures(what: str = "") -> Iterator[None]:
    """Raise ``StoreUnavailable`` in place of a failure of the database; it says ``what``, and which failure."""
    try:
        yield
    except FAILURES as failure:
        raise StoreUnavailable(what + failure_name(failure)) from None


NO_KEY, KEY_ABSENT, KEY_DIFFERS = "no_sealing_key", "sealing_key_absent", "sealing_key_differs"
DATA_KEYS_ABSENT = "data_keys_absent"
"""What may be wrong with the keys; the second is followed by ``: `` and the ids of those that are not named."""

_SETTING = "BENEFITS_KEYS__SEALING"
_LOST = (
    "if it is lost, nobody can read what it sealed: where another key opens the database, go on without it by "
    "`benefits keys retire-sealing-key ID --lost`; otherwise keep that database aside, name another one "
    "and make new API keys"
)
_WAYS_OUT = {
    DATA_KEYS_ABSENT: (
        "the data keys of this database are missing: its .keys file, or on PostgreSQL its table data_keys",
        "put them back from where they are kept; without them nobody can read what was kept of members",
    ),
    NO_KEY: (f"{_SETTING} names no sealing key", f"set {_SETTING} to id:base64 of 32 random bytes"),
    KEY_ABSENT: (
        f"the database was sealed under a key that {_SETTING} does not name",
        f"add it again, behind the newest; {_LOST}",
    ),
    KEY_DIFFERS: (
        f"{_SETTING} has other bytes under the id of a key that sealed the database",
        f"put the old bytes back, and give the new key an id of its own; {_LOST}",
    ),
}


def way_out(trouble: str) -> tuple[str, str]:
    """What is the matter with a store that is not ready, and what to do about it, in words for people."""
    code, colon, ids = trouble.partition(": ")
    reason, remedy = _WAYS_OUT.get(code, ("the store is not ready", "see benefits doctor"))
    return f"{reason} ({code}{colon}{ids})", remedy


class NotReady(ServiceRefusal):
    """There is no sealing key, or not the one that the store was written with, and nothing is kept in clear."""

    def __init__(self, detail: str = "sealing_key") -> None:
        """Take a code for logs."""
        super().__init__(503, "not_ready", retry_after=RETRY_AFTER_NOT_READY)
        self.detail = detail


class IdempotencyConflict(ServiceRefusal):
    """The caller's ``Idempotency-Key`` was used for another question within the last 24 hours."""

    def __init__(self) -> None:
        """Refuse the request; nothing was done."""
        super().__init__(422, "idempotency_conflict")


class RetriesRefused(ServiceRefusal):
    """The verification that a question says to mend is not to be seen by its caller, or is about another person."""

    def __init__(self) -> None:
        """Refuse the request; nothing was done."""
        super().__init__(422, "retries_refused")


class CallNotesChanged(ServiceRefusal):
    """Somebody else noted a call since the caller last looked: look again, then add what is still to be added."""

    def __init__(self) -> None:
        """Refuse the note; nothing was done."""
        super().__init__(412, "call_notes_changed")


class CallNotesFull(ServiceRefusal):
    """A verification has as many call notes as it may have: ask the payer again, and note calls there."""

    def __init__(self) -> None:
        """Refuse the note; nothing was done."""
        super().__init__(409, "call_notes_full")


class SealingKeyNeeded(Exception):
    """A sealing key can't be retired; the message says why, and what would have to come first."""


class StoreInUse(Exception):
    """Another process serves this SQLite file; one works on it at a time."""


class StoreFileUnfit(OSError):
    """A file of the database may not be used as it lies there; the message says why, and what to do."""


class FileMoved(OSError):
    """The database's file has another name now, or none: what is written would be found by nobody."""


class LockLost(OSError):
    """Another process took the right to serve the file, after the lock beside it was removed."""
