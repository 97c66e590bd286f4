"""The third screen: how somebody is reached, and whether their insurer may be asked."""

from datetime import UTC, datetime
from typing import Any

from service.web.pages.rendering import Language
from service.web.pages.visitor.checks import Checked, Circumstances, Doubt, ShownError
from service.web.pages.visitor.consent_texts import consent_text
from service.web.pages.visitor.draft import VisitorDraft
from service.web.pages.visitor.inputs import InputReading, contact, names
from service.web.pages.visitor.texts import CONTACT, DOUBT, ERROR

SHOWN_TEXT = "shown_text"
"""The hidden input that names the text of consent on the page, by its digest."""

INPUTS = (
    *("your_name", "phone", "email", "may_leave_message", "may_text", "best_time"),
    *("may_ask_insurer", "shown_in", SHOWN_TEXT),
)

TIMES = ("any_time", "morning", "afternoon", "evening")


def check_contact_screen(draft: VisitorDraft, given: Circumstances) -> Checked:
    """Return ``draft`` with what its inputs were read as; a telephone number or an e-mail is enough."""
    typed, errors = draft.typed, list[ShownError]()
    values: dict[str, Any] = {
        "may_leave_message": typed.get("may_leave_message") == "yes",
        "may_text": typed.get("may_text") == "yes",
        "best_time": typed["best_time"] if typed.get("best_time") in TIMES else None,
    }
    doubts = list[Doubt]()
    if given.card is None:
        name = names.read_name(typed.get("your_name", ""))
        values["first_name"] = name.value
        if name.value is None:
            errors.append(ShownError("your_name", ERROR.name))
    readers = {"phone": contact.read_phone, "email": contact.read_email}
    for field, read in readers.items():
        text = typed.get(field, "").strip()
        reading = read(text) if text else InputReading[str](None)
        values[field] = reading.value
        if text and reading.value is None:
            errors.append(ShownError(field, getattr(ERROR, field)))
        elif reading.doubt is not None:
            doubts.append(Doubt(field, reading.doubt, getattr(DOUBT, reading.doubt)))
    if not any(typed.get(field, "").strip() for field in readers):
        errors.append(ShownError("phone", ERROR.contact))
    answer = typed.get("may_ask_insurer")
    if given.card is not None and answer not in {"yes", "no"}:
        errors.append(ShownError("may_ask_insurer", CONTACT.press_one))
    agrees = answer == "yes" and given.card is not None
    if agrees and typed.get(SHOWN_TEXT) not in {None, "", shown_digest(draft, given)}:
        # A page from before a setting or a version changed: nobody agreed to a text that they have not seen.
        errors.append(ShownError("may_ask_insurer", CONTACT.text_changed))
        agrees = False
    values |= _consent(draft, given, agrees=agrees)
    return Checked(draft.model_copy(update=values), tuple(errors), tuple(doubts))


def shown_digest(draft: VisitorDraft, given: Circumstances) -> str:
    """Return the digest of the text of consent as it is shown now, in the language of the page that was sent."""
    return consent_text(part_two=given.part_two).digest(_language_shown(draft), given.provider)


def _language_shown(draft: VisitorDraft) -> Language:
    shown_in = draft.typed.get("shown_in")
    return Language(shown_in) if shown_in in set(Language) else draft.language


def _consent(draft: VisitorDraft, given: Circumstances, *, agrees: bool) -> dict[str, Any]:
    """Return what is kept of the consent: which text was shown, in which language, and when it was agreed to."""
    if not agrees:
        return {
            "may_ask_insurer": False,
            "consent_version": None,
            "consent_sha256": None,
            "consent_given_at": None,
        }
    return {
        "language": _language_shown(draft),
        "may_ask_insurer": True,
        "consent_version": consent_text(part_two=given.part_two).version,
        "consent_sha256": shown_digest(draft, given),
        "consent_given_at": datetime.now(UTC),
    }
