"""The headers of the form's pages as a service in production sends them: nothing is kept, framed, told or set."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import pytest

from tests.journeys.conftest import Stage

EMBEDDED_FROM = "https://clinic.test"
SETTINGS = {
    "BENEFITS_PROFILE": "production",
    "BENEFITS_BEHIND_TLS": "true",
    "BENEFITS_KEYS__SEALING": "k1:" + "A" * 43 + "=",
    "BENEFITS_PROVIDER__NPI": "1999999984",
    "BENEFITS_PROVIDER__NAME": "Example Recovery Center",
    "BENEFITS_PROVIDER__TAX_ID": "123456789",
    "BENEFITS_ROUTES__CORE_MIME__URL": "https://127.0.0.1:1/nobody",
    "BENEFITS_ROUTES__CORE_MIME__SENDER_ID": "SENDER",
    "BENEFITS_PUBLIC__EMBED_FROM": f'["{EMBEDDED_FROM}"]',
}

Staging = Callable[..., AbstractContextManager[Stage]]


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, staging: Staging) -> Iterator[Stage]:
    """A service in production, behind a proxy of ours."""
    with staging(tmp_path_factory.mktemp("production"), **SETTINGS) as stage:
        yield stage


def pages_of(http: httpx.Client) -> dict[str, httpx.Response]:
    """A page of every kind that a visitor comes across."""
    begun = http.post("/verify", data={"payer": "aetna"})
    card = begun.headers["location"]
    return {
        "first screen": http.get("/verify"),
        "redirect": begun,
        "card": http.get(card),
        "errors": http.post(card, data={"first_name": "x"}),
        "contact": http.get(card.replace("/card", "/contact")),
        "unknown outcome": http.get(f"/verify/sent/{'A' * 26}"),
        "another site's form": http.post(card, data={}, headers={"Sec-Fetch-Site": "cross-site"}),
    }


def test_every_page_of_the_form_has_strict_headers_and_sets_no_cookie(production: Stage) -> None:
    with httpx.Client(base_url=production.service) as http:
        pages = pages_of(http)
        asset = http.get(next(iter(_assets(pages["first screen"].text))))
        looked_at = http.head("/verify")

    assert {name: page.status_code for name, page in pages.items()} == {
        **dict.fromkeys(pages, 200),
        "redirect": 303,
        "errors": 303,
        "unknown outcome": 404,
        "another site's form": 403,
    }
    assert (looked_at.status_code, looked_at.content) == (200, b"")
    assert looked_at.headers.keys() == pages["first screen"].headers.keys()
    for name, page in pages.items():
        headers = page.headers
        assert headers["cache-control"] == "no-store", name
        assert headers["referrer-policy"] == "no-referrer", name
        assert headers["x-content-type-options"] == "nosniff", name
        assert headers["cross-origin-opener-policy"] == "same-origin", name
        assert "camera=()" in headers["permissions-policy"], name
        assert headers["strict-transport-security"].startswith("max-age=31536000"), name
        assert not {"set-cookie", "etag", "last-modified", "server", "x-powered-by"} & set(headers), name
        policies = headers.get_list("content-security-policy")
        assert len(policies) == 1, name
        assert policies[0].startswith("default-src 'none'; "), name
        assert not [word for word in ("unsafe", "*", "http:", "data:") if word in policies[0]], name
        assert "frame-ancestors" in policies[0], name
        if page.status_code == 200:
            assert f"frame-ancestors {EMBEDDED_FROM};" in policies[0], name
            assert "require-trusted-types-for 'script'" in policies[0], name
            assert "worker-src 'self'" in policies[0], name
    assert "set-cookie" not in asset.headers


def _assets(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('src="')[1:]]


def test_without_tls_in_development_no_browser_is_told_to_use_it(stage: Stage) -> None:
    assert "strict-transport-security" not in httpx.get(f"{stage.service}/verify").headers
