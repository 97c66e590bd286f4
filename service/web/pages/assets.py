"""The stylesheet and the scripts of the pages, served under addresses that change with their content."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from fastapi import APIRouter, Response

from service.web.problems import RequestRefused

MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}

KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
"""An address names its content, so that what a browser keeps never goes stale; nothing of a member is in it."""

router = APIRouter(include_in_schema=False)


class Asset(NamedTuple):
    """A file of ``static/``: its content, its media type, and the path it is served under."""

    content: bytes
    media_type: str
    path: str


@cache
def load_assets() -> dict[str, Asset]:
    """Return every file of ``static/`` by its name."""
    found = {}
    for file in files(__package__).joinpath("static").iterdir():
        content = file.read_bytes()
        digest = sha256(content).hexdigest()[:12]
        found[file.name] = Asset(content, MEDIA_TYPES[file.name.rsplit(".")[-1]], f"/assets/{digest}/{file.name}")
    return found


@router.get("/assets/{digest}/{name}")
async def show_asset(digest: str, name: str) -> Response:
    """Return a file of ``static/``. Raises ``RequestRefused`` 404, also for the address of an earlier content."""
    asset = load_assets().get(name)
    if asset is None or asset.path != f"/assets/{digest}/{name}":
        raise RequestRefused(404, "not_found")
    return Response(asset.content, media_type=asset.media_type, headers=KEPT)
