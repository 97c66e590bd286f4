"""The locks pin everything, extras too: pip refuses a lock whose extras are open as soon as a newer release appears."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[2]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?==", re.MULTILINE)


def pinned(lock: str) -> dict[str, set[str]]:
    """Every name of a lock file, with the extras that are pinned with it."""
    found = PINNED.findall((REPOSITORY / lock).read_text())
    return {canonicalize_name(name): set(extras.split(",")) - {""} for name, extras in found}


def wanted(names: set[str]) -> list[Requirement]:
    """What the distributions of those names ask for, here, without extras of their own."""
    asked = []
    for name in sorted(names):
        try:
            requires = distribution(name).requires or ()
        except ModuleNotFoundError:
            # Pinned for another machine than this one.
            continue
        asked += [Requirement(line) for line in requires]
    return [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_an_extra_that_somebody_asks_for_is_pinned_with_its_distribution(lock: str) -> None:
    known = pinned(lock)

    open_ones = [str(one) for one in wanted(set(known)) if one.extras - known.get(canonicalize_name(one.name), set())]

    assert len(known) > 30
    assert not open_ones
