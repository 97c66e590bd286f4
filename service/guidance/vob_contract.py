"""Points 34, 35 and 52 to 61 of a verification of benefits: our contract, the call itself, and what we decide."""

from collections.abc import Iterator
from datetime import date, timedelta

from contracts import Answer
from service.guidance.network_values import NetworkStanding
from service.guidance.vob_entries import RecordSource, by_us, entry
from service.guidance.vob_points import AnswerKind
from service.guidance.vob_values import VobEntry


def contract_entries(known: RecordSource) -> Iterator[VobEntry]:
    """Yield the points about contract, call and decision; those of a contract only where we are not known to be in."""
    is_out = known.is_out
    yield entry(
        34, ask="On which basis does the plan pay out of network, such as a share of Medicare?" if is_out else None
    )
    yield entry(35, ask="Is payment out of network made to the provider or to the patient?" if is_out else None)
    stands = [
        by_us(one.standing.value.replace("_", " "), f"{one.text} {one.source or ''}".strip())
        for one in known.network
        if one.standing is not NetworkStanding.NOT_KNOWN
    ]
    yield entry(52, *dict.fromkeys(stands))
    yield entry(53)
    yield entry(54, ask="Is a single-case agreement or a network gap exception possible?" if is_out else None)
    yield entry(55, ask="Within which time are claims filed, and where do claims and appeals go?" if is_out else None)
    yield entry(17, ask="Which disclaimer holds for this quote?")
    yield entry(56, ask="What are your name and the reference number of this call?")
    yield entry(57, ask="Which codes and service types did you quote?")
    for number in (58, 59, 60):
        yield entry(number)
    again = verify_again_by(known.answer)
    yield entry(61, by_us(again.isoformat()), kind=AnswerKind.DAY)


def verify_again_by(answer: Answer) -> date:
    """Return the day by which to verify again: coverage changes with months, figures with benefit years."""
    coverage, on = answer.coverage, answer.service_date
    next_month = (on.replace(day=1) + timedelta(days=32)).replace(day=1)
    ends = [day for day in (coverage.ends_on, coverage.benefit_year.resets_on) if day is not None and day > on]
    return min([next_month, *ends])
