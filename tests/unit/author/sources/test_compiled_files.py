"""What uv has to watch: the C sources and headers that build scripts compile too, for check and migrate alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.checks import check
from pyo3_features_backend.author.sources import compiled_files
from pyo3_features_backend.author.sources.manifests import read_all
from pyo3_features_backend.facts import toml
from support.files import write
from support.targets import cpython_here

pytest.importorskip("tomlkit")

FILES = {
    "pyproject.toml": '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n\n[project]\nname = "a"\n'
    'version = "1"\nrequires-python = ">=3.10"\n',
    "Cargo.toml": '[package]\nname = "a"\nversion = "1.0.0"\nedition = "2021"\n\n[lib]\ncrate-type = ["cdylib"]\n\n'
    '[dependencies]\npyo3 = "0.30"\n',
    "src/lib.rs": "",
    "csrc/a.c": '#include "a.h"\n#include <sys.h>\n#include <stdio.h>\n',
    "csrc/a.h": '#include "deep/b.h"\n',
    "csrc/deep/b.h": "",
    "csrc/unused.h": "",
    "vendor/sys.h": "",
    "vendor/other.hpp": "",
    "vendor/README": "",
    "data/table.txt": "",
    "target/made.h": "",
}


@pytest.mark.parametrize(
    ("script", "files"),
    [
        ('cc::Build::new().file("csrc/a.c").compile("a");', ["csrc/a.c", "csrc/a.h", "csrc/deep/b.h"]),
        (
            'cc::Build::new().file("csrc/a.c").include("vendor").compile("a");',
            ["csrc/a.c", "csrc/a.h", "vendor/sys.h", "csrc/deep/b.h", "vendor/other.hpp"],
        ),
        ('for file in ["csrc/a.c"] { build(file); }', ["csrc/a.c", "csrc/a.h", "csrc/deep/b.h"]),
        (
            'for file in walk("csrc") { build.file(file); }',
            ["csrc/a.c", "csrc/a.h", "csrc/unused.h", "csrc/deep/b.h"],
        ),
        ('println!("cargo:rerun-if-changed=data"); std::fs::read("data/table.txt");', ["data/table.txt"]),
        ('println!("cargo:rerun-if-changed=."); f("."); f("src"); f("none.c"); f("/usr/include");', []),
    ],
)
def test_the_files_that_a_build_script_names(script: str, files: list[str], tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "build.rs": f"fn main() {{ {script} }}\n"})
    (crate,) = read_all(tmp_path, [tmp_path / "Cargo.toml"])
    found = [path.relative_to(tmp_path).as_posix() for path in compiled_files.files(crate)]
    assert sorted(found) == sorted(files)


def test_migrate_writes_the_keys_that_check_asks_for(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "build.rs": 'fn main() { cc::Build::new().file("csrc/a.c").compile("a"); }\n'})
    (asked,) = [problem for problem in check(tmp_path, cpython_here("3.12"), {}) if problem.code == "PFB272"]
    for change in migrate.prepare(tmp_path).changes:
        change.path.write_bytes(change.after.encode())
    written = toml.parse((tmp_path / "pyproject.toml").read_text())["tool"]["uv"]["cache-keys"]
    names = [key["file"] for key in written]
    assert names[-3:] == ["csrc/a.c", "csrc/a.h", "csrc/deep/b.h"]
    assert asked.hint and all(f'"{name}"' in asked.hint for name in names)
    assert [problem for problem in check(tmp_path, cpython_here("3.12"), {}) if problem.code == "PFB272"] == []
    write(tmp_path, {"csrc/a.c": '#include "a.h"\n#include "unused.h"\n'})
    (asked,) = [problem for problem in check(tmp_path, cpython_here("3.12"), {}) if problem.code == "PFB272"]
    assert "a changed csrc/unused.h: " in asked.message
    assert "csrc/**/*.h" in str(asked.hint)


def test_migrate_does_not_repeat_itself_where_a_glob_covers_the_files(tmp_path: Path) -> None:
    script = 'fn main() { cc::Build::new().file("csrc/a.c").include("csrc").compile("a"); }\n'
    write(tmp_path, {**FILES, "build.rs": script})
    for change in migrate.prepare(tmp_path).changes:
        change.path.write_bytes(change.after.encode())
    assert '{ file = "csrc/**/*.h" }' in (tmp_path / "pyproject.toml").read_text()
    assert migrate.prepare(tmp_path).changes == ()
