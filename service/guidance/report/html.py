"""A report as one HTML file: no script, no address, its own stylesheet, and the record within it as data."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files

from service.guidance.report.page import page_of
from service.guidance.report.page_values import ReportPage
from service.guidance.report.record import SealedReport
from service.templating import template_environment

RECORD_LINK = "data:application/json;base64,"
"""What the record stands behind."""


def write_html(sealed: SealedReport) -> bytes:
    """Return the report as HTML; the same record gives the same bytes."""
    from markupsafe import Markup

    page = page_of(sealed)
    template = template_environment(__package__).get_template("report.html.jinja")
    return template.render(
        page=page,
        # Our own file, which holds no word of anybody else.
        stylesheet=Markup(stylesheet()),  # noqa: S704
        policy=security_policy(),
        generator=generator(),
        record=b64encode(sealed.record).decode(),
        crowded=_is_crowded(page),
    ).encode()


LONG_LINE = 38
MOST_LONG = 24
"""So many texts of more than one line leave the page its usual size in print."""


def _is_crowded(page: ReportPage) -> bool:
    """Return whether the page needs a smaller type to be printed on one sheet."""
    texts = [one.text for section in (*page.left, *page.right) for one in section.points]
    texts += [max(row[1:], key=len) for row in page.levels.rows]
    return sum(len(text) > LONG_LINE for text in texts) > MOST_LONG


@cache
def stylesheet() -> str:
    """Return the stylesheet of the report."""
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")


@cache
def security_policy() -> str:
    """Return the content security policy under which a browser shows a report: its own stylesheet, and nothing else."""
    digest = b64encode(sha256(stylesheet().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def generator() -> str:
    """Return which program writes reports, and in which version."""
    return f"benefit-verification {version('benefit-verification')}"
