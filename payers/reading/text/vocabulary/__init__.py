"""The closed vocabulary of payers' messages, a table a topic. Source: ``ANSWER.md`` 2.2, tables W1 to W9."""

from payers.reading.text.vocabulary import (
    authorization,
    cautions,
    costs,
    limits,
    programs,
    references,
    services,
    settings,
    verdicts,
)
from payers.reading.text.vocabulary.entry import Entry as Entry, Kind as Kind

TABLES: tuple[tuple[Entry, ...], ...] = (
    programs.ENTRIES,
    services.ENTRIES,
    settings.ENTRIES,
    verdicts.ENTRIES,
    authorization.ENTRIES,
    costs.ENTRIES,
    limits.ENTRIES,
    references.ENTRIES,
    cautions.ENTRIES,
)
