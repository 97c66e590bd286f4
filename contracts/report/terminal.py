"""Text from outside, made harmless for a terminal: a payer's words are shown and never obeyed."""

import re
from unicodedata import category

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of signs that a terminal acts upon, or that change how the signs around them look: controls (ESC, C0, C1),
direction and width marks, half surrogates, signs without a meaning, separators of lines. Source: Unicode, chapter 4."""

_PLAIN = re.compile(r"[ -~]*")


def escape_for_terminal(text: str) -> str:
    r"""``text`` as one line in which every sign that a terminal would obey is written out, such as ``\x1b``.

    Line breaks and tabs are such signs too: what stands on a line of its own was put there by us.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_escape_sign(sign) if category(sign) in _OBEYED else sign for sign in text)


def escape_json_for_terminal(text: str) -> str:
    r"""JSON ``text`` with every such sign as an escape (``\u009b``): the same value to whoever reads it as JSON.

    JSON itself escapes the controls below a space and no others. ``text`` is one document, on one line.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_escape_json_sign(sign) if category(sign) in _OBEYED else sign for sign in text)


def _escape_sign(sign: str) -> str:
    number = ord(sign)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _escape_json_sign(sign: str) -> str:
    """``sign`` in JSON's own escapes; one beyond the basic plane is a pair of them."""
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
