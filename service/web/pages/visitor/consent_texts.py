"""The texts by which a visitor agrees that their insurer is asked.

A text that was shown is never changed: a new one gets a new version, and the earlier one stays for as long as what was
agreed under it is kept. Source: 42 CFR 2.31 (elements of a consent), 2.32 (notice); ``RELIABILITY.md`` 6.2.
"""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from contracts.wording import Both


class ConsentText(NamedTuple):
    """A text of consent in both languages, paragraph by paragraph; ``{provider}`` is the provider's name.

    ``lasts`` is how long it holds by its own words; None where it does not say.
    """

    version: str
    paragraphs: tuple[Both, ...]
    lasts: timedelta | None = None

    def paragraphs_in(self, language: str, provider: str) -> tuple[str, ...]:
        """Return the paragraphs as they are shown in ``language``."""
        return tuple(getattr(one.fill(provider=provider), language) for one in self.paragraphs)

    def digest(self, language: str, provider: str) -> str:
        """Return the SHA-256 (hex) of what is shown: the paragraphs, a line feed between them, in UTF-8."""
        return sha256("\n".join(self.paragraphs_in(language, provider)).encode()).hexdigest()


_ASK = Both(
    "{provider} may send my name, birth date and member ID to the insurance company that I chose, and to the company"
    " that runs its mental health benefits. {provider} may read their answer.",
    "{provider} puede enviar mi nombre, fecha de nacimiento y número de miembro a la compañía de seguros que elegí, y a"
    " la que lleva sus beneficios de salud mental. {provider} puede leer su respuesta.",
)
_PURPOSE = Both(
    "It is used only to check what my plan pays. I am this person, or I may act for this person.",
    "Solo se usa para revisar qué paga mi plan. Soy esta persona, o puedo actuar por ella.",
)
_PART_TWO = Both(
    "The question itself shows that I ask about care for mental health or for alcohol or drug use. A federal rule"
    " (42 CFR Part 2) protects this: it is shared only if I agree. Once it is shared, the rule may no longer protect"
    " it there.",
    "La pregunta misma muestra que pido atención de salud mental o por uso de alcohol o drogas. Una regla federal"
    " (42 CFR Part 2) lo protege: solo se comparte si acepto. Una vez compartido, puede que la regla ya no lo proteja"
    " allí.",
)
_REVOKE = Both(
    "I can say no, and still get a call and care. I can take this back at any time by telling {provider}; what was sent"
    " before stays sent. If I don't, it ends after 90 days.",
    "Puedo decir que no, y aun así recibir la llamada y la atención. Puedo retirarlo cuando quiera si se lo digo a"
    " {provider}; lo que ya se envió queda enviado. Si no lo retiro, termina en 90 días.",
)

GENERAL = ConsentText("2026-11", (_ASK, _PURPOSE))
PART_TWO = ConsentText("2026-11-part-2", (_ASK, _PURPOSE, _PART_TWO, _REVOKE), timedelta(days=90))
"""What is shown where 42 CFR Part 2 applies: also what the question shows, and how the consent is taken back."""


def lasts_by_digest(provider: str) -> Mapping[str, timedelta]:
    """Return how long each text that says so holds, by the digest of what is shown for a provider of that name."""
    return {
        text.digest(language, provider): text.lasts
        for text in (GENERAL, PART_TWO)
        if text.lasts is not None
        for language in Both._fields
    }


def consent_text(*, part_two: bool) -> ConsentText:
    """Return the text of today."""
    return PART_TWO if part_two else GENERAL
