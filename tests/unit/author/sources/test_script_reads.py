"""What a build script reads and announces, as far as its text shows it; announced.py makes findings of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.sources.script_reads import Read, ReadKind, Script
from support.files import write


def script(folder: Path, main: str, **files: str) -> Script:
    write(folder, {"build.rs": f"use std::env;\nfn main() {{ {main} }}", **files})
    return Script(folder, folder / "build.rs")


@pytest.mark.parametrize(
    ("main", "reads"),
    [
        ('fs::read("./a.txt"); File::open(Path::new("b").join("c"));', ["file a.txt", "file b/c"]),
        ('env::var("A"); env::var_os("B"); env::var(name); my::var("C");', ["variable A", "variable B"]),
        ('cmake::build("lib");', ["file lib"]),
        ('cc::Build::new().file("a.c").include("inc").compile("x");', ["C source a.c", "headers inc"]),
        ('cc::Build::new().file("a.c");', []),  # it is never compiled
        ('let mut b = cc::Build::new(); b.files(&["a.c", "b.c"]); b.compile("x");', ["C source a.c", "C source b.c"]),
        ('fs::write("a.txt", "x"); include_str!("b.txt");', []),
        ('bindgen::Builder::default().header("a.h");', ["file a.h"]),
    ],
)
def test_what_is_read(main: str, reads: list[str], tmp_path: Path) -> None:
    assert [f"{read.kind} {read.name}" for read in script(tmp_path, main).reads] == reads


def test_reads_of_one_statement_have_one_number(tmp_path: Path) -> None:
    found = script(tmp_path, 'f(fs::read("a"), fs::read("b")); fs::read("c");')
    numbers = [read.statement for read in found.reads]
    assert numbers[0] == numbers[1] != numbers[2]


@pytest.mark.parametrize(
    ("main", "silent", "with_cc"),
    [
        ("", True, True),
        ('println!("cargo:rerun-if-changed=a");', False, False),
        ('eprintln!("cargo:rerun-if-changed=a");', True, True),
        ("rerun_if_env_changed(name);", False, False),
        ('cc::Build::new().compile("x");', True, False),
        ('cc::Build::new().cargo_output(false).compile("x");', True, True),
    ],
)
def test_a_script_without_any_announcement_is_silent(main: str, silent: bool, with_cc: bool, tmp_path: Path) -> None:
    found = script(tmp_path, main)
    assert (found.silent(False), found.silent(True)) == (silent, with_cc)


def test_a_module_that_is_not_found_may_announce_anything(tmp_path: Path) -> None:
    found = script(tmp_path, "", **{"more/mod.rs": "mod deep;", "more/deep.rs": ""})
    assert found.complete
    write(tmp_path, {"build.rs": "mod more;\nfn main() {}"})
    found = Script(tmp_path, tmp_path / "build.rs")
    assert [path.relative_to(tmp_path).as_posix() for path in found.sources] == [
        "build.rs",
        "more/mod.rs",
        "more/deep.rs",
    ]
    (tmp_path / "more/deep.rs").unlink()
    found = Script(tmp_path, tmp_path / "build.rs")
    assert (found.complete, found.open_files, found.open_variables, found.silent(False)) == (False, True, True, False)


def read(kind: ReadKind, name: str, folder: Path) -> Read:
    return Read(kind, name, folder / "build.rs", 0, 0)


def test_a_path_is_announced_by_itself_or_a_folder_above_it(tmp_path: Path) -> None:
    found = script(tmp_path, 'println!("cargo:rerun-if-changed=data"); println!("cargo:rerun-if-env-changed=A");')
    files = ("data", "data/a", "database", "other/data")
    assert [found.announces(read(ReadKind.FILE, name, tmp_path)) for name in files] == [True, True, False, False]
    names = ("A", "AB")
    assert [found.announces(read(ReadKind.VARIABLE, name, tmp_path)) for name in names] == [True, False]
    assert (found.announced_below("."), found.announced_below("data/a")) == (True, False)
    assert found.always_runs()  # data does not exist
    (tmp_path / "data").mkdir()
    assert not found.always_runs()


@pytest.mark.parametrize(
    ("main", "narrowed"),
    [
        ('println!("cargo:rerun-if-changed=x"); fs::read("a");', True),
        ('if y { println!("cargo:rerun-if-changed=x"); } fs::read("a");', False),
        ('if y { println!("cargo:rerun-if-changed=x"); fs::read("a"); }', True),
        ('y && { println!("cargo:rerun-if-changed=x"); true }; fs::read("a");', False),
        ('fs::read("a");', False),
    ],
)
def test_the_package_is_not_looked_at_where_something_is_surely_announced(
    main: str, narrowed: bool, tmp_path: Path
) -> None:
    found = script(tmp_path, main)
    (only,) = found.reads
    assert found.narrowed(only, False) is narrowed
