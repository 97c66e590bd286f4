"""Entry points: which distribution brings what. Two claims of one name are refused, and so is what can't be loaded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import NamedTuple

DISTRIBUTION = "benefit-verification"
PAYERS = "benefit_verification.payers"
ROUTES = "benefit_verification.routes"
COMMANDS = "benefit_verification.commands"
REPLIES = "benefit_verification.replies"
OWN_PACKAGES = ("contracts", "payers", "service")

_KINDS = {PAYERS: "payer", ROUTES: "route", COMMANDS: "command", REPLIES: "reader of replies"}


class PluginRefused(Exception):
    """Something that was found can't be used; the message names its distribution and what is wrong with it."""


class Source(NamedTuple):
    """Who brings a plugin: its distribution, what it is (``payer:acme``), and the module that its entry point names."""

    distribution: str
    plugin: str
    module: str

    def __str__(self) -> str:
        """Both names, as logs show them."""
        return f"{self.distribution}/{self.plugin}"


def entries(group: str, found: Iterable[EntryPoint] | None = None) -> list[EntryPoint]:
    """Return the entry points of ``group`` by name; ``found`` stands in for what is installed.

    Raises ``PluginRefused`` when two distributions claim one name, or another one a name of ours: whichever of them
    were taken, questions about members would go to whoever came later.
    """
    points = sorted(entry_points(group=group) if found is None else found, key=lambda point: (point.name, point.value))
    claims: dict[str, list[EntryPoint]] = defaultdict(list)
    for point in points:
        claims[point.name.casefold()].append(point)
    for claimed in claims.values():
        refuse_claims(claimed, _KINDS.get(group, "entry"))
    # Ours come first, so that it is the other one who is refused when two clash.
    return sorted((claimed[0] for claimed in claims.values()), key=lambda point: (not _is_ours(point), owner(point)))


def refuse_claims(claimed: Sequence[EntryPoint], kind: str, *, ours: bool = False) -> None:
    """Refuse several claims of one name; ``ours`` says that it is the name of something of ours beside entry points.

    Raises ``PluginRefused``.
    """
    others = sorted({owner(point) for point in claimed if not _is_ours(point)})
    if not others or (len(claimed) == 1 and not ours):
        return
    what = f"{kind} {claimed[0].name}"
    if ours or any(map(_is_ours, claimed)):
        raise PluginRefused(f"{', '.join(others)}: {what} is a name of {DISTRIBUTION}; nobody else may claim it")
    if len(others) == 1:
        raise PluginRefused(f"{others[0]}: {what} is claimed twice; name it once")
    raise PluginRefused(f"{others[-1]}: {what} is claimed by {' and '.join(others)}; uninstall one of them")


def load(point: EntryPoint) -> object:
    """Return what ``point`` names. Raises ``PluginRefused``, naming the fault, for whatever importing it raises."""
    try:
        loaded: object = point.load()
    except BaseException as failure:
        raise PluginRefused(f"{owner(point)}: {point.name} can't be loaded: {describe(failure)}") from failure
    return loaded


def owner(point: EntryPoint) -> str:
    """Return the name of the distribution that brings ``point``."""
    return point.dist.name if point.dist is not None else "a distribution without a name"


def sources() -> Iterator[Source]:
    """Yield who brings which payer and which route, of all that are installed."""
    for group in (PAYERS, ROUTES):
        for point in entry_points(group=group):
            yield Source(owner(point), f"{_KINDS[group]}:{point.name}", point.module)


def describe(failure: BaseException, *, words: bool = True) -> str:
    """Return what went wrong, for an author: the innermost line of their module, the fields of a ``ValidationError``.

    Without ``words`` its message is left out.
    """
    return f"{_words_of(failure) if words else type(failure).__name__}{_line_of(failure)}"


def _words_of(failure: BaseException) -> str:
    # Imported late: the command line reads names of commands from here, and starts at once.
    from pydantic import ValidationError

    words = str(failure).splitlines()[0] if str(failure) else ""
    if isinstance(failure, ValidationError):
        faults = failure.errors(include_url=False, include_context=False, include_input=False)
        words = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}" for fault in faults)
        return f"{failure.title}: {words}"
    if isinstance(failure, SystemExit):
        words = "it ends the process"
    return f"{type(failure).__name__}: {words}" if words else type(failure).__name__


def _line_of(failure: BaseException) -> str:
    """Return the innermost line of a module that is neither ours nor a library's, as `` (acme_payer.py, line 12)``."""
    trace, place = failure.__traceback__, ""
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in {*OWN_PACKAGES, "importlib", "_frozen_importlib", "pydantic"}:
            place = f" ({trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return place


def _is_ours(point: EntryPoint) -> bool:
    return owner(point).lower().replace("_", "-") == DISTRIBUTION
