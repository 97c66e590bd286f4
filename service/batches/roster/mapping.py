"""A mapping file: what somebody says of a roster that its headers and values don't say by themselves."""

import tomllib
from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from contracts import Frozen
from service.batches.roster.dates import DateOrder
from service.batches.roster.header_names import FULL_NAME, SUBSCRIBER_FULL_NAME
from service.batches.rows import COLUMNS

MAPPED_COLUMNS = (*COLUMNS, FULL_NAME, SUBSCRIBER_FULL_NAME)
"""What a header may be mapped to, beside ``ignore``."""

IGNORE = "ignore"


class MappingWrong(Exception):
    """A mapping file that can't be used; ``code`` says why, and ``where`` names the entry."""

    def __init__(self, code: str, where: str = "") -> None:
        """Take the code and the entry's name."""
        super().__init__(f"{code}: {where}" if where else code)
        self.code = code
        self.where = where


class RosterMapping(Frozen):
    """What a mapping file says.

    ``columns`` are headers of the file and the columns of ours that they mean, or ``ignore``. ``payers`` are texts of
    the payer's column and the ids that they mean; ``payer`` is the payer of rows that name none. ``dates`` is
    ``day_first`` or ``month_first`` for numeric dates, ``names`` how a whole name without a comma is written, and
    ``sheet`` the sheet of a workbook.
    """

    model_config = ConfigDict(extra="forbid")

    columns: Mapping[str, str] = Field(default_factory=dict)
    payers: Mapping[str, str] = Field(default_factory=dict)
    payer: str | None = None
    dates: Literal[DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST] | None = None
    names: Literal["first_last", "last_first"] | None = None
    sheet: str | None = None


NO_MAPPING = RosterMapping()


def load_mapping(text: str) -> RosterMapping:
    """Return the mapping that ``text``, TOML, holds. Raises ``MappingWrong``.

    ``[columns]``, ``[payers]`` and the other fields of ``RosterMapping`` are its keys.
    """
    try:
        read = RosterMapping.model_validate(tomllib.loads(text), strict=False)
    except tomllib.TOMLDecodeError:
        raise MappingWrong("not_toml") from None
    except ValidationError as wrong:
        raise MappingWrong("bad_entry", ".".join(str(part) for part in wrong.errors()[0]["loc"])) from None
    for header, column in read.columns.items():
        if column not in MAPPED_COLUMNS and column != IGNORE:
            raise MappingWrong("unknown_column", f"columns.{header}")
    return read
