"""What is compiled again, and that what is not compiled again is never old: real builds, through both delegates."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import call, example, pythons
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pyo3_features_backend

OLD = 1_153_704_088  # seconds since the epoch: the time that maturin gives every file of an sdist
PATH = os.pathsep.join(
    [str(Path(pyo3_features_backend.__file__).parent.parent), *(p for p in sys.path if p.endswith("site-packages"))]
)

# Answers with the sum of what its files, its path crate, a vendored crate, its build script and its environment say.
# Small enough for a cold build in a second.
LIB = """
include!(concat!(env!("OUT_DIR"), "/made.rs"));
fn included() -> i64 { include_str!("../data/number.txt").trim().parse().unwrap() }
fn documented() -> i64 { include_str!("../NOTES.md").trim().parse().unwrap() }
#[no_mangle] pub extern "C" fn answer() -> i64 { 0 + part::part() + dep::dep() + included() + documented() + MADE }
"""
BUILD = """
fn main() {
    let said: i64 = std::fs::read_to_string("table.csv").unwrap().trim().parse().unwrap();
    let env: i64 = std::env::var("DEMO_DIR").map_or(0, |word| word.parse().unwrap());
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(out + "/made.rs", format!("const MADE: i64 = {};", said + env)).unwrap();
    RERUN
}
"""
CHECKSUM = "0" * 64
LOCK = f"""version = 3
[[package]]
name = "dep"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "{CHECKSUM}"
[[package]]
name = "part"
version = "1.0.0"
[[package]]
name = "plain"
version = "1.0.0"
dependencies = ["dep", "part"]
"""
FILES: dict[str, Callable[[int], str]] = {
    "src/lib.rs": lambda number: LIB.replace("0 +", f"{number} +"),
    "part/src/lib.rs": lambda number: f"pub fn part() -> i64 {{ {number} }}\n",
    "vendor/dep/src/lib.rs": lambda number: f"pub fn dep() -> i64 {{ {number} }}\n",
    "data/number.txt": lambda number: f"{number}\n",
    "NOTES.md": lambda number: f"{number}\n",
    "table.csv": lambda number: f"{number}\n",
}


class Project(NamedTuple):
    """An unpacked sdist that is made anew in another folder for each build."""

    where: Path
    delegate: str
    rerun: bool = True
    vendored: bool = False

    def write(self, numbers: dict[str, int]) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self.where)) / "plain-1.0"
        files = {name: text(numbers.get(name, 0)) for name, text in FILES.items()}
        if not self.vendored:
            files["src/lib.rs"] = files["src/lib.rs"].replace("dep::dep()", "0")
        rerun = 'println!("cargo:rerun-if-changed=table.csv");' if self.rerun else ""
        kind = "cdylib" if self.delegate == "setuptools-rust" else "rlib"
        files["build.rs"] = BUILD.replace("RERUN", rerun)
        files["Cargo.toml"] = (
            f'[package]\nname = "plain"\nversion = "1.0.0"\nedition = "2021"\n[lib]\ncrate-type = ["{kind}"]\n'
            '[dependencies]\npart = { path = "part" }\n'
        )
        if self.vendored:  # for each new folder cargo compiles such a crate again
            files["Cargo.toml"] += 'dep = "1"\n'
            files["Cargo.lock"] = LOCK
            files[".cargo/config.toml"] = (
                '[source.crates-io]\nreplace-with = "here"\n[source.here]\ndirectory = "vendor"\n'
            )
            files["vendor/dep/Cargo.toml"] = '[package]\nname = "dep"\nversion = "1.0.0"\nedition = "2021"\n'
            files["vendor/dep/.cargo-checksum.json"] = json.dumps({"files": {}, "package": CHECKSUM})
        files["part/Cargo.toml"] = '[package]\nname = "part"\nversion = "1.0.0"\nedition = "2021"\n'
        files["PKG-INFO"] = "Metadata-Version: 2.1\nName: plain\nVersion: 1.0\n"
        files["pyproject.toml"] = (
            f'[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n'
            f'[project]\nname = "plain"\nversion = "1.0"\n'
            f'[tool.pyo3-features-backend]\ndelegate = "{self.delegate}"\nverify = []\n'
        )
        if self.delegate == "setuptools-rust":
            files["setup.py"] = (
                "from setuptools import setup\nfrom setuptools_rust import Binding, RustExtension\n"
                'setup(name="plain", version="1.0", packages=[], py_modules=[], zip_safe=False,\n'
                '      rust_extensions=[RustExtension("plain", binding=Binding.NoBinding)])\n'
            )
        else:
            files["pyproject.toml"] += '[tool.maturin]\nbindings = "bin"\n'
            files["src/main.rs"] = 'fn main() { println!("{}", plain::answer()); }\n'
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        for file in [folder, *folder.rglob("*")]:
            os.utime(file, (OLD, OLD))
        return folder

    def build(self, folder: Path, **environment: str) -> tuple[int, str]:
        """(the answer of the wheel, what the build said)."""
        result = run(folder, folder.parent, **environment)
        assert result.returncode == 0, result.stderr
        (wheel,) = folder.parent.glob("*.whl")
        unpacked = folder.parent / "wheel"
        shutil.unpack_archive(wheel, unpacked, "zip")
        if self.delegate == "setuptools-rust":
            (library,) = unpacked.glob("plain*.so")
            code = f"import ctypes; f = ctypes.CDLL({str(library)!r}).answer; f.restype = ctypes.c_int64; print(f())"
            words = [sys.executable, "-c", code]
        else:
            (program,) = unpacked.glob("*.data/scripts/plain")
            program.chmod(0o755)
            words = [str(program)]
        answer = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        shutil.rmtree(folder.parent)
        return int(answer), result.stderr + result.stdout


def environ(**more: str) -> dict[str, str]:
    """The environment of a person's own build."""
    found = {**os.environ, "PYO3_FEATURES_BACKEND_COMPILE_CACHE": "on", **more}
    for name in ("CARGO_TARGET_DIR", "CI"):
        if name not in more:
            found.pop(name, None)
    return found


def run(
    folder: Path, dist: Path, python: str = sys.executable, hook: str = "build_wheel", **environment: str
) -> subprocess.CompletedProcess[str]:
    code = f"import pyo3_features_backend as b; b.{hook}({str(dist)!r})"
    return subprocess.run(
        [python, "-c", code], cwd=folder, capture_output=True, text=True, check=False, env=environ(**environment)
    )


def packages(said: str) -> list[str]:
    """The packages that cargo compiled, by its own words."""
    return sorted(row.split()[1] for row in said.splitlines() if row.strip().startswith("Compiling "))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_CACHE_DIR", str(folder))
    return folder


@pytest.fixture(params=["maturin", "setuptools-rust"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    return Project(tmp_path, request.param)


@pytest.mark.build
def test_an_unchanged_sdist_compiles_nothing_and_a_changed_one_only_what_changed(project: Project, cache: Path) -> None:
    answer, said = project.build(project.write({"part/src/lib.rs": 5}))
    assert answer == 5
    assert packages(said) == ["part", "plain"]
    answer, said = project.build(project.write({"part/src/lib.rs": 5}))
    assert answer == 5
    assert packages(said) == []
    answer, said = project.build(project.write({"part/src/lib.rs": 5, "src/lib.rs": 1}))
    assert answer == 6
    assert packages(said) == ["plain"]
    assert len(list((cache / "targets").glob("plain-*.lock"))) == 1


@pytest.mark.build
def test_todays_times_on_an_unchanged_sdist_compile_nothing(project: Project, cache: Path) -> None:
    project.build(project.write({"src/lib.rs": 3}))
    folder = project.write({"src/lib.rs": 3})
    for file in folder.rglob("*"):
        os.utime(file)
    answer, said = project.build(folder)
    assert (answer, packages(said)) == (3, [])


edits = st.lists(st.tuples(st.sampled_from([*FILES, "$DEMO_DIR"]), st.integers(0, 3)), min_size=1, max_size=3)


@pytest.mark.build
@pytest.mark.parametrize("own", ["cache", "CARGO_TARGET_DIR"])
@pytest.mark.parametrize("rerun", [True, False])
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(edits, min_size=2, max_size=3))
def test_whatever_is_edited_in_whatever_order_the_wheel_answers_as_a_cold_one(
    project: Project, cache: Path, own: str, rerun: bool, steps: list[list[tuple[str, int]]]
) -> None:
    project = project._replace(rerun=rerun, vendored=True)
    shared = {"CARGO_TARGET_DIR": str(project.where / "target")} if own == "CARGO_TARGET_DIR" else {}
    numbers: dict[str, int] = {}
    for step in steps:
        numbers.update(step)
        environment = {**shared, "DEMO_DIR": str(numbers.get("$DEMO_DIR", 0))}
        answer, _ = project.build(project.write(numbers), **environment)
        assert answer == sum(numbers.values())
    environment = {"DEMO_DIR": str(numbers.get("$DEMO_DIR", 0)), "PYO3_FEATURES_BACKEND_COMPILE_CACHE": "off"}
    cold, _ = project.build(project.write(numbers), **environment)
    assert answer == cold


@pytest.mark.build
def test_another_build_in_the_same_target_folder_is_noticed(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    target = str(tmp_path / "target")
    assert project.build(project.write({"src/lib.rs": 1}), CARGO_TARGET_DIR=target)[0] == 1
    other = project.write({"src/lib.rs": 2})
    for file in other.rglob("*"):
        os.utime(file)
    words = ["cargo", "rustc", "-q", "--lib", "--release", "--crate-type", "cdylib"]
    subprocess.run(words, cwd=other, check=True, env={**os.environ, "CARGO_TARGET_DIR": target})
    assert project.build(project.write({"src/lib.rs": 1}), CARGO_TARGET_DIR=target)[0] == 1


@pytest.mark.build
@pytest.mark.parametrize(
    "change",
    [{"CFLAGS": "-O1"}, {"OPENSSL_DIR": "/opt/ssl"}, {"MACOSX_DEPLOYMENT_TARGET": "12.0"}, "compiler", "config"],
)
def test_what_cargo_does_not_compare_parts_the_target_folders(
    change: dict[str, str] | str, tmp_path: Path, cache: Path
) -> None:
    project = Project(tmp_path, "setuptools-rust")
    compiler = tmp_path / "bin" / "cc"
    compiler.parent.mkdir()
    compiler.write_text('#!/bin/sh\nexec /usr/bin/cc "$@"\n')
    compiler.chmod(0o755)
    path = {"PATH": f"{compiler.parent}{os.pathsep}{os.environ['PATH']}"}
    project.build(project.write({}), **path)
    assert packages(project.build(project.write({}), **path)[1]) == []
    folder = project.write({})
    if change == "compiler":
        compiler.write_text('#!/bin/sh\n# newer\nexec /usr/bin/cc "$@"\n')
    elif change == "config":
        (folder / ".cargo").mkdir()
        (folder / ".cargo" / "config.toml").write_text('[env]\nOTHER = "1"\n')
    more = change if isinstance(change, dict) else {}
    assert packages(project.build(folder, **path, **more)[1]) == ["part", "plain"]
    # And back: the first folder is still there.
    if change not in ("compiler", "config"):
        assert packages(project.build(project.write({}), **path)[1]) == []


@pytest.mark.build
def test_a_target_folder_of_the_user_is_not_used_across_compilers(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    target = {"CARGO_TARGET_DIR": str(tmp_path / "target")}
    project.build(project.write({}), **target)
    assert packages(project.build(project.write({}), **target, CFLAGS="-O1")[1]) == ["part", "plain"]
    assert packages(project.build(project.write({}), **target, CFLAGS="-O1")[1]) == []
    assert packages(project.build(project.write({}), **target)[1]) == []


@pytest.mark.build
def test_when_it_is_off(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    for environment in (
        {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": "off"},
        {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": "auto", "CI": "true"},
        {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": "auto", "UV_NO_CACHE": "1"},
        {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": "auto", "CONDA_BUILD": "1"},
    ):
        project.build(project.write({}), **environment)
        assert not cache.exists()
    project.build(project.write({}), PYO3_FEATURES_BACKEND_COMPILE_CACHE="auto", CI="")
    assert cache.exists()
    # In the tree its own target folder serves.
    folder = project.write({})
    (folder / "PKG-INFO").unlink()
    shutil.rmtree(cache)
    project.build(folder)
    assert not cache.exists()


@pytest.mark.build
@pytest.mark.skipif(os.name == "nt", reason="not run: POSIX permissions")
@pytest.mark.parametrize("kind", ["open to others", "another user"])
def test_a_folder_that_is_not_ours_alone_is_not_used(kind: str, tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    cache.mkdir(mode=0o700)
    if kind == "open to others":
        cache.chmod(0o777)
    elif os.geteuid():
        pytest.skip("not run: only root can give a folder away")
    else:
        os.chown(cache, 12345, 12345)
    answer, said = project.build(project.write({"src/lib.rs": 4}))
    assert answer == 4
    assert "without the compile cache" in said
    assert kind in said
    assert list(cache.iterdir()) == []


def damage(folder: Path, chance: random.Random) -> None:
    """Something that can happen to files."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.endswith(".lock"))
    file = chance.choice(files)
    before = file.stat()
    kind = chance.choice(["cut", "noise", "bit", "remove", "add"])
    if kind == "remove":
        file.unlink()
    elif kind == "add":
        file.with_name("plain-0000000000000000.d").write_text("nonsense")
    else:
        data = bytearray(file.read_bytes())
        if kind == "cut":
            del data[len(data) // 2 :]
        elif kind == "noise":
            data[:] = bytes(chance.randrange(256) for _ in data[:4096]) + bytes(data[4096:])
        elif data:
            data[chance.randrange(len(data))] ^= 1
        file.write_bytes(bytes(data))
        if kind == "bit":
            os.utime(file, ns=(before.st_mtime_ns, before.st_mtime_ns))


@pytest.mark.build
def test_a_damaged_cache_gives_a_right_wheel(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    chance = random.Random(6)
    for number in range(10):
        assert project.build(project.write({"src/lib.rs": number % 2}))[0] == number % 2
        damage(cache / "targets", chance)


@pytest.mark.build
def test_what_changed_without_a_trace_is_not_used(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    project.build(project.write({"src/lib.rs": 1}))
    (library,) = cache.glob("targets/*/1/release/deps/libplain.so")
    before = library.stat()
    library.write_bytes(b"\0" * before.st_size)
    os.utime(library, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert project.build(project.write({"src/lib.rs": 1}))[0] == 1


@pytest.mark.build
def test_killed_at_any_moment_the_next_build_is_right(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "maturin")
    chance = random.Random(7)
    broken = set()
    for number in range(1, 8):
        folder = project.write({"src/lib.rs": number, "part/src/lib.rs": number})
        code = f"import pyo3_features_backend as b; b.build_wheel({str(folder.parent)!r})"
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=folder,
            env=environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.05, 1.0))
        if number % 2:
            process.kill()  # what it started goes on for a while
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for state in cache.glob("targets/*/state.json"):
            known = json.loads(state.read_text())
            if not known["whole"]:
                broken.add(known["generation"])
        assert project.build(project.write({"src/lib.rs": number, "part/src/lib.rs": number}))[0] == 2 * number
    # What a killed build left is not used again.
    assert broken
    assert not any((state.parent / str(number)).exists() for number in broken for state in cache.glob("*/*/state.json"))


@pytest.mark.build
def test_eight_at_once(tmp_path: Path, cache: Path) -> None:
    folders = []
    for number in range(8):
        where = tmp_path / f"{number}"
        where.mkdir()
        project = Project(where, "setuptools-rust")
        folder = project.write({"src/lib.rs": number % 4})
        if number % 4 == 3:
            table = folder / "pyproject.toml"
            table.write_text(table.read_text().replace('name = "plain"', 'name = "other"'))
        folders.append((project, folder, number % 4))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: one[0].build(one[1])[0] == one[2], folders))
    assert answers == [True] * 8
    assert len(list((cache / "targets").glob("*.lock"))) == 2


@pytest.mark.build
def test_the_least_recently_used_is_trimmed(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    size = {"PYO3_FEATURES_BACKEND_CACHE_SIZE": "40M"}
    project.build(project.write({}), CFLAGS="-O1", **size)
    (one,) = (entry for entry in (cache / "targets").iterdir() if entry.is_dir())
    project.build(project.write({}), CFLAGS="-O2", PYO3_FEATURES_BACKEND_CACHE_SIZE="1K")
    assert not one.exists()


def test_the_command_shows_and_empties_it(tmp_path: Path, cache: Path) -> None:
    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pyo3_features_backend", "cache", *words],
            capture_output=True,
            text=True,
            check=False,
            env=environ(),
        )

    assert "there is none yet" in command("info").stdout
    assert command("clear").returncode == 0
    (cache / "targets" / "demo-0").mkdir(parents=True)
    (cache / "targets" / "demo-0" / "file").write_bytes(b"0" * 2048)
    cache.chmod(0o700)
    refused = command("clear")
    assert (refused.returncode, "is no compile cache" in refused.stderr) == (1, True)
    (cache / "CACHEDIR.TAG").touch()
    facts = json.loads(command("info", "--json").stdout)
    assert [one["name"] for one in facts["targets"]] == ["demo-0"]
    assert facts["size"] == 2048
    assert "removed 2.0 KiB" in command("clear").stdout
    assert not (cache / "targets" / "demo-0").exists()
    bad = subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "cache"],
        capture_output=True,
        text=True,
        check=False,
        env=environ(PYO3_FEATURES_BACKEND_CACHE_SIZE="much"),
    )
    assert (bad.returncode, "CACHE_SIZE=much is not a size" in bad.stderr) == (1, True)


@pytest.fixture
def environments(tmp_path: Path) -> Iterator[str]:
    """Interpreters of virtual environments that are new each time, as a front end makes them."""

    def made() -> Iterator[str]:
        while True:
            folder = tempfile.mkdtemp(dir=tmp_path)
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
            yield str(Path(folder, "bin", "python"))

    return made()


@pytest.mark.build
@pytest.mark.parametrize("name", ["hello", "setuptools"])
@pytest.mark.parametrize("hook", ["build_wheel", "build_editable"])
@pytest.mark.parametrize("abi3", ["auto", "off"])
def test_an_environment_that_is_new_each_time_compiles_nothing(
    name: str, hook: str, abi3: str, tmp_path: Path, compiled: Path, environments: Iterator[str]
) -> None:
    project = example(name, tmp_path)
    own = {"CARGO_TARGET_DIR": str(compiled), "PYTHONPATH": PATH, "PYO3_FEATURES_BACKEND_ABI3": abi3}
    own["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = []
    for _ in range(2):
        result = run(project, tmp_path, next(environments), hook, **own)
        assert result.returncode == 0, result.stderr
        said.append([row for row in result.stderr.splitlines() if "Compiling" in row])
    assert said[1] == []


@pytest.mark.build
@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_a_build_script_finds_the_packages_of_the_environment(
    delegate: str, tmp_path: Path, environments: Iterator[str]
) -> None:
    project = Project(tmp_path, delegate)
    python = next(environments)
    (packages_folder,) = Path(python).parent.parent.glob("lib/python3*/site-packages")
    (packages_folder / "only_here.py").write_text("ANSWER = 7\n")
    folder = project.write({})
    script = folder / "build.rs"
    asked = (
        'Command::new(std::env::var("PYO3_PYTHON").unwrap()).args(["-c", "import only_here; print(only_here.ANSWER)"])'
    )
    text = script.read_text().replace("fn main", "use std::process::Command;\nfn main")
    read = 'std::fs::read_to_string("table.csv").unwrap()'
    script.write_text(text.replace(read, f"String::from_utf8({asked}.output().unwrap().stdout).unwrap()"))
    result = run(
        folder,
        folder.parent,
        python,
        PYTHONPATH=PATH,
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        PYO3_FEATURES_BACKEND_COMPILE_CACHE="off",
    )
    assert result.returncode == 0, result.stderr
    (wheel,) = folder.parent.glob("*.whl")
    assert b"const MADE: i64 = 7;" in next((folder / "target").glob("release/build/plain-*/out/made.rs")).read_bytes()
    assert wheel.is_file()


@pytest.mark.build
def test_another_python_does_compile_again(tmp_path: Path, compiled: Path) -> None:
    others = {
        name: python
        for name, python in pythons().items()
        if python != sys.executable and tuple(map(int, name.split("."))) >= (3, 9)
    }
    if not others:
        pytest.skip("not run: there is one Python here")
    name, python = next(iter(others.items()))
    project = example("hello", tmp_path)
    (tmp_path / "dist").mkdir()
    own = {"CARGO_TARGET_DIR": str(compiled), "PYO3_FEATURES_BACKEND_ABI3": "off"}
    own["PYO3_FEATURES_BACKEND_VERIFY"] = "tags"
    assert run(project, tmp_path / "dist", **own).returncode == 0
    code = (
        f"import pyo3_features_backend as b; b.build_wheel({str(tmp_path / 'dist')!r}, {{'build-args': '-i {python}'}})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False, env=environ(**own)
    )
    assert result.returncode == 0, result.stderr
    assert "Compiling pyo3-ffi" in result.stderr
    (wheel,) = (tmp_path / "dist").glob(f"*-cp{name.replace('.', '')}-*.whl")
    assert call(python, wheel, "import hello_pyo3; print(hello_pyo3.greet('you'))") == "Hello, you, from Rust"


@pytest.mark.build
@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_a_cold_and_a_warm_wheel_from_different_folders_are_the_same_bytes(
    delegate: str, tmp_path: Path, cache: Path
) -> None:
    project = Project(tmp_path, delegate)
    wheels = []
    for mode in ("off", "on", "on"):
        folder = project.write({"src/lib.rs": 2})
        environment = {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": mode, "SOURCE_DATE_EPOCH": "1700000000"}
        result = run(folder, folder.parent, **environment)
        assert result.returncode == 0, result.stderr
        (wheel,) = folder.parent.glob("*.whl")
        if delegate == "setuptools-rust":
            wheels.append(hashlib.sha256(wheel.read_bytes()).hexdigest())
        else:  # maturin's bill of materials names the folder, and RECORD its digest
            with zipfile.ZipFile(wheel) as packed:
                kept = [
                    one for one in packed.infolist() if "sboms" not in one.filename and "RECORD" not in one.filename
                ]
                wheels.append(str([(one.filename, one.CRC, one.date_time) for one in kept]))
    assert wheels[0] == wheels[1] == wheels[2]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system of a given size."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = []

    def mount(size: str) -> Path:
        words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
        if sys.platform != "linux" or subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("not run: this user cannot mount a file system")
        mounted.append(folder)
        return folder

    yield mount
    for one in mounted:
        subprocess.run(["umount", str(one)], check=True)


@pytest.mark.build
def test_without_room_for_the_cache(tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    project = Project(tmp_path, "setuptools-rust")
    disk = small_disk("1M")
    answer, said = project.build(project.write({"src/lib.rs": 4}), PYO3_FEATURES_BACKEND_CACHE_DIR=str(disk / "cache"))
    assert answer == 4
    assert "too little room" in said


@pytest.mark.build
@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_a_disk_that_fills_up_during_the_compile(
    delegate: str, tmp_path: Path, small_disk: Callable[[str], Path]
) -> None:
    project = Project(tmp_path, delegate)
    disk = small_disk("300M")
    wrapper = tmp_path / "wrapper"
    fill = f'case "$*" in *"--crate-name plain"*) cat /dev/zero > {disk}/filler 2>/dev/null;; esac'
    wrapper.write_text(f'#!/bin/sh\n{fill}\nexec "$@"\n')
    wrapper.chmod(0o755)
    own = {"PYO3_FEATURES_BACKEND_CACHE_DIR": str(disk / "cache"), "RUSTC_WORKSPACE_WRAPPER": str(wrapper)}
    answer, said = project.build(project.write({"src/lib.rs": 4}), **own)
    assert answer == 4
    assert "once more without the compile cache" in said
    (disk / "filler").unlink()
    del own["RUSTC_WORKSPACE_WRAPPER"]
    assert project.build(project.write({"src/lib.rs": 5}), **own)[0] == 5


@pytest.mark.build
def test_a_cache_that_cannot_be_written(tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    project = Project(tmp_path, "setuptools-rust")
    disk = small_disk("400M")
    own = {"PYO3_FEATURES_BACKEND_CACHE_DIR": str(disk / "cache")}
    assert project.build(project.write({"src/lib.rs": 4}), **own)[0] == 4
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    answer, said = project.build(project.write({"src/lib.rs": 5}), **own)
    assert answer == 5
    assert "without the compile cache" in said
