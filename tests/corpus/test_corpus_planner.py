"""The planner alone: what each verb says of real projects that maturin or setuptools-rust builds, unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.corpus import fetch, fetch_wheel
from support.verbs import module

pytestmark = pytest.mark.corpus

# A project of maturin, one that pyproject.toml and one that setup.py declares for setuptools-rust; a wheel of each
# release. The lock file of tiktoken is not in its sdist.
CASES = {
    "rpds_py": ("args", "--features pyo3/extension-module,pyo3/abi3-py311\n", "cp311-abi3"),
    "bcrypt": ("args --for build", "-C--build-option=--py-limited-api=cp38\n", "cp38-abi3"),
    "tiktoken": ("args --for build", "-C--build-option=--py-limited-api=cp39\n", "cp39-abi3"),
}
WHEELS = {
    "rpds_py": "rpds_py-2026.9.1-cp311-cp311-win_amd64.whl",
    "bcrypt": "bcrypt-5.0.0-cp39-abi3-win_amd64.whl",
}


@pytest.mark.parametrize("own_table", [False, True])
@pytest.mark.parametrize("name", sorted(CASES))
def test_no_verb_asks_for_another_build_backend(name: str, own_table: bool, tmp_path: Path) -> None:
    tree = fetch(name, tmp_path / "sdist")
    if own_table:
        with (tree / "pyproject.toml").open("a") as file:
            file.write('\n[tool.pyo3-features-backend]\nabi3t = "off"\n')
    words, flags, wheel = CASES[name]
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    said = ""
    for call in ("explain", "matrix", "check", words):
        result = module(["pyo3_features_backend", *call.split()], tree)
        assert result.returncode == 0, (call, result.stderr)
        said += result.stdout + result.stderr
        assert (call != words) or result.stdout == flags
    assert wheel in said
    assert "migrate" not in said and "PFB221" not in said and "the backend" not in said
    lock = tree / "Cargo.lock"
    assert {p: p.read_bytes() for p in tree.rglob("*") if p.is_file() and (p in before or p != lock)} == before


@pytest.mark.parametrize("name", sorted(WHEELS))
def test_published_wheels_are_compared_with_the_plan(name: str, tmp_path: Path) -> None:
    tree = fetch(name, tmp_path / "sdist")
    wheel = fetch_wheel(WHEELS[name], tmp_path)
    result = module(["pyo3_features_backend", "audit", "--json", "--plan", str(wheel)], tree)
    report = json.loads(result.stdout)
    assert report["wheels"][0]["problems"] == []
    hints = [problem["hint"] for problem in report["plan"]["problems"]]
    assert hints and not any("backend" in hint for hint in hints)
