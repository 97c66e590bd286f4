"""The README's table of settings is generated from the model: run this module to write it anew."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from contracts import RouteSettings
from service.settings.groups import PayerSettings
from service.settings.model import Settings

README = Path(__file__).parents[2] / "README.md"
TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)
MAPS: dict[str, tuple[str, type[BaseModel]]] = {
    "routes": ("<ROUTE>", RouteSettings),
    "payers": ("<PAYER>", PayerSettings),
}


def list_settings(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    """Return every setting below ``prefix`` with its field."""
    for name, field in model.model_fields.items():
        full = f"{prefix}{name.upper()}"
        if name in MAPS and model is Settings:
            placeholder, inner = MAPS[name]
            yield from list_settings(inner, f"{full}__{placeholder}__")
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from list_settings(field.annotation, f"{full}__")
        elif not field.exclude:
            yield full, field


def render_table() -> str:
    """Return the table in Markdown, a row for each setting."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, field in list_settings(Settings, "BENEFITS_"):
        shown = json.dumps(field.default) if isinstance(field.default, tuple) else field.default
        default = "" if field.default in {None, PydanticUndefined, "", ()} else f"`{shown}`"
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{name}` | {default} | {meaning} |")
    return "\n".join(rows) + "\n"


def test_the_readme_lists_every_setting_of_the_model() -> None:
    found = TABLE.search(README.read_text(encoding="utf-8"))

    assert found is not None
    assert found.group() == render_table(), "run python -m tests.house.test_settings_table"


def test_every_setting_says_what_it_means() -> None:
    assert not [name for name, field in list_settings(Settings, "BENEFITS_") if not field.description]


if __name__ == "__main__":
    README.write_text(TABLE.sub(lambda _: render_table(), README.read_text(encoding="utf-8")), encoding="utf-8")
