"""The metadata that maturin before 0.14 read in Cargo.toml: where each key goes, and what has no place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts import toml
from support.files import write

pytest.importorskip("tomlkit")

CARGO = """[package]
name = "old-crate"
version = "1.2.3"
edition = "2021"
description = "from Cargo.toml"
homepage = "https://example.org"
repository = "https://example.org/git"

[package.metadata.maturin]
{}
[lib]
name = "old"
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.30"
"""
SYSTEM = '[build-system]\nrequires = ["maturin>=0.12,<0.13"]\nbuild-backend = "maturin"\n'


def project(tmp_path: Path, old: str, pyproject: str = SYSTEM) -> Path:
    return write(tmp_path, {"pyproject.toml": pyproject, "Cargo.toml": CARGO.format(old), "src/lib.rs": ""})


def migrated(root: Path) -> tuple[dict[str, Any], str]:
    """(pyproject.toml as a table, Cargo.toml as text) after the migration, which a second time has nothing to do."""
    for change in migrate.prepare(root).changes:
        change.path.write_bytes(change.after.encode())
    assert migrate.prepare(root).changes == ()
    return toml.parse((root / "pyproject.toml").read_text()), (root / "Cargo.toml").read_text()


OLD = """classifier = [
    "Programming Language :: Rust", # the language
    'Typing :: Typed',
]
requires-python = '>=3.9' # not 3.8
maintainer = "A"
maintainer-email = "a@example.org"
requires-dist = ["x>=1", "y; extra == 'more'", "z; python_version<'3.12' and extra == \\"more\\"", "w; (os_name=='nt')"]
provides-extra = ["more", "none"]
project-url = { Changelog = "https://example.org/c" }
description-content-type = "text/markdown"
scripts = { "run it" = "old:main" }
name = "old_package._native"
python-source = "python"
data = "data"
"""


def test_each_key_goes_to_its_place_and_comments_go_along(tmp_path: Path) -> None:
    root = write(project(tmp_path, OLD), {"README.md": ""})
    notes = [(str(note.place), note.text) for note in migrate.prepare(root).notes]
    assert notes[0][0] == "Cargo.toml:9"
    assert notes[1] == (
        "pyproject.toml:2",
        "maturin>=0.12,<0.13 is too old for this backend; it becomes maturin>=1.14,<2",
    )
    table, cargo = migrated(root)
    assert table["project"] == {
        "name": "old_package",
        "dynamic": ["version", "description"],
        "classifiers": ["Programming Language :: Rust", "Typing :: Typed"],
        "requires-python": ">=3.9",
        "maintainers": [{"name": "A", "email": "a@example.org"}],
        "dependencies": ["x>=1", "w; (os_name=='nt')"],
        "optional-dependencies": {"more": ["y", "z; python_version<'3.12'"], "none": []},
        "urls": {
            "Changelog": "https://example.org/c",
            "Homepage": "https://example.org",
            "Source Code": "https://example.org/git",
        },
        "readme": {"file": "README.md", "content-type": "text/markdown"},
        "scripts": {"run it": "old:main"},
    }
    assert table["tool"]["maturin"] == {
        "module-name": "old_package._native",
        "python-source": "python",
        "data": "data",
    }
    assert cargo == CARGO.replace("[package.metadata.maturin]\n{}\n", "")
    text = (root / "pyproject.toml").read_text()
    assert "    \"Programming Language :: Rust\", # the language\n    'Typing :: Typed',\n]\n" in text
    assert "requires-python = '>=3.9'  # not 3.8\n" in text


def test_a_crate_below_the_project_keeps_its_folders(tmp_path: Path) -> None:
    root = project(tmp_path, "", SYSTEM + '[tool.maturin]\nmanifest-path = "rust/Cargo.toml"\n')
    (root / "Cargo.toml").unlink()
    write(root, {"rust/Cargo.toml": CARGO.format('python-source = "../py"\ndata = "d"\n'), "rust/src/lib.rs": ""})
    for change in migrate.prepare(root).changes:
        change.path.write_bytes(change.after.encode())
    table = toml.parse((root / "pyproject.toml").read_text())["tool"]["maturin"]
    assert table == {"manifest-path": "rust/Cargo.toml", "python-source": "py", "data": "rust/d"}


def test_what_project_says_already_has_won_and_stays(tmp_path: Path) -> None:
    own = '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.11"\n\n[tool.maturin]\nmodule-name = "p"\n'
    old = "requires-python = '>=3.9'\nclassifiers = ['Typing :: Typed']\nname = 'q'\n"
    table, cargo = migrated(project(tmp_path, old, SYSTEM + own))
    assert table["project"] == {
        "name": "p",
        "version": "1",
        "requires-python": ">=3.11",
        "classifiers": ["Typing :: Typed"],
        "dynamic": ["description", "urls"],  # maturin before 1.9.2 took these two from Cargo.toml all the same
    }
    assert table["tool"]["maturin"] == {"module-name": "p"}
    assert "metadata" not in cargo


@pytest.mark.parametrize("requires", ["maturin>=1,<2", "maturin"])
def test_metadata_that_todays_maturin_does_not_take_is_not_added_where_todays_builds_it(
    requires: str, tmp_path: Path
) -> None:
    own = '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.11"\n'
    table, _ = migrated(project(tmp_path, "", SYSTEM.replace("maturin>=0.12,<0.13", requires) + own))
    assert "dynamic" not in table["project"]


def test_files_for_the_sdist_move_to_include(tmp_path: Path) -> None:
    own = '[project]\nname = "p"\nversion = "1"\n\n[tool.maturin]\nsdist-include = ["a/*", "b"]\n'
    table, _ = migrated(project(tmp_path, "", SYSTEM + own))
    assert table["tool"]["maturin"] == {
        "include": [{"path": "a/*", "format": "sdist"}, {"path": "b", "format": "sdist"}]
    }


def test_what_maturin_never_read_there_stays_with_its_comments(tmp_path: Path) -> None:
    _, cargo = migrated(project(tmp_path, "# of ours\nrequires-python = '>=3.9'\nown = 1\n"))
    assert "[package.metadata.maturin]\n# of ours\nown = 1\n" in cargo
    _, cargo = migrated(project(tmp_path / "c", "# of ours\nrequires-python = '>=3.9'\n"))
    assert "[package.metadata.maturin]\n# of ours\n" in cargo


@pytest.mark.parametrize(
    ("old", "line", "words"),
    [
        ("name = 'x'\nrequires-external = ['libfoo']\n", 11, "requires-external in [package.metadata.maturin]"),
        (
            "requires-dist = [\n  'x',\n  'not a requirement',\n]\n",
            12,
            "'not a requirement' is not a PEP 508 requirement",
        ),
        ('requires-dist = [\'x; extra == "a" or extra == "b"\']\n', 10, "cannot express the marker of"),
    ],
)
def test_what_has_no_place_is_refused_at_its_line(old: str, line: int, words: str, tmp_path: Path) -> None:
    root = project(tmp_path, old)
    with pytest.raises(ProjectError) as refused:
        migrate.prepare(root)
    assert str(refused.value.place) == f"Cargo.toml:{line}"
    assert words in refused.value.message


def test_a_setuptools_project_has_no_use_for_the_table_and_keeps_it(tmp_path: Path) -> None:
    setup = "from setuptools import setup\nfrom setuptools_rust import RustExtension\n"
    system = '[build-system]\nrequires = ["setuptools", "setuptools-rust"]\nbuild-backend = "setuptools.build_meta"\n'
    root = project(tmp_path, "requires-python = '>=3.9'\n", system)
    write(root, {"setup.py": setup + 'setup(name="p", rust_extensions=[RustExtension("p")])\n'})
    changed = [change.shown for change in migrate.prepare(root).changes]
    assert "Cargo.toml" not in changed
