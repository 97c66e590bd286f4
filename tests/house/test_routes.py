"""A route is one folder, one entry point and one endpoint of the simulator; nothing else of the product names it."""

import re
import subprocess
from importlib.metadata import entry_points
from pathlib import Path

from payers.simulator.endpoints import ENDPOINTS

ROOT = Path(__file__).parents[2]
ROUTES = {
    point.name: point.module
    for point in entry_points(group="benefit_verification.routes")
    if point.module.startswith("payers.")
}
CHOOSES = {
    *(f"payers/{payer}.py" for payer in ("aetna", "cigna", "florida_blue", "optum", "unitedhealthcare")),
    "payers/routes/stored.py",
    "service/cli/demo.py",
}
"""Who chooses among routes: a payer's card, the order of the forms of stored replies, the demo's default."""


def modules_that_name(route: str) -> set[str]:
    """Return the modules of the product in whose code ``route`` stands as a text, outside of its own two places."""
    listed = subprocess.run(
        ["git", "grep", "-l", "-E", f'"{route}"', "--", "contracts", "payers", "service"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    own = re.compile(rf"payers/(routes|simulator/endpoints)/({route}[/.]|__init__)")
    return {path for path in listed.stdout.splitlines() if path.endswith(".py") and not own.match(path)}


def test_each_route_is_a_folder_of_its_own_name() -> None:
    assert {name: f"payers.routes.{name}" for name in ROUTES} == ROUTES
    assert all((ROOT / "payers" / "routes" / name / "__init__.py").is_file() for name in ROUTES)
    folders = {path.name for path in (ROOT / "payers" / "routes").iterdir() if (path / "__init__.py").is_file()}
    assert folders == {*ROUTES, "shared"}


def test_each_route_is_simulated() -> None:
    assert set(ENDPOINTS) == set(ROUTES)


def test_nothing_else_names_a_route() -> None:
    named = {route: modules_that_name(route) - CHOOSES for route in ROUTES}

    assert {route: modules for route, modules in named.items() if modules} == {}


def test_what_names_a_route_is_found() -> None:
    assert "payers/aetna.py" in modules_that_name("core_mime")
