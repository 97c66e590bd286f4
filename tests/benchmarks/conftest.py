"""The replies that benchmarks read, and a process in which what was measured before costs nothing."""

import gc
from collections.abc import Callable, Iterator, Sequence

import pytest

HEAD = (
    "ISA*00*          *00*          *ZZ*60054          *ZZ*EXAMPLERECOVERY*261123*1015*^*00501*000000301*0*P*:",
    "GS*HB*60054*EXAMPLERECOVERY*20261123*1015*301*X*005010X279A1",
    "ST*271*0001*005010X279A1",
    "BHT*0022*11*TEST301*20261123*1015",
    "HL*1**20*1",
    "NM1*PR*2*EXAMPLE PAYER*****PI*60054",
    "HL*2*1*21*1",
    "NM1*1P*2*EXAMPLE RECOVERY CENTER*****XX*1999999984",
    "HL*3*2*22*0",
    "TRN*2*TEST3010*9TESTCASES",
    "NM1*IL*1*SPECIMEN*OTIS****MI*W900000011",
)


@pytest.fixture(autouse=True)
def memory_of_others_set_aside() -> Iterator[None]:
    """Keep the garbage collector from walking through what earlier benchmarks left, which costs long replies most."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def text() -> Callable[..., bytes]:
    """The bytes of a 271 with the given benefit lines."""

    def whole(lines: Sequence[str]) -> bytes:
        body = [*HEAD, *lines]
        return ("~".join([*body, f"SE*{len(body) - 1}*0001", "GE*1*301", "IEA*1*000000301"]) + "~").encode()

    return whole
