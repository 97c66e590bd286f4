"""Which lines say the same to all members of a plan: only what follows from these is remembered for the next member."""

from contracts import Benefit
from contracts.benefits import FIRST_BELOW, NOTHING_BELOW
from payers.reading.lines import codes

MOST_SIGNS = 400
"""Signs of a line, and of the words below it, when it is remembered; most lines have some forty. The segments of words
and dates may have twice as many."""

MOST_BELOW = 12
"""What stands below such a line, by number; most have nothing, or one message."""


def is_plans_own(benefit: Benefit) -> bool:
    """Whether a line itself says nothing of one member, and is short: what is used up, or left, is a member's own.

    So is a spend-down (EB01 Y), which follows from somebody's income.
    """
    is_own = benefit.period in codes.MEMBERS_OWN or benefit.information == codes.SPEND_DOWN
    return not is_own and len(benefit.text) <= MOST_SIGNS


def is_of_plan(benefit: Benefit) -> bool:
    """Whether a segment and all below it say nothing of one member, and are short.

    A reference or an entity below it may hold somebody's name or number. A line of a reply in JSON is shown with all
    that stood beside it, so that it never counts.
    """
    if type(benefit.at) is not int or not is_plans_own(benefit):
        return False
    if benefit[FIRST_BELOW:] == NOTHING_BELOW:
        return True
    if benefit.references or benefit.entities:
        return False
    if any(delivery.period in codes.MEMBERS_OWN for delivery in benefit.deliveries):
        return False
    words, shown = (*benefit.messages, *benefit.places), [one.text for one in benefit.deliveries]
    shown += [one.text for one in benefit.rejections]
    if len(words) + len(shown) + len(benefit.dates) > MOST_BELOW:
        return False
    sent = [one.sent for one in words] + [one.sent for one in benefit.dates]
    return sum([len(said.text) for said in words]) + sum(map(len, shown)) <= MOST_SIGNS and (
        sum(map(len, sent)) <= 2 * MOST_SIGNS
    )
