"""What was given as settings, and by whom: the environment, a ``.env``, or a file that one of them names."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_settings import BaseSettings, DotEnvSettingsSource

from contracts import RouteSettings
from service.settings.route_settings import settings_of

PREFIX = "BENEFITS_"
NESTED = "__"
FROM_FILE = "_FILE"
CALLERS_KEY = f"{PREFIX}API_KEY"
"""The key with which a command asks a running service, directly or as ``…_FILE``. It is no setting of the service."""
SECRETS = frozenset({"PASSWORD", "SECRET", "KEY", "SEALING", "PROXY", "TOKEN"})


class Given(NamedTuple):
    """Values by name, where each came from in words, and a line for each one that couldn't be read."""

    values: dict[str, str]
    origins: dict[str, str]
    faults: tuple[str, ...]

    def __repr__(self) -> str:
        """Show the names alone."""
        return f"Given({', '.join(sorted(self.values))})"


def gather(environment: Mapping[str, str], dotenv: Path, kind: type[BaseSettings]) -> Given:
    """Return what ``environment`` and ``dotenv`` give for settings of ``kind``; the environment wins.

    A name with ``_FILE`` gives the text of the file that it names.
    """
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    faults: list[str] = []
    written: Mapping[str, str | None] = {}
    if dotenv.is_file():
        written = DotEnvSettingsSource(kind, env_file=dotenv, env_file_encoding="utf-8").env_vars
    for source, pairs in ((".env", written), ("environment", environment)):
        for plain, value in sorted(pairs.items()):
            name = plain.upper()
            if not name.startswith(PREFIX) or value is None or name.removesuffix(FROM_FILE) == CALLERS_KEY:
                continue
            if not name.endswith(FROM_FILE):
                values[name], origins[name] = value, source
                continue
            target = name.removesuffix(FROM_FILE)
            try:
                values[target] = Path(value).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as failure:
                faults.append(f"{name}: the file can't be read ({type(failure).__name__})")
            else:
                origins[target] = f"file of {name}, {source}"
    return Given(values, origins, tuple(faults))


def is_known(name: str, kind: type[BaseSettings]) -> bool:
    """Return whether ``name`` is a setting of ``kind``."""
    owner: object = kind
    for part in name.removeprefix(PREFIX).lower().split(NESTED):
        owner = _within(owner, part)
        if owner is None:
            return False
    return True


def meaning(name: str, kind: type[BaseSettings]) -> str:
    """Return what the setting ``name`` of ``kind`` means, in words; empty when there is none of that name."""
    owner: object = kind
    words = ""
    for part in name.removeprefix(PREFIX).lower().split(NESTED):
        words = _words(owner, part)
        owner = _within(owner, part)
    return words


def _words(owner: object, part: str) -> str:
    for kind in get_args(owner) if get_origin(owner) in {Union, UnionType} else (owner,):
        if isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields:
            return kind.model_fields[part].description or ""
    return ""


def nearest(name: str, kind: type[BaseSettings], maps: Iterable[str]) -> str | None:
    """Return the setting of ``kind`` written most like ``name``, if any is; ``maps`` are keys that a map may have."""
    parts = name.removeprefix(PREFIX).split(NESTED)
    keys = {*(part.lower() for part in parts[1:2]), *maps}
    found = get_close_matches(name, _names(PREFIX, kind, keys), n=1, cutoff=0.75)
    return found[0] if found else None


def _names(owner: str, kind: object, keys: Iterable[str]) -> Iterator[str]:
    """Yield every name of a setting below ``owner``."""
    joint = "" if owner == PREFIX else NESTED
    kinds = get_args(kind) if get_origin(kind) in {Union, UnionType} else (kind,)
    groups = [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]
    maps = [one for one in kinds if get_origin(one) is dict]
    for group in groups:
        for field, info in group.model_fields.items():
            if not info.exclude:
                yield from _names(f"{owner}{joint}{field.upper()}", info.annotation, keys)
    for one in maps:
        for key in keys:
            yield from _names(f"{owner}{joint}{key.upper()}", _at_key(one, key), keys)
    if not groups and not maps:
        yield owner


def leaves(settings: BaseModel, origins: Mapping[str, str]) -> Iterator[tuple[str, object, str]]:
    """Yield each setting's name, value and source (``default`` when nobody gave it); maps by their keys."""
    for name, value in _leaves(PREFIX, settings):
        # A map may have been given whole, as JSON, under the name of its owner.
        owners = [given for given in origins if name == given or name.startswith(given + NESTED)]
        yield name, value, origins[max(owners, key=len)] if owners else "default"


def is_secret(name: str) -> bool:
    """Return whether the value of the setting ``name`` is never shown. A database's address may hold a password."""
    return name.rsplit("_", 1)[-1] in SECRETS or name == f"{PREFIX}DATABASE_URL"


def _leaves(name: str, value: object) -> Iterator[tuple[str, object]]:
    joint = "" if name == PREFIX else NESTED
    if isinstance(value, BaseModel):
        for key, field in type(value).model_fields.items():
            if not field.exclude:
                yield from _leaves(f"{name}{joint}{key.upper()}", getattr(value, key))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{name}{joint}{key.upper()}", inner)
    else:
        yield name, value


def _at_key(kind: object, key: str) -> object:
    """Return the type that stands under ``key`` of a map; a route may have settings of its own."""
    value: object = get_args(kind)[1]
    return settings_of(key) if value is RouteSettings else value


def _within(owner: object, part: str) -> object:
    """Return the type that stands under ``part`` of ``owner``; None when there is no such setting."""
    for kind in get_args(owner) if get_origin(owner) in {Union, UnionType} else (owner,):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(part)
            if field is not None and not field.exclude:
                return field.annotation
        elif get_origin(kind) is dict:
            return _at_key(kind, part)
    return None
