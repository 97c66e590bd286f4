"""Authorization as a question of its own: is the payer's consent needed before treatment, and who says so.

Order of belief: a line of the reply that speaks of the program; a route that is asked about authorization alone; a
dated rule of the payer, from its card or the settings; else it is not known. A rule never overrides what was said.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Protocol, Self, runtime_checkable

from pydantic import Field, model_validator

from contracts.exchange import AttemptNumbers, Reply
from contracts.question import Inquiry
from contracts.vocabulary import Condition, Frozen, Program

CHECKED_FOR = timedelta(days=180)
"""How long a rule may be believed without somebody's looking at its source again."""


AUTHORIZATION_ALONE = "authorization of "
"""How the description of a line of evidence begins that speaks of a procedure's authorization and of nothing else."""


class AuthorizationNeed(StrEnum):
    """Whether authorization is needed before treatment."""

    YES = "yes"
    NO = "no"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"


class AuthorizationDecider(StrEnum):
    """Who says whether it is needed, in order of belief."""

    LINE = "line"
    ROUTE = "route"
    RULE = "rule"
    NOBODY = "nobody"


class AuthorizationRule(Frozen):
    """A rule of a payer about authorization for a program, for as long as it holds.

    ``condition`` is None where it holds for both. ``when`` says, where it is conditional, on what: ``after visit 15``.
    ``source`` is where it stands, and ``checked_on`` the day on which somebody last read it there.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
    program: Program
    condition: Condition | None = None
    needed: AuthorizationNeed
    when: Annotated[str, Field(max_length=200)] | None = None
    valid_from: date
    valid_to: date | None = None
    source: Annotated[str, Field(min_length=1, max_length=300)]
    checked_on: date

    @model_validator(mode="after")
    def _check_rule(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("it ends before it begins")
        if self.needed is AuthorizationNeed.UNKNOWN:
            raise ValueError("a rule that does not know is none")
        if (self.when is not None) is not (self.needed is AuthorizationNeed.CONDITIONAL):
            raise ValueError("a conditional rule says when, and no other does")
        return self

    def holds(self, program: Program, condition: Condition, on: date) -> bool:
        """Return whether the rule is about ``program`` and ``condition``, and in force on that day."""
        is_in_force = self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
        return is_in_force and self.program is program and self.condition in {None, condition}

    def is_stale(self, today: date) -> bool:
        """Return whether nobody has looked at its source for longer than ``CHECKED_FOR``."""
        return today - self.checked_on > CHECKED_FOR


@runtime_checkable
class AuthorizationRoute(Protocol):
    """A route that can be asked about authorization alone, procedure by procedure, beside ``Route``."""

    async def check_authorization(
        self, inquiry: Inquiry, procedures: Sequence[str], numbers: AttemptNumbers, *, seconds: float
    ) -> Reply:
        """Ask whether ``procedures`` need authorization for the member of ``inquiry``, within ``seconds``.

        The reply's ``Benefits.authorizations`` say it, each of one procedure; what else it says is left aside. Whatever
        it repeats of the member is compared with what was asked. Raises a leaf of the error tree.
        """
        ...
