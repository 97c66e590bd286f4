"""A command of ours as a child that outlives nobody: when its parent is gone, however it went, the child ends.

``python -m service.cli.supervised COMMAND …`` runs ``benefits COMMAND …``. The parent holds the other end of the
child's standard input. The system closes it with the parent, also when the parent was killed and could end nothing.
"""

import os
import signal
import time
from threading import Thread

STANDARD_INPUT = 0

STOP_SECONDS = 15.0
"""How long a child may take to end of itself."""


def end_with_parent(*, seconds: float = STOP_SECONDS) -> None:
    """Begin to watch the standard input: at its end the process is asked to end, and made to after ``seconds``."""
    Thread(target=_watch, args=(seconds,), name="parent", daemon=True).start()


def _watch(seconds: float) -> None:
    while os.read(STANDARD_INPUT, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(seconds)
    os._exit(1)


if __name__ == "__main__":
    from service.cli.main import run

    end_with_parent()
    run()
