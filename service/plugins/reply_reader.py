"""The reader of kept replies that is installed: ours reads those of every route."""

from collections.abc import Callable, Sequence
from typing import cast

from contracts import Benefits
from service.entry_points import REPLIES, entries, load

ReplyReader = Callable[[bytes], Sequence[Benefits]]
"""From the bytes of a kept reply to what it says of each member. Raises ``NoReplyAtAll``."""


def load_reply_reader() -> ReplyReader:
    """Return the reader of kept replies. Raises ``PluginRefused``."""
    return cast("ReplyReader", load(entries(REPLIES)[0]))
