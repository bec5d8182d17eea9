"""An sdist that is unpacked in another folder: what a wheel says of its folder is right."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.plain_project import FILES, OLD, Project, edit, packages, run

pytestmark = pytest.mark.build


def unpacked(where: Path, delegate: str) -> tuple[Project, Path]:
    """The sdist in ``where/plain-1.0``."""
    where.mkdir(parents=True, exist_ok=True)
    project, folder = Project(where, delegate), where / "plain-1.0"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.move(project.write({}), folder)
    return project, folder


def aged(folder: Path) -> None:
    for file in [folder, *folder.rglob("*")]:
        os.utime(file, (OLD, OLD))


@pytest.mark.parametrize("what", ["const", "script"])
def test_a_value_that_is_computed_from_the_path(what: str, tmp_path: Path, cache: Path) -> None:
    for name in ("a", "a-longer-name", "a"):
        project, folder = unpacked(tmp_path / name, "setuptools-rust")
        if what == "const":
            length = '(env!("CARGO_MANIFEST_DIR").len() as i64) +'
            edit(folder / "src/lib.rs", (folder / "src/lib.rs").read_text().replace("0 +", length, 1))
        else:
            first = 'std::fs::read_to_string("table.csv").unwrap().trim().parse().unwrap()'
            length = 'std::env::var("CARGO_MANIFEST_DIR").unwrap().len() as i64'
            edit(folder / "build.rs", (folder / "build.rs").read_text().replace(first, length))
        aged(folder)
        assert project.rebuild(folder)[0] == len(str(folder))


def test_a_path_that_only_a_part_of_another_build_has(tmp_path: Path, cache: Path) -> None:
    """The path crate is not compiled again for other features, and only with them its path is in the program."""
    for name, arguments in (("a", ""), ("b", ""), ("b", "--features=y"), ("c", "--features=y")):
        _, folder = unpacked(tmp_path / name, "maturin")
        part = FILES["part/src/lib.rs"](0) + 'pub fn dir() -> &\'static str { env!("CARGO_MANIFEST_DIR") }\n'
        edit(folder / "part/src/lib.rs", part)
        edit(folder / "Cargo.toml", (folder / "Cargo.toml").read_text() + "[features]\ny = []\n")
        main = '#[cfg(feature = "y")] print!("{}", part::dir()); println!("{}", plain::answer());'
        edit(folder / "src/main.rs", f"fn main() {{ {main} }}\n")
        (folder / "build.rs").unlink()
        edit(folder / "src/lib.rs", "pub fn answer() -> i64 { part::part() }\n")
        aged(folder)
        result = run(folder, folder.parent, arguments=arguments)
        assert result.returncode == 0, result.stderr
        (wheel,) = folder.parent.glob("*.whl")
        shutil.unpack_archive(wheel, tmp_path / "wheel", "zip")
        (program,) = (tmp_path / "wheel").glob("*.data/scripts/plain")
        program.chmod(0o755)
        said = subprocess.run([program], capture_output=True, text=True, check=True).stdout
        assert said == (f"{folder / 'part'}0\n" if arguments else "0\n")
        shutil.rmtree(tmp_path / "wheel")
        wheel.unlink()


def test_files_beside_the_sdist_that_are_named_with_dots_count(tmp_path: Path, cache: Path) -> None:
    """Its dep-info says ROOT/src/../../beside/number.txt."""
    for number in (1, 2):
        project, folder = unpacked(tmp_path / "a", "setuptools-rust")
        edit(tmp_path / "a/beside/number.txt", f"{number}\n")
        text = (folder / "src/lib.rs").read_text().replace("../data/number.txt", "../../beside/number.txt")
        edit(folder / "src/lib.rs", text)
        aged(folder)
        assert project.rebuild(folder)[0] == number
    shutil.rmtree(folder)
    project, folder = unpacked(tmp_path / "a", "setuptools-rust")
    edit(folder / "src/lib.rs", text)
    aged(folder)
    assert packages(project.rebuild(folder)[1]) == []


@pytest.mark.parametrize("name", ["CHANGELOG.md", "src/lib.rs", "src/where.in", "table.csv"])
def test_a_file_that_mentions_the_folder(name: str, tmp_path: Path, cache: Path) -> None:
    """Only a source can give it to the code."""
    for where in ("a", "a-longer-name"):
        project, folder = unpacked(tmp_path / where, "setuptools-rust")
        file, lib = folder / name, folder / "src/lib.rs"
        length = '(env!("CARGO_MANIFEST_DIR").len() as i64)'
        if name == "src/lib.rs":
            edit(lib, "// not CARGO_MANIFEST_DIR\n" + lib.read_text())
        elif name == "src/where.in":
            edit(file, length)
            edit(lib, lib.read_text().replace("0 +", 'include!("where.in") +', 1))
        elif name == "table.csv":  # the build script writes it into a source
            edit(file, length)
            script = (folder / "build.rs").read_text().replace("let said: i64", "let said: String")
            script = script.replace(".trim().parse().unwrap();", ".trim().to_string();", 1)
            script = script.replace('"const MADE: i64 = {};", said + env', '"const MADE: i64 = {} + {};", said, env')
            edit(folder / "build.rs", script)
        else:
            edit(file, "It no longer reads CARGO_MANIFEST_DIR.\n")
        aged(folder)
        answer, said = project.rebuild(folder)
        used = name in ("src/where.in", "table.csv")
        assert answer == (len(str(folder)) if used else 0)
        assert (packages(said) == []) is (where != "a" and not used)
