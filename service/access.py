"""Who may ask, and who may look: keys become callers, and an answer becomes a caller's view of it.

Source: the answer's binding description, sections 5 and 6.
"""

from enum import StrEnum
from typing import Protocol

from contracts import (
    Accumulator,
    AccumulatorLevel,
    Accumulators,
    AccumulatorSide,
    Alternative,
    Answer,
    Frozen,
    Terms,
)


class Role(StrEnum):
    """What a caller is: a visitor of the website, the intake staff, or a batch."""

    PUBLIC = "public"
    STAFF = "staff"
    BATCH = "batch"


URGENCY = (Role.STAFF, Role.PUBLIC, Role.BATCH)
"""People first: who is served first and shed last, in order."""


class Caller(Frozen):
    """Who asks: ``id`` is the public part of a key (never its secret), safe in logs and audit entries."""

    id: str
    role: Role


class Keyring(Protocol):
    """What knows the keys that were made. The store does."""

    async def find_key(self, plain: str) -> Caller | None:
        """The caller whose live key ``plain`` is; None when there is none. Compares in constant time."""
        ...


LONGEST_KEY = 200
"""Characters of the longest credential that is looked at."""


async def authenticate(keyring: Keyring, authorization: str | None) -> Caller | None:
    """The caller of an ``Authorization: Bearer …`` header; None when the header is absent, malformed or unknown.

    Raises what the keyring raises when it can't be read.
    """
    scheme, _, credential = (authorization or "").partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential or len(credential) > LONGEST_KEY:
        return None
    return await keyring.find_key(credential)


def may_see(caller: Caller, owner: str) -> bool:
    """Whether ``caller`` may look at what the caller with the id ``owner`` asked for.

    Staff may look at everything, everybody else at their own.
    """
    return caller.role is Role.STAFF or caller.id == owner


def project(answer: Answer, role: Role) -> Answer:
    """``answer`` as ``role`` may see it.

    Staff see all of it. A batch sees neither the payer's own words (the text of evidence and of alternatives) nor what
    was sent of the member. The visitor's view is no answer at all and is made elsewhere: asking for it here raises
    ``ValueError``.
    """
    if role is Role.STAFF:
        return answer
    if role is Role.PUBLIC:
        raise ValueError("a visitor sees no answer")
    return _without_words(answer)


def _without_words(answer: Answer) -> Answer:
    evidence = tuple(line.model_copy(update={"text": None}) for line in answer.evidence)
    programs = tuple(
        row.model_copy(
            update={
                "in_network": _plain_terms(row.in_network),
                "out_of_network": _plain_terms(row.out_of_network),
            }
        )
        for row in answer.programs
    )
    accumulators = _plain_accumulators(answer.accumulators)
    return answer.model_copy(update={"evidence": evidence, "programs": programs, "accumulators": accumulators})


def _plain_terms(terms: Terms) -> Terms:
    return terms.model_copy(update={"alternatives": _plain_alternatives(terms.alternatives)})


def _plain_alternatives(alternatives: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
    return tuple(alternative.model_copy(update={"text": None}) for alternative in alternatives)


def _plain_accumulators(accumulators: Accumulators) -> Accumulators:
    def plain_figure(figure: Accumulator) -> Accumulator:
        return figure.model_copy(update={"alternatives": _plain_alternatives(figure.alternatives)})

    def plain_level(level: AccumulatorLevel) -> AccumulatorLevel:
        return AccumulatorLevel(
            deductible=plain_figure(level.deductible), out_of_pocket=plain_figure(level.out_of_pocket)
        )

    def plain_side(side: AccumulatorSide) -> AccumulatorSide:
        return AccumulatorSide(individual=plain_level(side.individual), family=plain_level(side.family))

    return Accumulators(
        in_network=plain_side(accumulators.in_network),
        out_of_network=plain_side(accumulators.out_of_network),
    )
