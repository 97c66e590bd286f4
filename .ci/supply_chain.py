"""What we depend on: the list of it (SBOM), its licences, and what is publicly known to be wrong with it.

    python .ci/supply_chain.py sbom          # CycloneDX JSON on stdout, made from requirements.txt alone
    python .ci/supply_chain.py licences      # every distribution of the locks with its licence; 1: one is not allowed
    python .ci/supply_chain.py advisories    # 0: checked, nothing known; 1: something is known; 3: NOT checked, and why

The advisory service is not reached from every machine, and ``pip-audit`` ends with 0 when it could look nothing up.
Here nothing counts as checked but what was looked up.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from boolean import Expression
from license_expression import ExpressionError, LicenseSymbol, get_spdx_licensing

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.txt", ".ci/requirements-build.txt", "requirements-dev.txt")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.MULTILINE)

NOT_CHECKED = 3
"""The exit code that says that nothing was found because nobody could look."""

SERVICES: Mapping[str, tuple[str, ...]] = {"pip-audit's own": (), "osv": ("--vulnerability-service", "osv")}
"""The advisory services that are asked one after the other, and how pip-audit is told to."""

SECONDS = 90
"""What one advisory service may take for all distributions."""

ACCEPTED_ADVISORIES: Mapping[str, str] = {}
"""Advisories that do not concern us, by their id, each with the reason and the day it was judged."""

ALLOWED = frozenset({
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "PSF-2.0",
    # Weak copyleft: what we would have to publish are changes of these files themselves, and we make none.
    "MPL-2.0",
})  # fmt: skip
"""Licences, by their SPDX ids, under which any distribution may be depended on."""

EXCEPTIONS: Mapping[str, str] = {
    # Installed as they are published, so that whoever runs the service may put other versions in their place.
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    # Serves tests alone. Its own words for its licence, and for those of the permissive libraries within PDFium.
    "pypdfium2": "BSD-3-Clause, Apache-2.0, dependency licenses",
    # Serves tests alone. Its licence is a file beside it (MIT), and axe-core within is under MPL-2.0.
    "axe-playwright-python": "unknown",
}
"""By distribution: the licence that it alone may have."""

OLD_NAMES: Mapping[str, str] = {
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
}
"""What distributions wrote before SPDX ids were asked of them (PEP 639), in lower case."""

SPDX = get_spdx_licensing()


def pinned(lock: str) -> dict[str, str]:
    """The version of every distribution in a lock, by its name."""
    return dict(PINNED.findall((ROOT / lock).read_text(encoding="utf-8")))


def sbom() -> bytes:
    """The CycloneDX document of what runs: it follows from the lock alone, and the same lock gives the same bytes."""
    command = [
        *(sys.executable, "-m", "cyclonedx_py", "requirements", "requirements.txt", "--pyproject", "pyproject.toml"),
        *("--output-reproducible", "--sv", "1.6", "--of", "JSON", "--validate"),
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120).stdout


def licence_of(found: Distribution) -> str:
    """The licence that a distribution declares, as an SPDX expression where it can be told; ``unknown`` when it can't.

    A declared expression goes first, then a short ``License`` field, then the classifiers.
    """
    metadata = found.metadata
    declared = metadata.get("License-Expression")
    if declared:
        return str(declared)
    words = (metadata.get("License") or "").strip()
    classifiers = [line.split(" :: ") for line in metadata.get_all("Classifier", [])]
    named = [words] if words and "\n" not in words and words != "UNKNOWN" else []
    named += [parts[-1] for parts in classifiers if parts[0] == "License" and parts[-1] != "DFSG approved"]
    for name in named:
        spdx = OLD_NAMES.get(name.lower(), name)
        if spdx in SPDX.known_symbols:
            return spdx
    return named[0] if named else "unknown"


def is_allowed(name: str, licence: str) -> bool:
    """Whether a distribution may be depended on under a licence expression: of each OR one side, of each AND both."""
    try:
        return EXCEPTIONS.get(name) == licence or _is_kept(SPDX.parse(licence, validate=True, strict=True))
    except ExpressionError:
        return False


def _is_kept(expression: Expression) -> bool:
    if isinstance(expression, SPDX.AND):
        return all(map(_is_kept, expression.args))
    if isinstance(expression, SPDX.OR):
        return any(map(_is_kept, expression.args))
    return isinstance(expression, LicenseSymbol) and expression.key in ALLOWED


def licences(locks: Iterable[str] = LOCKS) -> Iterator[tuple[str, str, str]]:
    """Name, version and licence of every distribution in the locks that is installed on this machine."""
    versions = {name: version for lock in locks for name, version in pinned(lock).items()}
    for name, version in sorted(versions.items()):
        try:
            yield name, version, licence_of(distribution(name))
        except PackageNotFoundError:
            # Pinned for another kind of machine, where the same check runs.
            continue


def audit(service: str) -> list[dict[str, Any]] | str:
    """What ``pip-audit`` says of every distribution that runs; the reason, in words, when it says nothing."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", "requirements.txt", "--no-deps", "--disable-pip"),
        *(*SERVICES[service], "--format", "json", "--progress-spinner", "off", "--timeout", "10"),
    ]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True, timeout=SECONDS)
        dependencies: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} s"
    except (ValueError, KeyError):
        return "the service can't be reached"
    return dependencies


def judge(dependencies: list[dict[str, Any]], wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return what is known against distributions, and the names of ``wanted`` that nobody looked up."""
    looked_up = {one["name"]: one.get("vulns", []) for one in dependencies if "skip_reason" not in one}
    known = [
        f"{name}: {advisory['id']}, mended in {', '.join(advisory['fix_versions']) or 'no version yet'}"
        for name, advisories in looked_up.items()
        for advisory in advisories
        if not {advisory["id"], *advisory.get("aliases", [])} & ACCEPTED_ADVISORIES.keys()
    ]
    return known, sorted(set(wanted) - looked_up.keys())


def check_advisories() -> int:
    """Print what is known, and return the exit code."""
    wanted, reasons = pinned("requirements.txt"), []
    for service in SERVICES:
        answer = audit(service)
        if isinstance(answer, str):
            reasons.append(f"{service}: {answer}")
            continue
        known, missing = judge(answer, wanted)
        if known:
            print("\n".join(known), file=sys.stderr)
            return 1
        if not missing:
            print(f"advisories checked: {len(wanted)} distributions, nothing known ({service})")
            return 0
        reasons.append(f"{service}: {len(missing)} of {len(wanted)} distributions were not looked up")
    print(f"advisories NOT checked: {'; '.join(reasons)}", file=sys.stderr)
    return NOT_CHECKED


def check_licences() -> int:
    """Print each distribution with its licence, and return the exit code."""
    refused = 0
    for name, version, licence in licences():
        allowed = is_allowed(name, licence)
        refused += not allowed
        print(f"{name} {version}: {licence}{'' if allowed else '  <- NOT allowed'}")
    return 1 if refused else 0


def main(arguments: list[str]) -> int:
    """Run one of the three."""
    match arguments:
        case ["sbom"]:
            sys.stdout.buffer.write(sbom())
            return 0
        case ["licences"]:
            return check_licences()
        case ["advisories"]:
            return check_advisories()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
