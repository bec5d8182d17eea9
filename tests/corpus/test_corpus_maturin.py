"""Newest sdists of real projects, with only the change that the README tells a user to make.

They are pinned in support/corpus.py; downloaded when the test runs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.corpus import fetch, outside_of_pytest
from support.examples import ROOT
from support.pythons import call, needed, pythons

pytestmark = [pytest.mark.build, pytest.mark.corpus]

# name as in the corpus, requires-python's lower bound, module to import
CORPUS = {
    "rpds_py": ((3, 11), "rpds"),
    "watchfiles": ((3, 10), "watchfiles._rust_notify"),
    "uuid_utils": ((3, 10), "uuid_utils._uuid_utils"),
}


def run(arguments: list[str], cwd: Path, **environment: str) -> str:
    result = subprocess.run(
        arguments, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def adopt(tree: Path) -> None:
    """The README's change: the two lines of [build-system], and the hard-coded features taken out."""
    pyproject, manifest = tree / "pyproject.toml", tree / "Cargo.toml"
    text = re.sub(r"(?m)^requires = \[[^]]*\]", 'requires = ["pyo3-features-backend"]', pyproject.read_text())
    text = text.replace('build-backend = "maturin"', 'build-backend = "pyo3_features_backend"')
    pyproject.write_text(re.sub(r'"pyo3/extension-module",?\s*', "", text))
    manifest.write_text(re.sub(r'"(extension-module|abi3(-py\d+)?)",?[ \t]*', "", manifest.read_text()))


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of this backend, for builds in isolation."""
    folder = tmp_path_factory.mktemp("backend")
    run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)], folder)
    return folder


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_pip_builds_one_abi3_wheel_that_every_supported_python_imports(
    name: str, tmp_path: Path, backend: Path
) -> None:
    lower, module = CORPUS[name]
    tree = fetch(name, tmp_path / "sdist")
    adopt(tree)
    found = pythons()
    for version in ("3.11", "3.13"):
        python = needed(version)
        out = tmp_path / f"wheel-{version}"
        links = " ".join(filter(None, [str(backend), os.environ.get("PIP_FIND_LINKS", "")]))
        said = run(
            [python, "-m", "pip", "wheel", "-v", "--no-deps", "-w", str(out), str(tree)],
            tmp_path,
            PIP_FIND_LINKS=links,
        )
        (wheel,) = out.glob("*.whl")
        tag = f"cp{lower[0]}{lower[1]}-abi3"
        assert f"-{tag}-" in wheel.name
        assert re.search(rf"pyo3-features-backend: {tag} for {name.replace('_', '[-_]')} \(requires-python >=\d", said)
        for other, path in found.items():
            if tuple(map(int, other.split("."))) >= lower:
                code = (
                    "import importlib.util, glob; p, = glob.glob('**/*.abi3.so', recursive=True); "
                    f"s = importlib.util.spec_from_file_location({module!r}, p); "
                    "m = importlib.util.module_from_spec(s); s.loader.exec_module(m); print(len(dir(m)) > 5)"
                )
                assert call(path, wheel, code) == "True"


def test_rpds_own_tests_pass_as_they_do_on_maturins_wheel(tmp_path: Path) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("not run: rpds-py needs Python 3.11")
    outcomes = {}
    for backend in ("maturin", "pyo3_features_backend"):
        tree = fetch("rpds_py", tmp_path / backend)
        if backend != "maturin":
            adopt(tree)
        out = tmp_path / f"{backend}-wheel"
        out.mkdir()
        run([sys.executable, "-c", f"import {backend} as b; b.build_wheel({str(out)!r})"], tree)
        (wheel,) = out.glob("*.whl")
        run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(out)], out)
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "tests"],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
            env={**outside_of_pytest(), "PYTHONPATH": str(out)},
        )
        last = result.stdout.strip().splitlines()[-1]
        outcomes[backend] = re.sub(r" in .*", "", last)
    assert outcomes["maturin"] == outcomes["pyo3_features_backend"]
    assert re.search(r"\d\d+ passed", outcomes["maturin"])
