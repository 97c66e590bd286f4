"""Rosters as requests bring them: as the whole body, or in a form with a mapping file beside it."""

from io import BytesIO
from typing import BinaryIO, NamedTuple

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from service.batches.reading import NO_MAPPING, MappingWrong, RosterFormat, RosterMapping, format_of, load_mapping
from service.web.body_route import read_bytes
from service.web.pages.uploads import MEDIA_TYPE as FORM, FileSent, media_type_of, read_form
from service.web.problems import FieldError, RequestRefused

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of the longest roster."""

MOST_OF_MAPPING = 64 * 1024
"""Bytes of the longest mapping file."""

READ_SECONDS = 120.0
"""Seconds within which the whole roster has to come."""

_FILE = {"type": "string", "format": "binary"}
ROSTER_BODY: dict[str, object] = {
    "requestBody": {
        "required": True,
        "description": "The roster: CSV, XLSX or JSON lines, told apart by its bytes. A mapping file (TOML) goes "
        "beside it in a form, as `curl -F roster=@members.csv -F mapping=@mapping.toml` sends it.",
        "content": {
            **{
                media_type: {"schema": _FILE}
                for media_type in ("text/csv", "application/jsonl", "application/octet-stream")
            },
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["roster"],
                    "properties": {"roster": _FILE, "mapping": {"type": "string"}},
                }
            },
        },
    }
}
"""What the description says of the body."""


class SentRoster(NamedTuple):
    """A roster as it came, and the mapping beside it."""

    file: BinaryIO
    form: RosterFormat
    mapping: RosterMapping = NO_MAPPING


async def read_roster_of(request: Request) -> SentRoster:
    """Return the roster of a request: its whole body, or a file of its form. Raises ``RequestRefused``."""
    media_type = media_type_of(request)
    if media_type != FORM:
        body = await read_bytes(request, MAX_BYTES, READ_SECONDS)
        return SentRoster(BytesIO(body), format_of("", media_type))
    form = await read_form(request, most=MAX_BYTES + MOST_OF_MAPPING, seconds=READ_SECONDS, files=2)
    try:
        return await _read_parts(form)
    finally:
        await form.close()


async def _read_parts(form: FormData) -> SentRoster:
    roster, mapping = form.get("roster"), form.get("mapping", "")
    if not isinstance(roster, UploadFile):
        raise wrong_field("roster", "missing")
    if isinstance(mapping, UploadFile):
        mapping = (await mapping.read(MOST_OF_MAPPING + 1)).decode(errors="replace")
    if len(mapping) > MOST_OF_MAPPING:
        raise wrong_field("mapping", "too_long")
    sent = FileSent(roster)
    try:
        read = load_mapping(mapping)
    except MappingWrong as wrong:
        raise wrong_field("mapping", wrong.code) from None
    return SentRoster(BytesIO(await roster.read()), format_of(sent.name, sent.media_type), read)


def wrong_field(field: str, code: str) -> RequestRefused:
    """Return the refusal of a request for one of its fields."""
    return RequestRefused(422, "invalid_request", (FieldError(field=field, code=code),))
