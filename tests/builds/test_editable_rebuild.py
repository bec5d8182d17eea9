"""Editable installs that compile when they are imported: real installs by pip and uv, through both delegates."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from support.builds import Build, wheel_of
from support.editable_project import EditableProject, make, set_number
from support.files import append, replace, write
from support.plain_project import OLD
from support.seed import SEED

pytestmark = pytest.mark.build


@pytest.fixture
def project(tmp_path: Path, compiled: Path) -> EditableProject:
    """A mixed project of maturin, installed by uv."""
    made = make(tmp_path, compiled)
    made.install()
    return made


@pytest.mark.parametrize(
    ("delegate", "layout", "front_end"),
    [
        ("maturin", "pure", "pip"),
        ("maturin", "pure", "uv"),
        ("maturin", "mixed", "pip"),
        ("setuptools-rust", "pure", "uv"),
        ("setuptools-rust", "mixed", "pip"),
        ("setuptools-rust", "mixed", "uv"),
    ],
)
def test_an_edit_is_in_the_next_import_and_without_one_no_cargo_runs(
    delegate: str, layout: str, front_end: str, tmp_path: Path, compiled: Path
) -> None:
    project = make(tmp_path, compiled, delegate, layout)
    project.install(front_end)
    assert project.answer() == (1, "")
    assert project.cargo_calls == []
    set_number(project, 5)
    answer, said = project.answer()
    assert answer == 5
    assert f"compiling {project.module}: src/lib.rs changed" in said
    assert "Compiling demo-editable" in said
    assert "Compiling pyo3" not in said
    assert project.cargo_calls == ["rustc"]
    assert project.answer() == (5, "")
    assert project.cargo_calls == ["rustc"]


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_a_version_specific_module_is_rebuilt_too(delegate: str, tmp_path: Path, compiled: Path) -> None:
    project = make(tmp_path, compiled, delegate)
    project.install("uv", "-C", "abi3=off")
    assert project.answer() == (1, "")
    set_number(project, 6)
    answer, said = project.answer()
    assert answer == 6
    assert "Compiling pyo3" not in said
    assert list(project.root.glob("python/demo/inner/_native.cpython-*"))


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_whatever_is_edited_the_answer_is_what_the_sources_say(delegate: str, tmp_path: Path, compiled: Path) -> None:
    project = make(tmp_path, compiled, delegate)
    project.install()
    choice = random.Random(SEED)
    root, says = project.root, {"lib": 1, "part": 0, "data": 0, "first": 0, "feature": 0}
    edits = ["lib", "part", "data", "first", "new", "feature", "module", "gone", "nothing"]
    for step, edit in enumerate([*choice.sample(edits, len(edits)), *choice.choices(edits, k=4)]):
        number, before = choice.randrange(100), {path: path.stat() for path in root.rglob("*") if path.is_file()}
        if edit == "lib":
            set_number(project, number)
            says["lib"] = number
        elif edit == "part":
            (root / "src/part.rs").write_text(f"pub fn part() -> i64 {{ {number} }}\n")
        elif edit == "data":
            (root / "data/number.txt").write_text(f"{number}\n")
        elif edit == "first":
            (root / "tables/first.txt").write_text(f"{number}\n")
        elif edit == "new":
            (root / f"tables/{step}.txt").write_text(f"{number}\n")
            says[f"table {step}"] = number
        elif edit == "feature":
            on = "default = []" in (root / "Cargo.toml").read_text()
            lists = ["default = []", 'default = ["more"]']
            replace(root / "Cargo.toml", *(lists if on else reversed(lists)))
            says["feature"] = 1000 if on else 0
        elif edit == "module":
            write(root, {"src/part/deep.rs": f"pub const DEEP: i64 = {number};\n"})
            (root / "src/part.rs").write_text("mod deep;\npub fn part() -> i64 { deep::DEEP }\n")
            says["part"] = number
        elif edit == "gone":
            for table in root.glob("tables/[0-9]*.txt"):
                table.unlink()
                del says[f"table {table.stem}"]
        if edit in says and edit not in ("feature", "lib"):
            says[edit] = number
        if choice.random() < 0.4:  # as a backup or an archive does: cargo sees only times
            for path in root.rglob("*"):
                if path.is_file() and (path not in before or path.stat().st_mtime_ns != before[path].st_mtime_ns):
                    os.utime(path, (OLD + step, OLD + step))
        assert project.answer()[0] == sum(says.values()), (edit, SEED)
        assert project.answer() == (sum(says.values()), ""), (edit, SEED)


def test_an_announced_nothing_means_the_whole_package(tmp_path: Path, compiled: Path) -> None:
    project = make(tmp_path, compiled)
    replace(project.root / "build.rs", '    println!("cargo:rerun-if-changed=tables");\n', "")
    project.install()
    assert project.answer() == (1, "")
    (project.root / "tables/second.txt").write_text("7\n")
    assert project.answer()[0] == 8
    assert project.answer() == (8, "")
    write(project.root, {"python/demo/__pycache__/x.pyc": "", ".venv/lib/x.py": "", "env/pyvenv.cfg": ""})
    assert project.answer() == (8, "")
    assert project.cargo_calls == ["rustc"]


def test_a_compile_error_is_an_import_error_with_its_place(project: EditableProject) -> None:
    replace(project.root / "src/part.rs", "{ 0 }", '{ "zero" }')
    for _ in range(2):
        result = project.run(f"try:\n {project.code}\nexcept ImportError as error:\n print(error.name, error)")
        assert result.stdout.startswith(f"{project.module} pyo3-features-backend: {project.module} does not compile")
        assert "error[E0308]: mismatched types" in result.stdout
        assert "--> src/part.rs:1:24" in result.stdout
        assert "error[E0308]: mismatched types" in result.stderr
    assert project.answer(PYO3_FEATURES_BACKEND_EDITABLE_REBUILD="false") == (1, "")
    replace(project.root / "src/part.rs", '{ "zero" }', "{ 3 }")
    assert project.answer()[0] == 4
    append(project.root, "Cargo.toml", "[nonsense\n")
    result = project.run(project.code)
    assert result.stderr.splitlines()[-1].startswith("  help: PYO3_FEATURES_BACKEND_EDITABLE_REBUILD=false")
    assert "Cargo.toml:" in result.stderr.partition("does not compile")[2]


def test_the_traceback_of_a_compile_error_ends_with_the_compiler_s_message(project: EditableProject) -> None:
    replace(project.root / "src/part.rs", "{ 0 }", "{ nothing }")
    said = project.run(project.code).stderr.partition("Traceback")[2]
    assert "cannot find value `nothing`" in said
    assert "subprocess" not in said
    assert len(said.splitlines()) < 20


def test_eight_processes_at_once_compile_once(project: EditableProject) -> None:
    set_number(project, 9)
    words = [str(project.python), "-c", project.code]
    processes = [
        subprocess.Popen(
            words, env=project.environ(), cwd=project.venv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(8)
    ]
    results = [process.communicate() for process in processes]
    assert [out for out, _ in results] == ["9\n"] * 8
    assert project.cargo_calls == ["rustc"]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_worker_processes_compile_once_and_a_fork_inherits_what_is_loaded(
    method: str, project: EditableProject, tmp_path: Path
) -> None:
    set_number(project, 4)
    script = tmp_path / "workers.py"
    script.write_text(
        "import multiprocessing, sys\n"
        f"def work(_):\n    from {project.module} import answer\n    return answer()\n"
        "if __name__ == '__main__':\n"
        f"    with multiprocessing.get_context({method!r}).Pool(4) as pool:\n"
        "        print(pool.map(work, range(8), 1))\n"
    )
    words = [str(project.python), str(script)]
    result = subprocess.run(words, env=project.environ(), capture_output=True, text=True, check=False)
    assert result.stdout == f"{[4] * 8}\n", result.stderr
    assert project.cargo_calls == ["rustc"]


def test_what_is_loaded_stays_and_a_line_says_so(project: EditableProject) -> None:
    file = project.root / "src/part.rs"
    edit = f"import pathlib; pathlib.Path({str(file)!r}).write_text('pub fn part() -> i64 {{ 2 }}')"
    shows = f"import {project.module} as module; print(module.answer()); "
    code = f"{shows}{edit}; import importlib, sys; importlib.reload(module); "
    again = f"del sys.modules[{project.module!r}]; {shows}"
    result = project.run(code + again)
    assert result.stdout == "1\n1\n", result.stderr
    line = f"{project.module} is loaded already, and src/part.rs changed: start a new process"
    assert result.stderr.count(line) == 2
    assert project.cargo_calls == []
    assert project.answer()[0] == 3


def test_looking_for_the_module_or_importing_its_package_compiles_nothing(project: EditableProject) -> None:
    set_number(project, 2)
    looks = f"import importlib.util, demo.inner; print(importlib.util.find_spec({project.module!r}).origin)"
    result = project.run(looks + "; import pkgutil; print([m.name for m in pkgutil.walk_packages(demo.__path__)])")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "_native" in result.stdout
    assert project.cargo_calls == []


def test_without_cargo_the_old_module_is_imported_with_a_warning(project: EditableProject, tmp_path: Path) -> None:
    for file in project.loader.glob("*.json"):  # the path of the cargo of the install
        replace(file, str(shutil.which("cargo")), str(tmp_path / "gone"))
    set_number(project, 2)
    answer, said = project.answer(PATH="/nowhere")
    assert answer == 1
    assert said.count("\n") == 1
    assert "warning: src/lib.rs changed, but demo.inner._native cannot be compiled: cargo is not installed" in said
    assert project.answer()[0] == 2


def test_a_cargo_that_does_not_run_is_none(project: EditableProject, tmp_path: Path) -> None:
    proxy = tmp_path / "cargo"  # rustup's, without a toolchain
    proxy.write_text("#!/bin/sh\necho 'error: no default toolchain' >&2\nexit 1\n")
    proxy.chmod(0o755)
    set_number(project, 2)
    answer, said = project.answer(PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert answer == 1
    assert "cannot be compiled: cargo does not run: error: no default toolchain; importing the old version" in said
    assert project.answer()[0] == 2


@pytest.mark.parametrize("kept", ["source tree", "environment", "target folder"])
def test_where_nothing_can_be_written_the_old_module_is_imported_with_a_warning(
    kept: str, project: EditableProject
) -> None:
    set_number(project, 2)
    (place,) = {Path(json.loads(file.read_text())["place"]) for file in project.loader.glob("*.json")}
    folders = {
        "source tree": project.root / "python/demo/inner",
        "environment": project.loader,
        "target folder": place.parent,
    }
    folders[kept].chmod(0o555)
    result = project.run(project.code, as_user=True)
    folders[kept].chmod(0o755)
    assert result.stdout == "1\n", result.stderr
    assert result.stderr.count("\n") == 1
    assert f"{folders[kept]} is read-only; importing the old version" in result.stderr
    assert project.cargo_calls == []
    assert project.answer()[0] == 2


def test_without_its_source_tree_the_module_is_imported_with_a_warning(tmp_path: Path, compiled: Path) -> None:
    project = make(tmp_path, compiled, "maturin", "pure")
    project.install()
    project.root.rename(tmp_path / "elsewhere")
    answer, said = project.answer()
    assert answer == 1
    assert f"{project.root} is gone; importing the old version" in said
    assert not project.root.exists()


def test_a_file_that_is_gone_is_compiled_again(project: EditableProject) -> None:
    (extension,) = project.root.glob("python/demo/inner/_native*")
    extension.unlink()
    answer, said = project.answer()
    assert answer == 1
    assert f"{extension} is missing" in said


def test_two_environments_that_share_the_file_do_not_take_turns_in_replacing_it(project: EditableProject) -> None:
    (extension,) = project.root.glob("python/demo/inner/_native*")
    other = extension.with_name("other")
    shutil.copy(extension, other)
    other.replace(extension)
    written = extension.stat()
    answer, said = project.answer()
    assert answer == 1
    assert f"another build replaced {extension}" in said
    assert "Compiling" not in said
    assert (extension.stat().st_ino, extension.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert project.answer() == (1, "")
    extension.write_bytes(b"something else")
    assert project.answer()[0] == 1


def test_a_target_folder_that_is_gone_is_made_again(tmp_path: Path, compiled: Path) -> None:
    project = make(tmp_path, compiled)
    project = project._replace(target=Path(shutil.copytree(compiled, tmp_path / "target")))
    project.install()
    shutil.rmtree(project.target)
    assert project.answer() == (1, "")  # nothing changed
    set_number(project, 3)
    assert project.answer()[0] == 3


def test_builds_by_the_hooks_and_imports_never_use_what_the_other_made_of_older_sources(
    project: EditableProject, build: Build, tmp_path: Path
) -> None:
    """An import compiles in the place of the builds; a wheel after it has today's sources, whatever their times say."""
    data = project.root / "data/number.txt"
    before = data.stat().st_mtime_ns
    wheel_of(tmp_path, build(project.root))
    data.write_text("10\n")
    assert project.answer()[0] == 11
    # What the last build by a hook recorded is back, with its time, but an import has compiled something else since.
    for number, modified in ((0, before), (20, OLD * 10**9), (10, OLD * 10**9)):
        data.write_text(f"{number}\n")
        os.utime(data, ns=(modified, modified))
        wheel = wheel_of(tmp_path, build(project.root))
        with zipfile.ZipFile(wheel) as packed:
            (name,) = [one for one in packed.namelist() if one.endswith(".so")]
            other = tmp_path / "other.so"
            other.write_bytes(packed.read(name))
        code = (
            "import importlib.machinery as m, importlib.util as u; l = m.ExtensionFileLoader('_native', "
            f"{str(other)!r}); x = u.module_from_spec(u.spec_from_loader('_native', l)); print(x.answer())"
        )
        code = code.replace("; print", "; l.exec_module(x); print")
        assert project.run(code).stdout == f"{number + 1}\n"
        assert project.answer()[0] == number + 1


def test_another_install_or_an_uninstall_takes_the_loader_away(project: EditableProject) -> None:
    assert project.loader.is_dir()
    project.install("uv", "-C", "editable-rebuild=false")
    assert list(project.packages.glob("_demo_editable_rebuild*")) == []
    project.install("uv")
    assert project.loader.is_dir()
    set_number(project, 2)
    assert project.answer()[0] == 2
    words = ["uv", "pip", "uninstall", "--python", str(project.python), "demo-editable"]
    subprocess.run(words, check=True, capture_output=True)
    assert list(project.packages.glob("_demo_editable_rebuild*")) == []


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_an_install_without_it_says_once_how_to_have_it(delegate: str, tmp_path: Path, compiled: Path) -> None:
    project = make(tmp_path, compiled, delegate)
    replace(project.root / "pyproject.toml", "editable-rebuild = true\n", "")
    said = project.install("uv").stderr
    assert said.count("to use changed Rust sources, install again; with editable-rebuild = true") == 1
    set_number(project, 2)
    assert project.answer() == (1, "")


@pytest.mark.parametrize(
    ("delegate", "profile", "folder"),
    [
        ("maturin", None, "release"),
        ("maturin", "dev", "debug"),
        ("maturin", "quick", "quick"),
        ("setuptools-rust", None, "debug"),
        ("setuptools-rust", "release", "release"),
        ("setuptools-rust", "quick", "quick"),
    ],
)
def test_editable_profile_is_that_of_the_install_and_of_the_imports(
    delegate: str, profile: str | None, folder: str, tmp_path: Path, compiled: Path
) -> None:
    project = make(tmp_path, compiled, delegate)
    append(project.root, "Cargo.toml", '[profile.quick]\ninherits = "dev"\nopt-level = 1\n')
    says = "cfg!(debug_assertions)"
    project.install("uv", *(["-C", f"editable-profile={profile}"] if profile else []))
    (data,) = project.loader.glob("*.json")
    place = Path(json.loads(data.read_text())["target"])
    library = place / folder / "lib_native.so"
    (installed,) = project.root.glob("python/demo/inner/*.so")
    assert library.read_bytes() == installed.read_bytes()
    replace(project.root / "src/part.rs", "{ 0 }", f"{{ if {says} {{ 10 }} else {{ 20 }} }}")
    assert project.answer()[0] == (21 if folder == "release" else 11)
    assert library.read_bytes() == installed.read_bytes()


def test_two_extensions_of_one_project_are_rebuilt_each_for_itself_and_both_for_a_crate_that_they_share(
    tmp_path: Path, compiled: Path
) -> None:
    project = make(tmp_path, compiled, "setuptools-rust")
    root = project.root
    own = (root / "Cargo.toml").read_text()
    library = (
        (root / "src/lib.rs").read_text().replace("1 + part::part() + MADE + number + more", "common::NUMBER + OWN")
    )
    library = library.replace("mod part;", "const OWN: i64 = 1;")
    library = "".join(row for row in library.splitlines(keepends=True) if "OUT_DIR" not in row and "let " not in row)
    shutil.rmtree(root / "src")
    (root / "build.rs").unlink()
    members = {"Cargo.toml": '[workspace]\nmembers = ["one", "two", "common"]\nresolver = "2"\n'}
    members["common/Cargo.toml"] = '[package]\nname = "common"\nversion = "0.1.0"\nedition = "2021"\n'
    members["common/src/lib.rs"] = "pub const NUMBER: i64 = 0;\n"
    for name in ("one", "two"):
        text = own.replace("demo-editable", name).replace('"_native"', f'"{name}"')
        members[f"{name}/Cargo.toml"] = text + 'common = { path = "../common" }\n'
        members[f"{name}/src/lib.rs"] = library.replace("fn _native", f"fn {name}")
    write(root, members)
    tables = (root / "pyproject.toml").read_text().partition("[[tool.setuptools-rust")[0]
    for name in ("one", "two"):
        tables += f'[[tool.setuptools-rust.ext-modules]]\ntarget = "demo.{name}"\npath = "{name}/Cargo.toml"\n'
    (root / "pyproject.toml").write_text(tables)
    project.install()
    project = project._replace(module="demo.one")
    two = project._replace(module="demo.two")
    assert (project.answer(), two.answer()) == ((1, ""), (1, ""))
    replace(root / "two/src/lib.rs", "OWN: i64 = 1", "OWN: i64 = 2")
    assert project.answer() == (1, "")
    assert two.answer()[0] == 2
    replace(root / "common/src/lib.rs", "= 0", "= 10")
    assert (project.answer()[0], two.answer()[0]) == (11, 12)
    assert project.cargo_calls.count("rustc") == 3


def test_after_a_build_that_was_killed_everything_is_compiled_again(project: EditableProject) -> None:
    (place,) = {Path(json.loads(file.read_text())["place"]) for file in project.loader.glob("*.json")}
    state = json.loads((place / "state.json").read_text())
    (place / "state.json").write_text(json.dumps({**state, "ended": ""}))
    assert project.answer() == (1, "")
    set_number(project, 2)
    answer, said = project.answer()
    assert answer == 2
    assert "Compiling pyo3 " in said
    left = json.loads((place / "state.json").read_text())
    assert (left["generation"], left["ended"]) == (state["generation"] + 1, "badly")


@pytest.mark.parametrize(
    ("options", "environment", "reason"),
    [
        (("-C", "editable-profile=release"), {}, "setuptools-rust changes the library after cargo has compiled it"),
        ((), {"CARGO": "cargo"}, "the cargo call cannot be recorded here"),
    ],
)
def test_where_the_call_of_cargo_cannot_be_repeated_the_install_says_so(
    options: tuple[str, ...], environment: dict[str, str], reason: str, tmp_path: Path, compiled: Path
) -> None:
    project = make(tmp_path, compiled, "setuptools-rust")
    append(project.root, "pyproject.toml", 'strip = "All"\n')
    said = project.install("uv", *options, **environment).stderr
    assert f"warning[PFB181]: editable-rebuild: to use changed Rust sources, install again: {reason}" in said
    assert not project.loader.exists()
    set_number(project, 2)
    assert project.answer() == (1, "")
