"""The fields of a question as callers give them: what a name, an id or a birth date may be, for every way in."""

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from contracts import tidy

OLDEST = date(1880, 1, 1)
"""No member was born before this day."""


def check_words(value: str) -> str:
    """Return ``value`` without needless spaces. Raises a blank or unprintable one."""
    plain = tidy(value)
    if not plain:
        raise PydanticCustomError("blank", "blank")
    if not plain.isprintable():
        raise PydanticCustomError("bad_value", "control characters")
    return plain


def _check_id(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9 ./_-]*[A-Za-z0-9])?", value):
        raise PydanticCustomError("bad_value", "not an id")
    return value


def _check_member_id(value: str) -> str:
    """Refuse an id of one character: no payer has such ids, and no form of an inquiry takes them (NM109)."""
    if len(value.replace(" ", "")) < 2:
        raise PydanticCustomError("too_short", "too short")
    return value


def _check_birth_date(value: date) -> date:
    if value < OLDEST:
        raise PydanticCustomError("bad_value", "too long ago")
    return value


_NO_CONTROLS = r"[^\x00-\x08\x0e-\x1b\x7f-\x9f]*"

WORDS = {"pattern": rf"^{_NO_CONTROLS}[^\s\x00-\x20\x7f-\x9f]{_NO_CONTROLS}$"}
"""How words are described: something to be seen, and no control characters. A few rarer signs are refused too."""

PLAIN_ID = {"pattern": r"^\s*[A-Za-z0-9]([A-Za-z0-9\s./_-]*[A-Za-z0-9])?\s*$"}
MEMBER_ID = {"pattern": r"^\s*[A-Za-z0-9][A-Za-z0-9\s./_-]*[A-Za-z0-9]\s*$"}

Name = Annotated[str, Field(max_length=60, json_schema_extra=WORDS), AfterValidator(check_words)]
MemberId = Annotated[
    str,
    Field(max_length=80, json_schema_extra=MEMBER_ID),
    AfterValidator(check_words),
    AfterValidator(_check_id),
    AfterValidator(_check_member_id),
]
GroupNumber = Annotated[
    str, Field(max_length=50, json_schema_extra=PLAIN_ID), AfterValidator(check_words), AfterValidator(_check_id)
]
BirthDate = Annotated[date, AfterValidator(_check_birth_date)]
