"""The files of the pages, as a browser and a cache see them."""

from collections.abc import Callable
from typing import Any

import httpx

from service.web.pages.assets import load_assets


def test_a_file_is_kept_for_good_and_its_address_changes_with_it(stage: Any) -> None:
    path = load_assets()["site.css"].path
    found = httpx.get(stage.service + path, trust_env=False)
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/css")
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    digest = path.split("/")[2]
    other = httpx.get(stage.service + path.replace(digest, "0" * len(digest)), trust_env=False)
    assert other.status_code == 404


def test_a_page_is_opened_in_a_real_browser(stage: Any, visit: Callable[..., Any]) -> None:
    with visit(stage.service) as person:
        person.go("/auth/link")
        assert person.page.title() == "Sign in"
