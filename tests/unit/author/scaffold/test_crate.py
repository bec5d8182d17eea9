"""What a crate lacks to be a Python package."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from pyo3_features_backend.author.scaffold import crate
from pyo3_features_backend.decide import pyo3
from pyo3_features_backend.errors import BackendError, Place
from pyo3_features_backend.facts import toml
from support.files import write

pytest.importorskip("tomlkit")

CARGO = '[package]\nname = "my-sums"\nversion = "1.0.0-rc.1"\nedition = "2021"\n'
NEWEST = pyo3.releases()[-1].series
LIB = "pub fn add() {}\n"
DECLARED = '[lib]\nname = "sums"\ncrate-type = ["cdylib"]\n[dependencies]\n'
MODULE = "#[pyo3::pymodule]\nmod my_sums {}\n"


def added(root: Path, cargo: str = CARGO, lib: str = LIB, delegate: str = "maturin", **files: str) -> dict[str, str]:
    write(root, {"Cargo.toml": cargo, "src/lib.rs": lib, **files})
    return {change.shown: change.after for change in crate.init(root, delegate)}


def test_a_plain_crate_gets_all_of_it(tmp_path: Path) -> None:
    made = added(tmp_path, CARGO + 'description = "Sums"\n\n[dependencies] # none\n')
    cargo = toml.parse(made["Cargo.toml"])
    assert cargo["dependencies"] == {"pyo3": NEWEST}
    assert cargo["lib"] == {"name": "my_sums", "crate-type": ["lib", "cdylib"]}
    assert "[dependencies] # none\n" in made["Cargo.toml"]
    declared = toml.parse(made["pyproject.toml"])
    assert declared["project"] == {
        "name": "my-sums",
        "dynamic": ["version", "description"],
        "requires-python": ">=3.9",
    }
    assert {"file": "src/**/*.rs"} in declared["tool"]["uv"]["cache-keys"]
    assert made["src/lib.rs"].startswith(LIB + "\n/// What Python imports.\n#[pyo3::pymodule]\nmod my_sums {\n")


def test_setuptools_reads_no_cargo_toml_so_it_is_written_out(tmp_path: Path) -> None:
    made = added(tmp_path, CARGO + 'description = "Sums"\nreadme = "../README.md"\n', delegate="setuptools-rust")
    declared = toml.parse(made["pyproject.toml"])
    assert declared["project"]["version"] == "1.0.0-rc.1"
    assert declared["project"]["description"] == "Sums"
    assert "readme" not in declared["project"]
    assert declared["tool"]["setuptools-rust"]["ext-modules"] == [{"target": "my_sums"}]
    assert made["MANIFEST.in"] == "include Cargo.*\ngraft src\n"


def test_what_the_workspace_offers_is_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "Cargo.toml": '[workspace]\nmembers = ["a"]\n[workspace.package]\nversion = "7.0.0"\n'
            '[workspace.dependencies]\npyo3 = { version = "0.28", features = ["abi3-py311"] }\n'
        },
    )
    cargo = CARGO.replace('version = "1.0.0-rc.1"', "version.workspace = true")
    made = added(tmp_path / "a", cargo, delegate="setuptools-rust")
    assert toml.parse(made["Cargo.toml"])["dependencies"] == {"pyo3": {"workspace": True}}
    assert toml.parse(made["pyproject.toml"])["project"]["version"] == "7.0.0"
    write(tmp_path / "a", {"Cargo.toml": made["Cargo.toml"]})
    (project,) = [change for change in crate.init(tmp_path / "a", "maturin") if change.shown == "pyproject.toml"]
    assert toml.parse(project.after)["project"]["requires-python"] == ">=3.11"


@pytest.mark.parametrize(
    ("cargo", "lib", "changed"),
    [
        (DECLARED + 'pyo3 = "0.30"\n', MODULE, set()),
        ('[lib]\nname = "sums"\ncrate-type = ["rlib"]\n[dependencies]\npyo3 = "0.30"\n', MODULE, {"Cargo.toml"}),
        (DECLARED + 'pyo3 = "0.30"\n', LIB, {"src/lib.rs"}),
        (DECLARED, "// #[pymodule]\n" + LIB, {"Cargo.toml", "src/lib.rs"}),
        (DECLARED + 'pyo3 = "0.19"\n', MODULE, set()),
        (DECLARED + 'pyo3-ffi = "0.30"\n', MODULE, set()),
        (
            '[lib]\nname = "sums"\ncrate-type = ["cdylib"]\n[dependencies]\npyo3-ffi = "0.30"\n',
            "",
            {"Cargo.toml", "src/lib.rs"},
        ),
        (
            DECLARED + 'p = { package = "pyo3", version = "0.30" }\n',
            MODULE,
            set(),
        ),
    ],
)
def test_what_is_there_stays(cargo: str, lib: str, changed: set[str], tmp_path: Path) -> None:
    made = added(tmp_path, CARGO + cargo, lib)
    assert set(made) == {"pyproject.toml", *changed}


def test_a_module_is_found_in_any_source_of_the_crate(tmp_path: Path) -> None:
    made = added(tmp_path, lib="mod py;\n", **{"src/py.rs": MODULE})
    assert "src/lib.rs" not in made


def test_the_requirement_on_rust_chooses_the_release(tmp_path: Path) -> None:
    made = added(tmp_path, CARGO + 'rust-version = "1.74"\n')
    assert toml.parse(made["Cargo.toml"])["dependencies"] == {"pyo3": "0.27"}
    assert toml.parse(made["pyproject.toml"])["project"]["requires-python"] == ">=3.7"


def test_a_name_that_the_source_uses_is_left_to_it(tmp_path: Path) -> None:
    made = added(tmp_path, lib="pub mod my_sums {}\nmod python {}\n")
    assert '#[pyo3(name = "my_sums")]\nmod my_sums_python {\n' in made["src/lib.rs"]


def test_line_endings_stay(tmp_path: Path) -> None:
    made = added(tmp_path, CARGO.replace("\n", "\r\n"), "pub fn add() {}")
    assert "\n" not in made["Cargo.toml"].replace("\r\n", "")
    made = added(tmp_path, lib="pub fn a() {}\r\npub fn b() {}")
    assert "\n" not in made["src/lib.rs"].replace("\r\n", "")


@pytest.mark.parametrize(
    ("files", "message", "place"),
    [
        ({"Cargo.toml": "[workspace]\n"}, "it is a workspace without a package", Place("Cargo.toml")),
        ({"src/main.rs": ""}, "the crate has no library, and only that can be imported", Place("src/lib.rs")),
        ({"src/lib.rs": LIB, "setup.py": ""}, "the crate has a Python project already", Place("setup.py")),
        ({"src/lib.rs": LIB, "pyproject.toml": ""}, "writes over nothing", Place("pyproject.toml")),
        (
            {"src/lib.rs": LIB, "Cargo.toml": CARGO + "[lib]\nproc-macro = true\n"},
            "it is a crate of procedural macros",
            Place("Cargo.toml", 6),
        ),
        (
            {"src/lib.rs": LIB, "Cargo.toml": CARGO.replace('edition = "2021"', "")},
            "the crate is of Rust's edition 2015",
            Place("Cargo.toml", 1),
        ),
        (
            {"src/lib.rs": LIB, "Cargo.toml": CARGO.replace("my-sums", "json")},
            "json is a module of Python's standard library",
            Place("Cargo.toml", 2),
        ),
        (
            {"src/lib.rs": LIB, "Cargo.toml": CARGO + 'rust-version = "1.60"\n'},
            "PyO3 0.23 and later need Rust 1.63",
            Place("Cargo.toml", 5),
        ),
        (
            {"src/lib.rs": LIB, "Cargo.toml": CARGO + '[dependencies]\npyo3 = "0.22"\n'},
            "PyO3 0.22 has no modules in the form that init writes",
            Place("Cargo.toml", 6),
        ),
        (
            {"src/lib.rs": LIB, "Cargo.toml": CARGO + '[dependencies]\npyo3 = { version = "0.30", optional = true }\n'},
            "pyo3 is an optional dependency",
            Place("Cargo.toml", 6),
        ),
        (
            {
                "src/lib.rs": LIB,
                "Cargo.toml": CARGO + '[dependencies]\npy = { version = "0.30", package = "pyo3" }\n',
            },
            "pyo3 is called py here",
            Place("Cargo.toml", 6),
        ),
        (
            {
                "src/lib.rs": LIB,
                "Cargo.toml": CARGO + '[dependencies]\npyo3 = { version = "0.30", default-features = false }\n',
            },
            "pyo3 is without its feature macros",
            Place("Cargo.toml", 6),
        ),
    ],
)
def test_what_the_author_has_to_decide_is_one_message(
    files: dict[str, str], message: str, place: Place, tmp_path: Path
) -> None:
    write(tmp_path, {"Cargo.toml": CARGO, **files})
    with pytest.raises(BackendError) as refused:
        crate.init(tmp_path, "maturin")
    assert message in refused.value.message
    assert (refused.value.place, bool(refused.value.hint)) == (place, True)


def test_without_a_crate_it_names_the_verb_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"there is no Cargo\.toml") as refused:
        crate.init(tmp_path, "maturin")
    assert "pyo3-features new" in str(refused.value.hint)


@pytest.mark.parametrize("lib", ["lib = 3", "[lib]\npath = 7", "[lib]\ncrate-type = 3", "[lib]\nname = 4"])
def test_what_cargo_would_not_read_is_no_traceback(lib: str, tmp_path: Path) -> None:
    cargo = '[package]\nname = "sums"\nedition = "2021"\n'
    with contextlib.suppress(BackendError):
        added(tmp_path, (lib + "\n" + cargo) if lib.startswith("lib") else cargo + lib + "\n")
