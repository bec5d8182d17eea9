"""Renew PyO3's tables in ``pyo3_features_backend/decide`` from the crates.io index; run by hand.

    python tools/refresh_pyo3_data.py [--check]

cargo fetches the index entry and the newest source of each PyO3 minor; feature names and rust-version come from the
former, the supported Pythons from the build script of the latter. What neither says (PyPy, GraalPy, notes) is kept;
for a new minor it is taken from the one before, and the script says so. ``--check`` writes nothing, and fails on a
difference.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pyo3_features_backend.decide.features import FEATURES
from pyo3_features_backend.decide.release import Release
from pyo3_features_backend.decide.releases import RELEASES
from pyo3_features_backend.model.version import Python

DECIDE = Path(__file__).parent.parent / "pyo3_features_backend" / "decide"
CARGO_HOME = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
FIRST = (0, 13)


def numbers(version: str) -> tuple[int, ...]:
    """``"0.30.1" -> (0, 30, 1)``."""
    return tuple(int(part) for part in version.split("."))


def scratch(folder: Path, dependencies: str, command: str) -> str:
    """Run a cargo command on a package with these dependencies."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").touch()
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "scratch"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{dependencies}\n'
    )
    return subprocess.run(["cargo", command, "-q"], cwd=folder, check=True, capture_output=True, text=True).stdout


def index(crate: str) -> list[dict[str, Any]]:
    """Every final version of a crate in cargo's copy of the index, oldest first; a lock file may hold a yanked one."""
    (entry,) = CARGO_HOME.glob(f"registry/index/*/.cache/{crate[:2]}/{crate[2:4]}/{crate}")
    parts = entry.read_bytes().split(b"\0")  # a header, then version and JSON in turns
    rows = [json.loads(part) for part in parts if part.startswith(b"{")]
    final = [row for row in rows if re.fullmatch(r"[\d.]+", row["vers"])]
    return sorted((row for row in final if numbers(row["vers"]) >= FIRST), key=lambda row: numbers(row["vers"]))


def features_of(row: dict[str, Any]) -> set[str]:
    """Named features and optional dependencies that no `dep:` hides."""
    named = {**row["features"], **(row.get("features2") or {})}
    hidden = {entry[4:] for entries in named.values() for entry in entries if entry.startswith("dep:")}
    optional = {dep["name"] for dep in row["deps"] if dep["optional"]}
    return set(named) | (optional - hidden)


def feature_table(rows: list[dict[str, Any]], kept: set[str]) -> dict[str, tuple[str, str | None]]:
    """Feature -> (first release, last one) for every feature in ``kept`` and every new name."""
    seen: dict[str, list[str]] = {}
    for row in rows:
        for name in features_of(row):
            seen.setdefault(name, []).append(row["vers"])
    new = {name for name in features_of(rows[-1]) if name not in kept and not name.startswith("_")}
    plumbing = {"default", "inventory", "pyo3-macros", "indoc", "unindent", "paste", "ctor"}
    newest = rows[-1]["vers"]
    return {
        name: (seen[name][0], None if seen[name][-1] == newest else seen[name][-1])
        for name in sorted(kept | (new - plumbing))
        if name in seen
    }


def cpython_range(version: str, folder: Path) -> tuple[Python, Python] | None:
    """(lowest, highest) CPython of a release from its build script; None where it has no such line."""
    scratch(folder, f'pyo3 = {{ version = "={version}", default-features = false }}', "fetch")
    found: list[Path] = []
    for crate in ("pyo3-ffi", "pyo3"):
        found += CARGO_HOME.glob(f"registry/src/*/{crate}-{version}/build.rs")
    text = "\n".join(path.read_text(encoding="utf-8") for path in found)
    block = re.search(r"SUPPORTED_VERSIONS_CPYTHON.*?};", text, re.S)
    minors = re.findall(r"(?:PY_3_|minor:\s*)(\d+)", block.group()) if block else []
    return ((3, int(minors[0])), (3, int(minors[-1]))) if minors else None


HEADER = """\"\"\"{about}

Made by tools/refresh_pyo3_data.py; {more}
\"\"\"

from __future__ import annotations
"""


def quoted(value: object) -> str:
    """Python source of a value, as ruff writes it."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def releases_module(releases: list[Release]) -> str:
    """The source of ``decide/releases.py``."""
    more = "what the build scripts do not say (PyPy, GraalPy, notes) is kept by hand."
    text = HEADER.format(about="What each minor release of PyO3 supports, oldest first.", more=more)
    text += "\nfrom .release import Release\n\nRELEASES = (\n"
    for release in releases:
        text += "    Release(\n"
        for name, value in release._asdict().items():
            if value not in (None, ""):
                text += f"        {name}={quoted(value)},\n"
        text += "    ),\n"
    return text + ")\n"


def features_module(features: dict[str, tuple[str, str | None]]) -> str:
    """The source of ``decide/features.py``."""
    about = "PyO3's features: the first release that has each, and the last one, or None while it still exists."
    text = HEADER.format(about=about, more="do not edit.")
    text += "\nFEATURES: dict[str, tuple[str, str | None]] = {\n"
    text += "".join(f"    {quoted(name)}: ({quoted(a)}, {quoted(b)}),\n" for name, (a, b) in features.items())
    return text + "}\n"


def main() -> int:
    """Refresh or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    options = parser.parse_args()
    releases = {release.series: release for release in RELEASES}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scratch(folder / "index", 'pyo3 = "*"', "update")
        rows = index("pyo3")
        for series in dict.fromkeys(".".join(row["vers"].split(".")[:2]) for row in rows):
            newest = next(row for row in reversed(rows) if row["vers"].startswith(series + "."))
            if series not in releases:
                notes = "PyPy and GraalPy as in the release before"
                releases[series] = list(releases.values())[-1]._replace(series=series, notes=notes)
                print(f"new release {series}: look over its row by hand", file=sys.stderr)
            release = releases[series]._replace(msrv=newest.get("rust_version") or releases[series].msrv)
            if supported := cpython_range(newest["vers"], folder / series):
                release = release._replace(cpython_min=supported[0], cpython_max=supported[1])
            releases[series] = release
    different = 0
    modules = {
        "releases.py": releases_module(list(releases.values())),
        "features.py": features_module(feature_table(rows, set(FEATURES))),
    }
    for file_name, new in modules.items():
        path = DECIDE / file_name
        if path.read_text(encoding="utf-8") != new:
            different = 1
            print(f"{'differs' if options.check else 'renewed'}: {file_name}", file=sys.stderr)
            if not options.check:
                path.write_text(new, encoding="utf-8")
    return different if options.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
