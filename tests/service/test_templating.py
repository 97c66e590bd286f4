"""A control character in a value does nothing to whoever reads a page or a file: it is seen, or it is gone."""

import pytest

from service.batches.result_files import neutralize
from service.templating import show_controls, template_environment


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\x00b", "a\u2400b"),
        ("\x1b[31m<b>", "\u241b[31m&lt;b&gt;"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("\u2067x\u2069", "x"),
        ("a\x9b1m", "a\ufffd1m"),
        ("one\r\ntwo\tthree", "one\r\ntwo\tthree"),
        ("José \U0001f600", "José \U0001f600"),
        (7, "7"),
    ],
    ids=ascii,
)
def test_no_value_of_a_page_holds_a_control_character(value: object, shown: str) -> None:
    environment = template_environment("service.web.pages")
    text = "{% macro same(text) %}{{ text }}{% endmacro %}{{ value }} {{ same(value) }}"

    assert environment.from_string(text).render(value=value) == f"{shown} {shown}"


def test_no_cell_of_a_file_holds_a_control_character() -> None:
    assert neutralize("7\x1b[31m\x00\u202e") == "7\u241b[31m\u2400"
    assert neutralize("\x00=1+1") == "'\u2400=1+1"
    assert show_controls(None) is None
