"""Whether we are in network for this member's plan, from the operator's own contracts and from nothing else.

The network side of a reply's line (EB12) speaks of the benefit and never of us. Source: ``ANSWER.md`` [L5].
"""

from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from contracts import Answer, Condition, Delivery, Side, Verdict
from service.guidance.cost_rows import DailyRate, Prices
from service.guidance.network_values import NetworkStanding, NetworkStatus
from service.guidance.program_plan import PlanPhase
from service.settings.contract_roster import ContractRate, PayerContract, Roster


class WhereAndWhen(NamedTuple):
    """Where and when the program is wanted; ``location`` is one of the roster's own names, None when not given."""

    on: date
    location: str | None = None


class _Fit(NamedTuple):
    """How a contract fits: it ``is_decided`` unless something that it depends on is not known."""

    contract: PayerContract
    is_decided: bool

    @property
    def weight(self) -> int:
        """What is said of a plan goes before what is said of every plan, and of a place before every place."""
        return 2 * bool(self.contract.plans) + bool(self.contract.locations)


def network_statuses(answer: Answer, roster: Roster, setting: WhereAndWhen) -> tuple[NetworkStatus, ...]:
    """Return where we stand for each condition."""
    return tuple(network_status(answer, roster, condition, setting)[0] for condition in Condition)


def network_status(
    answer: Answer, roster: Roster, condition: Condition, setting: WhereAndWhen
) -> tuple[NetworkStatus, PayerContract | None]:
    """Return where we stand for ``condition``, and the contract that decides, if one does."""
    payer = running_payer(answer, condition)
    ours = [one for one in roster.contracts if one.payer == payer]
    fits = [fit for one in ours if (fit := _fit(one, answer, setting)) is not None]
    standing, contract, text = _judge(fits, ours, setting)
    source = None if contract is None else contract.source
    status = NetworkStatus(condition=condition, payer=payer, standing=standing, source=source, text=text)
    return status, contract


def running_payer(answer: Answer, condition: Condition) -> str | None:
    """Return the card's id of the company that runs the benefit; None when it has no card."""
    rows = [one.in_network for one in answer.programs if one.condition is condition]
    name = next((one.administered_by for one in rows if one.administered_by), None)
    if name is None and all(one.verdict is not Verdict.DELEGATED for one in rows):
        return answer.payer
    running = (one for one in answer.administrators if one.name == name or (name is None and condition in one.covers))
    return next((one.payer for one in running), None)


def _fit(contract: PayerContract, answer: Answer, setting: WhereAndWhen) -> _Fit | None:
    """Return how ``contract`` fits plan and place; None when it is about others."""
    plan = _names_plan(contract.plans, answer)
    place = None if contract.locations and setting.location is None else _names_place(contract.locations, setting)
    if plan is False or place is False:
        return None
    return _Fit(contract, is_decided=plan is True and place is True)


def _names_plan(patterns: Sequence[str], answer: Answer) -> bool | None:
    """Return whether the patterns name the member's plan; None when the reply names none."""
    if not patterns:
        return True
    coverage = answer.coverage
    names = [one for one in (coverage.plan_name, coverage.plan_type, coverage.group_name) if one]
    if any(fnmatchcase(name.upper(), pattern.upper()) for name in names for pattern in patterns):
        return True
    return False if coverage.plan_name else None


def _names_place(locations: Sequence[str], setting: WhereAndWhen) -> bool:
    wanted = (setting.location or "").casefold()
    return not locations or wanted in {one.casefold() for one in locations}


def _judge(
    fits: Sequence[_Fit], ours: Sequence[PayerContract], setting: WhereAndWhen
) -> tuple[NetworkStanding, PayerContract | None, str]:
    if not ours:
        return NetworkStanding.NOT_KNOWN, None, "The roster has no contract with whoever runs this benefit."
    current = [one for one in fits if _holds(one.contract, setting.on)]
    decided = [one for one in current if one.is_decided]
    if not decided:
        return _without_contract(fits, current)
    first = max(decided, key=lambda one: one.weight)
    rivals = [
        one
        for one in current
        if one.contract.in_network is not first.contract.in_network
        and (one.weight == first.weight if one.is_decided else one.weight >= first.weight)
    ]
    if rivals:
        return NetworkStanding.NOT_KNOWN, None, _DISAGREE if rivals[0].is_decided else _NEEDS
    if first.contract.in_network:
        return NetworkStanding.IN, first.contract, "Our contract holds for this plan."
    return NetworkStanding.OUT, first.contract, "The roster says that we are out of network for this plan."


_DISAGREE = "Two entries of the roster contradict each other for this plan."
_NEEDS = "It depends on the plan's name or on our location, which are not known here."


def _without_contract(
    fits: Sequence[_Fit], current: Sequence[_Fit]
) -> tuple[NetworkStanding, PayerContract | None, str]:
    if current:
        return NetworkStanding.NOT_KNOWN, None, _NEEDS
    lapsed = [one.contract for one in fits if one.is_decided and one.contract.in_network]
    if lapsed:
        contract = lapsed[-1]
        return NetworkStanding.OUT, contract, "Our contract for this plan does not hold on this day."
    return NetworkStanding.NOT_KNOWN, None, "The roster has no contract for this plan or location."


def _holds(contract: PayerContract, on: date) -> bool:
    begins, ends = contract.begins_on, contract.ends_on
    return (begins is None or begins <= on) and (ends is None or on <= ends)


def side_of(answer: Answer, roster: Roster, condition: Condition, setting: WhereAndWhen) -> Side:
    """Return the side whose terms hold with us: out of network only where the roster says that we are."""
    status, _ = network_status(answer, roster, condition, setting)
    return Side.OUT_OF_NETWORK if status.standing is NetworkStanding.OUT else Side.IN_NETWORK


def prices_of(answer: Answer, roster: Roster, setting: WhereAndWhen) -> Prices:
    """Return what a day costs: at the rates of the contract that holds, and at our own charges."""

    def rate(phase: PlanPhase) -> DailyRate | None:
        status, contract = network_status(answer, roster, phase.condition, setting)
        if contract is None or status.standing is not NetworkStanding.IN:
            return None
        found = _narrowest(contract.rates, phase)
        return None if found is None else DailyRate(found.per_day, contract.source)

    def charge(phase: PlanPhase) -> DailyRate | None:
        found = next((one.per_day for one in roster.charges if one.program is phase.program), None)
        return None if found is None else DailyRate(found, "our charge")

    return Prices(rate, charge)


def _narrowest(rates: Iterable[ContractRate], phase: PlanPhase) -> ContractRate | None:
    fitting = [
        one
        for one in rates
        if one.program is phase.program
        and one.condition in {None, phase.condition}
        and one.delivery in {None, Delivery.EITHER, phase.delivery}
    ]
    return max(fitting, key=lambda one: (one.condition is not None) + (one.delivery is phase.delivery), default=None)
