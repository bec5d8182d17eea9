"""Target folders by other names, several projects in one workspace, and a build that waits for another one."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.plain_project import OLD, Project, edit, packages, run, start

pytestmark = pytest.mark.build

SCRIPT = """
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=SAID={}", std::fs::read_to_string("table.csv").unwrap().trim());
}
"""
LIB = """
#[no_mangle] pub extern "C" fn answer() -> i64 { part::part() + env!("SAID").parse::<i64>().unwrap() }
"""
VENDORED = '[source.crates-io]\nreplace-with = "here"\n[source.here]\ndirectory = "{}"\n'


@pytest.mark.parametrize("delegate", ["setuptools-rust", "maturin"])
@pytest.mark.parametrize("how", ["variable", "configuration"])
def test_a_target_folder_beside_the_project(how: str, delegate: str, tmp_path: Path) -> None:
    """Its name goes up, and so do names in dep-info: they are of what the build itself has written."""
    project = Project(tmp_path, delegate)
    folder = project.tree({})
    if how == "configuration":
        edit(folder / ".cargo/config.toml", '[build]\ntarget-dir = "../tgt"\n')
    environment = {"CARGO_TARGET_DIR": "../tgt"} if how == "variable" else {}
    said = [project.rebuild(folder, **environment)[1] for _ in range(2)]
    assert [packages(text) for text in said] == [["part", "plain"], []]
    assert (folder.parent / "tgt/pyo3-features-backend").is_dir()


def test_an_argument_that_names_a_target_folder_beside_the_project(tmp_path: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    folder = project.tree({})
    setup = (folder / "setup.py").read_text()
    edit(folder / "setup.py", setup.replace("NoBinding)", 'NoBinding, args=["--target-dir=../tgt"])'))
    said = [project.rebuild(folder)[1] for _ in range(2)]
    assert [packages(text) for text in said] == [["part", "plain"], []]


@pytest.mark.parametrize("target", ["../tgt", "absolute"])
def test_an_sdist_in_the_same_folder_with_a_target_folder_beside_it(target: str, tmp_path: Path) -> None:
    """What build scripts read without a word counts in an sdist."""
    project = Project(tmp_path, "setuptools-rust", rerun=False)
    place = tmp_path / "src/plain-1.0"
    for number in (0, 5):
        folder = project.write({"table.csv": number})
        edit(folder / "build.rs", SCRIPT)
        edit(folder / "src/lib.rs", LIB)
        shutil.rmtree(place, ignore_errors=True)
        place.parent.mkdir(exist_ok=True)
        shutil.move(str(folder), str(place))
        named = str(place.parent / "tgt") if target == "absolute" else target
        assert project.rebuild(place, CARGO_TARGET_DIR=named)[0] == number


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_that_a_script_names_counts_with_the_caches_in_it(slash: str, tmp_path: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    folder = project.tree({})
    script = (folder / "build.rs").read_text().replace("changed=table.csv", f"changed=data{slash}")
    edit(folder / "build.rs", script.replace('"table.csv"', '"data/cache/table.csv"'))
    edit(folder / "data/cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")
    for number in (0, 5):
        edit(folder / "data/cache/table.csv", f"{number}\n")
        for inside in ("data", "data/cache"):
            os.utime(folder / inside, (OLD, OLD))
        assert project.rebuild(folder)[0] == number


@contextmanager
def waiting(folder: Path, lock: Path) -> Iterator[subprocess.Popen[str]]:
    """A build that waits in the block for another one, which holds ``lock``."""
    fcntl = pytest.importorskip("fcntl")
    with lock.open("r+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        child = start(folder)
        assert child.stdout is not None
        assert any("waiting for another build" in row for row in iter(child.stdout.readline, ""))
        yield child


def workspace(root: Path, delegate: str) -> Path:
    """Two Python projects, ``a`` and ``b``, and a crate that both use, in one workspace."""
    edit(root / "Cargo.toml", '[workspace]\nresolver = "2"\nmembers = ["a", "b", "common"]\n')
    package = '[package]\nname = "{}"\nversion = "1.0.0"\nedition = "2021"\n'
    edit(root / "common/Cargo.toml", package.format("common"))
    edit(root / "common/src/lib.rs", "pub fn common() -> i64 { 7 }\n")
    kind = "cdylib" if delegate == "setuptools-rust" else "rlib"
    for name in "ab":
        manifest = package.format(f"x{name}") + f'[lib]\ncrate-type = ["{kind}"]\n[dependencies]\n'
        edit(root / name / "Cargo.toml", manifest + 'common = { path = "../common" }\n')
        edit(root / name / "src/lib.rs", "pub fn answer() -> i64 { common::common() }\n")
        edit(root / name / "src/main.rs", f'fn main() {{ println!("{{}}", x{name}::answer()); }}\n')
        text = '[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n'
        text += f'[project]\nname = "x{name}"\nversion = "1.0"\n'
        text += f'[tool.pyo3-features-backend]\ndelegate = "{delegate}"\nverify = []\n'
        if delegate == "maturin":
            text += '[tool.maturin]\nbindings = "bin"\n'
        else:
            (root / name / "src/main.rs").unlink()
            setup = "from setuptools import setup\nfrom setuptools_rust import Binding, RustExtension\n"
            setup += f'setup(name="x{name}", version="1.0", packages=[], py_modules=[], zip_safe=False,\n'
            setup += f'      rust_extensions=[RustExtension("x{name}", binding=Binding.NoBinding)])\n'
            edit(root / name / "setup.py", setup)
        edit(root / name / "pyproject.toml", text)
    return root


@pytest.mark.parametrize("delegate", ["setuptools-rust", "maturin"])
def test_two_projects_in_one_workspace(delegate: str, tmp_path: Path) -> None:
    root = workspace(tmp_path / "workspace", delegate)

    def compiled(name: str) -> list[str]:
        result = run(root / name, tmp_path)
        assert result.returncode == 0, result.stderr
        return packages(result.stderr + result.stdout)

    assert [compiled(name) for name in "ab"] == [["common", "xa"], ["common", "xb"]]
    assert [compiled(name) for name in "abba"] == [[]] * 4
    edit(root / "common/src/lib.rs", "pub fn common() -> i64 { 8 }\n")
    assert [compiled(name) for name in "abab"] == [["common", "xa"], ["common", "xb"], [], []]


@pytest.mark.parametrize("delegate", ["setuptools-rust", "maturin"])
def test_what_changes_while_a_build_waits_for_another_one(delegate: str, tmp_path: Path) -> None:
    project = Project(tmp_path, delegate)
    folder = project.tree({})

    def configure(number: int) -> None:
        edit(folder / ".cargo/config.toml", f'[env]\nDEMO_DIR = "{number}"\n')

    configure(0)
    assert project.rebuild(folder)[0] == 0
    (lock,) = (folder / "target/pyo3-features-backend").glob("*.lock")
    with waiting(folder, lock) as child:
        configure(5)
        (folder / "table.csv").write_text("1\n")
        time.sleep(0.2)
    said = child.communicate(timeout=120)[0]
    assert child.returncode == 0, said
    (wheel,) = folder.parent.glob("*.whl")
    assert project.answer(wheel) == 6
    wheel.unlink()
    configure(0)
    assert project.rebuild(folder)[0] == 1


@pytest.mark.parametrize("own", ["**os.environ", '**os.environ, "PATH": "/opt/bin:" + os.environ["PATH"]'])
def test_an_extension_with_the_environment_of_an_isolated_build(own: str, tmp_path: Path) -> None:
    """pip makes another environment for each build, and puts it on PATH."""
    project = Project(tmp_path, "setuptools-rust", vendored=True)
    folder = project.tree({})
    setup = (folder / "setup.py").read_text().replace("NoBinding)", f"NoBinding, env={{{own}}})")
    edit(folder / "setup.py", "import os\n" + setup)
    said = []
    for number in range(2):
        made = tmp_path / f"pip-build-env-{number}"
        packages_folder = made / "overlay/lib/python{}.{}/site-packages".format(*sys.version_info)
        for inside in (packages_folder, made / "overlay/bin", made / "site"):
            inside.mkdir(parents=True)
        path = os.pathsep.join([str(made / "overlay/bin"), os.environ["PATH"]])
        search = os.pathsep.join([str(made / "site"), str(packages_folder), os.environ.get("PYTHONPATH", "")])
        said.append(project.rebuild(folder, PATH=path, PYTHONPATH=search)[1])
    assert [packages(text) for text in said] == [["dep", "part", "plain"], []]


def test_an_extension_that_gets_few_variables(tmp_path: Path) -> None:
    project = Project(tmp_path, "setuptools-rust", vendored=True)
    folder = project.tree({})
    own = '{name: os.environ[name] for name in ("PATH", "HOME")}'
    setup = (folder / "setup.py").read_text().replace("NoBinding)", f"NoBinding, env={own})")
    edit(folder / "setup.py", "import os\n" + setup)
    said = [project.rebuild(folder, **more)[1] for more in ({}, {"FOO": "1"}, {"FOO": "1", "BAR": "2"})]
    assert [packages(text) for text in said] == [["dep", "part", "plain"], [], []]


def test_extensions_that_differ_only_in_what_they_do_not_get(tmp_path: Path) -> None:
    """Each has a place of its own: in a common one, the build would wait for its own lock."""
    project = Project(tmp_path, "setuptools-rust")
    folder = project.tree({})
    setup = (folder / "setup.py").read_text()
    few = "{name: value for name, value in os.environ.items() if name != 'FOO'}"
    first = 'RustExtension("plain", binding=Binding.NoBinding'
    two = f"{first}, env={few}), {first.replace('plain', 'other')})"
    edit(folder / "setup.py", "import os\n" + setup.replace(f"{first})", two))
    for expected in (["part", "part", "plain", "plain"], []):
        child = start(folder, FOO="1")
        try:
            said = child.communicate(timeout=120)[0]
        finally:
            child.kill()
        assert child.returncode == 0, said
        assert packages(said) == expected


def test_vendored_crates_outside_an_unpacked_sdist(tmp_path: Path, cache: Path) -> None:
    project, vendor = Project(tmp_path, "setuptools-rust", vendored=True), tmp_path / "vendor"

    def unpacked(deeper: str = "") -> Path:
        folder = project._replace(where=tmp_path / deeper).write({})
        shutil.rmtree(folder / ".cargo")
        shutil.move(str(folder / "vendor"), str(vendor if not vendor.exists() else tmp_path / "unused"))
        shutil.rmtree(tmp_path / "unused", ignore_errors=True)
        return folder

    edit(tmp_path / ".cargo/config.toml", VENDORED.format(vendor))
    (tmp_path / "deeper").mkdir()
    said = [project.build(unpacked(deeper))[1] for deeper in ("", "", "deeper")]
    assert [packages(text) for text in said] == [["dep", "part", "plain"], [], []]
    edit(vendor / "dep/src/lib.rs", "pub fn dep() -> i64 { 3 }\n")
    assert project.build(unpacked())[0] == 3


@pytest.mark.parametrize("reused", [True, False])
def test_an_sdist_that_changes_while_its_second_place_is_waited_for(reused: bool, tmp_path: Path, cache: Path) -> None:
    """Both places are of the same text of the tree, and so is their record."""
    project = Project(tmp_path, "setuptools-rust")
    folder = project.write({})
    first = 'RustExtension("plain", binding=Binding.NoBinding'
    both = [f'{first.replace("plain", name)}, env={{**os.environ, "WHO": "{name}"}})' for name in ("plain", "other")]
    setup = (folder / "setup.py").read_text()
    edit(folder / "setup.py", "import os\n" + setup.replace(f"{first})", ", ".join(both)))
    edit(folder / "build.rs", "fn main() {}\n")
    edit(folder / "src/lib.rs", '#[no_mangle] pub extern "C" fn answer() -> i64 { include!("../table.csv") }\n')

    def answers(said: str, code: int) -> set[int]:
        assert code == 0, said
        (wheel,) = folder.parent.glob("*.whl")
        unpacked = Path(tempfile.mkdtemp(dir=tmp_path))  # a library of the same name would be the first one
        shutil.unpack_archive(wheel, unpacked, "zip")
        wheel.unlink()
        return {ctypes.CDLL(str(file)).answer() for file in unpacked.glob("*.so")}

    def build() -> set[int]:
        result = run(folder, folder.parent)
        return answers(result.stderr, result.returncode)

    assert build() == {0}
    if not reused:
        edit(folder / "table.csv", "2\n")
    locks = sorted((cache / "targets").glob("*.lock"))
    assert len(locks) == 2
    with waiting(folder, locks[-1]) as child:  # the first one is taken before
        edit(folder / "table.csv", "3\n")
    assert answers(child.communicate(timeout=120)[0], child.wait()) == {3}
    edit(folder / "table.csv", "2\n")
    assert build() == {2}


def test_ctrl_c_while_a_second_place_is_waited_for(tmp_path: Path) -> None:
    """Nothing in the first place has been changed, so nothing in it is compiled again."""
    project = Project(tmp_path, "setuptools-rust", vendored=True)
    folder = project.tree({})
    first = 'RustExtension("plain", binding=Binding.NoBinding'
    other = f'{first.replace("plain", "other")}, env={{**os.environ, "WHO": "other"}})'
    setup = (folder / "setup.py").read_text()
    edit(folder / "setup.py", "import os\n" + setup.replace(f"{first})", f"{first}), {other}"))
    project.rebuild(folder)
    locks = sorted((folder / "target/pyo3-features-backend").glob("*.lock"))
    with waiting(folder, locks[-1]) as child:
        os.killpg(child.pid, signal.SIGINT)
        child.communicate(timeout=120)
    assert packages(project.rebuild(folder)[1]) == []
