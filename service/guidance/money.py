"""Dollars and whole cents. Sums of an estimate are made in cents, and shown in dollars with two decimals."""

from decimal import ROUND_HALF_UP, Decimal

from service.guidance.cost_walk import BEYOND

LEAST_UNBOUNDED = BEYOND // 10_000
"""Cents; a sum of this size holds a part of what has no known end."""


def cents(amount: Decimal | int) -> int:
    """Return dollars as whole cents, halves up."""
    return int((Decimal(amount) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def dollars(amount: int) -> Decimal:
    """Return whole cents as dollars."""
    return Decimal(amount) / 100


def bounded_dollars(amount: int) -> Decimal | None:
    """Return whole cents as dollars; None where they have no known end."""
    return None if amount >= LEAST_UNBOUNDED else dollars(amount)
