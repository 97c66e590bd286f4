"""What an entry of the vocabulary is: words of payers' messages, the kind of thing they name, and an example.

The vocabulary is closed: a word that stands in no table is not understood. Source: ``ANSWER.md`` [T7], 2.2.
"""

from enum import StrEnum, auto
from typing import NamedTuple


class Kind(StrEnum):
    """What the words of an entry name. One entry has one kind; a word may stand in several entries."""

    IOP = auto()
    PHP = auto()
    IOP_ABBREVIATION = auto()
    PHP_ABBREVIATION = auto()
    SERVICE = auto()
    PART = auto()
    OFFICE = auto()
    TELEHEALTH = auto()
    OWN_SETTING = auto()
    IN_PERSON = auto()
    MENTAL = auto()
    SUBSTANCE = auto()
    BEHAVIORAL = auto()
    IN_NETWORK = auto()
    OUT_OF_NETWORK = auto()
    BOTH_NETWORKS = auto()
    TIER = auto()
    GRANTS = auto()
    GRANTS_OBJECT = auto()
    INCLUDING = auto()
    REFUSES = auto()
    REFUSES_OBJECT = auto()
    EXHAUSTED = auto()
    SPENT = auto()
    EXCEPT = auto()
    NOT = auto()
    NO = auto()
    AUTHORIZATION = auto()
    REQUIRES = auto()
    FREES = auto()
    UNCERTAIN = auto()
    PENALTY = auto()
    COPAY = auto()
    COINSURANCE = auto()
    DEDUCTIBLE = auto()
    COST = auto()
    COST_VERB = auto()
    AFTER_DEDUCTIBLE = auto()
    VOIDS = auto()
    MEMBER_PAYS = auto()
    PLAN_PAYS = auto()
    GREATER = auto()
    LESSER = auto()
    LIMIT = auto()
    UP_TO = auto()
    NO_LIMIT = auto()
    UNIT = auto()
    PERIOD = auto()
    REMAINING = auto()
    SEQUENCE = auto()
    DATE_FROM = auto()
    DATE_TO = auto()
    AGE = auto()
    AGE_UNDER = auto()
    AGE_OVER = auto()
    AND_OVER = auto()
    AND_UNDER = auto()
    ADULTS = auto()
    CHILDREN = auto()
    ADOLESCENTS = auto()
    RESERVATION = auto()
    UNMET = auto()
    ONLY = auto()
    REFERENCE = auto()
    REFERENCE_NOUN = auto()
    RUN_BY = auto()
    ABOUT_CONTACT = auto()
    STATUS = auto()
    PLAN_SUBJECT = auto()
    PROVIDER_SUBJECT = auto()
    BENEFIT = auto()
    CARE = auto()
    FIELD = auto()
    OTHER_SUBJECT = auto()
    """A noun of the field that is no service: a verdict about it says nothing of one."""
    FOR = auto()
    PREPOSITION = auto()
    VERB = auto()
    PARTICLE = auto()
    AND = auto()
    DISCLAIMER = auto()
    SUBJECT_TO = auto()
    WITH = auto()
    HEADING = auto()
    BREAK = auto()
    NEGATIVE = auto()
    LIMITING = auto()
    PLAN_NAME = auto()
    NAME = auto()


class Entry(NamedTuple):
    """Words of one kind.

    ``words`` are alternatives parted by ``|``: each a run of whole words in normal form, where a ``*`` ends a stem,
    ``#`` stands for any number that no other entry has there and ``@`` for any address of the web or of mail.
    ``value`` is what the words mean beyond their kind (a unit, a period, a figure). ``example`` is an imaginary message
    in which one of the alternatives stands.
    """

    kind: Kind
    words: str
    example: str
    value: str = ""
