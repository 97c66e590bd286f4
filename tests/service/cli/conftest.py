"""What several commands are run in: a folder of their own, without any setting, and a key in a file."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key in a file of its own, an environment without any, and a folder without settings."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("BENEFITS_"):
            monkeypatch.delenv(name)
    file = tmp_path / "staff.key"
    file.write_text("bv_file\n")
    return file
