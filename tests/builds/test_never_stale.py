"""Ways in which cargo would take the old for the new, one by one: real builds of a source tree, with old times."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.plain_project import FILES, OLD, Project, edit, packages, run, with_command

pytestmark = pytest.mark.build

PART = FILES["part/src/lib.rs"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "setuptools-rust")


def host() -> str:
    said = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    return next(row.split()[1] for row in said.splitlines() if row.startswith("host:"))


@pytest.mark.parametrize("name", ["node_modules", "demo.egg-info", "build/lib", "tagged", ".hidden", "linked"])
def test_an_included_file_counts_wherever_it_lies(name: str, project: Project) -> None:
    folder = project.tree({})
    if name == "linked":
        (folder / ".real").mkdir()
        (folder / "linked").symlink_to(".real")
    edit(folder / name / "number.txt", "1")
    library = folder / "src/lib.rs"
    edit(library, library.read_text().replace("../data", f"../{name}"))
    if name == "tagged":
        edit(folder / name / "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55")
    assert project.rebuild(folder)[0] == 1
    edit(folder / name / "number.txt", "2")
    assert project.rebuild(folder)[0] == 2
    assert packages(project.rebuild(folder)[1]) == []


@pytest.mark.parametrize("where", ["CARGO_BUILD_TARGET", "build.target", "profile", "build-dir"])
def test_wherever_cargo_compiles_the_changed_crate_is_compiled_again(where: str, project: Project) -> None:
    folder = project.tree({})
    environment = {}
    if where == "CARGO_BUILD_TARGET":
        environment["CARGO_BUILD_TARGET"] = host()
    elif where == "build.target":
        edit(folder / ".cargo/config.toml", f'[build]\ntarget = "{host()}"\n')
    elif where == "profile":
        environment["SETUPTOOLS_RUST_CARGO_PROFILE"] = "small"
        manifest = folder / "Cargo.toml"
        edit(manifest, manifest.read_text() + '[profile.small]\ninherits = "release"\nopt-level = "s"\n')
    else:
        environment["CARGO_BUILD_BUILD_DIR"] = str(project.where / "between")
        environment["CARGO_TARGET_DIR"] = str(project.where / "target")
    assert project.rebuild(folder, **environment)[0] == 0
    edit(folder / "part/src/lib.rs", PART(5))
    assert project.rebuild(folder, **environment)[0] == 5
    assert packages(project.rebuild(folder, **environment)[1]) == []
    if where == "build-dir":  # as is another context
        edit(folder / "part/src/lib.rs", PART(6))
        assert project.rebuild(folder, CFLAGS="-O1", **environment)[0] == 6
        assert project.rebuild(folder, **environment)[0] == 6


def test_each_extension_counts_with_its_own_profile_and_target_folder(project: Project) -> None:
    folder = project.tree({})
    setup = folder / "setup.py"
    both = """rust_extensions=[
        RustExtension("plain", binding=Binding.NoBinding),
        RustExtension("second", binding=Binding.NoBinding, args=["--profile", "dev", "--target-dir", "away"]),
    ]"""
    edit(setup, setup.read_text().replace('rust_extensions=[RustExtension("plain", binding=Binding.NoBinding)]', both))
    dist = project.where / "dist"
    for number in (1, 2):
        edit(folder / "part/src/lib.rs", PART(number))
        result = run(folder, dist)
        assert result.returncode == 0, result.stderr
        (wheel,) = dist.glob("*.whl")
        code = """import ctypes, sys, zipfile
zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])
from pathlib import Path
for name in ("plain", "second"):
    (library,) = Path(sys.argv[2]).glob(name + "*.so")
    answer = ctypes.CDLL(str(library)).answer
    answer.restype = ctypes.c_int64
    print(answer())
"""
        words = [sys.executable, "-c", code, str(wheel), str(project.where / f"unpacked{number}")]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        assert said.split() == [str(number)] * 2
        wheel.unlink()


def test_a_target_folder_of_the_arguments_that_another_compiler_filled(tmp_path: Path) -> None:
    project = Project(tmp_path, "maturin")
    folder = project.tree({})
    arguments = {"MATURIN_PEP517_ARGS": f"--target-dir {tmp_path / 'away'}"}
    assert packages(project.rebuild(folder, **arguments)[1]) == ["part", "plain"]
    assert packages(project.rebuild(folder, **arguments)[1]) == []
    assert packages(project.rebuild(folder, **arguments, CFLAGS="-O1")[1]) == ["part", "plain"]
    edit(folder / "part/src/lib.rs", PART(3))
    assert project.rebuild(folder, **arguments, CFLAGS="-O1")[0] == 3


@pytest.mark.parametrize("source", ["tree", "sdist"])
def test_a_variable_of_any_name_counts(source: str, project: Project, cache: Path) -> None:
    tree = project.tree({})
    for number in (5, 6, 6):
        folder = project.write({}) if source == "sdist" else tree
        script = folder / "build.rs"
        edit(script, script.read_text().replace("DEMO_DIR", "Oddly.Named"))
        answer, said = project.rebuild(folder, **{"Oddly.Named": str(number)})
        assert answer == number
    assert packages(said) == []


def test_the_environment_of_an_extension_counts(project: Project) -> None:
    folder = project.tree({})
    setup = folder / "setup.py"
    text = "import os\n" + setup.read_text()
    for number, compiled in ((5, True), (6, True), (6, False), (5, False)):
        own = f'binding=Binding.NoBinding, env={{**os.environ, "DEMO_DIR": "{number}"}}'
        edit(setup, text.replace("binding=Binding.NoBinding", own))
        answer, said = project.rebuild(folder)
        assert (answer, packages(said) != []) == (number, compiled)


def test_projects_that_share_a_target_folder_keep_what_is_there(project: Project) -> None:
    shared = {"CARGO_TARGET_DIR": str(project.where / "shared")}
    folders = [project.tree({"src/lib.rs": number}) for number in (1, 2)]
    for name, folder in zip(("plain", "other"), folders):
        for file in ("Cargo.toml", "pyproject.toml"):
            edit(folder / file, (folder / file).read_text().replace('name = "plain"', f'name = "{name}"'))
    for number in (1, 2, 1, 2):
        result = run(folders[number - 1], project.where / "dist", **shared)
        assert result.returncode == 0, result.stderr
    (state,) = project.where.glob("shared/pyo3-features-backend/*/state.json")
    assert json.loads(state.read_text())["generation"] == 1


def test_the_places_of_other_environments_are_bounded(project: Project) -> None:
    folder = project.tree({})
    for number in range(6):
        project.rebuild(folder, CFLAGS=f"-DNUMBER={number}")
    holder = folder / "target" / "pyo3-features-backend"
    assert len([entry for entry in holder.iterdir() if entry.is_dir()]) == 4
    assert packages(project.rebuild(folder, CFLAGS="-DNUMBER=3")[1]) == []


def test_a_variable_counts_that_setup_py_sets_before_cargo_runs(project: Project) -> None:
    folder = project.tree({})
    setup = folder / "setup.py"
    text = setup.read_text()
    for number in (5, 6):
        edit(setup, with_command(text, f"os.environ['DEMO_DIR'] = '{number}'"))
        assert project.rebuild(folder)[0] == number


def test_a_module_of_a_build_script_counts(project: Project) -> None:
    folder = project.tree({})
    script = folder / "build.rs"
    said = 'std::fs::read_to_string("table.csv").unwrap().trim().parse().unwrap()'
    edit(script, '#[path = ".hidden/said.rs"] mod said;\n' + script.read_text().replace(said, "said::said()"))
    for number in (1, 2):
        edit(folder / ".hidden/said.rs", f"pub fn said() -> i64 {{ {number} }}\n")
        assert project.rebuild(folder)[0] == number


MACRO = """
use proc_macro::TokenStream;
#[proc_macro] pub fn pages(_: TokenStream) -> TokenStream {
    let folder = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join("pages");
    let mut sum = String::from("0");
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        sum += &format!("+ include_str!({:?}).trim().parse::<i64>().unwrap()", file);
    }
    sum.parse().unwrap()
}
"""


def test_a_new_file_counts_in_a_folder_that_a_macro_embeds(project: Project, cache: Path) -> None:
    for number in (0, 3, 3):
        folder = project.write({})
        edit(folder / "part/src/lib.rs", MACRO)
        manifest = folder / "part/Cargo.toml"
        edit(manifest, manifest.read_text() + "[lib]\nproc-macro = true\n")
        library = folder / "src/lib.rs"
        edit(library, library.read_text().replace("part::part()", "part::pages!()"))
        edit(folder / "pages/first.md", "1")
        if number:
            edit(folder / "pages/second.md", str(number))
        answer, said = project.build(folder)
        assert answer == 1 + number
    assert packages(said) == ["part", "plain"]  # in another folder, because the macro may see its path


@pytest.mark.parametrize("path", ["", ".", "table.csv"])
def test_a_build_script_may_name_its_whole_folder(path: str, project: Project) -> None:
    folder = project.tree({})
    script = folder / "build.rs"
    edit(script, script.read_text().replace("rerun-if-changed=table.csv", f"rerun-if-changed={path}"))
    for number in (0, 4):
        edit(folder / "table.csv", f"{number}\n")
        assert project.rebuild(folder)[0] == number


@pytest.mark.skipif(os.name == "nt", reason="not run: there are no named pipes in a folder")
def test_a_pipe_in_the_package_does_not_hold_the_build_up(project: Project) -> None:
    folder = project.tree({})
    os.mkfifo(folder / "src" / "pipe")
    assert project.rebuild(folder)[0] == 0


@pytest.mark.parametrize(
    "damage",
    ["", "[]", {"format": "another"}, {"generation": "x"}, {"record": None}, {"record": {"files": {"a": 1}}}, None],
)
def test_a_damaged_record_is_none(damage: str | dict[str, object] | None, project: Project) -> None:
    folder = project.tree({})
    assert project.rebuild(folder)[0] == 0
    assert packages(project.rebuild(folder)[1]) == []  # all would be used again
    (record,) = folder.glob("target/pyo3-features-backend/*/state.json")
    known = json.loads(record.read_text())
    if damage is None:
        record.unlink()
        record.mkdir()  # neither to be read nor replaced
    else:
        record.write_text(damage if isinstance(damage, str) else json.dumps({**known, **damage}))
    answer, said = project.rebuild(folder)
    assert (answer, packages(said)) == (0, ["part", "plain"])
    assert ("cannot be reused" in said) == (damage is None)
    edit(folder / "part/src/lib.rs", PART(7))
    answer, said = project.rebuild(folder)
    assert (answer, packages(said)) == (7, ["part", "plain"])


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_sources_from_the_future_are_compiled(delegate: str, tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, delegate)
    for number in (1, 2, 3):
        folder = project.write({"part/src/lib.rs": number})
        for file in folder.rglob("*"):
            os.utime(file, (OLD + 2 * 10**9, OLD + 2 * 10**9))
        assert project.build(folder)[0] == number


def test_what_a_build_script_writes_into_an_sdist_is_written_for_each_build(project: Project, cache: Path) -> None:
    made = []
    for _ in range(2):
        folder = project.write({})
        script = folder / "build.rs"
        edit(
            script,
            script.read_text().replace("fn main() {", 'fn main() {\nstd::fs::write("made.txt", "1").unwrap();', 1),
        )
        assert project.rebuild(folder, PYO3_FEATURES_BACKEND_COMPILE_CACHE="on")[0] == 0
        made.append((folder / "made.txt").is_file())
    assert made == [True, True]


def test_a_time_that_is_set_back_after_a_build_in_another_profile_is_seen(project: Project) -> None:
    folder = project.tree({})
    assert project.rebuild(folder)[0] == 0
    (folder / "data/number.txt").write_text("2")
    assert project.rebuild(folder, SETUPTOOLS_RUST_CARGO_PROFILE="dev")[0] == 2
    os.utime(folder / "data/number.txt", (OLD, OLD))
    assert project.rebuild(folder)[0] == 2


def test_the_workspace_that_a_path_crate_names_counts(project: Project) -> None:
    """It can lie beside the crate, and a build script gets values from it (CARGO_PKG_*)."""
    folder = project.tree({})
    shutil.move(folder / "part", folder.parent / "part")
    manifest = folder / "Cargo.toml"
    edit(manifest, manifest.read_text().replace('path = "part"', 'path = "../part"'))
    inherited = "license.workspace = true\nworkspace = '../meta'\n"
    package = f'[package]\nname = "part"\nversion = "1.0.0"\nedition = "2021"\n{inherited}'
    edit(folder.parent / "part/Cargo.toml", package)
    announced = 'println!("cargo:rerun-if-changed=build.rs");'
    said = 'println!("cargo:rustc-env=SAID={}", std::env::var("CARGO_PKG_LICENSE").unwrap().len());'
    edit(folder.parent / "part/build.rs", f"fn main() {{ {announced} {said} }}\n")
    edit(folder.parent / "part/src/lib.rs", 'pub fn part() -> i64 { env!("SAID").parse().unwrap() }\n')
    for answer, license in ((3, "MIT"), (10, "Apache-2.0"), (10, "Apache-1.1")):
        text = f'[workspace]\nmembers = ["../part"]\n[workspace.package]\nlicense = "{license}"\n'
        edit(folder.parent / "meta/Cargo.toml", text)
        answered, said = project.rebuild(folder)
        assert answered == answer and packages(said) == ["part", "plain"]
    assert packages(project.rebuild(folder)[1]) == []
