"""The report as HTML: accessible, without script, and hostile words are only words."""

import re
from base64 import b64decode
from collections.abc import Iterator
from html.parser import HTMLParser
from unicodedata import category

from service.guidance.report.html import security_policy, stylesheet, write_html
from service.guidance.report.page import TITLE
from tests.service.guidance.report.reports import HOSTILE, each_report, hostile_report, plain_report

ADMITTED = set(
    "html head meta title style body main section h1 h2 p dl div dt dd ul li span a".split()
    + "table caption thead tbody tr th td".split()
)
VOID = {"meta"}


class Reader(HTMLParser):
    """Reads a page as a browser does: its elements with their attributes, and its text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.crossed: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def named(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


def test_it_is_accessible_and_well_formed() -> None:
    for _, sealed in each_report():
        page = Reader(write_html(sealed))
        tags = [tag for tag, _ in page.elements]

        assert page.crossed == page.open == []
        assert next(page.named("html")) == {"lang": "en-US"}
        assert (tags.count("title"), tags.count("main"), tags.count("h1"), tags.count("h2")) == (1, 1, 1, 1)
        assert tags.count("table") == tags.count("caption") == tags.count("thead") > 10
        assert all(one.get("scope") in {"col", "row"} for one in page.named("th"))
        assert tags.count("th") > 100
        assert TITLE in page.texts


def test_it_holds_no_script_and_no_address() -> None:
    page = Reader(write_html(hostile_report()))
    addresses = [one["href"] or "" for one in page.named("a")]

    assert {tag for tag, _ in page.elements} <= ADMITTED
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert len(addresses) == 1
    assert addresses[0].startswith("data:application/json;base64,")
    assert not re.search(r"url\(|@import|expression|://", stylesheet())


def test_a_browser_runs_nothing_but_its_stylesheet() -> None:
    page = Reader(write_html(plain_report()))
    policies = [one["content"] for one in page.named("meta") if one.get("http-equiv") == "Content-Security-Policy"]

    assert policies == [security_policy()]
    assert (security_policy() or "").startswith("default-src 'none'; style-src 'sha256-")
    assert stylesheet() in page.texts


def test_hostile_words_are_only_words() -> None:
    text = " ".join(Reader(write_html(hostile_report())).texts)

    assert '#import "x": * #panic("x") $x$ *bold* <script>alert(1)</script>' in text
    assert "{{7*7}} {% x %} =HYPERLINK(1)" in text
    assert "\\u202etxt\\u202c \\x1b[31m 漢字 שלום" in text
    assert not [sign for sign in text if category(sign) in {"Cc", "Cf"} and sign != "\n"]


def test_a_page_that_escaped_nothing_would_be_noticed() -> None:
    broken = write_html(plain_report()).replace(b"</main>", f"<p>{HOSTILE}</p></main>".encode())

    assert not {tag for tag, _ in Reader(broken).elements} <= ADMITTED


def test_the_record_within_it_is_the_record() -> None:
    sealed = plain_report()
    page = Reader(write_html(sealed))

    address = next(page.named("a"))["href"] or ""
    assert b64decode(address.partition("base64,")[2]) == sealed.record
    assert any(one.get("content") == sealed.digest for one in page.named("meta"))
    assert page.texts.count(sealed.digest) == 1


def test_the_same_record_is_the_same_page() -> None:
    assert write_html(hostile_report()) == write_html(hostile_report())


def test_words_without_end_are_cut_on_the_page_and_whole_in_the_annex() -> None:
    page, _, annex = write_html(hostile_report()).decode().partition('class="annex"')

    assert "W" * 100 not in page
    assert "W" * 10_000 in annex


def test_a_crowded_page_is_printed_in_a_smaller_type() -> None:
    assert b'class="page crowded"' in write_html(hostile_report())
    assert b'class="page"' in write_html(plain_report())
    assert ".crowded { font-size:" in stylesheet()
