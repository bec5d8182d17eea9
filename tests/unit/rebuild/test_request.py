"""What a build asks of the engine: whether its source is an sdist, and what its published crates depend on."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.model.graph import Graph
from pyo3_features_backend.rebuild import content
from pyo3_features_backend.rebuild.place import Compile
from pyo3_features_backend.rebuild.request import Build, Python, context
from support.files import put


def build(root: Path, **own: str | None) -> Build:
    graph = Graph(root / "Cargo.toml", root, root / "target", root / "target", (), ("p",), (), "")
    call = Compile(graph, {}, (), ("release",), frozenset("p"), own=tuple(own.items()))
    return Build(root, "p", "on", {}, "rustc", (), Python("abi3", ""), (call,), print)


def test_an_unpacked_sdist_has_a_pkg_info(tmp_path: Path) -> None:
    assert not build(tmp_path).unpacked
    put(tmp_path / "PKG-INFO", "")
    assert build(tmp_path).unpacked


def test_a_context_is_of_the_configuration_and_of_the_variables_of_the_call(tmp_path: Path) -> None:
    def digest(**own: str | None) -> str:
        asked = build(tmp_path, **own)
        return context(asked, asked.compiles[0], {"CFLAGS": "-O1"}, content.Digests())

    first = digest()
    assert digest() == first
    assert len({first, digest(CFLAGS="-O2"), digest(CFLAGS=None), digest(RUSTFLAGS="-Copt-level=1")}) == 4
    assert digest(ANY="1") == first  # published crates do not read it
    put(tmp_path / ".cargo/config.toml", "[build]\n")
    assert digest() != first
