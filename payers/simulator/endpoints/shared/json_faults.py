"""Faults of an interchange over the JSON routes: there they damage the JSON that is written from a good reply."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from payers.simulator.faults import Fault, FaultKind
from payers.simulator.http_messages import Response

Damage = Callable[[bytes, int], bytes]
"""From a body and the number of the fault to the damaged body."""

MISNUMBERED: Final = (FaultKind.COUNT, FaultKind.TRAILER, FaultKind.GROUP, FaultKind.CONTROL)
"""Faults that give an interchange a wrong number or count."""


def encode_otherwise(body: bytes, number: int) -> bytes:
    """Return ``body`` in another encoding: UTF-16 (which JSON allows), EBCDIC, with NULs, with a byte order mark."""
    text = body.decode("ascii")
    forms = (text.encode("utf-16"), text.encode("cp500"), body.replace(b"e", b"e\0"), b"\xef\xbb\xbf" + body)
    return forms[number % len(forms)]


DAMAGES: Final[Mapping[FaultKind, Damage]] = {
    FaultKind.TRUNCATED: lambda body, _: body[: len(body) * 2 // 3],
    FaultKind.CODED: encode_otherwise,
}
"""What every JSON route does to its body; a route adds its own."""


def damages_with_number(pattern: bytes) -> Mapping[FaultKind, Damage]:
    """Return what is done to a body whose own number ``pattern`` finds, with what stands before it as its group."""

    def misnumber(body: bytes, _: int) -> bytes:
        return re.sub(pattern, rb"\g<1>777777777", body)

    return {**DAMAGES, **dict.fromkeys(MISNUMBERED, misnumber), FaultKind.TWICE: lambda body, _: body * 2}


def damage_response(response: Response, fault: Fault, damages: Mapping[FaultKind, Damage]) -> Response:
    """Return ``response``, its body damaged where the fault is one of ``damages``."""
    damage = damages.get(fault.kind)
    return response._replace(body=damage(response.body, fault.number)) if damage else response
