"""What keeps a command from running, told in one line a fault and with exit code 1; a traceback helps nobody there."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from service.config import SettingsWrong
from service.plugins import PluginRefused
from service.problems import ServiceRefusal
from service.store import StoreFileUnfit, StoreInUse


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what may be wrong with the settings, a plugin or the store into a line for people."""
    try:
        yield
    except SettingsWrong as wrong:
        raise click.ClickException("\n".join(("the settings can't be used:", *wrong.faults))) from None
    except PluginRefused as refused:
        raise click.ClickException(f"a plugin can't be used: {refused}") from None
    except StoreInUse:
        raise click.ClickException(
            "another process serves this database; ask it with --url, or name another BENEFITS_DATABASE_URL"
        ) from None
    except StoreFileUnfit as unfit:
        raise click.ClickException(f"the database can't be used: {unfit}") from None
    except ServiceRefusal as refusal:
        raise click.ClickException(f"refused: {refusal.code}") from None
