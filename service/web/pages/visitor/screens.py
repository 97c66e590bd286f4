"""The three screens of the form in their order: what each asks for, how it is checked, and where it leads."""

from collections.abc import Callable
from typing import NamedTuple

from service.web.pages.visitor import card_screen, contact_screen
from service.web.pages.visitor.checks import Checked, Circumstances
from service.web.pages.visitor.draft import VisitorDraft

ROOT = "/verify"


class Screen(NamedTuple):
    """A screen of a draft: its name in addresses, the names of its inputs, and what it makes of them."""

    name: str
    step: int
    inputs: tuple[str, ...]
    check: Callable[[VisitorDraft, Circumstances], Checked]


CARD_SCREEN = Screen("card", 2, card_screen.INPUTS, card_screen.check_card_screen)
CONTACT_SCREEN = Screen("contact", 3, contact_screen.INPUTS, contact_screen.check_contact_screen)

SCREENS = {one.name: one for one in (CARD_SCREEN, CONTACT_SCREEN)}
"""The screens that belong to a draft; the first one, which begins it, stands in ``payer_screen.py``."""


def payer_path(reference: str | None = None) -> str:
    """Return the address of the first screen, of a draft or of none."""
    return ROOT if reference is None else f"{ROOT}/{reference}"


def screen_path(screen: Screen, reference: str) -> str:
    """Return the address of a screen of the draft ``reference``."""
    return f"{ROOT}/{reference}/{screen.name}"


def outcome_path(reference: str) -> str:
    """Return the address of what came of the request ``reference``."""
    return f"{ROOT}/sent/{reference}"


def first_after_payer(given: Circumstances) -> Screen:
    """Return the screen that follows the choice of the insurance: that of the card, where there is a payer to ask."""
    return CONTACT_SCREEN if given.card is None else CARD_SCREEN
