"""Where in the code something is, as ``module:function``: what may be logged of it beside its type."""

from types import FrameType, TracebackType


def place_of_frame(frame: FrameType | None) -> str:
    """Return the module and the function that run in ``frame``."""
    return "unknown" if frame is None else f"{frame.f_globals.get('__name__', '?')}:{frame.f_code.co_name}"


def place_of_trace(trace: TracebackType | None) -> str:
    """Return where it was raised whose traceback this is."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return place_of_frame(None if trace is None else trace.tb_frame)
