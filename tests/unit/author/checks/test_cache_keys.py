"""The cache keys of uv: which miss a source, and the complete ones of the hint."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import check
from support.checks import codes, found, line, the
from support.examples import example
from support.files import add, replace
from support.targets import cpython_here


@pytest.mark.parametrize(
    ("keys", "blind"),
    [
        ('[{ file = "**/*.rs" }, { file = "Cargo.*" }]', None),
        ('[{ file = "Cargo.*" }, { file = "src/**/*.{rs,toml}" }]', None),
        ('["Cargo.toml", "Cargo.lock", "./src/lib.rs"]', None),
        ('[{ file = "Cargo.toml" }, { file = "Cargo.lock" }]', "src/lib.rs"),
        ('[{ file = "Cargo.toml" }, { file = "src/*.rs" }]', "Cargo.lock"),
        ('[{ file = "Cargo.*" }, { file = "src/[z-a].rs" }, { file = "{src/lib.rs" }]', "src/lib.rs"),
        ('[{ dir = "src" }, { git = { commit = true } }]', "Cargo.toml and 2 more"),
    ],
)
def test_cache_keys_that_miss_a_source(hello: Path, keys: str, blind: str | None) -> None:
    text = (hello / "pyproject.toml").read_text()
    (hello / "pyproject.toml").write_text(re.sub("cache-keys = .*", f"cache-keys = {keys}", text))
    if blind:
        the(hello, "PFB272", line(hello / "pyproject.toml", "cache-keys"), f"a changed {blind}: ")
    else:
        assert codes(hello) == []


def test_the_keys_of_the_hint_are_complete(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    add(root / "build.rs", "fn main() {}\n")
    add(root / "src" / "below" / "mod.rs", "")
    add(root / "target" / "made.rs", "")
    add(root / "target" / "CACHEDIR.TAG", "")
    add(root / "tests" / "it.rs", "")
    (problem,) = found(root, "PFB272")
    assert problem.hint
    keys = re.findall(r'"([^"]+)"', problem.hint)
    assert keys == ["pyproject.toml", "Cargo.toml", "build.rs", "src/**/*.rs", "Cargo.lock"]
    add(root / "pyproject.toml", f"\n[tool.uv]\n{problem.hint.removeprefix('set ').removesuffix(' in [tool.uv]')}\n")
    assert codes(root) == []


def test_a_vendored_crate_needs_no_key(hello: Path) -> None:
    """Nobody edits it: cargo refuses to build it then."""
    config = '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "vendor"\n'
    add(hello / ".cargo" / "config.toml", config)
    dep = hello / "vendor" / "dep"
    add(dep / "Cargo.toml", '[package]\nname = "dep"\nversion = "1.0.0"\n')
    add(dep / "src" / "lib.rs", "")
    add(dep / ".cargo-checksum.json", json.dumps({"files": {}, "package": "0" * 64}))
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'dep = "1"')
    (hello / "Cargo.lock").unlink()
    assert [problem.code for problem in check(hello, cpython_here("3.12"), {})] == ["PFB252", "PFB102"]
