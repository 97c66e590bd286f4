"""``benefits`` with changes that no setting knows: ``python -m tests.faults.launcher CHANGES COMMAND …``.

``CHANGES`` are functions, ``module:function`` and commas between, called before the command runs; empty for none.
"""

import sys
from importlib import import_module

from service.cli.main import main
from service.cli.process import PROCESS


def change(name: str) -> None:
    """Call the function ``module:function``."""
    module, _, function = name.partition(":")
    getattr(import_module(module), function)()


if __name__ == "__main__":
    changes = sys.argv.pop(1)
    for wanted in filter(None, changes.split(",")):
        change(wanted)
    sys.argv[0] = "benefits"
    main(obj=PROCESS)
