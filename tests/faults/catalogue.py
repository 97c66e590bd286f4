"""The faults that a payer, its gateway and the network can make, and what ``ANSWER.md`` 6 says of each.

A row is a key of the simulator's fault and what must come back once the exchange has ended. A gateway that speaks
JSON has its own face for each fault of an interchange.
"""

from collections.abc import Iterator
from typing import NamedTuple


class Owed(NamedTuple):
    """What a fault comes to: the state, the code of its problem and whose it is (None when the reply is right).

    ``match`` is the answer's member match where the payer knows the member otherwise.
    """

    state: str
    code: str | None = None
    responsible: str | None = None
    match: str | None = None


RIGHT = Owed("final")
DIFFERS = Owed("final", match="differs")
SILENT = Owed("pending", "payer_silent", "payer")
UNREADABLE = Owed("pending", "reply_unreadable", "payer")
BUSY = Owed("pending", "payer_busy", "payer")
MISMATCHED = Owed("pending", "reply_mismatched", "payer")
UNREACHED = Owed("pending", "payer_unreachable", "payer")
SETUP = Owed("final", "setup_problem", "service")
PROVIDER = Owed("final", "setup_problem", "provider")
MEMBER = Owed("final", "member_rejected", "member")
DECLINED = Owed("final", "payer_declined", "payer")

ANYWHERE: dict[str, Owed] = {
    **dict.fromkeys(("NONE", "SLOW1", "DUPLICATE", "SKEWED"), RIGHT),
    **dict.fromkeys(("HANG", "MUTE", "STALL", "DRIP", "DRIPHEAD", "CLOSE", "RESET", "CUT"), SILENT),
    **dict.fromkeys(("STATUS500", "STATUS502", "STATUS504", "STATUS408"), SILENT),
    **dict.fromkeys(("GARBAGE", "HEADERS", "MANYHEADERS", "LENGTHS", "INJECTED", "CHUNKS"), UNREADABLE),
    **dict.fromkeys(("HTML", "EMPTY", "MEDIA", "UNSIZED", "LONG", "STREAM"), UNREADABLE),
    **dict.fromkeys(("GZIP500", "DEFLATE500", "BROTLI"), UNREADABLE),
    **{f"JSON{form}": UNREADABLE for form in range(16)},
    **dict.fromkeys(("STATUS429", "STATUS503"), BUSY),
    **{f"AFTER{form}": BUSY for form in range(8)},
    **dict.fromkeys(("REDIRECT301", "REDIRECT302", "REDIRECT307", "REDIRECT308"), SETUP),
    **dict.fromkeys(("STATUS400", "STATUS401", "STATUS403", "STATUS404", "STATUS415"), SETUP),
}
"""Faults of the network and of HTTP."""

INTERCHANGE: dict[str, Owed] = {
    **dict.fromkeys(("TRUNCATED", "COUNT", "TRAILER", "GROUP", "CONTROL", "TWICE"), UNREADABLE),
    **dict.fromkeys(("CODED1", "CODED2"), UNREADABLE),
    **dict.fromkeys(("CODED3", "NONSENSE", "FLOOD1"), RIGHT),
    **dict.fromkeys(("SWAP", "STALE"), MISMATCHED),
    # 4 alone is ISA13, which payers choose for themselves.
    **{f"CROSS{fields}": MISMATCHED for fields in range(1, 64) if fields != 4},
    # Under our trace one thing may differ: a new id, a married name; a birth date is the caller's to check.
    **dict.fromkeys(("CROSS8", "CROSS12", "CROSS32", "CROSS36"), DIFFERS),
    **dict.fromkeys(("CROSS16", "CROSS20"), MEMBER),
    **dict.fromkeys(("AAA42", "AAA80", "AAA99", "BUSY"), BUSY),
    **{f"AAA{code}": MEMBER for code in (58, 64, 65, 71, 72, 73, 75, 76)},
    **dict.fromkeys(("AAA33", "AAA57", "AAA79", "AAA62", "REJECTED", "INTERCHANGE", "ENVELOPE"), SETUP),
    **dict.fromkeys(("AAA43", "AAA50", "AAA51"), PROVIDER),
    "ACCEPTED": SILENT,
}
"""Faults of an interchange, and what a payer says in place of an answer."""


XML: dict[str, Owed] = {
    **dict.fromkeys(("XMLBOMB", "ENTITY", "DEPTH", "ATTRIBUTES"), UNREADABLE),
    "FAULT": SILENT,
}
"""XML that a reader must refuse; to a route of another form it is one more thing that is no reply."""

_UNTRACED = {f"CROSS{fields}": MISMATCHED for fields in (8, 12, 16, 20, 32, 36)}
"""Without our trace whoever differs in one thing may be another."""

_UNNUMBERED = {**_UNTRACED, **{f"CROSS{fields}": RIGHT for fields in (1, 2, 3, 5, 6, 7)}, "STALE": RIGHT}
"""A gateway with numbers of its own carries none of ours: only who is meant can be told, and that is the same."""

OWN: dict[str, dict[str, Owed | None]] = {
    # UTF-16 is carried by a form, and is no XML.
    "core_mime": {"CODED0": RIGHT},
    "core_soap": {"CODED0": UNREADABLE, **dict.fromkeys(("MTOM", "WRAPPED"), RIGHT)},
    "availity_rest": {
        "CODED0": RIGHT,
        **_UNNUMBERED,
        # Another's reply may be one that names nobody, such as a provider's rejection.
        "SWAP": None,
        # Still 202 when the time is up; a code that names a field of ours, and that nobody knows.
        "ACCEPTED": BUSY,
        "AAA99": SETUP,
        **dict.fromkeys(("MOCK", "LOCATION"), SETUP),
        "OTHERID": MISMATCHED,
    },
    "optum_json": {
        "CODED0": RIGHT,
        **_UNTRACED,
        "CROSS1": RIGHT,
        # Takes everybody's token away, and is met apart.
        "ENVELOPE": None,
        # There is no trailer: another control number is another inquiry's.
        **dict.fromkeys(("COUNT", "TRAILER", "GROUP", "CONTROL"), MISMATCHED),
    },
    "optum_real": {
        "CODED0": RIGHT,
        # BHT03 and ISA13 have no word there.
        **{f"CROSS{fields}": RIGHT for fields in (2, 6)},
        **{f"CROSS{fields}": DIFFERS for fields in (10, 14, 34, 38)},
        **{f"CROSS{fields}": MEMBER for fields in (18, 22)},
        # Another's reply may be an error, which names nobody.
        "SWAP": None,
        # There is no count and no trailer: another trace is another inquiry's.
        **dict.fromkeys(("COUNT", "TRAILER", "GROUP", "CONTROL"), MISMATCHED),
        # A rejection is words; these nobody knows, and the error says that their side failed.
        "AAA99": SILENT,
    },
    "stedi_json": {
        "CODED0": RIGHT,
        **_UNNUMBERED,
        # Another's reply may be one that names nobody, such as a provider's rejection.
        "SWAP": None,
    },
}
"""What is otherwise on one route, or known to it alone; None where nothing can be promised."""


def rows(route: str) -> Iterator[tuple[str, Owed]]:
    """The rows that hold on a route."""
    for fault, owed in {**ANYWHERE, **XML, **INTERCHANGE, **OWN.get(route, {})}.items():
        if owed is not None:
            yield fault, owed


def is_combination(fault: str) -> bool:
    """Whether a row crosses several fields at once; the fast profile leaves those to F2."""
    fields = int(fault.removeprefix("CROSS")) if fault.startswith("CROSS") else 0
    return fields.bit_count() > 1
