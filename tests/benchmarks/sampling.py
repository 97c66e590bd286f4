"""A change in a service (``tests.faults.launcher``): its main thread is sampled, and the profile written at its end.

The signal comes with every few milliseconds of processor time of the process, whichever thread used it, so a sample in
which the main thread waits counts what it waits in.
"""

import signal
from collections import Counter
from pathlib import Path
from types import FrameType

PERIOD = 0.002
PACKAGES = ("service", "payers", "contracts", "site-packages")

AREAS = {
    "payers/x12/": "X12, both ways",
    "payers/routes/shared/multipart.py": "MIME",
    "payers/routes/core_mime/reply.py": "MIME",
    "payers/routes/": "HTTP of the exchange",
    "payers/reading/": "concluding",
    "payers/": "the adapter",
    "service/gateway/": "gateway policy",
    "service/store/": "the store",
    "service/security/": "sealing and keys",
    "service/verification/": "verification and settling",
    "service/telemetry/": "logging",
    "structlog/": "logging",
    "service/web/": "web",
    "fastapi/": "web",
    "starlette/": "web",
    "uvicorn/": "web",
}
"""What a sample counts for: the innermost frame whose file begins so decides."""

areas: Counter[str] = Counter()
own: Counter[str] = Counter()
whole: Counter[str] = Counter()


def sample_main_thread() -> None:
    """Sample from SIGUSR1 to SIGUSR2, which writes ``profile.txt`` in the folder of the process."""
    signal.signal(signal.SIGPROF, _take)
    signal.signal(signal.SIGUSR1, lambda *_: signal.setitimer(signal.ITIMER_PROF, PERIOD, PERIOD))
    signal.signal(signal.SIGUSR2, _write)


def _take(_: int, frame: FrameType | None) -> None:
    if frame is None:
        return
    own[_name(frame)] += 1
    areas[_area(frame)] += 1
    seen: dict[str, None] = {}
    while frame is not None:
        seen[_name(frame)] = None
        frame = frame.f_back
    whole.update(list(seen))


def _area(frame: FrameType | None) -> str:
    while frame is not None:
        place = _place(frame)
        for begins, area in AREAS.items():
            if place.startswith(begins):
                return area
        frame = frame.f_back
    return "the loop and what it waits for"


def _name(frame: FrameType) -> str:
    return f"{_place(frame)}:{frame.f_code.co_qualname}"


def _place(frame: FrameType) -> str:
    path = frame.f_code.co_filename
    for package in PACKAGES:
        _, found, after = path.rpartition(f"/{package}/")
        if found:
            return after if package == "site-packages" else f"{package}/{after}"
    return path.rpartition("/")[2]


def _write(_: int, __: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0.0)
    total = max(1, sum(own.values()))
    parts = []
    for title, counted, shown in (("by area", areas, 20), ("with all that it calls", whole, 110), ("itself", own, 50)):
        parts.append(f"== {title}, of {total} samples")
        parts += [f"{100 * many / total:6.1f} %  {name}" for name, many in counted.most_common(shown)]
    unfinished = Path("profile.part")
    unfinished.write_text("\n".join(parts) + "\n")
    unfinished.rename("profile.txt")
