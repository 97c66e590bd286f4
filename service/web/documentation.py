"""FastAPI's pages ``/docs`` and ``/redoc``, in the profile ``development`` alone.

Their scripts come from a content delivery network. Production serves neither page, so that no third party's script
runs beside real members; in development everybody is imaginary.
"""

from fastapi import APIRouter
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse

OPENAPI_PATH = "/openapi.json"

SCRIPTS = "https://cdn.jsdelivr.net"
POLICY = (
    f"default-src 'none'; script-src {SCRIPTS} 'unsafe-inline'; style-src {SCRIPTS} 'unsafe-inline'; "
    "img-src data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'"
)
"""Stands in place of the security policy of every other response, which lets no script run."""

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def show_swagger_ui() -> HTMLResponse:
    """Return the page on which operations can be tried."""
    page = get_swagger_ui_html(openapi_url=OPENAPI_PATH, title="Benefit Verification", swagger_favicon_url="data:,")
    return HTMLResponse(page.body, headers={"Content-Security-Policy": POLICY})


@router.get("/redoc")
async def show_redoc() -> HTMLResponse:
    """Return the page for reading."""
    page = get_redoc_html(
        openapi_url=OPENAPI_PATH, title="Benefit Verification", with_google_fonts=False, redoc_favicon_url="data:,"
    )
    return HTMLResponse(page.body, headers={"Content-Security-Policy": POLICY})
