"""The store: verifications, attempts and their numbers, sealed replies, API keys, the audit.

One schema on two engines; ``README.md`` of this folder is the map.
"""

from service.store.call_notes import KeptNote as KeptNote
from service.store.errors import (
    CallNotesChanged as CallNotesChanged,
    CallNotesFull as CallNotesFull,
    IdempotencyConflict as IdempotencyConflict,
    NotReady as NotReady,
    RetriesRefused as RetriesRefused,
    SealingKeyNeeded as SealingKeyNeeded,
    StoreFileUnfit as StoreFileUnfit,
    StoreInUse as StoreInUse,
    StoreUnavailable as StoreUnavailable,
    way_out as way_out,
)
from service.store.history import (
    HistoryEntry as HistoryEntry,
    HistoryPage as HistoryPage,
    HistoryRequest as HistoryRequest,
)
from service.store.inspection import Inspection as Inspection, SchemaState as SchemaState
from service.store.keys import KeyNotLive as KeyNotLive, TwoKeysLive as TwoKeysLive
from service.store.lifecycle import Tuning as Tuning
from service.store.opening import first_staff_key as first_staff_key, open_store as open_store
from service.store.rows import (
    SYSTEM as SYSTEM,
    AuditEntry as AuditEntry,
    EmergencyRow as EmergencyRow,
    Fetched as Fetched,
    Intended as Intended,
    Intent as Intent,
    JobRow as JobRow,
    KeyRow as KeyRow,
    StaffRow as StaffRow,
)
from service.store.sessions import SessionLimits as SessionLimits
from service.store.staff import PersonUnknown as PersonUnknown
from service.store.store import Store as Store
from service.store.work_values import (
    LatelyAsked as LatelyAsked,
    Owner as Owner,
    WorkChange as WorkChange,
    WorkItem as WorkItem,
    WorkMark as WorkMark,
    WorkQuery as WorkQuery,
    WorkView as WorkView,
)
