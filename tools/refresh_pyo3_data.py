"""Renew ``pyo3_features_backend/data`` from the crates.io index; run by hand.

    python tools/refresh_pyo3_data.py [--check]

cargo fetches the index entry and the newest source of each PyO3 minor; feature names and rust-version come from the
former, the supported Pythons from the build script of the latter. What neither says (PyPy, GraalPy, notes) is kept;
for a new minor it is taken from the one before, and the script says so. ``--check`` writes nothing, and fails on a
difference.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "pyo3_features_backend" / "data"
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


def feature_table(rows: list[dict[str, Any]], kept: set[str]) -> str:
    """``feature,first,last`` for every feature in ``kept`` and every new name."""
    seen: dict[str, list[str]] = {}
    for row in rows:
        for name in features_of(row):
            seen.setdefault(name, []).append(row["vers"])
    new = {name for name in features_of(rows[-1]) if name not in kept and not name.startswith("_")}
    plumbing = {"default", "inventory", "pyo3-macros", "indoc", "unindent", "paste", "ctor"}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["feature", "first", "last"])
    for name in sorted(kept | (new - plumbing)):
        versions = seen.get(name, [])
        if versions:
            last = "" if versions[-1] == rows[-1]["vers"] else versions[-1]
            writer.writerow([name, versions[0], last])
    return text.getvalue()


def cpython_range(version: str, folder: Path) -> tuple[str, str]:
    """(lowest, highest) CPython of a release from its build script; an empty string where it has no such line."""
    scratch(folder, f'pyo3 = {{ version = "={version}", default-features = false }}', "fetch")
    found: list[Path] = []
    for crate in ("pyo3-ffi", "pyo3"):
        found += CARGO_HOME.glob(f"registry/src/*/{crate}-{version}/build.rs")
    text = "\n".join(path.read_text(encoding="utf-8") for path in found)
    block = re.search(r"SUPPORTED_VERSIONS_CPYTHON.*?};", text, re.S)
    minors = re.findall(r"(?:PY_3_|minor:\s*)(\d+)", block.group()) if block else []
    return (f"3.{minors[0]}", f"3.{minors[-1]}") if minors else ("", "")


def main() -> int:
    """Refresh or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scratch(folder / "index", 'pyo3 = "*"', "update")
        rows = index("pyo3")
        with (DATA / "pyo3-features.csv").open(encoding="utf-8", newline="") as file:
            kept = {row["feature"] for row in csv.DictReader(file)}
        with (DATA / "pyo3-releases.csv").open(encoding="utf-8", newline="") as file:
            releases = list(csv.DictReader(file))
        known = {row["pyo3"] for row in releases}
        for series in dict.fromkeys(".".join(row["vers"].split(".")[:2]) for row in rows):
            newest = next(row for row in reversed(rows) if row["vers"].startswith(series + "."))
            if series not in known:
                releases.append({**releases[-1], "pyo3": series, "notes": "PyPy and GraalPy as in the release before"})
                print(f"new release {series}: look over its row by hand", file=sys.stderr)
            row = next(row for row in releases if row["pyo3"] == series)
            row["msrv"] = newest.get("rust_version") or row["msrv"]
            low, high = cpython_range(newest["vers"], folder / series)
            row["cpython_min"], row["cpython_max"] = low or row["cpython_min"], high or row["cpython_max"]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(releases[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(releases)
    different = 0
    for file_name, new in (("pyo3-features.csv", feature_table(rows, kept)), ("pyo3-releases.csv", text.getvalue())):
        path = DATA / file_name
        if path.read_text(encoding="utf-8") != new:
            different = 1
            print(f"{'differs' if options.check else 'renewed'}: {file_name}", file=sys.stderr)
            if not options.check:
                path.write_text(new, encoding="utf-8")
    return different if options.check else 0


if __name__ == "__main__":
    raise SystemExit(main())
