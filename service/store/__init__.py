"""The store: verifications, attempts and their numbers, sealed replies, API keys, the audit.

One schema on two engines; ``README.md`` of this folder is the map.
"""

from service.store.call_notes import KeptNote
from service.store.errors import (
    CallNotesChanged,
    IdempotencyConflict,
    NotReady,
    SealingKeyNeeded,
    StoreFileUnfit,
    StoreInUse,
    StoreUnavailable,
    way_out,
)
from service.store.inspection import Inspection, SchemaState
from service.store.lifecycle import Tuning
from service.store.opening import first_staff_key, open_store
from service.store.rows import SYSTEM, AuditEntry, Fetched, Intended, Intent, JobRow, KeyRow
from service.store.store import Store

__all__ = [
    "SYSTEM",
    "AuditEntry",
    "CallNotesChanged",
    "Fetched",
    "IdempotencyConflict",
    "Inspection",
    "Intended",
    "Intent",
    "JobRow",
    "KeptNote",
    "KeyRow",
    "NotReady",
    "SchemaState",
    "SealingKeyNeeded",
    "Store",
    "StoreFileUnfit",
    "StoreInUse",
    "StoreUnavailable",
    "Tuning",
    "first_staff_key",
    "open_store",
    "way_out",
]
