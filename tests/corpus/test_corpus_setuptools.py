"""Real setuptools-rust projects with only build-backend and its requirement changed, by pip, in a real environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from support.corpus import chosen, fetch, outside_of_pytest
from support.examples import ROOT
from support.pythons import call, pythons

pytestmark = [pytest.mark.build, pytest.mark.corpus]

OWN = "cp{0}{1}-cp{0}{1}".format(*sys.version_info)
# name, the floor that its code needs (None: requires-python's), the tag
PROJECTS = {
    "bcrypt": (None, "cp38-abi3"),
    "cbor2": ("3.11", "cp311-abi3"),
    "tiktoken": ("3.11", "cp311-abi3"),
}
# tiktoken's own tests download vocabularies, so it is asked for a round trip with one of its own making.
TIKTOKEN = (
    "import tiktoken; e = tiktoken.Encoding('own', pat_str=r'\\w+|\\W', special_tokens={}, "
    "mergeable_ranks={bytes([n]): n for n in range(256)} | {b'he': 256}); "
    "print(e.encode('hey'), e.decode(e.encode('hey you')))"
)
# What one wheel is asked on every Python that it claims; tiktoken's dependencies are not there, so its module alone.
IMPORTS = {
    "bcrypt": "import bcrypt; print(bcrypt.checkpw(b'x', bcrypt.hashpw(b'x', bcrypt.gensalt(4))))",
    "cbor2": "import cbor2; print(cbor2.loads(cbor2.dumps(True)))",
    "tiktoken": "import importlib.util, glob; p, = glob.glob('**/*.abi3.so', recursive=True); "
    "s = importlib.util.spec_from_file_location('tiktoken._tiktoken', p); m = importlib.util.module_from_spec(s); "
    "s.loader.exec_module(m); print(hasattr(m, 'CoreBPE'))",
}


def case(name: str, *more: Any) -> Any:
    """A row of parameters that begins with a name, skipped where it is not in today's part."""
    reason = f"not run: {name} is not in today's part of the corpus (PFB_CORPUS=all)"
    return pytest.param(name, *more, marks=pytest.mark.skipif(name not in chosen(), reason=reason))


def run(arguments: list[str], cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    environ = {**outside_of_pytest(), **environment}
    return subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False, env=environ)


def ran(arguments: list[str], cwd: Path, **environment: str) -> str:
    result = run(arguments, cwd, **environment)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment with this backend, its delegate, and what the projects' tests import."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    path = str(folder / "bin" / "python")
    wanted = ["setuptools", "setuptools-rust", "setuptools-scm", "cffi", "pytest", "pytest-benchmark", "beautifulsoup4"]
    more = ["hypothesis", "regex", "requests", "flit_core"]
    ran([path, "-m", "pip", "install", "-q", "-U", *wanted, *more], folder)
    ran([path, "-m", "pip", "install", "-q", "--no-build-isolation", str(ROOT)], folder)
    return path


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch("setuptools_rust", tmp_path_factory.mktemp("examples") / "sdist") / "examples"


def adopt(tree: Path) -> None:
    """The two changes of the README's table for setuptools-rust."""
    file = tree / "pyproject.toml"
    text = file.read_text().replace(
        'build-backend = "setuptools.build_meta"', 'build-backend = "pyo3_features_backend"'
    )
    file.write_text(re.sub(r"(?m)^requires = \[", 'requires = ["pyo3-features-backend", ', text))


def wheel_of(python: str, tree: Path, out: Path, compiled: Path, *options: str) -> tuple[Path, str]:
    pip = [python, "-m", "pip", "wheel", "-v", "--no-deps", "--no-build-isolation", "-w", str(out), *options, "."]
    said = ran(pip, tree, CARGO_TARGET_DIR=str(compiled))
    (wheel,) = out.glob("*.whl")
    return wheel, said


def install(python: str, tree: Path, compiled: Path, *what: str) -> None:
    pip = [python, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--force-reinstall", *what]
    ran(pip, tree, CARGO_TARGET_DIR=str(compiled))


def own_tests(python: str, tree: Path) -> str:
    """The closing line of the project's own tests, run where the source tree is not in the way."""
    away = tree.parent / f"{tree.name}-tests"
    for part in ("tests", "docs"):  # cbor2's tests run the examples of its documentation
        if (tree / part).is_dir():
            shutil.copytree(tree / part, away / part, dirs_exist_ok=True)
    said = ran(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", ".", "tests"], away
    )
    return re.sub(r" in .*", "", said.strip().splitlines()[-1])


@pytest.mark.parametrize(
    ("name", "tag", "commands"),
    [
        case("generated-files", OWN, []),
        case("hello-world", OWN, [("print-hello", "Hello"), ("sum-cli 5 7", "12"), ("rust-demo 5 7", "12")]),
        case("hello-world-script", OWN, [("hello-world-script", "Hello")]),
        case("hello-world-setuppy", OWN, [("python -c print(__import__('hello_world').sum_as_string(5,7))", "12")]),
        case("html-py-ever", "cp37-abi3", []),
        case("namespace_package", OWN, []),
        case("rust_with_cffi", OWN, []),
    ],
)
def test_each_example_of_setuptools_rust_builds_installs_and_passes_its_tests(
    name: str, tag: str, commands: list[tuple[str, str]], python: str, trees: Path, tmp_path: Path, compiled: Path
) -> None:
    tree = Path(shutil.copytree(trees / name, tmp_path / name))
    adopt(tree)
    wheel, _ = wheel_of(python, tree, tmp_path / "dist", compiled)
    assert f"-{tag}-" in wheel.name
    assert commands or (tree / "tests").is_dir()
    for what in ([str(wheel)], ["-e", "."]):
        install(python, tree, compiled, *what)
        if (tree / "tests").is_dir():
            assert re.fullmatch(r"\d+ passed(, \d+ \w+)*", own_tests(python, tree))
        for command, answer in commands:
            program, *words = command.split()
            assert answer in ran([str(Path(python).with_name(program)), *words], tmp_path)


@pytest.mark.parametrize("name", [case(name) for name in sorted(PROJECTS)])
def test_each_project_gives_one_abi3_wheel_and_an_editable_install(
    name: str, python: str, tmp_path: Path, compiled: Path
) -> None:
    floor, tag = PROJECTS[name]
    if floor == "3.11" and sys.version_info < (3, 11):
        pytest.skip("not run: its floor is 3.11")
    tree = fetch(name, tmp_path / "sdist")
    adopt(tree)
    if floor:
        # Without the setting, the message is what leads an author to it.
        pip = [python, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "."]
        result = run(pip, tree, CARGO_TARGET_DIR=str(compiled))
        assert result.returncode
        assert "`pyo3-features probe` finds the lowest floor" in result.stderr
        with (tree / "pyproject.toml").open("a") as file:
            file.write(f'\n[tool.pyo3-features-backend]\nabi3 = "{floor}"\n')
    wheel, said = wheel_of(python, tree, tmp_path / "dist", compiled)
    assert f"-{tag}-" in wheel.name
    assert f"pyo3-features-backend: {tag} for {name} (" in said
    for what in ([str(wheel)], ["-e", "."]):
        install(python, tree, compiled, *what)
        if name == "tiktoken":
            assert "[256, 121] hey you" in ran([python, "-c", TIKTOKEN], tmp_path)
        else:
            assert re.fullmatch(r"\d+ passed(, \d+ \w+)*", own_tests(python, tree))
    lowest = tuple(map(int, re.findall(r"cp(\d)(\d+)", tag)[0]))
    for found, path in pythons().items():
        if tuple(map(int, found.split("."))) >= lowest:
            assert call(path, wheel, IMPORTS[name]) == "True"
