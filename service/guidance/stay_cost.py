"""What a stay with us may cost: the plan at our own rates, on the side of the network on which our contracts are."""

from contracts import Answer, Side
from service.guidance.cost_values import EpisodeCost
from service.guidance.episode_cost import estimate_cost
from service.guidance.network_status import WhereAndWhen, network_status, prices_of, side_of
from service.guidance.program_plan import ProgramPlan
from service.settings.contract_roster import Roster


def estimate_with_us(
    answer: Answer, plan: ProgramPlan, roster: Roster, *, side: Side | None = None, location: str | None = None
) -> EpisodeCost:
    """Return what ``plan`` may cost with us; ``side`` goes before what the roster says of the first phase."""
    setting = WhereAndWhen(plan.starts_on, location)
    taken = side or side_of(answer, roster, plan.phases[0].condition, setting)
    network = tuple(
        network_status(answer, roster, condition, setting)[0]
        for condition in dict.fromkeys(one.condition for one in plan.phases)
    )
    cost = estimate_cost(answer, plan, taken, prices_of(answer, roster, setting))
    return cost.model_copy(update={"network": network})
