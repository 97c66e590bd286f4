"""Files that browsers send in a form, read within bounds of size and time. A file is held in memory and on no disk."""

from typing import NamedTuple

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from service.web.body_route import bounded_stream, read_within
from service.web.problems import FieldError, RequestRefused

MEDIA_TYPE = "multipart/form-data"

OVERHEAD = 16 * 1024
"""Bytes of a form around its file: the headers of its parts, and the other fields."""


class FileSent(NamedTuple):
    """The file of a form: its name, its media type by the browser, and its content, which can be sought."""

    upload: UploadFile

    @property
    def name(self) -> str:
        """The name of the file; a path before it is no part of it."""
        return (self.upload.filename or "").replace("\\", "/").rsplit("/")[-1]

    @property
    def media_type(self) -> str:
        """The media type without parameters, in small letters."""
        return (self.upload.content_type or "").partition(";")[0].strip().lower()


class _InMemory(MultiPartParser):
    """Starlette's parser, whose files stay in memory: what they hold of members must not be left on a disk."""

    spool_max_size = 2**40


async def read_form(request: Request, *, most: int, seconds: float, files: int = 1) -> FormData:
    """Return the fields and the files of a form, of ``most`` bytes together.

    Raises ``RequestRefused``: 415 for another kind of form, 413 beyond ``most``, 408 after ``seconds``, 422
    for what is no form.
    """
    if media_type_of(request) != MEDIA_TYPE:
        raise RequestRefused(415, "unsupported_media_type")
    stream = bounded_stream(request, most + OVERHEAD)
    try:
        return await read_within(seconds, _InMemory(request.headers, stream, max_files=files, max_fields=4).parse())
    except MultiPartException:
        wrong = (FieldError(field="body", code="malformed_form"),)
        raise RequestRefused(422, "invalid_request", wrong) from None


def media_type_of(request: Request) -> str:
    """Return the media type of a request's body without parameters, in small letters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
