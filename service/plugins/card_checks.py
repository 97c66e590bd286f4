"""What a payer's card may not hold: at start-up a fault is a sentence for its author, later a wrong answer."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import time
from importlib.util import find_spec
from pathlib import Path

from pydantic import ValidationError

from contracts import Card, Dialect, Member
from contracts.wait_limits import LONGEST_USUAL_ATTEMPT
from service.entry_points import describe

_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", re.ASCII)
_SERVICE_TYPE = re.compile(r"[1-9]\d?|[A-Z][A-Z0-9]", re.ASCII)
"""A code of X12's list 1365: a number of one or two digits, or a letter and one sign more."""

_PAYER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,78}[A-Za-z0-9]|[A-Za-z0-9]", re.ASCII)
"""What stands in NM109 without being mistaken for a separator."""


def card_faults(card: Card, routes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each fault of ``card`` as a field and a sentence; ``routes`` are those that somebody serves."""
    try:
        # A copy with changes is not validated when it is made.
        Card.model_validate({name: getattr(card, name) for name in Card.model_fields})
    except ValidationError as wrong:
        yield _field_of(wrong), describe(wrong)
        return
    for check in _CHECKS:
        yield from check(card)
    served = frozenset(routes)
    for field, entries in (("routes", card.routes), ("authorization_routes", card.authorization_routes)):
        for entry in entries:
            if entry.route not in served:
                yield field, f"nobody serves the route {entry.route}; installed are {', '.join(sorted(served))}"


def dialect_faults(dialect: object) -> Iterator[tuple[str, str]]:
    """Yield each fault of what an adapter calls its dialect."""
    if not isinstance(dialect, Dialect):
        yield "dialect", "it is no Dialect"
        return
    for phrase in dialect.phrases:
        if not re.search(r"\w", phrase.words):
            yield "phrases", f"a phrase for {phrase.program.value} has no words; every line would be taken for it"
    if dialect.no_limit_from <= 0:
        yield "no_limit_from", "it is an amount above 0; every figure would mean no limit"


def administrator_faults(card: Card, payers: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each administrator of ``card`` that names a payer whom nobody knows, or the payer itself."""
    known = frozenset(payers)
    for one in card.administrators:
        if one.payer == card.id:
            yield "administrators", f"{one.name} is the payer itself; its own unit belongs in own_arms"
        elif one.payer is not None and one.payer not in known:
            yield "administrators", f"{one.name} names the payer {one.payer}, which is not installed"


def line_of(module: str, field: str) -> str:
    """Return where ``field`` is given in ``module``, as ``, acme_payer.py, line 7``; empty when it can't be found."""
    with suppress(ImportError, OSError, ValueError, SyntaxError, AttributeError):
        spec = find_spec(module)
        if spec is not None and spec.origin is not None:
            source = Path(spec.origin)
            lines = [
                keyword.value.lineno
                for call in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
                if isinstance(call, ast.Call)
                for keyword in call.keywords
                if keyword.arg == field
            ]
            return f", {source.name}" + (f", line {lines[0]}" if lines else "")
    return ""


def _names(card: Card) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(card.id):
        yield "id", f"{card.id!r} is no id: small letters, digits and single underscores, as settings write it"
    if not card.name.strip():
        yield "name", "it is empty"
    for field, names in (("aliases", card.aliases), ("legal_names", card.legal_names), ("own_arms", card.own_arms)):
        if not all(re.search(r"[A-Za-z0-9]", name) for name in names):
            yield field, "one of them is empty"


def _routes(card: Card) -> Iterator[tuple[str, str]]:
    if not card.routes:
        yield "routes", "there is none, so the payer can't be reached"
    names = [entry.route for entry in card.routes]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield "routes", f"{name} stands there twice"
    for entry in (*card.routes, *card.authorization_routes):
        if not _PAYER_ID.fullmatch(entry.payer_id):
            yield "payer_id", f"{entry.payer_id!r} on {entry.route} is no payer's id"


def _needs(card: Card) -> Iterator[tuple[str, str]]:
    if not card.needs:
        yield "needs", "there is none; nobody can be found without any detail"
    for group in card.needs:
        if not group:
            yield "needs", "a group is empty, which nothing can meet"
        for name in group:
            if name not in Member.model_fields:
                known = ", ".join(Member.model_fields)
                yield "needs", f"{name!r} is no detail of a member; there are {known}"


def _plan(card: Card) -> Iterator[tuple[str, str]]:
    if not card.plan.first:
        yield "first", "the plan asks for nothing; it begins with one service type at least"
    plan = card.plan
    # A plan that begins with 30 leaves it where it stands by default.
    codes = (*plan.first, *plan.beside, *(code for code in plan.then if code not in plan.first or code != "30"))
    for code in codes:
        if not _SERVICE_TYPE.fullmatch(code):
            yield "plan", f"{code!r} is no service type of X12 (such as 30, MH, AI)"
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield "plan", f"it asks for {code} twice"


def _member_id(card: Card) -> Iterator[tuple[str, str]]:
    hint = card.member_id
    if hint is not None:
        try:
            fits = re.fullmatch(hint.pattern, hint.example.upper().replace(" ", "")) is not None
        except re.error as wrong:
            yield "pattern", f"it is no regular expression: {wrong}"
        else:
            if not fits:
                yield "example", "it does not fit the pattern beside it"
    if card.member_id_suffix < 0:
        yield "member_id_suffix", "it is a number of digits"
    if card.holder_suffix is not None and not card.holder_suffix.isdigit():
        yield "holder_suffix", "it is made of digits"


def _times(card: Card) -> Iterator[tuple[str, str]]:
    if not 0 < card.usual_seconds <= LONGEST_USUAL_ATTEMPT:
        yield "usual_seconds", f"it is above 0, and {LONGEST_USUAL_ATTEMPT:.0f} at most"
    paces = [card.pace, *(entry.pace for entry in card.routes if entry.pace is not None)]
    if not all(0 < pace <= 10_000 for pace in paces):
        yield "pace", "it is inquiries a second, above 0 and 10000 at most"
    for window in card.outages:
        if not 0 <= window.weekday <= 6:
            yield "weekday", "it is 0 (Monday) to 6"
        for field, at in (("begins", window.begins), ("ends", window.ends)):
            try:
                time.fromisoformat(at)
            except ValueError:
                yield field, f"{at!r} is no time of day (HH:MM)"


def _phone(card: Card) -> Iterator[tuple[str, str]]:
    if card.phone is not None and not re.fullmatch(r"1?\d{10}", re.sub(r"[ ().+-]", "", card.phone)):
        yield "phone", "it is no phone number of ten digits"


def _field_of(wrong: ValidationError) -> str:
    return str(next(iter(wrong.errors(include_input=False)[0]["loc"]), "card"))


_CHECKS: tuple[Callable[[Card], Iterator[tuple[str, str]]], ...] = (
    _names,
    _routes,
    _needs,
    _plan,
    _member_id,
    _times,
    _phone,
)
