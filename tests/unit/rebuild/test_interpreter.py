"""The one name of an interpreter in the environments that front ends make."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.rebuild import interpreter
from pyo3_features_backend.rebuild.place import open_place
from support.files import put
from support.plain_project import PATH

SEEN = "import json, sys, sysconfig; print(json.dumps([sys.path[1:], sys.prefix, sysconfig.get_config_vars()]))"
linux = pytest.mark.skipif(
    sys.platform != "linux" or sys.implementation.name != "cpython" or sys.prefix == sys.base_prefix,
    reason="not run: not in an environment of CPython on Linux, where the base interpreter is used",
)


def bare(place: Path) -> Path:
    made = interpreter.bare(place, running())
    assert made
    return Path(made)


def seen(python: Path) -> tuple[list[str], str, dict[str, object]]:
    """The import path of an interpreter without its own prefix, and what a build reads of it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([str(python), "-c", SEEN], env=environ, capture_output=True, text=True, check=True)
    path, prefix, variables = json.loads(done.stdout)
    return [entry for entry in path if not entry.startswith(prefix)], prefix, variables


def test_builds_in_a_shell_that_has_the_environment_give_the_interpreter_the_same_name() -> None:
    own = interpreter.environment(running(), {})
    if not own:
        pytest.skip("not run: this is no virtual environment")
    assert interpreter.environment(running(), {"PYO3_PYTHON": own["PYO3_PYTHON"]}) == own
    assert interpreter.environment(running(), {"PYO3_PYTHON": sys.executable}) == {}


def test_another_interpreter_of_the_same_version_at_the_same_path_is_another_one() -> None:
    own = running()
    assert own.build == sys.version
    others = [
        own._replace(build=own.build.replace(own.full_version, f"{own.full_version} (rebuilt)")),
        own._replace(shared=not own.shared),
        own._replace(debug=not own.debug),
        own._replace(pointer_width=16),
    ]
    assert len({interpreter.signature(target) for target in (own, *others)}) == 5
    # The environments of one interpreter have executables of their own.
    assert interpreter.signature(own._replace(executable="/another/bin/python")) == interpreter.signature(own)


@linux
def test_the_interpreter_of_a_place_is_that_of_a_new_environment(tmp_path: Path) -> None:
    made = bare(tmp_path / "place")
    venv.create(tmp_path / "venv", symlinks=True)
    path, prefix, variables = seen(made)
    expected_path, expected_prefix, expected = seen(tmp_path / "venv" / "bin" / "python")
    assert path == expected_path
    assert (prefix, expected_prefix) == (str(made.parent.parent), str(tmp_path / "venv"))
    own = {name for name in variables if variables[name] != expected[name]}
    assert {expected[name] for name in own} <= {str(tmp_path / "venv"), str(tmp_path / "venv" / "bin" / "python")}


def state(folder: Path) -> dict[str, str]:
    """What is below a folder: files by their text, links by where they lead."""
    files = [path for path in folder.rglob("*") if path.is_symlink() or path.is_file()]
    return {str(path): str(path.readlink()) if path.is_symlink() else path.read_text() for path in files}


def link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def install(folder: Path) -> None:
    packages = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "left.py").write_text("")


def other_base(folder: Path) -> None:
    (python,) = (folder / "bin").iterdir()
    python.unlink()
    python.symlink_to("/nowhere/python")


@linux
@pytest.mark.parametrize(
    "change",
    [
        install,
        other_base,
        lambda folder: (folder / "bin" / "tool").write_text(""),
        lambda folder: (folder / "pyvenv.cfg").write_text("include-system-site-packages = true\n"),
        lambda folder: (folder / "pyvenv.cfg").unlink(),
        lambda folder: (folder / "pyvenv.cfg").write_bytes(b"home = \xff\n"),
        link,
    ],
)
def test_what_a_build_script_leaves_there_is_gone(change: Callable[[Path], object], tmp_path: Path) -> None:
    made = bare(tmp_path)
    assert not interpreter.is_changed(tmp_path)
    before = state(tmp_path / "python")
    change(made.parent.parent)
    # Another base interpreter is not a build script's doing, and PyO3 notices it.
    assert interpreter.is_changed(tmp_path) is (change != other_base)
    assert bare(tmp_path) == made
    assert state(tmp_path / "python") == before and not interpreter.is_changed(tmp_path)
    times = [path.lstat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))]
    assert bare(tmp_path) == made
    assert [path.lstat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))] == times, "made again without need"


@linux
def test_an_environment_with_the_packages_of_the_base_interpreter_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    for text in ("include-system-site-packages = true\n", "include-system-site-packages=TRUE", "home = /\n", None):
        if text is None:
            (tmp_path / "pyvenv.cfg").unlink()
        else:
            (tmp_path / "pyvenv.cfg").write_text(text)
        assert not interpreter.can_be_bare(running())
    (tmp_path / "pyvenv.cfg").write_text("home = /\nInclude-System-Site-Packages = false\nversion = 3\n")
    assert interpreter.can_be_bare(running())


@linux
@pytest.mark.skipif(sys.version_info < (3, 11), reason="not run: such a Python finds its library where the links lead")
def test_it_has_the_home_of_the_running_environment(tmp_path: Path) -> None:
    """Which can be a folder of links: the standard library beside the links counts, not the one where they lead."""
    real = Path(os.path.realpath(sys.executable))
    (tmp_path / "farm" / "bin").mkdir(parents=True)
    linked = tmp_path / "farm" / "bin" / real.name
    linked.symlink_to(real)
    (tmp_path / "farm" / "lib").symlink_to(real.parent.parent / "lib")
    venv_of = tmp_path / "venv"
    subprocess.run([str(linked), "-m", "venv", "--without-pip", "--symlinks", str(venv_of)], check=True)
    code = (
        "import json, pathlib, sys\n"
        "from pyo3_features_backend.facts.interpreter import running\n"
        "from pyo3_features_backend.rebuild import interpreter\n"
        "print(json.dumps([sys.base_prefix, interpreter.bare(pathlib.Path(sys.argv[1]), running())]))"
    )
    words = [str(venv_of / "bin" / "python"), "-c", code, str(tmp_path / "place")]
    environ = {**os.environ, "PYTHONPATH": PATH}
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
    prefix, made = json.loads(done.stdout)
    words = [made, "-c", "import sys; print(sys.base_prefix)"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    assert said == prefix == str(tmp_path / "farm")


@linux
def test_an_environment_that_names_another_one_has_the_same_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bare(tmp_path / "place").parent.parent / "pyvenv.cfg"
    before = made.read_text()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    for name in ("pyvenv.cfg", "outer/pyvenv.cfg"):
        put(tmp_path / name, f"home = {tmp_path}/outer/bin\ninclude-system-site-packages = false\n")
    bare(tmp_path / "place")
    home = Path(os.path.realpath(sys.executable)).parent
    assert made.read_text() == "\n".join([f"home = {home}", *before.split("\n")[1:]])


@linux
def test_it_has_one_path_however_the_place_is_spelt(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    (tmp_path / "link").symlink_to("place")
    assert bare(tmp_path / "link") == bare(tmp_path / "place")


@linux
def test_where_it_cannot_be_made_the_base_interpreter_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, target: str) -> None:
        raise PermissionError(1, "Operation not permitted")  # on file systems without links

    monkeypatch.setattr(Path, "symlink_to", refused)
    assert interpreter.bare(tmp_path, running()) is None
    assert not interpreter.is_changed(tmp_path), "each build would compile everything again"
    assert list(tmp_path.iterdir()) == []
    stable = interpreter.environment(running(), {})
    assert interpreter.with_place(stable, {"CARGO_TARGET_DIR": "there"}, running(), None, {}) == {
        **stable,
        "CARGO_TARGET_DIR": "there",
    }


@linux
@pytest.mark.parametrize("kind", ["changed", "file", "link"])
def test_a_place_that_starts_again_has_none(kind: str, tmp_path: Path) -> None:
    with open_place(tmp_path, "cp311-0", lambda seconds: None) as opened:
        folder = bare(opened.folder).parent.parent
        if kind == "changed":
            install(folder)
        else:
            shutil.rmtree(folder)
            folder.write_text("") if kind == "file" else folder.symlink_to(tmp_path)
        assert interpreter.is_changed(opened.folder)
        opened.renew()
        assert not interpreter.is_changed(opened.folder)
        assert not folder.exists() and not folder.is_symlink()


@pytest.mark.parametrize("implementation", ["pypy", "graalpy"])
def test_only_cpython_has_one(implementation: str) -> None:
    assert not interpreter.can_be_bare(running()._replace(implementation=implementation))


def test_the_variables_name_one_interpreter() -> None:
    target = running()._replace(executable="/environment/python")
    stable = {"MATURIN_PEP517_USE_BASE_PYTHON": "1", "PYO3_PYTHON": "/base", "PYTHON_SYS_EXECUTABLE": "/base", "A": "a"}
    file = {"PYO3_CONFIG_FILE": "file"}
    named = {"PYO3_PYTHON": "/own", "PYTHON_SYS_EXECUTABLE": "/own", "A": "a"}
    base = {name: value for name, value in stable.items() if not name.startswith("MATURIN")}
    assert interpreter.with_place(stable, {}, target, "/own", {}) == named
    assert interpreter.with_place(stable, file, target, None, {}) == {**base, **file}
    assert interpreter.with_place({}, file, target, None, {}) == {"PYO3_PYTHON": "/environment/python", **file}
    assert interpreter.with_place({}, {}, target, None, {}) == {}
    # What the user sets stays.
    assert interpreter.with_place({}, file, target, None, {"PYO3_PYTHON": "/users"}) == file


@linux
def test_each_name_of_the_running_interpreter_in_its_folder_has_the_same_base() -> None:
    """A user can pass ``--interpreter python3.11``, and the environment is new in each build."""
    target, folder = running(), Path(sys.executable).parent
    named = target._replace(executable=str(folder / f"python{sys.version_info[0]}.{sys.version_info[1]}"))
    assert interpreter.base(named) == interpreter.base(target) is not None
    assert interpreter.base(target._replace(executable=str(folder.parent.parent / "other" / "bin" / "python"))) is None
    # Another Python can have its names in the same folder.
    assert interpreter.base(target._replace(executable=str(folder / "python2.7"))) is None


def test_a_path_that_the_user_names_is_compared_with_the_one_that_the_delegate_names(tmp_path: Path) -> None:
    """maturin and setuptools-rust both give scripts a path of their own, too."""
    target = running()
    script = tmp_path / ("named.exe" if sys.platform == "win32" else "named")
    put(script, "#!/bin/sh\n")
    script.chmod(0o755)
    environ = {"PATH": str(tmp_path), "PYO3_PYTHON": script.name}
    assert interpreter.path(target, environ, {}).split(os.pathsep) == [str(script), str(target.executable)]
    assert interpreter.path(target, {**environ, "PYO3_PYTHON": "/missing/python"}, {}).startswith("/missing/python")
    assert interpreter.path(target, environ, {"PYO3_PYTHON": "/base/python"}) == "/base/python"
    assert interpreter.path(target, {}, {}) == target.executable
    assert interpreter.path(target, {"PYO3_PYTHON": str(target.executable)}, {}) == target.executable
    both = {"PYO3_PYTHON": str(target.executable), "PYTHON_SYS_EXECUTABLE": "named", "PATH": str(tmp_path)}
    assert interpreter.path(target, both, {}).split(os.pathsep) == [str(target.executable), str(script)]


@linux
def test_a_path_in_the_running_environment_is_not_part_of_the_identity(tmp_path: Path) -> None:
    target = running()
    base = interpreter.base(target)
    inside = interpreter.identity(target, {}, str(target.executable))
    assert inside == interpreter.identity(target, {}, f"{base}{os.pathsep}{target.executable}")
    assert str(Path(sys.prefix, "bin")) not in inside
    elsewhere = [interpreter.identity(target, {}, str(tmp_path / name)) for name in "ab"]
    assert len({inside, *elsewhere}) == 3
    # A name on PATH is another interpreter in each environment, and published crates see that.
    for folder in ("one", "other"):
        put(tmp_path / folder / "named", "#!/bin/sh\n")
        (tmp_path / folder / "named").chmod(0o755)
    named = [{"PYO3_PYTHON": "named", "PATH": str(tmp_path / folder)} for folder in ("one", "other")]
    assert len({interpreter.identity(target, environ, str(target.executable)) for environ in named}) == 2


@linux
@pytest.mark.parametrize("environ", [{}, {"PYO3_PYTHON": sys.executable}])
def test_an_environment_that_is_made_again_for_another_installation_has_another_identity(
    environ: dict[str, str], tmp_path: Path
) -> None:
    """Its path and all facts of the interpreter can be the same."""
    put(tmp_path / "python3", "#!/bin/sh\n")
    targets = [running(), running()._replace(base_executable=str(tmp_path / "python3"))]
    path = interpreter.path(targets[0], environ, {})
    assert len({interpreter.identity(target, environ, path) for target in targets}) == 2
