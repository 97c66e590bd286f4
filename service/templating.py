"""The one place where Jinja2 is set up: every page that the service writes as HTML comes from an environment of it."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def template_environment(package: str) -> "Environment":
    """Return the environment of the templates that stand beside the modules of ``package``.

    Every value is escaped, whatever a template is called, and a name that is not given is an error. Jinja2 is imported
    when the first page is written: most processes write none.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
