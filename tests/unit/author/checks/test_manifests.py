"""The Cargo.toml files that a build of a project reads."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.author.checks import manifests
from pyo3_features_backend.build import survey
from support.files import put, replace

BELOW = '[package]\nname = "below"\nversion = "1.0.0"\n'


def with_a_crate_beside(project: Path) -> None:
    put(project / "below" / "Cargo.toml", BELOW)
    put(project / "below" / "src" / "lib.rs", "")
    put(project / "unused" / "Cargo.toml", BELOW.replace("below", "unused"))
    replace(project / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = "0.30"\nbelow = { path = "below" }')


def test_the_extension_comes_first_and_a_crate_that_it_does_not_need_not_at_all(hello: Path) -> None:
    with_a_crate_beside(hello)
    facts = survey.facts_of(hello, None)
    assert [manifest.shown for manifest in manifests.of(hello, facts)] == ["Cargo.toml", "below/Cargo.toml"]
    # Without cargo's answer the files say the same here.
    found = manifests.of(hello, None)
    assert [manifest.shown for manifest in found] == ["Cargo.toml", "below/Cargo.toml"]
    assert found[1].text == BELOW


def test_a_workspace_without_a_package_is_told_apart(tmp_path: Path) -> None:
    texts = {BELOW: True, "  [package] # x\n": True, "[workspace]\n": False, "# [package]\n": False}
    found = {text: manifests.ManifestText(tmp_path, "Cargo.toml", text).package for text in texts}
    assert found == texts
