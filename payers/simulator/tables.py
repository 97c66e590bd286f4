"""The tables of the simulator, which are data: ``scenarios.toml`` and ``payers.toml``."""

import tomllib
from importlib.resources import files
from typing import TypeVar

from pydantic import TypeAdapter

Entry = TypeVar("Entry")


def read_table(name: str, kind: type[Entry]) -> list[Entry]:
    """Return the entries of the table ``name``, each a ``kind``. A field that this has not is refused."""
    found = tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    return TypeAdapter(list[kind]).validate_python(found[name])  # type: ignore[valid-type]  # known at run time
