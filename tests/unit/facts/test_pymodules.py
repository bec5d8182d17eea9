"""The extension modules that sources define, in every form that PyO3 knows; where a form is not read, no answer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyo3_features_backend.errors import Place
from pyo3_features_backend.facts import pymodules
from pyo3_features_backend.model.crate import Crate, PyO3
from pyo3_features_backend.model.graph import Graph, Local
from support.files import write

HERE = Place("pyproject.toml", 9)
PYO3 = PyO3("pyo3", "pyo3", True, "0.30.1", frozenset(), frozenset(), None, HERE)


def crate(root: Path, files: dict[str, str], *, pyo3: bool = True, local: tuple[Local, ...] = ()) -> Crate:
    write(root, {"Cargo.toml": '[package]\nname = "demo"\n', **files})
    graph = Graph(root / "Cargo.toml", root, root / "target", root / "target", local, ("demo",), (), "")
    return Crate("demo", "Cargo.toml", True, frozenset(), PYO3 if pyo3 else None, "demo", graph=graph)


def named(root: Path, text: str, wanted: str = "demo") -> list[str] | None:
    """The names of the modules that are there instead of the wanted one; None for nothing to say."""
    found = pymodules.read(crate(root, {"src/lib.rs": text}), wanted, HERE, root)
    return [name for name, _ in found.found] if found else None


@pytest.mark.parametrize(
    "text",
    [
        "#[pymodule]\nfn demo() {}",
        "#[pymodule]\npub fn demo() {}",
        "#[pymodule]\npub(crate) fn demo() {}",
        "#[pymodule] mod demo {}",
        "#[pymodule]\npub mod demo {}",
        "#[pyo3::pymodule]\nfn demo() {}",
        "#[::pyo3::prelude::pymodule]\nfn demo() {}",
        "#[ pymodule ]\nfn r#demo() {}",
        '#[pymodule]\n#[pyo3(name = "demo")]\nfn other() {}',
        '#[pyo3(name = "demo")]\n#[pymodule]\nfn other() {}',
        '#[pymodule(name = "demo")]\nmod other {}',
        '#[pymodule(gil_used = false, name = "demo")]\nmod other {}',
        '#[pymodule(gil_used = false)]\n#[doc = "[words]"]\n#[allow(clippy::all)]\nfn demo() {}',
        '#[allow(dead_code)]\n#[pymodule]\n#[pyo3(name="demo")]\n// a comment\npub fn other() {}',
        "#[pymodule]\n/// What it does: ] and [\nfn demo() {}",
        "#[pymodule(demo)]\nfn other() {}",
        '#[cfg(feature = "python")]\n#[pymodule]\nfn demo() {}',
        "#[pymodule]\nfn other() {}\n#[cfg(windows)]\n#[pymodule]\nfn demo() {}",
        "mod inner { #[pymodule]\n pub fn demo() {} }",
        '#[no_mangle]\npub unsafe extern "C" fn PyInit_demo() -> *mut PyObject { init() }',
        '#[export_name = "PyInit_demo"]\npub extern "C" fn start() {}',
    ],
)
def test_each_form_of_the_wanted_module_is_found(tmp_path: Path, text: str) -> None:
    assert named(tmp_path, text) is None
    # It is found, and not only not read: with another name it would be missed.
    assert named(tmp_path, text, "elsewhere") is not None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#[pymodule]\nfn other() {}", ["other"]),
        ('#[pymodule]\n#[pyo3(name = "_demo")]\nfn demo() {}', ["_demo"]),
        ('#[pymodule(name = "_demo")]\nmod demo {}', ["_demo"]),
        ("// #[pymodule]\n// fn demo() {}\n#[pymodule]\nfn other() {}", ["other"]),
        ("#[pymodule]\nfn one() {}\n#[pymodule]\nfn two() {}", ["one", "two"]),
        ('pub extern "C" fn PyInit_other() {}', ["other"]),
        ("#[pymodule(submodule)]\nmod inner {}\n#[pymodule]\nmod other {}", ["inner", "other"]),
    ],
)
def test_modules_of_other_names_are_listed(tmp_path: Path, text: str, names: list[str]) -> None:
    assert named(tmp_path, text) == names


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fn demo() {}",
        "pyo3_module!(demo);",
        "macro_rules! module { ($name:ident) => { #[pymodule] fn $name() {} } }\nmodule!(demo);",
        "#[pymodule]\nfn other() {}\nmacro_rules! another { () => {} }",
        '#[pymodule]\nfn other() {}\ninclude!(concat!(env!("OUT_DIR"), "/module.rs"));',
        "use pyo3::pymodule as module;\n#[module]\nfn demo() {}\n#[pymodule]\nfn other() {}",
        '#[cfg_attr(feature = "python", pymodule)]\nfn demo() {}\n#[pymodule]\nfn other() {}',
        "#[pymodule(name = NAME)]\nmod other {}",
        '#[export_name = concat!("PyInit_", "demo")]\nfn start() {}',
        "#[pymodule]\n",
        "#[pymodule",
        '#[pymodule]\n#[cfg_attr(feature = "long", pyo3(name = "demo"))]\nfn other() {}',
        '#[pymodule]\n#[cfg_attr(not(feature = "long"), pyo3(name = "demo"))]\n/// text\nfn other() {}',
        "#[pymodule]\nfn other() {}\nbindings::module!(demo, other);",
        "#[pymodule]\nfn other() {}\nbindings::module! { fn demo() { other } }",
        "#[pymodule]\nfn other() {}\n#[bindings::module]\npub fn demo() {}",
        "#[pymodule]\nfn other() {}\n#[bindings::module]\n#[allow(x)]\nmod r#demo {}",
        '#[pymodule]\nfn other() {}\n#[path = "../../elsewhere.rs"]\nmod module;',
        '#[pymodule]\nfn other() {}\n#[cfg_attr(unix, path = "unix.in")]\nmod module;',
        '#[pymodule]\nfn other() {}\n#[path = "../elsewhere',  # no end
    ],
)
def test_what_is_not_read_gives_no_answer(tmp_path: Path, text: str) -> None:
    assert named(tmp_path, text) is None


def test_other_files_and_local_crates_are_read_and_what_is_not_built_is_not(tmp_path: Path) -> None:
    other = {"src/lib.rs": "mod python;\n#[pymodule]\nfn other() {}"}
    wanted = "#[pymodule]\nfn demo() {}"
    assert pymodules.read(crate(tmp_path / "a", {**other, "src/python/mod.rs": wanted}), "demo", HERE, tmp_path) is None
    tests = crate(tmp_path / "b", {**other, "tests/module.rs": wanted, "target/x.rs": wanted, ".hidden/x.rs": wanted})
    found = pymodules.read(tests, "demo", HERE, tmp_path / "b")
    assert found
    assert (found.found, found.place) == ((("other", Place("src/lib.rs", 2)),), HERE)
    below = {**other, "core/Cargo.toml": "", "core/src/lib.rs": wanted}
    assert pymodules.read(crate(tmp_path / "c", below), "demo", HERE, tmp_path) is not None
    local = (Local("core", tmp_path / "d" / "core", False),)
    assert pymodules.read(crate(tmp_path / "d", below, local=local), "demo", HERE, tmp_path) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("#[pymodule]\nfn demo() {}", None),  # RustPython has that too
        ("#[macro_use]\nextern crate pyo3;", 2),
        ("fn f() -> pyo3::PyResult<()> { loop {} }", 1),
        ("#[pyo3::pymodule]\nfn demo() {}", 1),
        ("fn f() { crate::pyo3::g(); self::pyo3::g(); }\nmod pyo3 {}", None),
        ("// text\nuse pyo3::prelude::*;", 2),
        ("use pyo3;", 1),
        ("#[pyo3::pyclass]\nstruct A;", 1),
        ("// use pyo3::prelude::*;", None),
        ('const A: &str = "use pyo3::prelude";', None),
        ("use pyo3_like::x;", None),
        ("", None),
    ],
)
def test_a_crate_that_uses_pyo3_and_does_not_depend_on_it(tmp_path: Path, text: str, line: int | None) -> None:
    found = pymodules.read(crate(tmp_path, {"src/lib.rs": text}, pyo3=False), "demo", HERE, tmp_path)
    assert (found.uses if found else None) == (Place("src/lib.rs", line) if line else None)


def test_sources_that_are_not_below_the_crate_give_no_answer(tmp_path: Path) -> None:
    other = {"src/lib.rs": "#[pymodule]\nfn other() {}"}
    linked = crate(tmp_path / "a", other)
    write(tmp_path / "shared", {"mod.rs": "#[pymodule]\nfn demo() {}"})
    (tmp_path / "a" / "src" / "python").symlink_to(tmp_path / "shared", target_is_directory=True)
    assert pymodules.read(linked, "demo", HERE, tmp_path) is None
    elsewhere = crate(tmp_path / "b", other)
    (tmp_path / "b" / "Cargo.toml").write_text('[package]\nname = "demo"\n[lib]\npath = "../shared/mod.rs"\n')
    assert pymodules.read(elsewhere, "demo", HERE, tmp_path) is None
    (tmp_path / "b" / "Cargo.toml").write_text('[package]\nname = "demo"\n[lib]\npath = "src/lib.rs"\n')
    assert pymodules.read(elsewhere, "demo", HERE, tmp_path) is not None
    named = crate(tmp_path / "c", {**other, "src/a.rs": '#[path = "b.rs"]\nmod b;', "src/b.rs": ""})
    assert pymodules.read(named, "demo", HERE, tmp_path) is not None


def test_only_files_are_sources(tmp_path: Path) -> None:
    write(tmp_path, {"src/lib.rs": "", "src/folder.rs/mod.rs": ""})
    (tmp_path / "src" / "nowhere.rs").symlink_to("missing.rs")
    (tmp_path / "src" / "loop.rs").symlink_to("loop.rs")
    os.mkfifo(tmp_path / "src" / "pipe.rs")
    found = [file.relative_to(tmp_path).as_posix() for file in pymodules.files(tmp_path)]
    assert found == ["src/lib.rs", "src/folder.rs/mod.rs"]


@pytest.mark.parametrize(
    ("manifest", "workspace", "known"),
    [
        ("", "", True),
        ('[dependencies]\npyo3 = { version = "0.28", optional = true }', "", True),
        ('[target."cfg(windows)".dependencies]\npyo3 = "0.28"', "", True),
        ("[dependencies]\npyo3.workspace = true", '[workspace.dependencies]\npyo3 = "0.28"', True),
        ('[dev-dependencies]\npyo3 = "0.28"', "", False),
        ('[target."cfg(unix)".dev-dependencies]\npyo3 = "0.28"', "", False),
        ('[build-dependencies]\npyo3 = "0.28"', "", False),
        ('[dependencies]\npyo3 = { version = "0.28", package = "pyo3-of-ours" }', "", False),
        ("[dependencies]\npyo3.workspace = true", '[workspace.dependencies.pyo3]\npackage = "pyo3-of-ours"', False),
    ],
)
def test_another_package_that_is_called_pyo3_there(tmp_path: Path, manifest: str, workspace: str, known: bool) -> None:
    made = crate(tmp_path / "demo", {"src/lib.rs": "use pyo3::prelude::*;"}, pyo3=False)
    assert made.graph
    write(tmp_path, {"Cargo.toml": workspace, "demo/Cargo.toml": manifest})
    made = made._replace(graph=made.graph._replace(workspace=tmp_path))
    assert (pymodules.read(made, "demo", HERE, tmp_path) is not None) is known


@pytest.mark.parametrize("text", ['[dependencies]\nuniffi = "0.28"', '[package.metadata.maturin]\nname = "x"'])
def test_a_crate_with_other_bindings_is_left_alone(tmp_path: Path, text: str) -> None:
    made = crate(tmp_path, {"src/lib.rs": "#[pymodule]\nfn other() {}"})
    (tmp_path / "Cargo.toml").write_text(text)
    assert pymodules.read(made, "demo", HERE, tmp_path) is None
    assert pymodules.read(made._replace(pyo3=None), "demo", HERE, tmp_path) is None
