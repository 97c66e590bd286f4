"""A verification of benefits from an answer: what its points say, and what is left to be asked by phone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from contracts import Answer, CoverageStatus, Question, Side
from service.guidance.cost_rows import NO_PRICES, Prices
from service.guidance.cost_values import EpisodeCost
from service.guidance.network_values import NetworkStanding, NetworkStatus
from service.guidance.vob_contract import contract_entries
from service.guidance.vob_entries import RecordSource
from service.guidance.vob_levels import level_entries
from service.guidance.vob_money import money_entries
from service.guidance.vob_phone import join_notes
from service.guidance.vob_plan import plan_entries
from service.guidance.vob_values import CallNote, VobEntry
from service.security.consent import Consent

SILENT = frozenset({CoverageStatus.INACTIVE, CoverageStatus.NOT_FOUND})
"""Statuses under which there is nothing to ask about benefits: the member's details or another plan come first."""


class Around(NamedTuple):
    """What a record is made with beside the answer.

    ``question`` is what was asked; ``network`` where we stand; ``notes`` the calls that were made. ``prices`` are what
    a day costs by our contracts, ``estimates`` what a stay may cost the patient, where somebody estimated it;
    ``consent`` is what the member agreed to.
    """

    question: Question
    network: Sequence[NetworkStatus] = ()
    notes: Sequence[CallNote] = ()
    prices: Prices = NO_PRICES
    estimates: Sequence[EpisodeCost] = ()
    consent: Consent | None = None


def record_of(answer: Answer, around: Around) -> tuple[VobEntry, ...]:
    """Return every point of the form, in the form's order, with all that is said of it."""
    network = tuple(around.network)
    known = RecordSource(
        answer, around.question, side_wanted(network), network, around.prices, tuple(around.estimates), around.consent
    )
    entries = sorted(_entries(known), key=lambda one: one.point)
    if answer.coverage.status in SILENT:
        entries = [one.model_copy(update={"ask": None}) for one in entries]
    return join_notes(entries, around.notes)


def _entries(known: RecordSource) -> Iterator[VobEntry]:
    yield from plan_entries(known)
    yield from money_entries(known)
    yield from level_entries(known)
    yield from contract_entries(known)


def side_wanted(network: Sequence[NetworkStatus]) -> Side:
    """Return the side that a caller asks about: out of network only where the roster says that we are."""
    standings = {one.standing for one in network}
    return Side.OUT_OF_NETWORK if standings == {NetworkStanding.OUT} else Side.IN_NETWORK
