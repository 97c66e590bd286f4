"""How long one step on a request's way may take: its cap, and what is left of the caller's wait."""

from contracts import Deadline

LEAST = 0.1
"""Seconds that a step is given at the end of a wait; the answer may come so much later, and no more."""


def share(deadline: Deadline, cap: float) -> float:
    """Seconds for a step that takes at most ``cap``; all of it for a caller who waits for nothing but his receipt."""
    return cap if deadline.budget <= 0 else min(cap, max(deadline.seconds_left(), LEAST))
