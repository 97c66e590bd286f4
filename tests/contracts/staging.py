"""What the tests of texts stand on: any answer that there can be, and one whose every part is chosen."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from contracts import (
    PROGRAMS,
    Accumulator,
    AccumulatorLevel,
    Accumulators,
    AccumulatorSide,
    Administrator,
    AdministratorOutcome,
    Alternative,
    Answer,
    Copay,
    CopayPer,
    Coverage,
    CoverageStatus,
    Figure,
    Grade,
    Limit,
    LimitPeriod,
    LimitUnit,
    Problem,
    ProblemCode,
    ProgramTerms,
    Responsible,
    Rule,
    State,
    Terms,
    Verdict,
)

AS_OF = datetime(2026, 11, 23, 15, tzinfo=UTC)
AGAIN = AS_OF + timedelta(seconds=90)
PAYER, THEIRS = "8005550199", "8005550133"
MARKS = ("e1",)


def terms(verdict: Verdict = Verdict.COVERED, rule: Rule = Rule.PHRASE, **more: Any) -> Terms:
    return Terms(**({"verdict": verdict, "grade": Grade.A, "rule": rule, "evidence": MARKS} | more))


def answer(
    in_network: Terms | None = None,
    status: CoverageStatus = CoverageStatus.ACTIVE,
    *,
    state: State = State.FINAL,
    until: datetime | None = None,
    **more: Any,
) -> Answer:
    """An answer whose rows all read ``in_network``, with its texts."""
    rows = {} if in_network is None else {"in_network": in_network}
    return Answer(
        payer="acme",
        service_date=date(2026, 11, 23),
        as_of=AS_OF,
        coverage=Coverage(status=status),
        programs=tuple(ProgramTerms(program=one, condition=other, **rows) for one, other in PROGRAMS),
        payer_phone=PAYER,
        state=state,
        asked_until=until,
        **more,
    )


def problem(code: ProblemCode, *fields: str, waits: bool = False) -> Problem:
    responsible = Responsible.MEMBER if code is ProblemCode.MEMBER_REJECTED else Responsible.PAYER
    return Problem(code=code, responsible=responsible, fields=fields, retry_at=AGAIN if waits else None)


def individual(**figures: Any) -> Accumulators:
    """Accumulators of which the individual's deductible in network alone is known."""
    level = AccumulatorLevel(deductible=Accumulator(**({"evidence": MARKS} | figures)))
    return Accumulators(in_network=AccumulatorSide(individual=level))


money = st.decimals(Decimal(0), Decimal(20_000), places=2)
shares = st.decimals(Decimal(0), Decimal(1), places=2)
marks = st.sampled_from([(), MARKS])
alternatives = st.lists(
    st.one_of(
        st.builds(
            Alternative, figure=st.just(Figure.COPAY), value=money, per=st.sampled_from(CopayPer), evidence=marks
        ),
        st.builds(Alternative, figure=st.just(Figure.COINSURANCE), value=shares, evidence=marks),
    ),
    max_size=3,
).map(tuple)
limits = st.lists(
    st.builds(
        Limit,
        quantity=st.none() | st.decimals(1, 2000, places=0),
        unit=st.sampled_from(LimitUnit),
        period=st.sampled_from(LimitPeriod),
        remaining=st.none() | st.decimals(0, 2000, places=1),
        evidence=marks,
    ).filter(lambda one: one.quantity is not None or one.remaining is not None),
    max_size=2,
).map(tuple)
any_terms = st.builds(
    Terms,
    copay=st.none() | st.builds(Copay, amount=money, per=st.sampled_from(CopayPer)),
    coinsurance=st.none() | shares,
    limits=limits,
    alternatives=alternatives,
    assumed=st.sampled_from([(), (Figure.COPAY,), (Figure.COINSURANCE,)]),
    administered_by=st.sampled_from([None, "OPTUM"]),
    evidence=marks,
)
accumulator = st.builds(
    Accumulator,
    total=st.none() | money,
    met=st.none() | money,
    remaining=st.none() | money,
    alternatives=st.lists(
        st.builds(Alternative, figure=st.just(Figure.DEDUCTIBLE), value=money, evidence=marks), max_size=3
    ).map(tuple),
    evidence=marks,
)
level = st.builds(AccumulatorLevel, deductible=accumulator, out_of_pocket=accumulator)
side = st.builds(AccumulatorSide, individual=level, family=level)
administrators = st.lists(
    st.builds(
        Administrator,
        name=st.just("OPTUM"),
        phone=st.sampled_from([None, THEIRS]),
        outcome=st.sampled_from(AdministratorOutcome),
    ),
    max_size=1,
).map(tuple)
problems = st.lists(
    st.builds(
        Problem,
        code=st.sampled_from(ProblemCode),
        responsible=st.sampled_from(Responsible),
        fields=st.sampled_from([(), ("member_id",), ("birth_date",)]),
        retry_at=st.sampled_from([None, AGAIN]),
    ),
    max_size=2,
).map(tuple)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Any answer, whether it makes sense or not."""
    whole = answer(
        status=draw(st.sampled_from(CoverageStatus)),
        administrators=draw(administrators),
        problems=draw(problems),
        accumulators=Accumulators(in_network=draw(side)),
    )
    rows = tuple(row.model_copy(update={"in_network": draw(any_terms)}) for row in whole.programs)
    state = draw(st.sampled_from(State))
    until = AS_OF + timedelta(seconds=900)
    return whole.model_copy(update={"programs": rows, "state": state, "asked_until": until})
