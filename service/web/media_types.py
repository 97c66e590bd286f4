"""Which media type a caller gets: what its ``Accept`` asks for, among what is offered (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Sequence

_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


def choose_media_type(accept: Sequence[str], offered: Sequence[str]) -> str | None:
    """Return the offered type that is wanted most, the first among equals; None when none is wanted.

    ``accept`` are the lines of the header; without one everything is wanted. A range that cannot be read is passed
    over.
    """
    ranges = [one for line in accept for one in map(_read_range, line.split(",")) if one is not None]
    if not ranges:
        return None if any(line.strip() for line in accept) else offered[0]
    wanted = {one: _quality(one, ranges) for one in offered}
    best = max(offered, key=lambda one: wanted[one])
    return best if wanted[best] > 0 else None


def _read_range(text: str) -> tuple[str, float] | None:
    """Return a range and its weight: ``text/html;q=0.5``. Other parameters are passed over."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    if not re.fullmatch(r"[^/\s]+/[^/\s]+", name):
        return None
    weights = [_QUALITY.fullmatch(one) for one in parameters if one.startswith("q=")]
    if not weights:
        return name, 1.0
    return None if weights[0] is None else (name, float(weights[0][1]))


def _quality(offered: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Return the weight of the narrowest range that holds ``offered``."""
    major = offered.split("/", maxsplit=1)[0]
    for name in (offered, f"{major}/*", "*/*"):
        found = [quality for one, quality in ranges if one == name]
        if found:
            return max(found)
    return 0.0
