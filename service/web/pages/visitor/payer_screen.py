"""The first screen: which insurance. It begins a draft, or changes the payer of one."""

from collections.abc import Mapping
from typing import NamedTuple

from service.plugins.loading import Directory
from service.web.pages.visitor.checks import ShownError, trim_inputs
from service.web.pages.visitor.draft import NoPayer, VisitorDraft
from service.web.pages.visitor.payer_choice import WITHOUT_PAYER, PayerChoice, choices_of, find_payer, payer_choices
from service.web.pages.visitor.texts import PAYER

NAME = "payer"

MOST_REMEMBERED = 20

INPUTS = ("payer", "payer_typed")


class ShownChoices(NamedTuple):
    """What the first screen shows: the choices, which one is chosen, and what was made of the words in the search.

    ``meant`` are payers that the words may mean, and ``is_unknown`` says that they mean none.
    """

    payers: tuple[PayerChoice, ...]
    others: tuple[PayerChoice, ...]
    chosen: str
    typed: str
    meant: tuple[PayerChoice, ...] = ()
    is_unknown: bool = False
    error: ShownError | None = None


def take_payer(draft: VisitorDraft, form: Mapping[str, str], directory: Directory) -> tuple[VisitorDraft, bool]:
    """Return ``draft`` with the choice, and whether the form may go on; where not, the screen says why.

    Words in the search are looked at when no payer was chosen. What they may mean is asked about once.
    """
    typed = trim_inputs(form, INPUTS)
    chosen, words = typed["payer"], typed["payer_typed"].strip()
    draft = draft.model_copy(update={"typed": {**draft.typed, **typed}, "payer_typed": words or None})
    if chosen in directory or chosen in {NoPayer.NO_CARD, NoPayer.UNINSURED}:
        return _settle(draft, chosen), True
    if not words:
        if chosen == NoPayer.UNLISTED:
            return _settle(draft, chosen), True
        return draft.model_copy(update={"payer": None, "checked": remember(draft.checked, NAME)}), False
    match = find_payer(directory, words)
    if match.payer is not None:
        return _settle(draft, match.payer), True
    looked_up = f"payer:{words}"
    if chosen == NoPayer.UNLISTED and (looked_up in draft.asked or not match.candidates):
        return _settle(draft, chosen), True
    asked = {"asked": remember(draft.asked, looked_up), "checked": remember(draft.checked, NAME)}
    return draft.model_copy(update={"payer": None, **asked}), False


def shown_choices(draft: VisitorDraft, directory: Directory) -> ShownChoices:
    """Return what the first screen shows of ``draft``."""
    words = draft.typed.get("payer_typed", "")
    chosen = draft.payer or draft.typed.get("payer", "")
    shown = ShownChoices(payer_choices(directory, chosen), WITHOUT_PAYER, chosen, words)
    if NAME not in draft.checked:
        return shown
    if not words.strip():
        return shown._replace(error=ShownError("payer", PAYER.missing))
    match = find_payer(directory, words)
    cards = [directory.adapter(payer).card for payer in match.candidates]
    if not cards:
        return shown._replace(is_unknown=True, chosen=chosen or NoPayer.UNLISTED)
    rest = tuple(one for one in shown.payers if one.value not in match.candidates)
    return shown._replace(meant=choices_of(cards), payers=rest)


def _settle(draft: VisitorDraft, payer: str) -> VisitorDraft:
    left = tuple(one for one in draft.checked if one != NAME)
    return draft.model_copy(update={"payer": payer, "checked": left, "typed": {**draft.typed, "payer": payer}})


def remember(names: tuple[str, ...], *more: str) -> tuple[str, ...]:
    """Return ``names`` with ``more``, the latest twenty: whoever types on and on makes a draft no larger."""
    return tuple(dict.fromkeys((*names, *more)))[-MOST_REMEMBERED:]
