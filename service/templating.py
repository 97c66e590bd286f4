"""The one place where Jinja2 is set up: every page that the service writes as HTML comes from an environment of it."""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from jinja2 import Environment

Value = TypeVar("Value")

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but for line ends and tabs, and the signs that turn the direction of what follows them."""

_PICTURES: Mapping[int, str | None] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"},
    0x7F: "\u2421",
    **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
    **dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))),
}
"""What stands in the place of each: its picture, or nothing for a sign of direction."""


def show_controls(value: Value) -> Value | str:
    """Return a text whose control characters are seen and do nothing; a value of another type as it is."""
    if not isinstance(value, str) or not _CONTROLS.search(value):
        return value
    return value.translate(_PICTURES)


@cache
def template_environment(package: str) -> "Environment":
    """Return the environment of the templates that stand beside the modules of ``package``.

    Every value is escaped, whatever a template is called, and its control characters are seen; a name that is not
    given is an error. Jinja2 is imported
    when the first page is written: most processes write none.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, ""),
        autoescape=True,
        finalize=show_controls,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
