"""The answer of ``cargo metadata``: taken in the documented form, else one message that says where it differs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pyo3_features_backend.errors import CrateError
from pyo3_features_backend.facts.metadata import parse

ID = "path+file:///a#1.0.0"


def answer() -> dict[str, Any]:
    """The smallest complete one: a package and its node."""
    package = {
        "id": ID,
        "name": "a",
        "version": "1.0.0",
        "source": None,
        "manifest_path": "/a/Cargo.toml",
        "features": {"default": ["x"]},
        "targets": [{"name": "a", "kind": ["lib"], "crate_types": ["lib"], "src_path": "/a/src/lib.rs"}],
        "dependencies": [],
        "more": {"of": "later cargos"},
    }
    return {
        "packages": [package],
        "resolve": {"root": ID, "nodes": [{"id": ID, "features": [], "dependencies": [], "deps": []}]},
        "workspace_members": [ID],
        "workspace_root": "/a",
        "target_directory": "/a/target",
    }


def test_a_complete_answer_is_taken_as_it_is() -> None:
    assert parse(json.dumps(answer())) == answer()


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (" \n", "printed nothing"),
        ("junk", "printed no JSON (Expecting value"),
        ("[" * 100_000, "is nested too deeply"),
        ("null", "an undocumented form: all of it is null"),
    ],
)
def test_what_is_no_answer_is_named(output: str, said: str) -> None:
    with pytest.raises(CrateError) as caught:
        parse(output)
    assert said in caught.value.message
    assert caught.value.hint and "cargo metadata" in caught.value.hint


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("packages", 3, "packages is 3"),
        ("packages.0.name", None, "packages.name is null"),
        ("packages.0.source", 3, "packages.source is 3"),
        ("packages.0.features", [], "packages.features is []"),
        ("packages.0.features.default", [3], "packages.features has an entry of another type"),
        ("packages.0.rust_version", 1.6, "packages.rust_version is 1.6"),
        ("packages.0.id", "b", f"the package {ID} is missing"),
        ("resolve.root", "b", "the package b is missing"),
        ("resolve.nodes.0.dependencies", ["b"], "the package b is missing"),
        ("workspace_members", ["b"], "the package b is missing"),
        ("workspace_root", "x" * 99, None),
        ("workspace_root", {"a": "x" * 99}, 'workspace_root is {"a": "' + "x" * 30 + "..."),
        ("target_directory", "a\0b", "it has a NUL in it"),
    ],
)
def test_a_value_of_another_type_is_named_with_its_path(path: str, value: object, said: str | None) -> None:
    changed = answer()
    *above, last = path.split(".")
    inner: Any = changed
    for name in above:
        inner = inner[int(name) if name.isdigit() else name]
    inner[last] = value
    if said is None:
        assert parse(json.dumps(changed)) == changed
        return
    with pytest.raises(CrateError) as caught:
        parse(json.dumps(changed))
    assert caught.value.message.endswith(said)


@pytest.mark.parametrize("name", ["packages", "resolve", "workspace_root"])
def test_a_missing_key_is_named(name: str) -> None:
    changed = answer()
    del changed[name]
    with pytest.raises(CrateError, match=f"{name} is missing"):
        parse(json.dumps(changed))
