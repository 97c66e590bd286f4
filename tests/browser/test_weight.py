"""What the pages weigh: no more than a slow telephone loads at once."""

import gzip

from service.web.pages.assets import load_assets


def test_all_scripts_together_weigh_at_most_four_kilobytes_packed() -> None:
    scripts = [asset.content for name, asset in load_assets().items() if name.endswith(".js")]
    assert scripts
    assert sum(len(gzip.compress(one)) for one in scripts) <= 4_096


def test_all_stylesheets_together_weigh_at_most_ten_kilobytes() -> None:
    styles = [asset.content for name, asset in load_assets().items() if name.endswith(".css")]
    assert styles
    assert sum(len(one) for one in styles) <= 10_240
