"""What a build lacks and the next one has again, and what setup.py changes after the plan; with old times."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.plain_project import FILES, Project, edit, packages, with_command

pytestmark = pytest.mark.build

PART = FILES["part/src/lib.rs"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "setuptools-rust")


def without_part(folder: Path) -> None:
    """The project without its path crate."""
    for file, word, other in (("Cargo.toml", 'part = { path = "part" }', ""), ("src/lib.rs", "part::part()", "0")):
        (folder / file).write_text((folder / file).read_text().replace(word, other))
    (folder / "Cargo.lock").unlink(missing_ok=True)


@pytest.mark.parametrize("source", ["tree", "sdist"])
def test_a_path_crate_that_was_not_there_for_a_build(source: str, project: Project, cache: Path) -> None:
    tree = project.tree({})
    texts = {name: (tree / name).read_text() for name in ("Cargo.toml", "src/lib.rs")}
    for number, there in ((1, True), (2, False), (2, True), (2, True)):
        folder = project.write({}) if source == "sdist" else tree
        for name, text in texts.items():
            (folder / name).write_text(text)
        edit(folder / "part/src/lib.rs", PART(number))
        if not there:
            without_part(folder)
        assert project.rebuild(folder)[0] == number * there
    if source == "tree":
        assert packages(project.rebuild(folder)[1]) == []


@pytest.mark.parametrize("key", ["description", "rust-version", "license"])
def test_what_cargo_sets_from_the_manifest_counts(key: str, project: Project) -> None:
    """Build scripts read CARGO_PKG_*, and cannot announce that."""
    folder = project.tree({})
    script = folder / "build.rs"
    reading = script.read_text().replace('"DEMO_DIR"', f'"CARGO_PKG_{key.upper().replace("-", "_")}"')
    edit(script, reading.replace("word.parse()", 'word.trim_start_matches("1.").parse()'))
    manifest = folder / "Cargo.toml"
    text = manifest.read_text()
    for number in (71, 72):
        value = f"1.{number}" if key == "rust-version" else str(number)
        manifest.write_text(text.replace("[lib]", f'{key} = "{value}"\n[lib]'))  # with today's time
        assert project.rebuild(folder)[0] == number


@pytest.mark.parametrize("source", ["tree", "sdist"])
@pytest.mark.parametrize("what", ["variable", "file"])
def test_what_a_command_of_setup_py_changes_in_one_build(
    what: str, source: str, project: Project, cache: Path, tmp_path: Path
) -> None:
    """The file that says so is not in the tree, and the commands run after the build was planned."""
    tree, said = project.tree({}), tmp_path / "said.txt"
    text = (tree / "setup.py").read_text()
    code = {
        "variable": "os.environ.update(DEMO_DIR=open(SAID).read()) if os.path.exists(SAID) else None",
        "file": "shutil.copy2(SAID, 'part/src/lib.rs') if os.path.exists(SAID) else None",
    }[what].replace("SAID", repr(str(said)))
    for number in (0, 0, 7, 8):
        folder = project.write({}) if source == "sdist" else tree
        edit(folder / "setup.py", with_command(text, code))
        if number:
            edit(said, str(number) if what == "variable" else PART(number))
        assert project.rebuild(folder)[0] == number


def test_what_a_command_puts_over_an_input_is_not_what_was_there_before(project: Project, tmp_path: Path) -> None:
    """Two changes at once: one that compiles everything, and one that a command makes after the plan and takes back."""
    folder, said = project.tree({}), tmp_path / "said.txt"
    setup, part = folder / "setup.py", folder / "part/src/lib.rs"
    code = f"shutil.copy2({str(said)!r}, 'part/src/lib.rs') if os.path.exists({str(said)!r}) else None"
    edit(setup, with_command(setup.read_text(), code))
    assert project.rebuild(folder)[0] == 0
    edit(said, PART(7))
    edit(folder / "table.csv", "100\n")
    assert project.rebuild(folder)[0] == 107
    said.unlink()
    edit(part, PART(0))
    assert project.rebuild(folder)[0] == 100


def test_a_folder_of_modules_that_the_user_names_counts(project: Project, tmp_path: Path) -> None:
    folder = project.tree({})
    script = folder / "build.rs"
    python = 'let said: i64 = String::from_utf8(std::process::Command::new("python3").args(["-c", '
    python += '"import helper; print(helper.N)"]).output().unwrap().stdout).unwrap().trim().parse().unwrap();'
    first = next(row for row in script.read_text().splitlines() if "let said" in row)
    edit(script, script.read_text().replace(first, python))
    for number in (1, 2):
        edit(tmp_path / f"tools{number}" / "helper.py", f"N = {number}")
        paths = os.pathsep.join(filter(None, [str(tmp_path / f"tools{number}"), os.environ.get("PYTHONPATH", "")]))
        assert project.rebuild(folder, PYTHONPATH=paths)[0] == number
