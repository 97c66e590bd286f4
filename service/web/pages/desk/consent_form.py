"""The member's consent in a new verification: to which text they agreed, and when (42 CFR Part 2)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from contracts import EASTERN
from service.security.access import Role
from service.security.consent import Consent
from service.web.api.bodies import CLOCKS_DIFFER
from service.web.pages.desk.question_form import read_us_date
from service.web.pages.rendering import Language
from service.web.pages.visitor.consent_texts import consent_text
from service.web.pages.visitor.page import provider_of
from service.web.services import Services

CHOICE, GIVEN_AT = "consent", "consent_given_at"
"""The names of the two fields."""

LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Spanish"}

MISSING = "Choose the text that the member signed. Without a consent the payer is not asked (42 CFR Part 2)"
UNKNOWN = "Choose one of the texts"
UNREADABLE = "Write when the member signed, such as 11/20/2026 14:30"
IN_THE_FUTURE = "Write when the member signed: this time is still to come"
ENDED = "This consent has ended by its own words: the member has to sign anew"


class OfferedText(NamedTuple):
    """A text that a member may have signed: its digest, and its paragraphs where we have them."""

    version: str
    language: str
    digest: str
    paragraphs: tuple[str, ...] = ()

    @property
    def choice(self) -> str:
        """Return the value of the field: ``version/language/digest``, so that another text of that name is another."""
        return f"{self.version}/{self.language}/{self.digest}"

    @property
    def label(self) -> str:
        """Return what the choice is called."""
        return f"{language_name(self.language)}, text {self.version}"


class ConsentForm(NamedTuple):
    """What the form offers, whether it needs an answer, and the consent that was read or what is wrong, by field."""

    texts: tuple[OfferedText, ...]
    is_needed: bool
    consent: Consent | None = None
    errors: Mapping[str, str] = {}

    @property
    def choices(self) -> list[tuple[str, str, str]]:
        """Return value, label and hint of each choice; without one where an answer is not needed."""
        none = [] if self.is_needed else [("", "No consent is recorded", "")]
        return [*none, *((one.choice, one.label, "") for one in self.texts)]


def language_name(code: str) -> str:
    """Return the name of a language in English; its code where we have none."""
    return LANGUAGES.get(code, code)


def consent_words(consent: Consent) -> str:
    """Return a consent as the record shows it: text, language, and when it was given in US Eastern."""
    given = consent.given_at.astimezone(EASTERN)
    return (
        f"text {consent.version} ({language_name(consent.language)}), given {given:%b} {given.day}, {given:%Y %H:%M %Z}"
    )


def offered_texts(services: Services) -> tuple[OfferedText, ...]:
    """Return the texts that count: those of the operator's settings where there are any, else the verify form's."""
    counted = services.verifier.consent_rule.texts
    own = {one.choice: one for one in _own_texts(services)}
    if not counted:
        return tuple(own.values())
    listed = (OfferedText(*name.partition("/")[::2], digest) for name, digest in counted.items())
    return tuple(own.get(one.choice, one) for one in listed)


def _own_texts(services: Services) -> Iterator[OfferedText]:
    text, provider = consent_text(part_two=services.part_two), provider_of(services).name
    for language in Language:
        digest, paragraphs = text.digest(language, provider), text.paragraphs_in(language, provider)
        yield OfferedText(text.version, language.value, digest, paragraphs)


def read_consent(typed: Mapping[str, str], services: Services, now: datetime) -> ConsentForm:
    """Return the consent that a clerk states; none is offered where 42 CFR Part 2 does not apply."""
    is_needed = Role.STAFF in services.verifier.consent_rule.needed_by
    form = ConsentForm(offered_texts(services) if services.part_two or is_needed else (), is_needed)
    chosen = typed.get(CHOICE, "")
    if not form.texts or not (chosen or is_needed):
        return form
    found = next((one for one in form.texts if one.choice == chosen), None)
    if found is None:
        return form._replace(errors={CHOICE: UNKNOWN if chosen else MISSING})
    given_at = read_time(typed.get(GIVEN_AT, ""), now)
    if given_at is None:
        return form._replace(errors={GIVEN_AT: UNREADABLE})
    if given_at > now + CLOCKS_DIFFER:
        return form._replace(errors={GIVEN_AT: IN_THE_FUTURE})
    consent = Consent(version=found.version, language=found.language, given_at=given_at, text_sha256=found.digest)
    if services.verifier.consent_rule.has_ended(consent, now):
        return form._replace(errors={GIVEN_AT: ENDED})
    return form._replace(consent=consent)


def read_time(text: str, now: datetime) -> datetime | None:
    """Return an instant that is typed as a date and a time of day in US Eastern; ``now`` for nothing, None for no time.

    A browser sends ``2026-11-20T14:30``; people type ``11/20/2026 14:30``. A date alone is its noon.
    """
    plain = text.strip()
    if not plain:
        return now
    day, _, clock = plain.replace("T", " ").partition(" ")
    found = read_us_date(day)
    try:
        time = datetime.strptime(clock.strip()[:5] or "12:00", "%H:%M").time()  # noqa: DTZ007 - a time of day alone
        return None if found is None else datetime.combine(found, time, EASTERN).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def typed_consent(consent: Consent | None) -> dict[str, str]:
    """Return the fields of a consent under which the member was asked before."""
    if consent is None:
        return {}
    given = consent.given_at.astimezone(EASTERN)
    text = OfferedText(consent.version, consent.language, consent.text_sha256)
    return {CHOICE: text.choice, GIVEN_AT: f"{given:%Y-%m-%dT%H:%M}"}
