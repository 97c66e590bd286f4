"""Who may ask, and who may look: keys become callers, and an answer becomes a caller's view of it.

Source: ``ANSWER.md`` 5 and 6.
"""

import re
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from contracts import (
    Accumulator,
    AccumulatorLevel,
    Accumulators,
    AccumulatorSide,
    Alternative,
    Answer,
    Finding,
    FindingCode,
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


LONGEST_AUTHORIZATION = 200
"""Characters of the longest ``Authorization`` that is looked at."""

_KEY = re.compile(r"bv_(?P<id>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
"""What a key looks like; nothing else is looked up. The store makes them."""


class Credential(NamedTuple):
    """A key as it was given: ``key_id`` is its public part, ``plain`` is all of it."""

    key_id: str
    plain: str

    @property
    def digest(self) -> bytes:
        """What it may be remembered by."""
        return sha256(self.plain.encode()).digest()

    def __repr__(self) -> str:
        """Show the id alone."""
        return f"Credential(key_id={self.key_id!r})"


def credential_of(authorization: str | None) -> Credential | None:
    """The key in ``Authorization: Bearer …``; None when there is none, or when it has not the form of one of ours."""
    if authorization is None or len(authorization) > LONGEST_AUTHORIZATION:
        return None
    scheme, _, plain = authorization.partition(" ")
    key = _KEY.fullmatch(plain.strip())
    return Credential(key["id"], key[0]) if key and scheme.lower() == "bearer" else None


def may_see(caller: Caller, owner: str) -> bool:
    """Whether ``caller`` may look at what the caller with the id ``owner`` asked for.

    Staff may look at everything, everybody else at their own.
    """
    return caller.role is Role.STAFF or caller.id == owner


def project(answer: Answer, role: Role) -> Answer:
    """``answer`` as ``role`` may see it.

    Staff see all of it. A batch sees neither the payer's own words (the text of evidence and of alternatives, the words
    of a message that were not understood) nor what was sent of the member. The visitor's view is no answer at all and
    is made elsewhere: asking for it here raises ``ValueError``.
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
    return answer.model_copy(
        update={
            "evidence": evidence,
            "programs": programs,
            "accumulators": _plain_accumulators(answer.accumulators),
            "findings": tuple(_plain_finding(finding) for finding in answer.findings),
        }
    )


_WORDED = frozenset({FindingCode.MESSAGE_NOT_UNDERSTOOD})
"""Findings whose detail is in the payer's own words; that of every other holds codes."""


def _plain_finding(finding: Finding) -> Finding:
    """A finding without the payer's words: it still says where a message stands that was not understood."""
    return finding.model_copy(update={"detail": "MSG"}) if finding.code in _WORDED else finding


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
