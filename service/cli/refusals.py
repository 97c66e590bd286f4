"""What keeps a command from running, told in one line a fault and with exit code 1; a traceback helps nobody there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import click
import structlog

from service.errors import ServiceRefusal
from service.plugins.loading import PluginRefused
from service.settings.model import SettingsWrong
from service.store import NotReady, StoreFileUnfit, StoreInUse, StoreUnavailable, way_out
from service.telemetry.logs import LONGEST

log = structlog.get_logger()

REFUSALS = (SettingsWrong, PluginRefused, StoreInUse, StoreFileUnfit, ServiceRefusal)
"""What may be wrong with the settings, a plugin or the store."""


class SetupFault(NamedTuple):
    """One thing that is wrong with how the service is set up: which setting, why, and what to do about it."""

    reason: str
    remedy: str
    setting: str | None = None


_DATABASE = "BENEFITS_DATABASE_URL"
_SCHEMA = SetupFault(
    "a newer version of the service has migrated the database",
    "run that version, or restore the database as it was before",
    _DATABASE,
)
_UNMIGRATED = SetupFault(
    "the database's schema can't be brought up to date",
    "see that its user may create tables, that it is reachable, and that nobody holds a lock on it",
    _DATABASE,
)
_UNREACHED = SetupFault(
    "the database can't be reached or refuses us",
    "see that the server runs, and that its address, user, password and certificate are right",
    _DATABASE,
)
_NO_RIGHT = SetupFault(
    "the database's role may not remove lines of the audit",
    "run this command with the address of a role that may, such as the owner of the tables",
    _DATABASE,
)
_STORE_FAULTS = {
    "audit_retention:InsufficientPrivilege": _NO_RIGHT,
    "schema:CommandError": _SCHEMA,
    "schema:OperationalError": _UNREACHED,
    "schema": _UNMIGRATED,
}
"""By the detail of a ``StoreUnavailable``, or its part before the colon."""


def faults_of(error: Exception) -> tuple[SetupFault, ...]:
    """Return what one of ``REFUSALS`` says of the set-up."""
    if isinstance(error, SettingsWrong):
        return tuple(_of_a_setting(line) for line in error.faults)
    if isinstance(error, PluginRefused):
        return (SetupFault(f"a plugin can't be used: {error}", "mend that distribution, or uninstall it"),)
    if isinstance(error, StoreInUse):
        remedy = f"ask it with --url, or name another {_DATABASE}"
        return (SetupFault("another process serves this database", remedy, _DATABASE),)
    if isinstance(error, StoreFileUnfit):
        return (SetupFault(f"the database can't be used: {error}", "name another file", _DATABASE),)
    if isinstance(error, StoreUnavailable | NotReady):
        return (_of_the_store(error),)
    code = error.code if isinstance(error, ServiceRefusal) else type(error).__name__
    return (SetupFault(f"refused: {code}", "see benefits doctor"),)


@contextmanager
def reporting() -> Iterator[None]:
    """Log what keeps the service from starting, with its reason and a remedy, and let it through."""
    try:
        yield
    except REFUSALS as error:
        for fault in faults_of(error):
            log.error(
                "setup.refused", setting=fault.setting, reason=_as_code(fault.reason), remedy=_as_code(fault.remedy)
            )
        raise
    except click.ClickException as error:
        log.error("setup.refused", setting=None, reason=_as_code(error.message), remedy="see benefits serve --help")
        raise


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what may be wrong with the settings, a plugin or the store into lines for people."""
    try:
        yield
    except SettingsWrong as wrong:
        raise click.ClickException("\n".join(("the settings can't be used:", *wrong.faults))) from None
    except REFUSALS as error:
        raise click.ClickException("\n".join(f"{one.reason}; {one.remedy}" for one in faults_of(error))) from None


def _of_a_setting(line: str) -> SetupFault:
    name, colon, words = line.partition(": ")
    if not colon or not name.startswith("BENEFITS_"):
        return SetupFault(line, "see benefits doctor")
    return SetupFault(words, "set it as benefits doctor describes it, and start again", name)


def _of_the_store(error: StoreUnavailable | NotReady) -> SetupFault:
    if isinstance(error, NotReady):
        return SetupFault(*way_out(error.detail), "BENEFITS_KEYS__SEALING")
    found = _STORE_FAULTS.get(error.detail) or _STORE_FAULTS.get(error.detail.partition(":")[0])
    return found or _UNREACHED._replace(reason=f"{_UNREACHED.reason} ({error.detail or error.code})")


def _as_code(words: str) -> str:
    """``words`` in the signs that the log lets through. They are ours: a fault never holds a value."""
    plain = words.replace("can't", "cannot").replace("'s ", "s ").replace(";", ",")
    return re.sub(r"[^\w.:/,%{} -]", " ", plain, flags=re.ASCII)[:LONGEST]
