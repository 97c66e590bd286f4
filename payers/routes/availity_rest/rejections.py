"""What Availity refuses, as the AAA of a 271: validation messages of a coverage, field errors of its own error.

A message names a form's field, and gives AAA03 as a code or in words. Source: ``PROTOCOLS.md`` 4.2.3, 4.2.4.
"""

from collections.abc import Iterator
from typing import Final

from contracts import Benefits, Rejection
from payers.routes.shared.json_replies import codes
from payers.routes.shared.json_replies.codes import fold
from payers.routes.shared.json_replies.elements import drop_repeats, usual_loop
from payers.routes.shared.json_replies.tree import Node

_CODES: Final = frozenset(codes.REJECTIONS.values())
_BY_FIELD: Final = (
    ("provider", "2100B"),
    ("payer", "2100A"),
    ("submitter", "2100A"),
    ("servicetype", "2110C"),
    ("procedurecode", "2110C"),
    ("asofdate", "2100C"),
    ("todate", "2100C"),
)
"""Where a rejected field of the form stands in a 271; every other field is of the member."""

_CODE_OF_FIELD: Final = {
    "memberid": ("72", "72"),
    "patientlastname": ("73", "65"),
    "patientfirstname": ("73", "65"),
    "patientbirthdate": ("58", "58"),
    "patientgender": ("74", "66"),
    "groupnumber": ("78", "78"),
    "asofdate": ("57", "57"),
    "todate": ("57", "57"),
    "servicetype": ("33", "33"),
    "payerid": ("79", "79"),
    "providernpi": ("43", "43"),
    "providertaxid": ("43", "43"),
    "providerlastname": ("44", "44"),
    "providerfirstname": ("44", "44"),
}
"""What "missing or invalid" is called for each field of the form, of a subscriber and of a dependent."""


def of_coverage(node: Node, *, dependent: bool) -> tuple[Rejection, ...]:
    """Return every validation message. An unknown code is replaced by that of the field, else kept as it was sent."""
    return drop_repeats(_each(node, "validationMessages", dependent=dependent, known_only=False))


def of_error(root: Node) -> tuple[Rejection, ...]:
    """Return the field errors that have an AAA03; a gateway's own words about a form are not the payer's."""
    return drop_repeats(_each(root, "errors", dependent=False, known_only=True))


def _each(node: Node, key: str, *, dependent: bool, known_only: bool) -> Iterator[Rejection]:
    for message in node.each(key):
        code = _code(message)
        field = fold(message.text("field")).lower()
        if not code and not known_only:
            code = _CODE_OF_FIELD.get(field, ("", ""))[dependent] or message.text("code")
        if code or (not known_only and message.has("errorMessage", "field")):
            loop = _loop(field, code, dependent=dependent)
            follow_up = codes.FOLLOW_UPS.get(fold(message.text("followUpAction", "followupAction")), "")
            yield Rejection(message.path, message.json(), loop, "N", code, follow_up)


def _code(message: Node) -> str:
    """AAA03, as a code or in its words; nothing when the message has neither."""
    code = message.text("code").upper()
    code = code.zfill(2) if code.isdecimal() else code
    return code if code in _CODES else codes.REJECTIONS.get(fold(message.text("errorMessage", "message")), "")


def _loop(field: str, code: str, *, dependent: bool) -> str:
    """Return the loop of a rejected field, or of the code where no field is named."""
    if not field:
        return usual_loop(code)
    found = next((loop for start, loop in _BY_FIELD if field.startswith(start)), "2100C")
    if dependent and (field.startswith("patient") or usual_loop(code) == "2100D"):
        return "2100D"
    return found


def beside_lines(benefits: Benefits) -> Benefits:
    """Return the same with the rejections of a benefit moved to a line, as in a 271, where there are lines.

    A benefit that cannot be answered is a problem beside the answer and does not replace it.
    """
    at_benefit = tuple(one for one in benefits.rejections if one.loop in _AT_BENEFIT)
    if not at_benefit or not benefits.lines:
        return benefits
    first, *others = benefits.lines
    above = tuple(one for one in benefits.rejections if one.loop not in _AT_BENEFIT)
    return benefits._replace(lines=(first._replace(rejections=at_benefit), *others), rejections=above)


_AT_BENEFIT: Final = frozenset({"2110C", "2110D"})
