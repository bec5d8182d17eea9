"""A wheel that setuptools builds in a tree with leftovers is the wheel of a fresh copy of that tree.

The leftovers are those of setuptools alone: this backend's builds leave none, which is tested here, too.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import textwrap
import time
import zipfile
from pathlib import Path

import pytest

from support.builds import Build, hook_code, wheel_of
from support.files import replace

pytestmark = pytest.mark.build

BDIST = f"build/bdist.{sysconfig.get_platform()}/wheel"
LEFT = shutil.ignore_patterns("build", "out", "*.egg-info", "target", "*.so")
C_SOURCE = """
#include <Python.h>
#include "number.h"
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_c", 0, -1, 0};
PyMODINIT_FUNC PyInit__c(void) {
    PyObject *made = PyModule_Create(&module);
    PyModule_AddIntConstant(made, "number", NUMBER);
    return made;
}
"""
C_EXTENSION = 'Extension("demo._c", ["number.c"], depends=["number.h"])'
SETUP = f"""
import os
import signal
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools_rust import Binding, RustBin, RustExtension

class killed(build_ext):
    def run(self):
        super().run()
        if "DEMO_KILLED" in os.environ:
            os.kill(os.getpid(), signal.SIGKILL)

setup(
    name="demo",
    version="1.0",
    packages=["demo"],
    package_data={{"demo": ["*.txt"]}},
    include_package_data=True,
    cmdclass={{"build_ext": killed}},
    scripts=["tell"],
    ext_modules=[{C_EXTENSION}],
    rust_extensions=[
        RustExtension("demo._one", binding=Binding.NoBinding),
        RustExtension("demo._two", binding=Binding.NoBinding),
    ],
)
"""


def project(tmp_path: Path) -> Path:
    """A package with modules, data, a script, an extension in C and two in Rust, none of which needs PyO3."""
    root = tmp_path / "demo-tree"
    files = {
        "pyproject.toml": (
            '[build-system]\nrequires = []\nbuild-backend = "pyo3_features_backend"\n'
            '[tool.pyo3-features-backend]\ndelegate = "setuptools-rust"\nverify = []\n'
        ),
        "setup.py": SETUP,
        "Cargo.toml": '[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n',
        "src/lib.rs": '#[no_mangle] pub extern "C" fn answer() -> i64 { 1 }\n',
        "number.c": C_SOURCE,
        "number.h": "#define NUMBER 1\n",
        "tell": "#!/usr/bin/python\nprint(1)\n",
        "MANIFEST.in": "include number.h\nrecursive-include demo *.json\n",
        "demo/__init__.py": "",
        "demo/part.py": "number = 1\n",
        "demo/data.txt": "1\n",
        "demo/named.json": "1\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    wheel.unlink()
    return found


def leave(build: Build, tmp_path: Path, root: Path) -> None:
    """Build the wheel as it was before, with setuptools alone: the tree then holds what such a build leaves."""
    wheel_of(tmp_path, build(root, backend="setuptools.build_meta")).unlink()
    assert list(root.glob("build/lib*/demo/part.py"))


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All that is beneath a folder, with its times."""
    return {
        str(file.relative_to(folder)): (file.lstat().st_mtime_ns, file.read_bytes() if file.is_file() else b"")
        for file in [folder, *folder.rglob("*")]
    }


def as_cold(
    build: Build, tmp_path: Path, root: Path, config: dict[str, str] | None = None, **environment: str
) -> dict[str, bytes]:
    """What is in the wheel of the tree, which is what is in the wheel of a fresh copy, and nothing else is changed."""
    (tmp_path / "temporary").mkdir(exist_ok=True)
    environment["TMPDIR"] = str(tmp_path / "temporary")
    before = state(root)
    warm = contents(wheel_of(tmp_path, build(root, config=config, **environment)))
    after = state(root)
    left = list((tmp_path / "temporary").iterdir())
    # In the same place: an extension may hold the path of its sources.
    root.rename(tmp_path / "aside")
    shutil.copytree(tmp_path / "aside", root, ignore=LEFT)
    cold = contents(wheel_of(tmp_path, build(root, config=config, **environment)))
    made = [name for name in ("build", "out") if (root / name).exists()]
    shutil.rmtree(root)
    (tmp_path / "aside").rename(root)
    assert sorted(warm) == sorted(cold)
    assert warm == cold
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} <= {"."}
    assert not left
    assert not made
    return warm


def drop_setup(root: Path, line: str) -> None:
    replace(root / "setup.py", line, "")


def test_a_removed_module_is_not_in_the_wheel(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    (root / "demo" / "part.py").unlink()
    assert "demo/part.py" not in as_cold(build, tmp_path, root)


@pytest.mark.parametrize("name", ["data.txt", "named.json"])
def test_removed_package_data_is_not_in_the_wheel(build: Build, tmp_path: Path, name: str) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    (root / "demo" / name).unlink()
    assert f"demo/{name}" not in as_cold(build, tmp_path, root)


@pytest.mark.parametrize("age", [0, 1000])
@pytest.mark.parametrize("name", ["demo/part.py", "demo/data.txt", "demo/named.json", "tell"])
def test_another_text_of_the_same_or_an_older_time_is_in_the_wheel(
    build: Build, tmp_path: Path, name: str, age: int
) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    file = root / name
    time = file.stat().st_mtime_ns - age * 10**9
    file.write_text("number = 2\n" if name != "tell" else "#!/usr/bin/python\nprint(2)\n")
    os.utime(file, ns=(time, time))
    held = as_cold(build, tmp_path, root)
    (found,) = [held[inside] for inside in held if inside.endswith(f"/{file.name}")]
    assert b"2" in found


def test_a_renamed_rust_extension_is_in_the_wheel_once(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    replace(root / "setup.py", "demo._one", "demo._new")
    held = as_cold(build, tmp_path, root)
    assert sorted(name.split(".")[0] for name in held if name.endswith(".so")) == ["demo/_c", "demo/_new", "demo/_two"]


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ('RustExtension("demo._two", binding=Binding.NoBinding),', "demo/_two"),
        (f"ext_modules=[{C_EXTENSION}],", "demo/_c"),
        ('scripts=["tell"],', "demo-1.0.data"),
    ],
)
def test_what_setup_py_no_longer_names_is_not_in_the_wheel(build: Build, tmp_path: Path, line: str, gone: str) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    drop_setup(root, line)
    held = as_cold(build, tmp_path, root)
    assert not [name for name in held if name.startswith(gone)]


def test_a_program_that_is_no_longer_named_is_not_in_the_wheel(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    drop_setup(root, 'scripts=["tell"],')
    (root / "src" / "main.rs").write_text("fn main() {}\n")
    replace(root / "setup.py", "rust_extensions=[", 'rust_extensions=[RustBin("demo"),')
    leave(build, tmp_path, root)
    assert "demo-1.0.data/scripts/demo" in as_cold(build, tmp_path, root)
    drop_setup(root, 'RustBin("demo"),')
    assert "demo-1.0.data/scripts/demo" not in as_cold(build, tmp_path, root)


def older_header(root: Path) -> None:
    (root / "number.h").write_text("#define NUMBER 2\n")
    os.utime(root / "number.h", (1_153_704_088, 1_153_704_088))


def test_a_c_extension_follows_a_header_with_an_old_time(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    older_header(root)
    as_cold(build, tmp_path, root)


def test_leftovers_in_the_build_folder_are_not_in_the_wheel(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    (root / BDIST / "demo-0.9.dist-info").mkdir(parents=True)
    for folder in [*root.glob("build/*"), root / BDIST]:
        (folder / "stray.py").write_text("")
    as_cold(build, tmp_path, root)


ELSEWHERE = """
[build]
build_base = out
[bdist]
bdist_base = out/bdist
[bdist_wheel]
bdist_dir = out/wheel
"""
EACH = """
[build]
build_lib = out/lib
build_platlib = out/lib
build_temp = out/temp
build_scripts = out/scripts
[build_py]
build_lib = out/lib
[build_ext]
build_lib = out/lib
build_temp = out/temp
[build_scripts]
build_dir = out/scripts
[install]
build_lib = out/lib
[install_lib]
build_dir = out/lib
[install_scripts]
build_dir = out/scripts
"""


@pytest.mark.parametrize("text", [ELSEWHERE, EACH])
@pytest.mark.parametrize("place", ["setup.cfg", "extra"])
def test_folders_that_a_configuration_file_names_are_not_used(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, text: str
) -> None:
    root = project(tmp_path)
    file = root / "setup.cfg"
    if place == "extra":
        file = tmp_path / "extra.cfg"
        monkeypatch.setenv("DIST_EXTRA_CONFIG", str(file))
    file.write_text(text)
    wheel_of(tmp_path, build(root, backend="setuptools.build_meta")).unlink()
    for folder in ("out/lib", "out/wheel", "out/bdist/wheel"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "stray.py").write_text("")
    (root / "demo" / "part.py").unlink()
    older_header(root)
    as_cold(build, tmp_path, root)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("--build-option", "--bdist-dir out/wheel"),
        ("--build-option", "build --build-base out"),
        ("--global-option", "build --build-base out"),
        ("--build-option", "build --build-lib out"),
        ("--build-option", "install_lib --build-dir out"),
        ("--build-option", "--skip-build"),
        ("--build-option", "--keep-temp"),
    ],
)
def test_folders_that_a_config_setting_names_are_not_used(
    build: Build, tmp_path: Path, setting: str, words: str
) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    for folder in ("out", "out/wheel", BDIST.replace("build", "out"), BDIST):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "stray.py").write_text("")
    (root / "demo" / "part.py").unlink()
    older_header(root)
    as_cold(build, tmp_path, root, {setting: words})


def test_folders_that_setup_py_names_are_not_used(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    replace(root / "setup.py", 'name="demo",', 'name="demo", options={"build": {"build_base": "out"}},')
    wheel_of(tmp_path, build(root, backend="setuptools.build_meta")).unlink()
    (root / "demo" / "part.py").unlink()
    as_cold(build, tmp_path, root)


def test_the_folder_of_a_command_class_of_the_projects_is_not_used(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    own_folder(root, "initialize_options", 'build_base = "out"')
    wheel_of(tmp_path, build(root, backend="setuptools.build_meta")).unlink()
    (root / "demo" / "part.py").unlink()
    as_cold(build, tmp_path, root)


def own_folder(root: Path, method: str, line: str) -> None:
    """The project's own command says where it builds."""
    code = f"""
    from setuptools.command.build import build
    class elsewhere(build):
        def {method}(self):
            super().{method}()
            self.{line}
    """
    replace(root / "setup.py", "\nsetup(", textwrap.dedent(code) + "\nsetup(")
    replace(root / "setup.py", "cmdclass={", 'cmdclass={"build": elsewhere, ')


def test_what_a_command_puts_into_a_folder_of_its_own_stays_and_what_is_left_there_is_named(
    build: Build, tmp_path: Path
) -> None:
    """It can be what a compiler of the project has installed there, or a file of an older build."""
    root = project(tmp_path)
    own_folder(root, "finalize_options", 'build_lib = "out"')
    first = build(root)
    assert "is left there of older builds" not in first.stderr
    wheel_of(tmp_path, first).unlink()
    (root / "out" / "demo" / "staged.py").touch()
    second = build(root)
    assert "the command build builds in out, and the wheel gets what is left there of older builds" in second.stderr
    assert "demo/staged.py" in contents(wheel_of(tmp_path, second))


@pytest.mark.parametrize("config", [None, {"editable-mode": "strict"}])
def test_an_editable_build_leaves_nothing_for_a_wheel(
    build: Build, tmp_path: Path, config: dict[str, str] | None
) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    wheel_of(tmp_path, build(root, "build_editable", config)).unlink()
    assert list(root.glob("demo/_two*.so"))
    drop_setup(root, 'RustExtension("demo._two", binding=Binding.NoBinding),')
    (root / "demo" / "part.py").unlink()
    older_header(root)
    as_cold(build, tmp_path, root)


@pytest.mark.parametrize("config", [None, {"editable-mode": "strict"}])
@pytest.mark.parametrize("text", ["", EACH])
def test_an_editable_build_takes_nothing_from_an_older_one(
    build: Build, tmp_path: Path, config: dict[str, str] | None, text: str
) -> None:
    root = project(tmp_path)
    (root / "setup.cfg").write_text(text)
    wheel_of(tmp_path, build(root, "build_editable", config)).unlink()
    (built,) = root.glob("demo/_c*.so")
    # A clock that was set back leaves files of the future.
    os.utime(built, (time.time() + 1000, time.time() + 1000))
    older_header(root)
    (root / "demo" / "part.py").unlink()
    (root / "demo" / "data.txt").unlink()
    warm = contents(wheel_of(tmp_path, build(root, "build_editable", config)))
    made = built.read_bytes()
    links = sorted(file.name for file in root.glob("build/__editable__*/demo/*"))
    root.rename(tmp_path / "aside")
    shutil.copytree(tmp_path / "aside", root, ignore=LEFT)
    cold = contents(wheel_of(tmp_path, build(root, "build_editable", config)))
    assert warm == cold
    assert made == built.read_bytes()
    assert links == sorted(file.name for file in root.glob("build/__editable__*/demo/*"))
    assert bool(links) == bool(config)


def test_what_only_an_old_list_of_sources_names_is_not_in_the_wheel(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    replace(root / "MANIFEST.in", "recursive-include demo *.json\n", "")
    assert "demo/named.json" not in as_cold(build, tmp_path, root)
    assert (root / "demo" / "named.json").is_file()


def test_a_file_left_in_the_egg_info_folder_is_not_in_the_wheel(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    (root / "demo.egg-info").mkdir(exist_ok=True)
    (root / "demo.egg-info" / "plugin.json").write_text("{}")
    as_cold(build, tmp_path, root)


@pytest.mark.parametrize("text", ["", "[egg_info]\negg_base = lists\n"])
def test_an_sdist_names_its_data_files_in_its_list_of_sources(build: Build, tmp_path: Path, text: str) -> None:
    """The list in an sdist is its own: a plug-in for git, say, wrote it, and has no git to ask in an unpacked one."""
    root = project(tmp_path)
    (root / "lists").mkdir()
    (root / "setup.cfg").write_text(text)
    assert build(root, "build_sdist").returncode == 0
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    shutil.unpack_archive(sdist, tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    for name in ("Cargo.toml", "src/lib.rs"):
        (unpacked / name).parent.mkdir(exist_ok=True)
        shutil.copy(root / name, unpacked / name)
    assert list(unpacked.rglob("SOURCES.txt"))
    (unpacked / "MANIFEST.in").unlink()
    found = []
    for backend in ("pyo3_features_backend", "setuptools.build_meta"):
        before = [state(folder) for folder in unpacked.rglob("*.egg-info")]
        found.append(contents(wheel_of(tmp_path, build(unpacked, backend=backend))))
        same = before == [state(folder) for folder in unpacked.rglob("*.egg-info")]
        assert same == (backend == "pyo3_features_backend")
    assert "demo/named.json" in found[0]
    assert sorted(found[0]) == sorted(found[1])
    (unpacked / "demo" / "named.json").unlink()
    assert "demo/named.json" not in contents(wheel_of(tmp_path, build(unpacked)))


def test_the_build_folder_is_no_data_of_a_package_that_is_the_whole_tree(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    for file in [*(root / "demo").iterdir()]:
        file.rename(root / file.name)
    (root / "demo").rmdir()
    replace(root / "setup.py", 'packages=["demo"],', 'packages=["demo"], package_dir={"demo": ""},')
    (root / "MANIFEST.in").write_text("include number.h\nglobal-include *.json\n")
    leave(build, tmp_path, root)
    (root / "named.json").rename(root / "build" / "old.json")
    held = as_cold(build, tmp_path, root)
    assert not [name for name in held if name.endswith(".json") or "build" in name]


@pytest.mark.parametrize("editable", [False, True])
def test_metadata_may_be_written_into_the_tree(build: Build, tmp_path: Path, editable: bool) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    kind = "editable" if editable else "wheel"
    (root / "metadata").mkdir()
    code = (
        f"import pyo3_features_backend as b; name = b.prepare_metadata_for_build_{kind}('metadata'); "
        f"b.build_{kind}('made', None, 'metadata/' + name)"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    (wheel,) = (root / "made").glob("*.whl")
    assert "demo-1.0.dist-info/METADATA" in contents(wheel)


def test_an_sdist_is_setuptools_own(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    leave(build, tmp_path, root)
    texts = []
    for backend in ("pyo3_features_backend", "setuptools.build_meta"):
        assert build(root, "build_sdist", backend=backend).returncode == 0
        (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
        shutil.unpack_archive(sdist, tmp_path / backend)
        sdist.unlink()
        folder = tmp_path / backend / "demo-1.0"
        texts.append({str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()})
    assert texts[0] == texts[1]
    assert "demo.egg-info/SOURCES.txt" in texts[0]


def test_a_killed_build_leaves_nothing_for_a_wheel(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    assert build(root, DEMO_KILLED="1", TMPDIR=str(tmp_path)).returncode == -signal.SIGKILL
    (root / "demo" / "part.py").unlink()
    older_header(root)
    drop_setup(root, 'RustExtension("demo._two", binding=Binding.NoBinding),')
    as_cold(build, tmp_path, root)


@pytest.mark.parametrize("broken", ["src/lib.rs", "number.c", "setup.py"])
def test_a_failed_build_leaves_nothing(build: Build, tmp_path: Path, broken: str) -> None:
    root = project(tmp_path)
    (root / broken).write_text("no such luck(")
    (tmp_path / "temporary").mkdir()
    assert build(root, TMPDIR=str(tmp_path / "temporary")).returncode == 1
    assert not (root / "build").exists()
    assert not list((tmp_path / "temporary").iterdir())


GENERATE = """
        if "DEMO_GENERATED" in os.environ:
            self.mkpath(self.build_temp)
            self.extensions[0].sources = [os.path.join(self.build_temp, "made.c")]
            self.extensions[0].include_dirs = ["."]
            shutil.copy("number.c", self.extensions[0].sources[0])
        super().run()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="not run: elsewhere debugging information is not in the extension")
def test_an_extension_in_c_from_generated_source_is_the_same_each_time(build: Build, tmp_path: Path) -> None:
    """cffi generates C into a folder of setuptools, and compilers write down where a source was."""
    root = project(tmp_path)
    replace(root / "setup.py", "\n        super().run()\n", GENERATE)
    replace(root / "setup.py", "import signal\n", "import shutil\nimport signal\n")
    held = []
    for backend in ("pyo3_features_backend", "pyo3_features_backend", "setuptools.build_meta"):
        result = build(root, backend=backend, DEMO_GENERATED="1", CFLAGS="-g")
        held.append(contents(wheel_of(tmp_path, result)))
    (name,) = [name for name in held[0] if name.startswith("demo/_c.")]
    assert b"build/temp." in held[2][name]
    assert held[0][name] == held[1][name] == held[2][name]


def test_builds_at_the_same_time_do_not_meet(build: Build, tmp_path: Path) -> None:
    root = project(tmp_path)
    wheel_of(tmp_path, build(root)).unlink()
    folders = [tmp_path / name for name in ("first", "second", "third")]
    running = [
        subprocess.Popen([sys.executable, "-c", hook_code(folder)], cwd=root, stderr=subprocess.PIPE, text=True)
        for folder in folders
    ]
    for one in running:
        said = one.communicate()[1]
        assert one.returncode == 0, said
    held = [contents(wheel) for folder in folders for wheel in folder.glob("*.whl")]
    assert held[0] == held[1] == held[2]
