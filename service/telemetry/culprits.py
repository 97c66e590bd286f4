"""Which plugin is at work: found by the names of its tasks, and by its modules on the stacks of threads."""

import asyncio
import gc
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from types import AsyncGeneratorType, FrameType
from typing import NamedTuple

from service.entry_points import OWN_PACKAGES, Source, sources
from service.telemetry.places import place_of_frame

UNKNOWN = "unknown"


class Culprit(NamedTuple):
    """A plugin that is at work, as ``distribution/payer:acme``, and where: ``module:function``."""

    plugin: str
    place: str


def find_culprits(
    loop: asyncio.AbstractEventLoop | None, main: int | None, known: Sequence[Source] | None = None
) -> list[Culprit]:
    """The plugins that keep a process from ending, each once.

    They are looked for where the thread ``main`` stands, in tasks of ``loop`` that were cancelled and go on, on the
    stacks of the other threads, and, when nobody is found there, in asynchronous generators, and then in all tasks.
    To be called from a thread beside both. ``known`` are the plugins that are installed, looked up before.
    """
    known = tuple(sources()) if known is None else known
    frames = sys._current_frames()  # noqa: SLF001 - the one way to see where another thread stands
    mine = threading.get_ident()
    tasks = [] if loop is None else [task for task in asyncio.all_tasks(loop) if not task.done()]
    found = [*_on_stack(known, frames.get(main or 0))]
    found += [culprit for task in tasks if task.cancelling() for culprit in _of_task(known, task)]
    for number, frame in frames.items():
        if number not in {mine, main}:
            found += _on_stack(known, frame)
    if not found:
        # A generator that does not close is awaited by a task in which it can't be seen.
        begun = [thing for thing in gc.get_objects() if type(thing) is AsyncGeneratorType]
        found = [culprit for one in begun for culprit in _on_stack(known, one.ag_frame)]
    if not found:
        found = [culprit for task in tasks for culprit in _of_task(known, task)]
    return list({culprit.plugin: culprit for culprit in reversed(found)}.values())[::-1]


def culprit_of(failure: BaseException) -> Culprit:
    """The plugin in whose module ``failure`` was raised."""
    known, trace, found = tuple(sources()), failure.__traceback__, Culprit(UNKNOWN, UNKNOWN)
    while trace is not None:
        source = _brings(known, str(trace.tb_frame.f_globals.get("__name__", "")))
        if source is not None:
            found = Culprit(str(source), place_of_frame(trace.tb_frame))
        trace = trace.tb_next
    return found


def _of_task(known: Iterable[Source], task: "asyncio.Task[object]") -> Iterator[Culprit]:
    """A task is a plugin's when it bears its name, as ours around it do, or when its code is."""
    frames = task.get_stack()
    place = place_of_frame(frames[-1]) if frames else UNKNOWN
    inner: object = task.get_coro()
    while inner is not None:
        frame: FrameType | None = getattr(inner, "cr_frame", None) or getattr(inner, "ag_frame", None)
        if frame is not None:
            source = _brings(known, str(frame.f_globals.get("__name__", "")))
            if source is not None:
                yield Culprit(str(source), place_of_frame(frame))
                return
        inner = getattr(inner, "cr_await", None)
    for source in known:
        if source.plugin == task.get_name():
            yield Culprit(str(source), place)


def _on_stack(known: Iterable[Source], frame: FrameType | None) -> Iterator[Culprit]:
    while frame is not None:
        source = _brings(known, str(frame.f_globals.get("__name__", "")))
        if source is not None:
            yield Culprit(str(source), place_of_frame(frame))
            return
        frame = frame.f_back


def _brings(known: Iterable[Source], module: str) -> Source | None:
    """Who brings ``module``: a plugin's own module, or, of a stranger's distribution, any module of its package."""
    top = module.partition(".")[0]
    for source in known:
        theirs = source.module.partition(".")[0]
        if module == source.module or (top == theirs and theirs not in OWN_PACKAGES):
            return source
    return None
