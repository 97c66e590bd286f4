"""F12: whatever bytes come back, each is an answer or one of our own errors, soon; and no broken envelope is taken."""

import asyncio
import gc
import json
from collections import Counter
from collections.abc import Callable
from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from contracts import NoReplyAtAll
from payers.routes.stored import read_stored
from payers.x12 import read_interchange
from tests.faults.fuzzing import Tried, broken, edge, inquiries, route_name, spoilt, tried
from tests.faults.routes import opened

SEED = 20261126
SLOWEST = 0.100
CARRIES_X12 = {"core_mime", "core_soap"}
GATELESS = 40


async def fuzzed(name: str, times: int, seed: int) -> list[Tried]:
    async with edge(seed) as ours:
        route = route_name(name)
        dice, ours.dice = ours.dice, None
        # What is imported at first use, and the token, are no input's cost.
        first, *wanted = islice(inquiries(), times + 1)
        right = await tried(route, ours, *first)
        assert right.ended == "accepted", right.ended
        ours.dice = dice
        # As the service does once it runs: no input pays for a round of the collector over what was there before.
        gc.collect()
        gc.freeze()
        return [await tried(route, ours, *one) for one in wanted]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", opened())
def test_a_spoilt_reply_is_an_answer_or_an_error_of_ours(name: str, figure: Any, full: bool) -> None:
    times = 40_000 if full else 1_500
    found = asyncio.run(fuzzed(name, times, SEED))

    uncaught = Counter(one.ended for one in found if one.ended.startswith("uncaught"))
    slow = [one for one in found if one.seconds > SLOWEST]
    accepted = [one for one in found if one.reply is not None and name in CARRIES_X12]
    taken = Counter(filter(None, (broken(one.reply.raw) for one in accepted if one.reply)))
    # The mutant: the same spoilt interchanges, and nobody who looks at the envelope.
    without = sum(broken(one.body) is not None for one in found) if name == "core_mime" else None
    figure(
        f"F12-{name}",
        value={"uncaught": sum(uncaught.values()), "slow": len(slow), "broken": sum(taken.values())},
        n=times,
        seed=SEED,
        mutant_value=without,
        slowest_ms=round(max(one.seconds for one in found) * 1000),
        accepted=sum(one.ended == "accepted" for one in found),
    )
    assert not uncaught
    assert not taken
    assert not slow
    assert 0 < sum(one.ended == "accepted" for one in found) < times


SEGMENTS = st.lists(
    st.tuples(
        st.sampled_from(
            "ISA GS ST BHT HL NM1 TRN AAA DMG INS DTP EB MSG LS LE III HSD REF SE GE IEA TA1 AK1 AK9".split()
        ),
        st.lists(st.text(max_size=12), max_size=14),
    ),
    max_size=40,
)
HEAD = "ISA*00*          *00*          *ZZ*60054          *ZZ*US             *261123*1015*^*00501*000000301*0*P*:~"
PROFILE = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def only_says_no(read: Callable[[bytes], Any], raw: bytes) -> None:
    try:
        read(raw)
    except NoReplyAtAll:
        return


@settings(max_examples=400, **PROFILE)
@given(SEGMENTS)
def test_any_segments_are_read_or_refused(rows: list[tuple[str, list[str]]]) -> None:
    text = HEAD + "".join("*".join([tag, *elements]) + "~" for tag, elements in rows)

    only_says_no(read_interchange, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=400, **PROFILE)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    only_says_no(read_interchange, raw)
    only_says_no(read_interchange, HEAD.encode() + raw)
    only_says_no(read_stored, raw)


NAMES = st.sampled_from(
    "benefitsInformation planStatus subscriber dependents errors code plans benefits coverages statusCode value status"
    " amounts coInsurance eligibility data member memberId x12 controlNumber meta traceId field errorMessage".split()
)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


@settings(max_examples=400, **PROFILE)
@given(DOCUMENTS)
def test_any_document_is_read_or_refused(document: Any) -> None:
    only_says_no(read_stored, json.dumps(document).encode())


def test_the_measure_of_an_envelope_sees_each_break() -> None:
    whole = HEAD + "GS*HB*A*B*1*1*1*X*5~ST*271*1~BHT*1~SE*3*1~GE*1*1~IEA*1*000000301~"

    assert broken(whole.encode()) is None
    assert broken(whole.replace("SE*3", "SE*4").encode()) == "SE01"
    assert broken(whole.replace("IEA*1*000000301", "IEA*1*000000302").encode()) == "IEA02"
    assert broken(whole[:-20].encode()) == "trailers"
    assert len({spoilt(whole.encode(), Random(seed)) for seed in range(50)}) > GATELESS
