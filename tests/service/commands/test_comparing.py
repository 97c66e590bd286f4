"""What comparing promises: what two answers say is compared, and nothing of how they came."""

from datetime import UTC, date, datetime
from typing import Any

from contracts import AnsweredBy, CoverageStatus, Evidence, unanswered
from service.commands.comparing import differences

ONE = unanswered(payer="aetna", service_date=date(2026, 11, 23), as_of=datetime(2026, 11, 23, tzinfo=UTC), problems=())


def with_coverage(**changes: Any) -> Any:
    return ONE.model_copy(update={"coverage": ONE.coverage.model_copy(update=changes)})


def test_what_is_said_differently_is_named_by_its_path() -> None:
    other = with_coverage(status=CoverageStatus.ACTIVE, plan_name="PPO")

    assert differences(ONE, other) == ["coverage.status", "coverage.plan_name"]
    assert differences(other, ONE) == ["coverage.status", "coverage.plan_name"]


def test_what_a_form_cannot_say_is_passed_over() -> None:
    other = with_coverage(plan_name="PPO", group_name="IMAGINARY EMPLOYER")

    assert differences(ONE, other, {"coverage.plan_*"}) == ["coverage.group_name"]


def test_road_trace_and_evidence_are_no_difference() -> None:
    other = with_coverage(evidence=("e1",)).model_copy(
        update={
            "answered_by": (AnsweredBy(payer="aetna", road="core_soap", trace="T1"),),
            "evidence": (Evidence(id="e1", text="EB*1**30", says="active", segment=3),),
        }
    )

    assert differences(ONE, other) == []
