"""Reads the forms that browsers send, within bounds of size, number and time. What was sent is never repeated."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import Request

from service.web.body_route import READ_SECONDS, read_bytes
from service.web.problems import RequestRefused

MAX_BYTES = 32 * 1024
MAX_FIELDS = 64

MEDIA_TYPE = "application/x-www-form-urlencoded"


async def read_form(request: Request, *, most: int = MAX_BYTES, fields: int = MAX_FIELDS) -> Mapping[str, str]:
    """Return what a form of a page holds, of ``most`` bytes and ``fields`` at most.

    Of two values of one name it holds the last, which is that of the button.

    Raises ``RequestRefused``: 415 for anything but an ordinary form without files, 422 for one that is none, and as
    ``read_bytes`` does. It may be read again: what was found is kept with the request.
    """
    if hasattr(request.state, "form"):
        known: Mapping[str, str] = request.state.form
        return known
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise RequestRefused(415, "unsupported_media_type")
    raw = await read_bytes(request, most, READ_SECONDS)
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=fields, errors="strict")
    except ValueError:
        raise RequestRefused(422, "invalid_request") from None
    request.state.form = form = dict(pairs)
    return form
