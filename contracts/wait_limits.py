"""Every bound on waiting that others feel: how long a payer keeps us away, how long a caller waits or is sent away.

All are seconds. The cap of a payer's ``Retry-After`` is ``LONGEST_PAUSE``, that of our own ``LONGEST_RETRY_AFTER``. How
often the gateway retries within a wait stands in ``service/gateway/policy.py``. Source: ``RELIABILITY.md`` 4 and 8.
"""

LONGEST_PAUSE = 3600.0
"""How long a payer's ``Retry-After``, or its word that it is busy, may keep us away from one of its routes."""

SHORTEST_PAUSE = 1.0
"""How long we stay away at least when a payer says so, whatever it says."""

RESEND_AFTER = 90.0
"""How long after a send without a verdict the same question may be sent again (CORE 153, section 6)."""

LONGEST_ATTEMPT = 600.0
"""How long one exchange may be given by a setting; the slowest gateway lets a payer take 110."""

LONGEST_USUAL_ATTEMPT = 120.0
"""How long a plugin may say that one exchange of its route or payer usually takes."""

LONGEST_WAIT = 60
"""How long a caller may ask to wait (``Prefer: wait=N``)."""

SHORTEST_WAIT = 1
"""The shortest wait that a caller can ask for, beside none at all."""

RETRY_AFTER = 2
"""Our ``Retry-After``: for a caller who is sent away, and for a pending answer while its payer is being asked."""

RETRY_AFTER_NOT_READY = 10
"""Our ``Retry-After`` where an operator has to look first."""

LONGEST_RETRY_AFTER = 3600
"""The cap of our ``Retry-After``, whatever the clocks say."""

LONGEST_STEP = 86_400.0
"""How far ahead the scheduler believes an instant to be: the longest life of a question."""

LONGEST_START = 4.0
"""How long a request may stand in this process before it is begun, and at most a quarter of the caller's wait.
When it would be longer, it is refused at once."""
