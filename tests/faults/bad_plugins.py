"""A distribution with a payer that misbehaves in one of many ways, laid into a folder as an installer would."""

from pathlib import Path

DISTRIBUTION = "imaginary-bad-payer"
PAYER = "bad"

MODULE = '''
"""An imaginary payer that does in its midst what ``BAD_KIND`` says."""

import asyncio, atexit, ctypes, os, re, signal, subprocess, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contracts import Card, InquiryPlan, RouteEntry
from payers.adapter import DataAdapter

CARD = Card(
    id="bad", name="Bad Health",
    routes=(RouteEntry(route="core_mime", payer_id="60054", payer_name="AETNA", source="imaginary"),),
    plan=InquiryPlan(source="imaginary"),
)
KEPT = []


def begun():
    Path("begun").touch()


async def swallows_its_cancellation():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass


async def sleeps_in_the_loop():
    time.sleep(3600)


async def spins_in_the_loop():
    while True:
        pass


async def holds_the_interpreter():
    re.fullmatch("(a+)+b", "a" * 60)


async def holds_the_interpreter_asleep():
    ctypes.PyDLL(None).sleep(3600)


def forever():
    while True:
        time.sleep(3600)


async def keeps_a_thread():
    threading.Thread(target=forever).start()


async def keeps_an_executor():
    KEPT.append(ThreadPoolExecutor(1))
    KEPT[-1].submit(forever)


async def waits_for_a_thread():
    await asyncio.to_thread(forever)


async def leaves_a_process():
    KEPT.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"]))


async def never_closes():
    try:
        yield 1
    finally:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass


async def keeps_a_generator():
    KEPT.append(never_closes())
    await anext(KEPT[-1])


async def exits():
    sys.exit(3)


async def interrupts():
    raise KeyboardInterrupt


async def raises_an_end():
    sys.exit(3)


async def exits_in_a_task():
    KEPT.append(asyncio.ensure_future(exits()))
    await asyncio.sleep(0.1)


async def interrupts_in_a_task():
    KEPT.append(asyncio.ensure_future(interrupts()))
    await asyncio.sleep(0.1)


async def blocks_at_exit():
    atexit.register(forever)


class Clinging:
    def __del__(self):
        forever()


async def blocks_when_deleted():
    KEPT.append(Clinging())


async def replaces_the_signals():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if os.environ.get("BAD_KIND") == "hangs_at_import":
    begun()
    forever()


class Bad(DataAdapter):
    async def verify(self, question, gateway):
        kind = globals().get(os.environ.get("BAD_KIND", ""))
        if kind is not None:
            begun() if kind not in LATE else None
            await kind()
            begun()
        return await super().verify(question, gateway)


LATE = {exits_in_a_task, interrupts_in_a_task, keeps_a_generator, replaces_the_signals}
adapter = Bad(CARD)
'''

STUCK = (
    "swallows_its_cancellation",
    "sleeps_in_the_loop",
    "spins_in_the_loop",
    "keeps_a_thread",
    "keeps_an_executor",
    "waits_for_a_thread",
    "keeps_a_generator",
    "blocks_at_exit",
)
"""Kinds that keep a process from ending by itself: it is cut off, and the log says whose fault it is."""

HARMLESS = (
    "leaves_a_process",
    "raises_an_end",
    "exits_in_a_task",
    "interrupts_in_a_task",
    "replaces_the_signals",
    "blocks_when_deleted",
)
"""Kinds in spite of which it ends as ever."""

DEAF = ("holds_the_interpreter", "holds_the_interpreter_asleep")
"""Calls that give the interpreter back to nobody, one at work and one idle: only another process can end this one."""


def lay_out(folder: Path) -> Path:
    """Lay the distribution into ``folder``, which then belongs on ``PYTHONPATH``."""
    about = folder / "imaginary_bad_payer-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / "bad_payer.py").write_text(MODULE)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[benefit_verification.payers]\n{PAYER} = bad_payer:adapter\n")
    return folder
