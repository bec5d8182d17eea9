"""What a build lacks and the next one has again, and what setup.py changes after the plan; with old times."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest
from setuptools_rust import RustExtension

from support.plain_project import FILES, OLD, Project, edit, packages, run, with_command

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


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
@pytest.mark.parametrize("source", ["tree", "sdist"])
def test_a_vendored_crate_that_is_edited_after_a_compile_error(
    source: str, delegate: str, tmp_path: Path, cache: Path
) -> None:
    project = Project(tmp_path, delegate, vendored=True)
    folder = project.tree({}) if source == "tree" else project.write({})
    assert project.rebuild(folder)[0] == 0
    good = (folder / "src/lib.rs").read_text()
    edit(folder / "src/lib.rs", f"{good}\nbroken broken")
    assert run(folder, folder.parent).returncode == 1
    edit(folder / "src/lib.rs", good)
    edit(folder / "vendor/dep/src/lib.rs", FILES["vendor/dep/src/lib.rs"](5))
    assert project.rebuild(folder)[0] == 5


def test_what_a_path_crate_inherits_from_another_workspace_counts(project: Project) -> None:
    folder = project.tree({})
    other = folder.parent / "other"
    other.mkdir()
    (folder / "part").rename(other / "part")
    part = '[package]\nname = "part"\nversion = "1.0.0"\nedition = "2021"\nlicense.workspace = true\n'
    edit(other / "part/Cargo.toml", part)
    reads = 'println!("cargo:rustc-env=N={}", std::env::var("CARGO_PKG_LICENSE").unwrap());'
    edit(other / "part/build.rs", f'fn main() {{ println!("cargo:rerun-if-changed=build.rs"); {reads} }}')
    edit(other / "part/src/lib.rs", 'pub fn part() -> i64 { env!("N").parse().unwrap() }')
    edit(folder / "Cargo.toml", (folder / "Cargo.toml").read_text().replace('"part" }', '"../other/part" }'))
    for number in (71, 72):
        workspace = f'[workspace]\nmembers = ["part"]\n[workspace.package]\nlicense = "{number}"\n'
        (other / "Cargo.toml").write_text(workspace)  # with today's time
        assert project.rebuild(folder)[0] == number


@pytest.mark.parametrize("what", ["a link to another folder", "an empty folder"])
def test_a_watched_folder_gets(what: str, project: Project) -> None:
    folder = project.tree({})
    data, script = folder / "watched", folder / "build.rs"
    read = 'std::fs::read_to_string("watched/0current/number.txt").unwrap()'
    count = 'std::fs::read_dir("watched").unwrap().filter(|e| e.as_ref().unwrap().path().is_dir()).count().to_string()'
    text = script.read_text().replace('changed=table.csv"', 'changed=watched"')
    edit(script, text.replace('std::fs::read_to_string("table.csv").unwrap()', read if "link" in what else count))
    for number in (1, 2):
        edit(data / f"{number}/number.txt", f"{number}\n")
    if "link" not in what:
        shutil.rmtree(data / "2")
    for number in (1, 2):
        if "link" in what:
            (data / "0current").unlink(missing_ok=True)
            (data / "0current").symlink_to(str(number))
        elif number == 2:
            (data / "2").mkdir()
        for file in (data, *data.rglob("*")):
            os.utime(file, (OLD, OLD), follow_symlinks=False)
        assert project.rebuild(folder)[0] == number
    assert packages(project.rebuild(folder)[1]) == []


def test_a_variable_that_is_empty_is_not_one_that_is_missing(project: Project) -> None:
    folder = project.tree({})
    script, setup = folder / "build.rs", (folder / "setup.py").read_text()
    text = script.read_text().replace("word.parse().unwrap()", "word.len() as i64 + 1")
    edit(script, text)
    for number, more in enumerate(("", ', DEMO_DIR=""')):
        environ = f'binding=Binding.NoBinding, env=dict(__import__("os").environ{more})'
        edit(folder / "setup.py", setup.replace("binding=Binding.NoBinding", environ))
        assert project.rebuild(folder)[0] == number


def test_what_a_build_script_no_longer_writes_is_not_in_the_wheel(project: Project) -> None:
    """cargo runs the script again in the folder with its old files, and setuptools-rust packs that folder."""
    folder = project.tree({})
    if "generated_files" not in RustExtension.__init__.__code__.co_varnames:
        pytest.skip("not run: this setuptools-rust has no generated_files")
    script = (
        'fn main() { println!("cargo:rerun-if-changed=names.txt"); let out = std::env::var("OUT_DIR").unwrap();'
        'std::fs::create_dir_all(out.clone() + "/gen").unwrap();'
        'std::fs::write(out.clone() + "/made.rs", "const MADE: i64 = 0;").unwrap();'
        'for n in std::fs::read_to_string("names.txt").unwrap().split_whitespace()'
        '{ std::fs::write(format!("{out}/gen/{n}.py"), "").unwrap(); } }'
    )
    edit(folder / "build.rs", script)
    (folder / "pkg").mkdir()
    edit(folder / "pkg/__init__.py", "")
    setup = (folder / "setup.py").read_text().replace("packages=[]", 'packages=["pkg"]')
    setup = setup.replace("NoBinding)", 'NoBinding, generated_files={"gen": "pkg"})').replace(
        '("plain"', '("pkg.plain"'
    )
    edit(folder / "setup.py", setup)
    for names in ("one two", "one"):
        (folder / "names.txt").write_text(names)  # with today's time
        result = run(folder, folder.parent)
        assert result.returncode == 0, result.stderr
        (wheel,) = folder.parent.glob("*.whl")
        with zipfile.ZipFile(wheel) as opened:
            found = [Path(name).stem for name in opened.namelist() if "/gen/" in name]
        assert found == names.split()
        wheel.unlink()
