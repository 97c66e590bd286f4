"""Later steps: DBOS Transact runs each at its time, whichever process is there then.

A step looks at a question again. It is enqueued in the transaction of the fact that needs it, so both are committed or
neither is. It waits as a row of the same database, and no coroutine waits with it. It runs at least once, so what it
does must be idempotent (``Verifier.finish`` is). Ids and instants are all that is stored here: no member's data.
Source: ``RELIABILITY.md`` 9.1.

A step that waits belongs to no process. One that was running when its process died is resumed by any process that finds
the heartbeat of the dead one missing; DBOS leaves that to its operator.
"""

from service.scheduler.scheduler import STEPS_OF_PAYER as STEPS_OF_PAYER, Scheduler as Scheduler, repeat as repeat
from service.scheduler.steps import (
    LaterStep as LaterStep,
    RunGuard as RunGuard,
    RunStep as RunStep,
    StepBlocked as StepBlocked,
)
