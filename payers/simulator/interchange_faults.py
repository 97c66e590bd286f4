"""Faults that damage an interchange before it is sent, or mix an inquiry up with another one."""

import re
from collections.abc import Callable
from itertools import count

from payers.simulator.faults import Fault, FaultKind
from payers.simulator.payers import SimulatedPayer
from payers.x12 import Inquiry270

_STRAYS = count(1)

_NONSENSE = (
    *("EB*B*IND*MH***27*1e309*****Y", "EB*B*IND*MH***27*NaN*****Y", "EB*B*IND*MH***27*-5*****Y", "EB*B*IND*MH***27*,5"),
    *("EB*A*IND*MH*****Infinity****Y", f"EB*C*IND*30***23*{'9' * 40}*****Y", "EB*F*IND*MH*****9e9*DY*-1*Y"),
    *("EB*1*IND*MH**PLAN", "DTP*346*D8*20260230", "DTP*347*D8*00000000", "DTP*307*RD8*20269999-2"),
)
"""Lines with figures and dates that are none. Source: ``RELIABILITY.md`` 5.2, P15 and P16."""


NUMBERS_OF_ANOTHER = 0b000011
"""Trace and BHT03, of the seven that ``mix_up`` knows."""


def mix_up(inquiry: Inquiry270, fields: int) -> Inquiry270:
    """Return ``inquiry`` with some of seven things taken from another one: the bits of ``fields``.

    1 trace, 2 BHT03, 4 ISA13 (which only some payers repeat), 8 member id, 16 birth date, 32 last name, 64 first name.
    With 128 the payer declares that it corrected our data. The crowd answers under any of them, so that only what was
    crossed differs.
    """
    stray = next(_STRAYS)
    changed = inquiry._replace(
        trace=f"STRAY{stray}" if fields & 1 else inquiry.trace,
        transaction=f"STRAY{stray}" if fields & 2 else inquiry.transaction,
        interchange=f"{900_000_000 + stray % 1_000_000:09d}" if fields & 4 else inquiry.interchange,
    )
    patient = changed.dependent or changed.subscriber
    other = patient._replace(
        birth_date="19010203" if fields & 16 else patient.birth_date,
        last_name="CROWDSTRANGER" if fields & 32 else patient.last_name,
        first_name="ANOTHER" if fields & 64 else patient.first_name,
        changed=bool(fields & 128),
    )
    alone = changed.dependent is None
    changed = changed._replace(subscriber=other) if alone else changed._replace(dependent=other)
    if fields & 8:
        other = changed.subscriber._replace(member_id=f"STRAY{stray:06d}", changed=bool(fields & 128))
        changed = changed._replace(subscriber=other)
    return changed


def damage_interchange(payload: bytes, payer: SimulatedPayer, fault: Fault) -> bytes:
    """Return ``payload``, damaged where the fault is one of an interchange."""
    change = _DAMAGED.get(fault.kind)
    return change(payload, payer, fault.number) if change else payload


def _with_lines(payload: bytes, payer: SimulatedPayer, lines: bytes, number: int) -> bytes:
    """Return ``payload`` with ``number`` more written segments at its end, and its count corrected."""
    separator = payer.delimiters.element.encode()
    at = payload.rindex(b"SE" + separator)
    tag, counted, rest = payload[at:].split(separator, 2)
    return payload[:at] + lines + separator.join([tag, str(int(counted) + number).encode(), rest])


def _write_texts(texts: tuple[str, ...], payer: SimulatedPayer) -> bytes:
    signs = payer.delimiters
    plain = (text.replace("*", signs.element) for text in texts)
    return "".join(text + signs.segment + signs.line_end for text in plain).encode()


def _flood(payload: bytes, payer: SimulatedPayer, thousands: int) -> bytes:
    lines = (thousands or 100) * 1000
    return _with_lines(payload, payer, _write_texts(("EB*1**30",), payer) * lines, lines)


def _nonsense(payload: bytes, payer: SimulatedPayer, number: int) -> bytes:
    del number
    return _with_lines(payload, payer, _write_texts(_NONSENSE, payer), len(_NONSENSE))


def _beside(payload: bytes, payer: SimulatedPayer, code: int) -> bytes:
    """Return an AAA at the member's level, and the benefit lines all the same."""
    signs = payer.delimiters
    element, end = re.escape(signs.element).encode(), re.escape(signs.segment).encode()
    named = re.compile(b"NM1" + element + b"(?:IL|03)" + element + b".*?" + end, re.DOTALL)
    last = list(named.finditer(payload))[-1].end()
    rejection = _write_texts((f"AAA*N**{code or 42:02d}*C",), payer)
    return _with_lines(payload[:last] + rejection + payload[last:], payer, b"", 1)


def _make_miscount(tag: bytes, place: int) -> Callable[[bytes, SimulatedPayer, int], bytes]:
    """Return a change that puts another number of the same length into one element of a trailer."""

    def change_payload(payload: bytes, payer: SimulatedPayer, number: int) -> bytes:
        del number
        separator = payer.delimiters.element.encode()
        at = payload.rindex(tag + separator)
        elements = payload[at:].split(separator, place)
        value = re.match(rb"\d+", elements[place])
        right = value.group() if value else b""
        wrong = (b"8" if right.startswith(b"7") else b"7") * len(right)
        return payload[:at] + separator.join([*elements[:place], wrong + elements[place][len(right) :]])

    return change_payload


def _encode_otherwise(payload: bytes, payer: SimulatedPayer, number: int) -> bytes:
    """Return it in another encoding: UTF-16, EBCDIC, with NULs, with a byte order mark (which is legal)."""
    del payer
    text = payload.decode("ascii")
    forms = (text.encode("utf-16"), text.encode("cp500"), payload.replace(b"E", b"E\0"), b"\xef\xbb\xbf" + payload)
    return forms[number % len(forms)]


def _of_bytes(change: Callable[[bytes], bytes]) -> Callable[[bytes, SimulatedPayer, int], bytes]:
    def change_payload(payload: bytes, payer: SimulatedPayer, number: int) -> bytes:
        del payer, number
        return change(payload)

    return change_payload


_DAMAGED: dict[FaultKind, Callable[[bytes, SimulatedPayer, int], bytes]] = {
    FaultKind.COUNT: _of_bytes(lambda payload: re.sub(rb"(?<=\bSE.)\d+", b"99", payload)),
    FaultKind.TRUNCATED: _of_bytes(lambda payload: payload[: len(payload) * 2 // 3]),
    FaultKind.TRAILER: _make_miscount(b"IEA", 2),
    FaultKind.GROUP: _make_miscount(b"GE", 2),
    FaultKind.CONTROL: _make_miscount(b"SE", 2),
    FaultKind.TWICE: _of_bytes(lambda payload: payload * 2),
    FaultKind.BESIDE: _beside,
    FaultKind.NONSENSE: _nonsense,
    FaultKind.FLOOD: _flood,
    FaultKind.CODED: _encode_otherwise,
}
